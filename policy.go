package portico

import "time"

// Times that the whole portal keeps to. Sessions follow NIST SP 800-63B-4,
// with half for whoever may change others.
const (
	PendingLoginTime = 5 * time.Minute  // between password and code
	SetupTime        = 10 * time.Minute // for scanning and typing the first code
	ConfirmedTime    = 10 * time.Minute // after which /confirm asks again
	InvitationTime   = 7 * 24 * time.Hour
	PasswordLinkTime = 24 * time.Hour // NIST SP 800-63B-4, 3.1.2: at most 24 hours by e-mail
	ImportTime       = time.Hour      // between looking at a file and carrying it out
)

// CodesPerLogin is how many codes one log-in may try before it starts again
// with the password.
const CodesPerLogin = 5

// SessionLimits returns how long a session of this role lasts at most, and how
// long unused.
func SessionLimits(r Role) (overall, idle time.Duration) {
	if r == RoleUser {
		return 24 * time.Hour, time.Hour
	}
	return 12 * time.Hour, 30 * time.Minute
}
