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
	Customer string
	Defaults bool // the provider's defaults
	Own      bool // the customer has a policy of its own
	Roles    []RoleRule

	RememberBrowsers  bool
	PasswordLength    string // as typed
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

// RoleRule is when people of a role begin to need 2FA.
type RoleRule struct {
	Role portico.Role
	From string // as typed: 2026-12-03, or empty
}

// PolicyPreviewPage is shown before a policy is saved that changes who needs
// 2FA.
type PolicyPreviewPage struct {
	Layout
	Customer string
	Defaults bool
	Changes  []RoleChange
	Stopped  int // people of all the roles
	AtOnce   bool
	Self     bool
	People   []portico.User // the first of them
	More     bool
	List     string            // address of the list of people without 2FA
	Carried  map[string]string // the form's fields
}

// RoleChange is what changes for the people of a role.
type RoleChange struct {
	Role     portico.Role
	Was, Now time.Time // when 2FA is required; zero for never
	Stopped  int       // active people who have no 2FA
}

// ExemptPage is /administration/access/{user}/exemption.
type ExemptPage struct {
	Layout
	Problem *Problem
	User    portico.User
	Action  string // address that the form is sent to
	Cancel  string // address that Cancel leads to
	Until   string // as typed: 2026-12-03
	Least   string // first date that can be chosen
	Most    string // last date that can be chosen
	Reason  string // as typed
}

func (PolicyPage) template() string        { return "policy" }
func (PolicyPreviewPage) template() string { return "policy-preview" }
func (ExemptPage) template() string        { return "exempt" }
