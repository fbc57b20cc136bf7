package portico

import "time"

// Time limits that hold for the whole portal. The limits of sessions follow
// NIST SP 800-63B-4; every role above user gets half of them.
const (
	PendingLoginTTL  = 5 * time.Minute  // between password and code
	EnrolmentTTL     = 10 * time.Minute // for scanning and typing the first code
	ConfirmationTTL  = 10 * time.Minute // after which /confirm asks again
	InvitationTTL    = 7 * 24 * time.Hour
	PasswordLinkTTL  = 24 * time.Hour   // sent by an administrator; at most 24 hours (NIST SP 800-63B-4, 3.1.2)
	ForgottenLinkTTL = 30 * time.Minute // of a link that anybody can ask for
	UnlockLinkTTL    = 24 * time.Hour
	UnauthorizedTTL  = 7 * 24 * time.Hour
	EmailLinkTTL     = 24 * time.Hour      // of a link that confirms a new address
	MailTTL          = 3 * 24 * time.Hour  // for which sending a mail is retried
	LoginIDHeldTTL   = 30 * 24 * time.Hour // for which nobody else gets the login ID that somebody has given up
	RecoveryShown    = 10 * time.Minute    // for saving recovery codes
	BrowserTTL       = 90 * 24 * time.Hour // that a browser stays known
	RememberTTL      = 30 * 24 * time.Hour // that a browser stays remembered
	UploadTTL        = time.Hour           // for which a partly uploaded file is kept
	ImportTTL        = 24 * time.Hour      // for which an import can be run after it was validated
	ImportKept       = 30 * 24 * time.Hour // for which refused rows can be looked up
)

// People who will need 2FA or a passkey from some day on and have none are
// reminded twice before that day. An exemption ends by itself.
const (
	FirstReminder  = 7 * 24 * time.Hour
	SecondReminder = 24 * time.Hour
	MaxExemption   = 90 * 24 * time.Hour
)

// CodesPerLogin is how many codes can be tried in one log-in before it starts
// again with the password.
const CodesPerLogin = 5

// RecoveryCodes is how many recovery codes a set has. RecoveryWarning is the
// number of remaining codes at which the person is warned.
const (
	RecoveryCodes   = 10
	RecoveryWarning = 3
)

// Policy is the rules that a customer has set for its people, or that the
// operators have set for every customer without its own. The zero Policy
// requires nothing and allows nothing.
type Policy struct {
	RememberBrowsers  bool          `json:"remember_browsers"`    // users may skip the code for RememberTTL in a browser of theirs
	Require           Requirement   `json:"require"`              // from when on each role needs 2FA
	PasswordLength    int           `json:"password_length"`      // minimum number of characters; 0 for the portal's own minimum
	SessionHours      int           `json:"session_hours"`        // maximum length of a session; 0 for the portal's own limit
	IdleMinutes       int           `json:"idle_minutes"`         // after which an unused session ends; 0 for the portal's own limit
	HelpDeskSeesAudit bool          `json:"help_desk_sees_audit"` // the help desk may read the audit log
	AuditMonths       int           `json:"audit_months"`         // events older than this are deleted; 0 keeps them for good
	Resets            ResetPolicy   `json:"resets"`               // what a 2FA reset requires
	Passkeys          PasskeyPolicy `json:"passkeys"`             // what passkeys are for
}

// Requirement says for each role from when on its people need 2FA. The zero
// time means never.
type Requirement struct {
	User          time.Time `json:"user"`
	HelpDesk      time.Time `json:"helpdesk"`
	Administrator time.Time `json:"administrator"`
	Operator      time.Time `json:"operator"`
}

// Bounds of the values of a policy.
const (
	MinPasswordLength  = 15 // without required 2FA (NIST SP 800-63B-4, 3.1.1)
	MinWithTwoFactor   = 8  // where 2FA is required
	MaxPasswordLength  = 64 // the longest minimum that a policy may set
	MinAuditMonths     = 3
	MaxAuditMonths     = 120
	MinIdleMinutes     = 5
	MaxSessionHours    = 24
	MaxIdleMinutes     = 60
	adminSessionHours  = 12
	adminIdleMinutes   = 30
	requirementHorizon = 5 * 365 * 24 * time.Hour
)

// For returns from when on the role needs 2FA. The zero time means never.
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

// Remembers reports whether this person may have a browser remembered. Only the
// role user may, and nobody who needs a passkey now.
func (p Policy) Remembers(u User, now time.Time) bool {
	return p.RememberBrowsers && u.Role == RoleUser && !p.PasskeyRequired(u, now)
}

// RequiredFrom returns from when on this person needs 2FA: the date of the
// role, or the end of the person's exemption if that is later. A passkey is 2FA,
// so the date of passkeys counts too. The zero time means never.
func (p Policy) RequiredFrom(u User) time.Time {
	from := p.Require.For(u.Role)
	if passkey := p.Passkeys.For(u.Role); passkey.Use == PasskeysRequired && (from.IsZero() || passkey.From.Before(from)) {
		from = passkey.From
	}
	if !from.IsZero() && u.ExemptUntil.After(from) {
		return u.ExemptUntil
	}
	return from
}

