package portico

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// ResetPolicy is what a customer requires before somebody else's 2FA setup is
// deleted, by the role of the target. The zero value requires nothing: the
// setup is deleted at once.
type ResetPolicy struct {
	User          ResetRule `json:"user"`
	HelpDesk      ResetRule `json:"helpdesk"`
	Administrator ResetRule `json:"administrator"`
	Operator      ResetRule `json:"operator"`

	OncePerDay bool `json:"once_per_day"` // at most one reset of the same person within ResetDay
	PerHour    int  `json:"per_hour"`     // the most requests by one person in an hour; 0 for no limit
}

// ResetRule is the rule for targets of one role.
type ResetRule struct {
	ResetCode   bool `json:"recovery_code"` // the next log-in also needs a reset code, and allows nothing but setting up 2FA
	TwoPeople   bool `json:"two_people"`    // a second person must approve
	CallerCheck bool `json:"caller_check"`  // a proof that the caller is the target must be recorded
	DelayHours  int  `json:"delay_hours"`   // length of the waiting period
}

// Bounds of a reset policy, and time limits of requests. ResetCoolingOff guards
// against an administrator who first takes over or invents an account: a mail
// address that was changed more recently is not used for codes, and people
// whose account was created, or whose address, role or status was changed, more
// recently cannot approve or vouch, except in a customer that is itself younger.
// During that time, the old address can still undo the change.
const (
	MaxResetDelay        = 7 * 24 // hours
	MaxResetPerHour      = 100
	ResetDay             = 24 * time.Hour     // for proof and approval; also the period of OncePerDay
	ResetNoApproverDelay = 24 * time.Hour     // shortest waiting period if nobody could approve
	ResetPastDue         = 24 * time.Hour     // a request expires if it was due this long ago
	ResetCodeTTL         = 24 * time.Hour     // lifetime of the reset code after a reset (NIST SP 800-63B-4, 4.2.1.2)
	ResetCallTTL         = 10 * time.Minute   // lifetime of the code that the caller reads back (same section)
	ResetWatched         = 7 * 24 * time.Hour // for which log-ins after a reset are watched
	ResetPolicyGrace     = 24 * time.Hour     // for which the stricter policy stays in force after it was relaxed
	ResetCoolingOff      = 7 * 24 * time.Hour // minimum age of what proves something, see above
	ResetCalls           = 3                  // codes mailed to be read back, for each request
	ResetCallTries       = 5                  // attempts for each such code
)

// For returns the rule for targets of a role. An unknown role has the strictest
// rule.
func (p ResetPolicy) For(r Role) ResetRule {
	switch r {
	case RoleUser:
		return p.User
	case RoleHelpDesk:
		return p.HelpDesk
	case RoleAdministrator:
		return p.Administrator
	case RoleOperator:
		return p.Operator
	}
	return ResetRule{ResetCode: true, TwoPeople: true, CallerCheck: true, DelayHours: MaxResetDelay}
}

// With returns the policy with rule set for a role.
func (p ResetPolicy) With(r Role, rule ResetRule) ResetPolicy {
	switch r {
	case RoleUser:
		p.User = rule
	case RoleHelpDesk:
		p.HelpDesk = rule
	case RoleAdministrator:
		p.Administrator = rule
	case RoleOperator:
		p.Operator = rule
	}
	return p
}

// Stricter returns the rule that requires everything that either rule requires.
func (r ResetRule) Stricter(o ResetRule) ResetRule {
	return ResetRule{
		ResetCode: r.ResetCode || o.ResetCode, TwoPeople: r.TwoPeople || o.TwoPeople,
		CallerCheck: r.CallerCheck || o.CallerCheck, DelayHours: max(r.DelayHours, o.DelayHours),
	}
}

// AtOnce reports whether the rule lets a reset take effect as soon as it is
// requested.
func (r ResetRule) AtOnce() bool { return !r.TwoPeople && !r.CallerCheck && r.DelayHours == 0 }

// Stricter returns the policy that requires everything that either policy
// requires.
func (p ResetPolicy) Stricter(o ResetPolicy) ResetPolicy {
	both := ResetPolicy{
		User: p.User.Stricter(o.User), HelpDesk: p.HelpDesk.Stricter(o.HelpDesk),
		Administrator: p.Administrator.Stricter(o.Administrator), Operator: p.Operator.Stricter(o.Operator),
		OncePerDay: p.OncePerDay || o.OncePerDay, PerHour: p.PerHour,
	}
	if p.PerHour == 0 || o.PerHour != 0 && o.PerHour < p.PerHour {
		both.PerHour = o.PerHour
	}
	return both
}

// Relaxes reports whether p requires less than from in any respect.
func (p ResetPolicy) Relaxes(from ResetPolicy) bool { return p.Stricter(from) != p }

// bounds adds a problem for each value that is out of its bounds.
func (p ResetPolicy) bounds(bad problems) {
	for _, r := range []Role{RoleUser, RoleHelpDesk, RoleAdministrator, RoleOperator} {
		if h := p.For(r).DelayHours; h < 0 || h > MaxResetDelay {
			bad.add("reset_delay_"+string(r), "Enter 1 to {0} hours, or leave it empty for none.", MaxResetDelay)
		}
	}
	if p.PerHour < 0 || p.PerHour > MaxResetPerHour {
		bad.add("reset_per_hour", "Enter 1 to {0}, or leave it empty for no limit.", MaxResetPerHour)
	}
}

// UnmarshalJSON reads a stored policy. It returns an error for unknown fields
// and for values out of bounds: ignoring them would require less than the
// customer has decided.
func (p *ResetPolicy) UnmarshalJSON(b []byte) error {
	type plain ResetPolicy
	var read plain
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&read); err != nil {
		return fmt.Errorf("reading the policy of resets: %w", err)
	}
	bad := problems{}
	ResetPolicy(read).bounds(bad)
	if len(bad) > 0 {
		return errors.New("the policy of resets is out of its bounds")
	}
	*p = ResetPolicy(read)
	return nil
}
