package portico

import "time"

// Authenticator is one of a user's authenticators, as it is shown.
type Authenticator struct {
	ID         string
	Kind       AuthenticatorKind
	Name       string // as typed; empty for an app that was never named
	AddedAt    time.Time
	LastUsedAt time.Time // zero if it was never used
}

// AuthenticatorKind says how an authenticator proves itself. Code that reads an
// unknown kind must refuse access.
type AuthenticatorKind string

// AuthenticatorTOTP is the kind of an authenticator app.
const AuthenticatorTOTP AuthenticatorKind = "totp"

// Message returns the words for the kind, or its name if it has none.
func (k AuthenticatorKind) Message() Message {
	if k == AuthenticatorTOTP {
		return Say("Authenticator app")
	}
	return Verbatim(string(k))
}

// Code returns the name of the kind in files and in the output of commands.
func (k AuthenticatorKind) Code() string {
	if k == AuthenticatorTOTP {
		return "app"
	}
	return string(k)
}

// MaxApps is the largest number of authenticator apps of a user. A guess at a code
// is right for each of them with the same probability, and so counts as often.
const MaxApps = 2

// Apps counts the authenticator apps among authenticators.
func Apps(all []Authenticator) (n int) {
	for _, a := range all {
		if a.Kind == AuthenticatorTOTP {
			n++
		}
	}
	return n
}

// Shown returns the name, or what kind of authenticator it is if it was never
// named.
func (a Authenticator) Shown() Message {
	if a.Name == "" {
		return a.Kind.Message()
	}
	return Verbatim(a.Name)
}

// CheckAuthenticatorName returns an Invalid error unless a name has visible text,
// at most 60 characters and one line.
func CheckAuthenticatorName(name string) error {
	p := problems{}
	p.put("name", asksAuthenticator.check(name))
	return p.err()
}
