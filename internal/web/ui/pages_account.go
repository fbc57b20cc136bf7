package ui

import (
	"slices"
	"time"

	"portico"
)

// LoginDevice is a session or a remembered device.
type LoginDevice struct {
	ID      string
	Browser portico.Message
	Address string
	Since   time.Time
	Seen    time.Time
	Until   time.Time // of a remembered device
	This    bool
}

// SessionsPage is /account/sessions.
type SessionsPage struct {
	Layout
	Sessions []LoginDevice
	Browsers []LoginDevice
	Others   bool // there are other sessions than this one
}

// AccountPage is /account. With Enrolment it is the same page during enrolment.
type AccountPage struct {
	Layout
	Problem   *Problem // with the code
	User      portico.User
	TwoFactor portico.TwoFactor
	Enrolment *Enrolment // nil outside an enrolment
	Guessed   time.Time
	NewEmail  NewEmail
	Enforced  bool // 2FA is required and cannot be disabled

	Codes        []string // recovery codes, until they were saved
	RecoveryLeft int
	RecoveryFew  bool
	Unsaved      bool      // the person has not said yet that the codes are saved
	RescueUntil  time.Time // until then, a new phone may replace the lost one without another code; zero if never

	Authenticators []portico.Authenticator
	AddsApp        bool      // there may be another authenticator app
	TakesPasskeys  bool      // the portal's address can have passkeys
	AddsPasskey    bool      // there may be another passkey
	RenewsPasskeys bool      // until RescueUntil, a new passkey may replace a lost one
	Rescued        bool      // until RescueUntil, adding another one would need another code, and is not offered
	PasskeyOnly    bool      // the policy requires a passkey, and codes of apps open nothing
	PasskeyDue     time.Time // from when on the person will need a passkey; zero if that does not lie ahead
	Stays          string    // ID of the only passkey that works, where one is required; "" otherwise

	Accepted string // what authenticators are told of the passkeys that the person has; "" for nothing
	Details  string // and of how the person is called
}

// Enabled and Disabled report the state of 2FA.
func (p AccountPage) Enabled() bool  { return p.TwoFactor == portico.TwoFactorEnabled }
func (p AccountPage) Disabled() bool { return p.TwoFactor == portico.TwoFactorDisabled }

// StaysEnabled reports whether the slider does not move.
func (p AccountPage) StaysEnabled() bool { return p.Enforced && p.Enabled() }

// SettingUp reports whether the enrolment under way enables 2FA.
func (p AccountPage) SettingUp() bool { return p.Enrolment != nil && !p.Enabled() }

// TwoFactorAlone reports whether the page leaves out everything else, so that nothing
// leads away from what has to be finished.
func (p AccountPage) TwoFactorAlone() bool { return p.Enrolment != nil || len(p.Codes) > 0 }

// Rescues reports whether another authenticator may replace a lost one without a code.
func (p AccountPage) Rescues() bool { return !p.RescueUntil.IsZero() }

// LogsInBy names how the person logs in while 2FA is enabled: with a passkey alone, if
// that is named, and with the password and what else is named. Passkeys of another
// address do not count.
func (p AccountPage) LogsInBy() string {
	apps, passkeys := p.Apps() > 0, slices.ContainsFunc(p.Authenticators, func(a portico.Authenticator) bool {
		return a.Kind == portico.AuthenticatorPasskey && a.Elsewhere == ""
	})
	switch {
	case !passkeys && p.Apps() > 1:
		return "code-of-several"
	case !passkeys && (apps || p.Passkeys() == 0):
		return "code"
	case !passkeys && p.RecoveryLeft > 0:
		return "recovery-code"
	case !passkeys:
		return "nothing"
	case !p.Alone() && apps && !p.PasskeyOnly:
		return "code-or-passkey"
	case !p.Alone():
		return "passkey"
	case apps && !p.PasskeyOnly:
		return "passkey-alone-or-code-or-passkey"
	}
	return "passkey-alone-or-passkey"
}

