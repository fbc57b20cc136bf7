package portico

import (
	"strings"
	"time"
)

// Authenticator is one of a user's authenticators, as it is shown.
type Authenticator struct {
	ID         string
	Kind       AuthenticatorKind
	Name       string // as typed; empty for one that was never named
	Synced     bool   // a passkey that was copied to other devices, as of its last use
	Elsewhere  string // of a passkey: the host that it was made for, if it is not the portal's any more
	Alone      bool   // a passkey that can be the whole log-in, unless the policy says otherwise
	Reported   bool   // a passkey that cannot, because "This wasn't me" was pressed since it was added
	AddedAt    time.Time
	LastUsedAt time.Time // zero if it was never used
}

// AuthenticatorKind says how an authenticator proves itself. Code that reads an
// unknown kind must refuse access.
type AuthenticatorKind string

// Kinds of authenticators.
const (
	AuthenticatorTOTP    AuthenticatorKind = "totp" // an authenticator app
	AuthenticatorPasskey AuthenticatorKind = "passkey"
)

// Message returns the words for the kind, or its name if it has none.
func (k AuthenticatorKind) Message() Message {
	switch k {
	case AuthenticatorTOTP:
		return Say("Authenticator app")
	case AuthenticatorPasskey:
		return Say("Passkey")
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

// MaxPasskeys is the largest number of passkeys of a user.
const MaxPasskeys = 10

// In counts the authenticators of a kind.
func (k AuthenticatorKind) In(all []Authenticator) (n int) {
	for _, a := range all {
		if a.Kind == k {
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

// Named returns what kind of authenticator it is, and its name if it has one: wherever
// the kind does not stand beside it, because a name may be that of another kind.
func (a Authenticator) Named() Message {
	if a.Name == "" {
		return a.Kind.Message()
	}
	return Say(`{0} "{1}"`, a.Kind.Message(), a.Name)
}

// Detail returns the kind, and of a passkey where it is, or that it no longer works.
func (a Authenticator) Detail() Message {
	switch {
	case a.Elsewhere != "":
		return Say("Passkey, does not work at this address")
	case a.Kind == AuthenticatorPasskey && a.Synced:
		return Say("Passkey, synced")
	case a.Kind == AuthenticatorPasskey:
		return Say("Passkey, on one device only")
	}
	return a.Kind.Message()
}

// Use returns whether a passkey is the whole log-in by itself.
func (a Authenticator) Use() Message {
	if a.Alone {
		return Say("Logs in alone")
	}
	return Say("After the password only")
}

// CleanAuthenticatorName returns what is valid of a name, "" if that is nothing: for an
// authenticator that is there already, and not to be lost for its name.
func CleanAuthenticatorName(name string) string {
	name = strings.Map(func(r rune) rune {
		if unprintable(r) {
			return -1
		}
		return r
	}, name)
	if letters := []rune(name); len(letters) > asksAuthenticator.most {
		name = string(letters[:asksAuthenticator.most])
	}
	if !Visible(name) {
		return ""
	}
	return strings.TrimSpace(name)
}

// CheckAuthenticatorName returns an Invalid error unless a name has visible text,
// at most 60 characters and one line.
func CheckAuthenticatorName(name string) error {
	p := problems{}
	p.put("name", asksAuthenticator.check(name))
	return p.err()
}
