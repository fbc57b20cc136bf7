package portico

import "time"

// Times that the whole portal keeps to. Sessions follow NIST SP 800-63B-4,
// with half for whoever may change others.
const (
	PendingLoginTime = 5 * time.Minute  // between password and code
	SetupTime        = 10 * time.Minute // for scanning and typing the first code
	ConfirmedTime    = 10 * time.Minute // after which /confirm asks again
	InvitationTime   = 7 * 24 * time.Hour
	PasswordLinkTime = 24 * time.Hour   // sent by an administrator; NIST SP 800-63B-4, 3.1.2: at most 24 hours by e-mail
	ForgottenTime    = 30 * time.Minute // of a link that anybody can ask for
	UnlockTime       = 24 * time.Hour
	NotMeTime        = 7 * 24 * time.Hour
	RecoveryShown    = 10 * time.Minute    // for saving recovery codes
	BrowserTime      = 90 * 24 * time.Hour // a browser stays known
	RememberTime     = 30 * 24 * time.Hour // a browser stays trusted
	ImportTime       = time.Hour           // between looking at a file and carrying it out
)

// CodesPerLogin is how many codes one log-in may try before it starts again
// with the password.
const CodesPerLogin = 5

// RecoveryCodes is how many recovery codes a set has, RecoveryWarning at how
// few left the person is warned.
const (
	RecoveryCodes   = 10
	RecoveryWarning = 3
)

// Policy is what a customer has decided for its people. The zero value is the
// strictest.
type Policy struct {
	RememberBrowsers bool // users may leave out the code for RememberTime in a browser of theirs
}

// Remembers reports whether the browsers of somebody of this role may be
// remembered: never above user.
func (p Policy) Remembers(r Role) bool { return p.RememberBrowsers && r == RoleUser }

// SessionLimits returns how long a session of this role lasts at most, and how
// long unused.
func SessionLimits(r Role) (overall, idle time.Duration) {
	if r == RoleUser {
		return 24 * time.Hour, time.Hour
	}
	return 12 * time.Hour, 30 * time.Minute
}
