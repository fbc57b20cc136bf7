package auth

import (
	"time"

	"portico"
)

// Proof is what somebody has shown in this log-in, each part checked by this
// package and by nobody else.
type Proof struct {
	Password   bool // the right password, just now
	Code       bool // a fresh code of the enabled authenticator, just now
	Recovery   bool // an unused recovery code, just now
	Remembered bool // a browser that may leave out the code
	Issued     bool // the one-time code of a reset, just now
}

// Step is what a log-in needs next.
type Step int

const (
	StepRefuse      Step = iota // nothing leads on from here
	StepPassword                // ask for login ID and password
	StepNewPassword             // mail a link to choose a new password
	StepCode                    // ask for a code of the authenticator
	StepIssued                  // ask for the one-time code of a reset
	StepEnrol                   // make a session that opens the set-up of 2FA alone
	StepDone                    // make the session
)

// In reports whether the step ends in a session.
func (s Step) In() bool { return s == StepDone || s == StepEnrol }

// Pends reports whether the step is a second one, which a pending login waits
// for.
func (s Step) Pends() bool { return s == StepCode || s == StepIssued }

// Next is the one dispatcher of log-in steps: steps never lead to steps by
// themselves. It is pure; whoever mints a session calls it with the account and
// its customer as they are in the same transaction.
func Next(p Proof, u portico.User, c portico.Customer, now time.Time) Step {
	if u.Status != portico.Active || c.Suspended() {
		return StepRefuse
	}
	if !p.Password {
		return StepPassword
	}
	if u.PasswordExpired {
		return StepNewPassword
	}
	switch u.TwoFactor {
	case portico.TwoFactorNone, portico.TwoFactorDisabled:
		if p.Code || p.Recovery {
			return StepRefuse // a code of an authenticator that is not asked for proves nothing
		}
		if u.MustSetUp && !p.Issued {
			return StepIssued
		}
		if p.Issued && !u.MustSetUp {
			return StepRefuse
		}
		if c.Policy.MustEnrol(u, now) {
			return StepEnrol
		}
		return StepDone
	case portico.TwoFactorEnabled:
		if p.Issued {
			return StepRefuse
		}
		if p.Code || p.Recovery || p.Remembered && c.Policy.Remembers(u.Role) {
			return StepDone
		}
		return StepCode
	}
	return StepRefuse
}