// MovesApp reports whether the only authenticator is an app, to be moved to a new phone.
// Several have it in their rows.
func (p AccountPage) MovesApp() bool { return !p.Several() && p.Apps() > 0 }

// ReplacesPasskey is MovesApp for a passkey that was lost.
func (p AccountPage) ReplacesPasskey() bool {
	return !p.Several() && p.Apps() == 0 && p.Rescues()
}

// Lost returns the ID of the passkey whose replacement leads: the only one that works,
// where one is required. It returns "" if no passkey can be replaced.
func (p AccountPage) Lost() string {
	if !p.RenewsPasskeys {
		return ""
	}
	return p.Stays
}

// MovesToApp reports whether an app may take the place of one of several authenticators.
// Where a passkey is required, a lost one is replaced first: the move of an app would use
// up what replaces it.
func (p AccountPage) MovesToApp(a portico.Authenticator) bool {
	if p.PasskeyOnly && p.Rescues() {
		return false
	}
	return p.Enabled() && (a.Kind == portico.AuthenticatorTOTP || p.AddsApp && p.Rescues())
}

// AppsFull and PasskeysFull report whether the person has as many as there may be.
func (p AccountPage) AppsFull() bool { return !p.AddsApp && !p.PasskeyOnly }

func (p AccountPage) PasskeysFull() bool {
	return p.Passkeys() > 0 && !p.AddsPasskey && p.TakesPasskeys
}

// Apps counts the authenticator apps.
func (p AccountPage) Apps() int { return portico.AuthenticatorTOTP.In(p.Authenticators) }

// Passkeys counts the passkeys.
func (p AccountPage) Passkeys() int { return portico.AuthenticatorPasskey.In(p.Authenticators) }

// Elsewhere returns the host that passkeys of the person were made for, if they do not
// work at the portal's any more, and otherwise "".
func (p AccountPage) Elsewhere() string {
	for _, a := range p.Authenticators {
		if a.Elsewhere != "" {
			return a.Elsewhere
		}
	}
	return ""
}

// Alone reports whether one of the passkeys is the whole log-in.
func (p AccountPage) Alone() bool {
	return slices.ContainsFunc(p.Authenticators, func(a portico.Authenticator) bool { return a.Alone })
}

// Reported reports whether a passkey is not, since "This wasn't me" was pressed.
func (p AccountPage) Reported() bool {
	return slices.ContainsFunc(p.Authenticators, func(a portico.Authenticator) bool { return a.Reported })
}

// Several reports whether a person has more than one authenticator, so that each
// can be moved and deleted on its own.
func (p AccountPage) Several() bool { return len(p.Authenticators) > 1 }

// NeedsSecond reports whether a second authenticator is recommended: beside a single
// passkey, unless it is lost and waits to be replaced. See also NeedsPasskey.
func (p AccountPage) NeedsSecond() bool {
	return len(p.Authenticators) == 1 && p.Passkeys() == 1 && p.AddsPasskey && p.Elsewhere() == "" && p.RescueUntil.IsZero()
}

// NeedsPasskey reports whether another passkey is recommended beside authenticators that
// open nothing, and says that the only one stays.
func (p AccountPage) NeedsPasskey() bool { return p.Stays != "" && p.Several() && !p.Rescues() }

// NewEmail is an email address that takes effect once its link is opened. The
// zero value means that there is none.
type NewEmail struct {
	Email string
	Until time.Time
}

// ProfilePage is /account/profile.
type ProfilePage struct {
	Layout
	Problem   *Problem
	FirstName string
	LastName  string
	Email     string
}

// PasswordPage is /account/password.
type PasswordPage struct {
	Layout
	Problem *Problem
	LoginID string // for password managers
	Least   int    // minimum length of a password
}

func (SessionsPage) template() string { return "sessions" }
func (AccountPage) template() string  { return "account" }
func (ProfilePage) template() string  { return "profile" }
func (PasswordPage) template() string { return "password" }
