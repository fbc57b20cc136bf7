package portico

import (
	"fmt"
	"time"
)

// PasskeyUse says what passkeys are for.
type PasskeyUse string

const (
	PasskeysAllowed  PasskeyUse = ""         // as second step, or as the whole log-in
	PasskeysSecond   PasskeyUse = "second"   // as second step alone
	PasskeysRequired PasskeyUse = "required" // an app does not satisfy
)

// UnmarshalText reads a stored use. It returns an error for an unknown one: to
// ignore it would allow more than the customer has decided.
func (u *PasskeyUse) UnmarshalText(b []byte) error {
	switch use := PasskeyUse(b); use {
	case PasskeysAllowed, PasskeysSecond, PasskeysRequired:
		*u = use
		return nil
	}
	return fmt.Errorf("unknown use of passkeys %q", b)
}

// PasskeyRule is what passkeys are for in one role.
type PasskeyRule struct {
	Use  PasskeyUse `json:"use"`
	From time.Time  `json:"from"` // of PasskeysRequired: from when on
}

// PasskeyPolicy says for each role what passkeys are for.
type PasskeyPolicy struct {
	User          PasskeyRule `json:"user"`
	HelpDesk      PasskeyRule `json:"helpdesk"`
	Administrator PasskeyRule `json:"administrator"`
	Operator      PasskeyRule `json:"operator"`
}

// For returns the rule for a role. In an unknown role, a passkey is no whole log-in.
func (p PasskeyPolicy) For(r Role) PasskeyRule {
	if rule := p.Of(r); rule != nil {
		return *rule
	}
	return PasskeyRule{Use: PasskeysSecond}
}

// Of returns the rule of a role, to be changed, or nil if the role is unknown.
func (p *PasskeyPolicy) Of(r Role) *PasskeyRule {
	switch r {
	case RoleUser:
		return &p.User
	case RoleHelpDesk:
		return &p.HelpDesk
	case RoleAdministrator:
		return &p.Administrator
	case RoleOperator:
		return &p.Operator
	}
	return nil
}

// Require reports whether passkeys are required of any role.
func (p PasskeyPolicy) Require() bool {
	for _, rule := range []PasskeyRule{p.User, p.HelpDesk, p.Administrator, p.Operator} {
		if rule.Use == PasskeysRequired {
			return true
		}
	}
	return false
}

// bounds adds a problem for each date that is missing, would count for nothing, or is
// too far away.
func (p PasskeyPolicy) bounds(bad problems, now time.Time) {
	for _, r := range []Role{RoleUser, RoleHelpDesk, RoleAdministrator, RoleOperator} {
		rule := p.For(r)
		switch {
		case rule.Use != PasskeysAllowed && rule.Use != PasskeysSecond && rule.Use != PasskeysRequired:
			bad.add("passkeys_"+string(r), "Choose what passkeys are for.")
		case rule.Use == PasskeysRequired && rule.From.IsZero():
			bad.add("passkeys_from_"+string(r), "Choose the date from which a passkey is required.")
		case rule.Use != PasskeysRequired && !rule.From.IsZero():
			bad.add("passkeys_from_"+string(r), "Choose “required” for this date, or clear it.")
		case rule.From.After(now.Add(requirementHorizon)):
			bad.add("passkeys_from_"+string(r), "Choose a date between the year 2000 and five years from now.")
		}
	}
}

// PasskeyState is what a policy that requires passkeys finds of a person.
type PasskeyState string

const (
	PasskeyNone       PasskeyState = ""           // none in force that works at the portal's address
	PasskeyInForce    PasskeyState = "in force"   // at least one
	PasskeyImpossible PasskeyState = "impossible" // the portal's address takes no passkeys
)

// PasskeyFrom returns from when on a role needs a passkey. The zero time means never.
func (p Policy) PasskeyFrom(r Role) time.Time {
	if rule := p.Passkeys.For(r); rule.Use == PasskeysRequired {
		return rule.From
	}
	return time.Time{}
}

// PasskeyLogin reports whether a passkey alone may be this person's whole log-in.
func (p Policy) PasskeyLogin(u User) bool {
	use := p.Passkeys.For(u.Role).Use
	return use == PasskeysAllowed || use == PasskeysRequired
}

// PasskeyRequired reports whether this person needs a passkey now, so that codes of
// apps open nothing, or at most the page that adds one. Where the portal's address
// takes no passkeys nobody does, or everybody would be locked out, the last
// administrator too; 2FA is required all the same.
func (p Policy) PasskeyRequired(u User, now time.Time) bool {
	rule := p.Passkeys.For(u.Role)
	return rule.Use == PasskeysRequired && u.Passkey != PasskeyImpossible &&
		!now.Before(rule.From) && !now.Before(u.ExemptUntil)
}

// LacksPasskey reports whether this person needs a passkey now, and has none.
func (p Policy) LacksPasskey(u User, now time.Time) bool {
	return p.PasskeyRequired(u, now) && u.Passkey != PasskeyInForce
}

// AppsEnd returns from when on codes of apps will not count for this person, because a
// passkey is required. It returns the zero time if they do not count now, or will go on
// to count.
func (p Policy) AppsEnd(u User, now time.Time) time.Time {
	rule := p.Passkeys.For(u.Role)
	if rule.Use != PasskeysRequired || u.Passkey == PasskeyImpossible {
		return time.Time{}
	}
	from := rule.From
	if u.ExemptUntil.After(from) {
		from = u.ExemptUntil
	}
	if !now.Before(from) {
		return time.Time{}
	}
	return from
}

// PasskeyAhead returns from when on this person will need a passkey. It returns the
// zero time if the person has one, needs it already, or will not need it.
func (p Policy) PasskeyAhead(u User, now time.Time) time.Time {
	if u.Passkey != PasskeyNone {
		return time.Time{}
	}
	return p.AppsEnd(u, now)
}
