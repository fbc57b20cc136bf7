package portico

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// ResetPolicy is what a customer asks for before somebody else's 2FA setup is
// deleted, by the role of the person whose it is. The zero value asks for
// nothing: it is done at once.
type ResetPolicy struct {
	User          ResetRule `json:"user"`
	HelpDesk      ResetRule `json:"helpdesk"`
	Administrator ResetRule `json:"administrator"`
	Operator      ResetRule `json:"operator"`

	OncePerDay bool `json:"once_per_day"` // the same person's only once in ResetDay
	PerHour    int  `json:"per_hour"`     // one administrator asks for so many an hour at most; 0 is any number
}

// ResetRule is what holds for the people of one role.
type ResetRule struct {
	RecoveryCode bool `json:"recovery_code"` // the next log-in needs a one-time code too, and opens the set-up alone
	TwoPeople    bool `json:"two_people"`    // somebody else approves
	CallerCheck  bool `json:"caller_check"`  // a proof of who is calling is recorded
	DelayHours   int  `json:"delay_hours"`   // it takes effect so long after it was asked for
}

// Bounds of what a policy of resets may ask for, and its times.
const (
	MaxResetDelay   = 7 * 24 // hours
	MaxResetPerHour = 100
	ResetDay        = 24 * time.Hour     // proof and approval are given within, and a reset counts as the last one
	ResetAlone      = 24 * time.Hour     // the delay where nobody could approve
	ResetLate       = 24 * time.Hour     // what could be done so long ago is not done any more
	ResetCodeTime   = 24 * time.Hour     // of the one-time code after a reset; NIST SP 800-63B-4, 4.2.1.2
	ResetCallTime   = 10 * time.Minute   // of the code that is read back by voice; the same
	ResetWatched    = 7 * 24 * time.Hour // log-ins after a reset are looked at for so long
	ResetRelaxed    = 24 * time.Hour     // the stricter policy holds on after a relaxation
	ResetProven     = 7 * 24 * time.Hour // what was changed later proves nothing: an address, which the old one can still take back; whoever approves or vouches
	ResetCalls      = 3                  // codes mailed to be read back, for one request
	ResetCallTries  = 5                  // of one such code
)

// For returns the rule for the people of a role. A role that is unknown has the
// strictest of all.
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
	return ResetRule{RecoveryCode: true, TwoPeople: true, CallerCheck: true, DelayHours: MaxResetDelay}
}

// With returns the policy with another rule for a role.
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

// Stricter is what both rules ask for.
func (r ResetRule) Stricter(o ResetRule) ResetRule {
	return ResetRule{
		RecoveryCode: r.RecoveryCode || o.RecoveryCode, TwoPeople: r.TwoPeople || o.TwoPeople,
		CallerCheck: r.CallerCheck || o.CallerCheck, DelayHours: max(r.DelayHours, o.DelayHours),
	}
}

// AtOnce reports whether the rule lets a reset be done when it is asked for.
func (r ResetRule) AtOnce() bool { return !r.TwoPeople && !r.CallerCheck && r.DelayHours == 0 }

// Stricter is what both policies ask for.
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

// Relaxes reports whether going from one policy to this one asks for less
// anywhere.
func (p ResetPolicy) Relaxes(from ResetPolicy) bool { return p.Stricter(from) != p }

// bounds checks what a policy asks for.
func (p ResetPolicy) bounds(bad problems) {
	for _, r := range []Role{RoleUser, RoleHelpDesk, RoleAdministrator, RoleOperator} {
		if h := p.For(r).DelayHours; h < 0 || h > MaxResetDelay {
			bad.add("reset_delay_"+string(r), fmt.Sprintf("Enter 1 to %d hours, or leave it empty.", MaxResetDelay))
		}
	}
	if p.PerHour < 0 || p.PerHour > MaxResetPerHour {
		bad.add("reset_per_hour", fmt.Sprintf("Enter 1 to %d, or leave it empty.", MaxResetPerHour))
	}
}

// UnmarshalJSON reads a policy as it is stored, and refuses one that asks for
// something this program does not know: it would do less than was decided.
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
