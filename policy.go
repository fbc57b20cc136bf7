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
	EmailTime        = 24 * time.Hour      // of a link that confirms a new address
	MailTime         = 3 * 24 * time.Hour  // that a mail is tried
	RecoveryShown    = 10 * time.Minute    // for saving recovery codes
	BrowserTime      = 90 * 24 * time.Hour // a browser stays known
	RememberTime     = 30 * 24 * time.Hour // a browser stays trusted
	ImportSendTime   = time.Hour           // a file that was sent in part is kept
	ImportTime       = 24 * time.Hour      // between looking at a file and carrying it out
	ImportKept       = 30 * 24 * time.Hour // what was refused can be looked up
)

// Whoever needs 2FA from some day on and has none is reminded twice before. An
// exemption ends by itself.
const (
	FirstReminder  = 7 * 24 * time.Hour
	SecondReminder = 24 * time.Hour
	MaxExemption   = 90 * 24 * time.Hour
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

// Policy is what a customer has decided for its people, or what operators have
// decided for every customer that has not decided for itself. The zero value
// asks for nothing and allows nothing.
type Policy struct {
	RememberBrowsers  bool        `json:"remember_browsers"`    // users may leave out the code for RememberTime in a browser of theirs
	Require           Requirement `json:"require"`              // from when on people need 2FA
	PasswordLength    int         `json:"password_length"`      // at least so many characters; 0 is the portal's own bound
	SessionHours      int         `json:"session_hours"`        // a session lasts at most; 0 is the portal's own
	IdleMinutes       int         `json:"idle_minutes"`         // a session unused for so long ends; 0 is the portal's own
	HelpDeskSeesAudit bool        `json:"help_desk_sees_audit"` // the help desk may read the audit log too
	AuditMonths       int         `json:"audit_months"`         // events older than so many months are deleted; 0 keeps them for good
	Resets            ResetPolicy `json:"resets"`               // before somebody else's 2FA setup is deleted
}

// Requirement says for each role from when on its people need 2FA. The zero
// time stands for never.
type Requirement struct {
	User          time.Time `json:"user"`
	HelpDesk      time.Time `json:"helpdesk"`
	Administrator time.Time `json:"administrator"`
	Operator      time.Time `json:"operator"`
}

// Bounds of what a policy may ask for.
const (
	MinPasswordLength  = 15 // where the password is all there is (NIST SP 800-63B-4, 3.1.1)
	MinWithTwoFactor   = 8  // where 2FA is required
	MaxPasswordLength  = 64 // that may be asked for
	MinAuditMonths     = 3
	MaxAuditMonths     = 120
	MinIdleMinutes     = 5
	maxSessionHours    = 24
	maxIdleMinutes     = 60
	adminSessionHours  = 12
	adminIdleMinutes   = 30
	requirementHorizon = 5 * 365 * 24 * time.Hour
)

// For returns from when on the role needs 2FA, the zero time for never.
func (q Requirement) For(r Role) time.Time {
	switch r {
	case RoleUser:
		return q.User
	case RoleHelpDesk:
		return q.HelpDesk
	case RoleAdministrator:
		return q.Administrator
	case RoleOperator:
		return q.Operator
	}
	return time.Time{}
}

// Remembers reports whether the browsers of somebody of this role may be
// remembered: never above user.
func (p Policy) Remembers(r Role) bool { return p.RememberBrowsers && r == RoleUser }

// RequiredFrom returns from when on this person needs 2FA: the role's date, or
// the end of an exemption where that is later. The zero time for never.
func (p Policy) RequiredFrom(u User) time.Time {
	from := p.Require.For(u.Role)
	if !from.IsZero() && u.ExemptUntil.After(from) {
		return u.ExemptUntil
	}
	return from
}

// Enforced reports whether this person needs 2FA now: it can neither be
// disabled nor deleted by oneself, and without it only its set-up is open.
func (p Policy) Enforced(u User, now time.Time) bool {
	from := p.RequiredFrom(u)
	return !from.IsZero() && !now.Before(from)
}

// MustEnrol reports whether all that this person may do is to enable 2FA.
func (p Policy) MustEnrol(u User, now time.Time) bool {
	return u.TwoFactor != TwoFactorEnabled && (u.MustSetUp || p.Enforced(u, now))
}

// Ahead returns from when on this person, who has no 2FA, will need it. The
// zero time where that is not to come.
func (p Policy) Ahead(u User, now time.Time) time.Time {
	if from := p.RequiredFrom(u); u.TwoFactor != TwoFactorEnabled && now.Before(from) {
		return from
	}
	return time.Time{}
}

// Reminder returns the instant from which on this person is to have been
// reminded of what is Ahead. The zero time where there is nothing to remind of.
func (p Policy) Reminder(u User, now time.Time) time.Time {
	from := p.Ahead(u, now)
	if from.IsZero() {
		return from
	}
	for _, before := range []time.Duration{SecondReminder, FirstReminder} {
		if at := from.Add(-before); !now.Before(at) {
			return at
		}
	}
	return time.Time{}
}

// DaysLeft is how many days, by the calendar in UTC, are left until an instant
// ahead: 0 is today, 1 tomorrow.
func DaysLeft(until, now time.Time) int {
	const day = 24 * time.Hour
	return int(until.UTC().Truncate(day).Sub(now.UTC().Truncate(day)) / day)
}

// PasswordMinimum is how many characters a new password of this person needs:
// below MinPasswordLength only where 2FA is required of the person by now.
func (p Policy) PasswordMinimum(u User, now time.Time) int {
	switch {
	case p.PasswordLength == 0:
		return MinPasswordLength
	case p.Enforced(u, now):
		return max(MinWithTwoFactor, p.PasswordLength)
	}
	return max(MinPasswordLength, p.PasswordLength)
}

// SessionLimits returns how long a session of this role lasts at most, and how
// long unused. A policy makes both stricter, never longer.
func (p Policy) SessionLimits(r Role) (overall, idle time.Duration) {
	hours, minutes := adminSessionHours, adminIdleMinutes
	if r == RoleUser {
		hours, minutes = maxSessionHours, maxIdleMinutes
	}
	if p.SessionHours > 0 {
		hours = min(hours, p.SessionHours)
	}
	if p.IdleMinutes > 0 {
		minutes = min(minutes, p.IdleMinutes)
	}
	return time.Duration(hours) * time.Hour, time.Duration(minutes) * time.Minute
}

// Validate returns an Invalid error that names each bad field, by its name in
// JSON (require_user and the like for the dates). now bounds the dates.
func (p Policy) Validate(now time.Time) error {
	bad := problems{}
	within := func(field string, n, least, most int, text string) {
		if n != 0 && (n < least || n > most) {
			bad.add(field, text)
		}
	}
	within("password_length", p.PasswordLength, MinWithTwoFactor, MaxPasswordLength, "Enter 8 to 64 characters, or leave it empty.")
	within("session_hours", p.SessionHours, 1, maxSessionHours, "Enter 1 to 24 hours, or leave it empty.")
	within("idle_minutes", p.IdleMinutes, MinIdleMinutes, maxIdleMinutes, "Enter 5 to 60 minutes, or leave it empty.")
	within("audit_months", p.AuditMonths, MinAuditMonths, MaxAuditMonths, "Enter 3 to 120 months, or leave it empty.")
	p.Resets.bounds(bad)
	for _, r := range []Role{RoleUser, RoleHelpDesk, RoleAdministrator, RoleOperator} {
		if p.Require.For(r).After(now.Add(requirementHorizon)) {
			bad.add("require_"+string(r), "Choose a date within the next five years.")
		}
	}
	return bad.err()
}
