package ui

import (
	"time"

	"portico"
)

// PolicyPage is /administration/policy: the policy of a customer or, for
// operators at the provider, the defaults of all customers.
type PolicyPage struct {
	Layout
	Problem  *Problem
	Section  string // the section that was sent and refused; "" if the form had several
	Customer string
	Defaults bool   // the provider's defaults
	Own      bool   // the customer has a policy of its own
	Was      string // tells the policy that is shown from any other
	Roles    []RoleRule

	TakesPasskeys bool // passkeys work at the portal's address

	RememberBrowsers  bool
	PasswordLength    string // as typed, or the value in force
	SessionHours      string
	IdleMinutes       string
	HelpDeskSeesAudit bool
	AuditMonths       string

	Resets     []ResetRuleForm
	OncePerDay bool
	PerHour    string    // as typed
	ResetsHeld time.Time // until when the stricter rules from before still apply; zero if none do

	Exempt     []portico.User
	MoreExempt bool
}

// PolicySections are the sections of the page, each of which is saved by itself,
// with their headings.
var PolicySections = map[string]portico.Text{
	"two-factor": "Two Factor Authentication", "passwords": "Passwords and sessions", "audit-log": "Audit log",
	"resets": "Deleting another user's 2FA setup",
}

// PolicyPart is what stands above the fields of a section.
type PolicyPart struct {
	Section string
	Text    string   // its heading
	Source  string   // where its values come from; "" for the defaults themselves
	Problem *Problem // nil unless the section was refused
}

// Part returns the top of a section.
func (p PolicyPage) Part(section string) PolicyPart {
	part := PolicyPart{Section: section, Text: p.In().Text(PolicySections[section])}
	switch {
	case p.Defaults:
	case p.Own:
		part.Source = p.In().Text("#policy Own")
	default:
		part.Source = p.In().Text("Provider's default")
	}
	if p.Section == section {
		part.Problem = p.Problem
	}
	return part
}

// RoleRule is what the policy requires of the people of a role. Dates are as typed:
// 2026-12-03, or empty.
type RoleRule struct {
	Role        portico.Role
	From        string // when they begin to need 2FA
	Passkeys    string // what passkeys are for: allowed, second or required, as typed
	PasskeyFrom string // when they begin to need a passkey

	Set, PasskeySet time.Time // the dates that hold now; zero for none
	InForce         time.Time // when they begin to need 2FA, by either date
}

// Type sets the dates as they were typed. What is said beside a date that holds now is not
// true of another one.
func (r *RoleRule) Type(from, passkeyFrom string) {
	if passkeyFrom != r.PasskeyFrom {
		r.PasskeySet, r.InForce = time.Time{}, r.Set
	}
	if from != r.From {
		r.Set, r.InForce = time.Time{}, time.Time{}
	}
	r.From, r.PasskeyFrom = from, passkeyFrom
}

// Earlier reports whether a passkey is required before 2FA is by its own date.
func (r RoleRule) Earlier() bool { return !r.InForce.Equal(r.Set) }

// PolicyPreviewPage is shown before a policy is saved that changes who needs
// 2FA, or what passkeys are for.
type PolicyPreviewPage struct {
	Layout
	Customer string
	Defaults bool
	Now      time.Time
	Changes  []RoleChange
	Stopped  StoppedCount
	Self     time.Time      // from when on the reader is stopped; zero for not at all
	People   []portico.User // the first of them
	More     bool
	List     string // address of the list of people without 2FA

	Others  []portico.Message // every other rule that changes
	Deletes bool              // events would be deleted that are kept now
	Reset   bool              // to the provider's defaults
	Relaxed bool              // a rule for resets, so that the stricter one still applies for a while

	Passkeys  []PasskeyChange
	Lack      StoppedCount // who would have to add a passkey
	SelfLacks time.Time    // from when on the reader has to; zero for not at all
	Lacking   []portico.User
	MoreLack  bool

	Carried map[string]string // the form's fields
}

// StoppedCount counts the people of all the roles whom a change stops as soon as it is
// saved, and those whom it stops from a later day on.
type StoppedCount struct {
	AtOnce, Later int
	dates         int // roles with people whom a later day stops
}

// Add adds people of a role.
func (n *StoppedCount) Add(people int, atOnce bool) {
	switch {
	case atOnce:
		n.AtOnce += people
	case people > 0:
		n.Later += people
		n.dates++
	}
}

// Several reports whether a later day stops people of several roles.
func (n StoppedCount) Several() bool { return n.dates > 1 }

// Any reports whether there are such people.
func (n StoppedCount) Any() bool { return n.AtOnce+n.Later > 0 }

// Both reports whether there are people of either kind.
func (n StoppedCount) Both() bool { return n.AtOnce > 0 && n.Later > 0 }

// PeopleTable is a table of the people whom a change affects.
type PeopleTable struct {
	Layout
	People []portico.User
	More   bool
}

// Table returns a table of the page.
func (p PolicyPreviewPage) Table(people []portico.User, more bool) PeopleTable {
	return PeopleTable{p.Layout, people, more}
}

// RoleChange is what changes for the people of a role.
type RoleChange struct {
	Role     portico.Role
	Was, Now time.Time // when 2FA is required; zero for never
	Stopped  int       // active people who have no 2FA
	Earlier  bool      // than 2FA's own date, because a passkey is required before
}

// PasskeyChange is what changes about passkeys for the people of a role.
type PasskeyChange struct {
	Role     portico.Role
	Was, Now portico.PasskeyRule
	Affected int // active people without a passkey if one is required, and with one if it is for the second step alone
}

// ExemptPage is /administration/access/{user}/exemption.
type ExemptPage struct {
	Layout
	Problem *Problem
	User    portico.User
	Action  string // address that the form is sent to
	Cancel  string // address that Cancel leads to
	Passkey bool   // the policy requires one
	Until   string // as typed: 2026-12-03
	Least   string // first date that can be chosen
	Most    string // last date that can be chosen
	Reason  string // as typed
}

func (PolicyPage) template() string        { return "policy" }
func (PolicyPreviewPage) template() string { return "policy-preview" }
func (ExemptPage) template() string        { return "exempt" }
