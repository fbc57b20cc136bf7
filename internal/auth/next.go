package auth

import (
	"time"

	"portico"
)

// Proof is what the user has shown in this log-in. Only this package sets its
// fields, after it has checked each part.
type Proof struct {
	Password   bool // the right password was entered
	Code       bool // an unused code of the enabled authenticator was entered
	Recovery   bool // an unused recovery code was entered
	Remembered bool // the log-in comes from a remembered device
	ResetCode  bool // the reset code was entered
	Passkey    bool // a passkey in force has signed, with its user present

	PasskeyVerified bool   // with Passkey: it has verified its user, by PIN, finger or face
	PasskeyAlone    bool   // with Passkey: it may stand for the password, which "This wasn't me" ends
	Authenticator   string // ID of the one that was proved; "" without Code and Passkey
}

// authenticated reports whether an authenticator was proved.
func (p Proof) authenticated() bool { return p.Code || p.Passkey }

// Step is what a log-in needs next.
type Step int

const (
	StepRefuse      Step = iota // the log-in cannot continue
	StepPassword                // ask for login ID and password
	StepNewPassword             // mail a link to choose a new password
	StepCode                    // ask for a code of the authenticator
	StepResetCode               // ask for the reset code
	StepEnrol                   // create a session that only allows setting up 2FA, or adding a required passkey
	StepDone                    // create the session
)

// In reports whether the step creates a session.
func (s Step) In() bool { return s == StepDone || s == StepEnrol }

// Pends reports whether the step is a second step, which waits in a pending
// login.
func (s Step) Pends() bool { return s == StepCode || s == StepResetCode }

// Next returns the next step of a log-in. No other function decides that. Next
// is pure: the caller passes the account and its customer as they are in the
// transaction that creates the session.
func Next(p Proof, u portico.User, c portico.Customer, now time.Time) Step {
	if u.Status != portico.Active || c.Suspended() {
		return StepRefuse
	}
	if !p.Password && (!p.Passkey || !p.PasskeyVerified || !p.PasskeyAlone || !c.Policy.PasskeyLogin(u)) {
		return StepPassword
	}
	if u.PasswordExpired {
		if !p.Password { // somebody has reported unauthorized activity: the passkey may be a thief's
			return StepRefuse
		}
		return StepNewPassword
	}
	switch u.TwoFactor {
	case portico.TwoFactorNone, portico.TwoFactorDisabled:
		if p.Code || p.Recovery || p.Passkey {
			return StepRefuse // without an enabled authenticator, its codes and passkeys prove nothing
		}
		if u.EnrolmentPending && !p.ResetCode {
			return StepResetCode
		}
		if p.ResetCode && !u.EnrolmentPending {
			return StepRefuse
		}
		if c.Policy.MustEnrol(u, now) {
			return StepEnrol
		}
		return StepDone
	case portico.TwoFactorEnabled:
		if p.ResetCode {
			return StepRefuse
		}
		return nextEnabled(p, u, c.Policy, now)
	}
	return StepRefuse
}

// nextEnabled is Next for a user with 2FA enabled, whose password or whole log-in with
// a passkey is proved. Where a passkey is required, a code of an app or a recovery
// code of a user without one opens the page that adds it, and a code of an app opens
// nothing else.
func nextEnabled(p Proof, u portico.User, policy portico.Policy, now time.Time) Step {
	switch {
	case p.Passkey && policy.LacksPasskey(u, now):
		return StepRefuse // it is of another address
	case p.Passkey:
		return StepDone
	case p.Code && policy.PasskeyRequired(u, now) && !policy.LacksPasskey(u, now):
		return StepRefuse
	case (p.Code || p.Recovery) && policy.LacksPasskey(u, now):
		return StepEnrol
	case p.Code || p.Recovery || p.Remembered && policy.Remembers(u, now):
		return StepDone
	}
	return StepCode
}
