package ui

import (
	"strings"
	"time"

	"portico"
)

// Pages for operators about customers, and the customer's page for provider
// access.

// CustomersPage is /customers.
type CustomersPage struct {
	Layout
	Search string // as typed
	Rows   []CustomerRow
	Next   string // address of the next page; "" on the last one
	First  string // address of the first page; "" if this is it
}

// CustomerRow is one customer in the list.
type CustomerRow struct {
	Name     string
	Slug     string
	Address  string // of the customer's page
	Statuses []portico.CustomerStatus
	Counts
}

// Counts are the numbers of a customer's people. They are unknown while the
// customer has revoked provider access.
type Counts struct {
	Known     bool
	People    int
	Active    int
	Protected int // active people who have 2FA enabled
}

// Share returns the percentage of active people who have 2FA enabled, rounded
// down: 100 means all of them.
func (c Counts) Share() int {
	if c.Active == 0 {
		return 0
	}
	return 100 * c.Protected / c.Active
}

// NewCustomerPage is /customers/new.
type NewCustomerPage struct {
	Layout
	Problem *Problem
	Name    string
	Slug    string
}

// CustomerPage is /customers/{slug}. Without provider access it shows the
// status of the customer and what operators can still do.
type CustomerPage struct {
	Layout
	Problem  *Problem
	Customer portico.Customer
	Statuses []portico.CustomerStatus
	Address  string // of this page; its forms are sent to addresses below it
	Open     bool   // the reader has provider access
	Until    time.Time
	Counts
	LookForm
}

// LookForm is the part of a page on which an operator sets the name, the logo, the
// colour and the default language of a customer, or of the provider.
type LookForm struct {
	Picture      string // address of the logo; "" if there is none
	Name         string // as typed
	BrandName    string
	AccentColour string // as typed, or the one that is shown
	HasAccent    bool   // it was chosen; otherwise the pages have Standard
	Standard     string // the colour without a choice
	LanguageCode string // of the default language; "" if there is none
}

// PreviewPath returns the address of the stylesheet for the preview of the colour.
func (l LookForm) PreviewPath() string {
	colour := strings.TrimPrefix(l.AccentColour, "#")
	if _, ok := parseColour(colour); !ok {
		colour = strings.TrimPrefix(l.Standard, "#")
	}
	return AccentPath(colour) + "?preview"
}

// BrandingPage is /administration/branding: how the provider's own pages look.
type BrandingPage struct {
	Layout
	Problem *Problem
	Address string // of this page; its forms are sent to addresses below it
	LookForm
}

// SuspendCustomerPage asks before a customer is suspended, which locks out all
// of its people.
type SuspendCustomerPage struct {
	Layout
	Name    string
	Address string // of the customer's page
	Counts
}

// DeleteCustomerPage asks before a customer is deleted.
type DeleteCustomerPage struct {
	Layout
	Problem *Problem
	Name    string
	Slug    string
	Address string    // of the customer's page
	Open    bool      // the reader has provider access
	At      time.Time // when the deletion would begin
	Months  int       // for how long the audit log would be kept
	Typed   string    // the short name, as typed
	Reason  string
	Counts
}

// ProviderAccessPage is /administration/provider-access, for the customer's own people.
type ProviderAccessPage struct {
	Layout
	Problem *Problem
	Closed  bool
	Until   time.Time // if access is revoked: when the hours for which it was granted end; zero if it was not
	Hours   []int     // choices of how long access can be granted
	Chosen  string    // the choice, as sent
}

func (CustomersPage) template() string       { return "customers" }
func (NewCustomerPage) template() string     { return "new-customer" }
func (CustomerPage) template() string        { return "customer" }
func (BrandingPage) template() string        { return "branding" }
func (SuspendCustomerPage) template() string { return "suspend-customer" }
func (DeleteCustomerPage) template() string  { return "delete-customer" }
func (ProviderAccessPage) template() string  { return "provider-access" }
