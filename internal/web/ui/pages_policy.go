package ui

import (
	"time"

	"portico"
)

// PolicyPage is /administration/policy: the rules of a customer, or as
// operators see it the defaults for all customers.
type PolicyPage struct {
	Layout
	Problem  *Problem
	Customer string
	Defaults bool // of the provider
	Own      bool // the customer has decided for itself
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
	ResetsHeld time.Time // until then the stricter rules from before hold on; zero when none do

	Exempt     []portico.User
	MoreExempt bool
}

// RoleRule is from when on the people of a role need 2FA.
type RoleRule struct {
	Role portico.Role
	From string // as typed: 2026-12-03, or empty
}

// PolicyPreviewPage stands between the policy's form and its saving when it
// changes who needs 2FA.
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
	Was, Now time.Time // from when on 2FA is required; zero for never
	Stopped  int       // active people who have none
}

// ExemptPage is /administration/access/{user}/exemption.
type ExemptPage struct {
	Layout
	Problem *Problem
	User    portico.User
	Action  string // where the form goes
	Cancel  string // where Cancel goes
	Until   string // as typed: 2026-12-03
	Least   string // the first day that can be chosen
	Most    string // the last one
	Reason  string // as typed
}

func (PolicyPage) template() string        { return "policy" }
func (PolicyPreviewPage) template() string { return "policy-preview" }
func (ExemptPage) template() string        { return "exempt" }