// TwoFactorRequired reports whether this person needs 2FA now. If so, the person can
// neither disable nor delete it, and without it can only set it up.
func (p Policy) TwoFactorRequired(u User, now time.Time) bool {
	from := p.RequiredFrom(u)
	return !from.IsZero() && !now.Before(from)
}

// MustEnrol reports whether this person may do nothing but enable 2FA or, with 2FA
// enabled, add a passkey.
func (p Policy) MustEnrol(u User, now time.Time) bool {
	if u.TwoFactor != TwoFactorEnabled {
		return u.EnrolmentPending || p.TwoFactorRequired(u, now)
	}
	return p.LacksPasskey(u, now)
}

// RequirementAhead returns from when on this person will need 2FA. It returns the zero
// time if the person has enabled 2FA, needs it already, or will not need it.
func (p Policy) RequirementAhead(u User, now time.Time) time.Time {
	if from := p.RequiredFrom(u); u.TwoFactor != TwoFactorEnabled && now.Before(from) {
		return from
	}
	return time.Time{}
}

// Ahead returns from when on this person will need 2FA or a passkey, whichever comes
// first, and whether that is a passkey. It returns the zero time if neither lies ahead.
func (p Policy) Ahead(u User, now time.Time) (from time.Time, passkey bool) {
	from, ahead := p.RequirementAhead(u, now), p.PasskeyAhead(u, now)
	if ahead.IsZero() || !from.IsZero() && from.Before(ahead) {
		return from, false
	}
	return ahead, true
}

// Reminder returns when the latest reminder of Ahead was due for this person.
// It returns the zero time if no reminder is due yet.
func (p Policy) Reminder(u User, now time.Time) time.Time {
	from, _ := p.Ahead(u, now)
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

// DaysLeft returns how many days are left until a future time, by the calendar
// in UTC: 0 is today, 1 is tomorrow.
func DaysLeft(until, now time.Time) int { return DaysLeftIn(time.UTC, until, now) }

// DaysLeftIn is DaysLeft by the calendar of another zone.
func DaysLeftIn(zone *time.Location, until, now time.Time) int {
	const day = 24 * time.Hour
	date := func(t time.Time) time.Time {
		y, m, d := t.In(zone).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}
	return int(date(until).Sub(date(now)) / day)
}

// PasswordMinimum returns how many characters a new password of this person
// needs. It is below MinPasswordLength only if the person needs 2FA now.
func (p Policy) PasswordMinimum(u User, now time.Time) int {
	switch {
	case p.PasswordLength == 0:
		return MinPasswordLength
	case p.TwoFactorRequired(u, now):
		return max(MinWithTwoFactor, p.PasswordLength)
	}
	return max(MinPasswordLength, p.PasswordLength)
}

// SessionLimits returns how long a session of this role lasts, and after how
// long without use it ends. A policy can only shorten both.
func (p Policy) SessionLimits(r Role) (overall, idle time.Duration) {
	hours, minutes := adminSessionHours, adminIdleMinutes
	if r == RoleUser {
		hours, minutes = MaxSessionHours, MaxIdleMinutes
	}
	if p.SessionHours > 0 {
		hours = min(hours, p.SessionHours)
	}
	if p.IdleMinutes > 0 {
		minutes = min(minutes, p.IdleMinutes)
	}
	return time.Duration(hours) * time.Hour, time.Duration(minutes) * time.Minute
}

// Validate returns an Invalid error that names each bad field by its JSON name
// (require_user and so on for the dates, reset_delay_user and reset_per_hour
// for resets, passkeys_from_user for passkeys). Dates must not be more than five years after now.
func (p Policy) Validate(now time.Time) error {
	bad := problems{}
	within := func(field string, n, least, most int, text Text) {
		if n != 0 && (n < least || n > most) {
			bad.add(field, text)
		}
	}
	within("password_length", p.PasswordLength, MinWithTwoFactor, MaxPasswordLength, "Enter 8 to 64 characters, or leave it empty for 15.")
	within("session_hours", p.SessionHours, 1, MaxSessionHours, "Enter 1 to 24 hours, or leave it empty for 24.")
	within("idle_minutes", p.IdleMinutes, MinIdleMinutes, MaxIdleMinutes, "Enter 5 to 60 minutes, or leave it empty for 60.")
	within("audit_months", p.AuditMonths, MinAuditMonths, MaxAuditMonths, "Enter 3 to 120 months, or leave it empty for no limit.")
	p.Resets.bounds(bad)
	p.Passkeys.bounds(bad, now)
	for _, r := range []Role{RoleUser, RoleHelpDesk, RoleAdministrator, RoleOperator} {
		if p.Require.For(r).After(now.Add(requirementHorizon)) {
			bad.add("require_"+string(r), "Choose a date between the year 2000 and five years from now.")
		}
	}
	return bad.err()
}
