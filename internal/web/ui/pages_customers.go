package ui

import (
	"time"

	"portico"
)

// Pages of operators about customers, and the doors between the two.

// CustomersPage is /customers.
type CustomersPage struct {
	Layout
	Search string // as typed
	Rows   []CustomerRow
	Next   string // address of the next page, "" on the last
	First  string // address of the first page, "" when this is it
}

// CustomerRow is one customer in the list.
type CustomerRow struct {
	Name     string
	Slug     string
	Address  string // of the customer's page
	Statuses []portico.CustomerStatus
	Counts
}

// Counts are of a customer's people. Nothing is known about them by closed
// doors.
type Counts struct {
	Known     bool
	People    int
	Active    int
	Protected int // of the active ones: have 2FA enabled
}

// Share is how many of a hundred who may log in have 2FA enabled, rounded down: 100 is
// everybody.
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

// CustomerPage is /customers/{slug}. By closed doors it shows how the customer
// stands, and what can be done all the same.
type CustomerPage struct {
	Layout
	Problem  *Problem
	Customer portico.Customer
	Statuses []portico.CustomerStatus
	Address  string // of this page; the forms go below it
	Open     bool   // the doors, to the reader
	Until    time.Time
	Picture  string // address of the logo, "" without one
	Counts
	Name         string // as typed
	BrandName    string
	AccentColour string
}

// SuspendCustomerPage asks before all people of a customer are kept out.
type SuspendCustomerPage struct {
	Layout
	Name    string
	Address string // of the customer's page
	Counts
}

// DoorsPage is /administration/doors, for the customer's own people.
type DoorsPage struct {
	Layout
	Problem *Problem
	Closed  bool
	Until   time.Time // closed doors are open until then; zero when they are not
	Hours   []int     // for how long they can be opened
}

func (CustomersPage) template() string       { return "customers" }
func (NewCustomerPage) template() string     { return "new-customer" }
func (CustomerPage) template() string        { return "customer" }
func (SuspendCustomerPage) template() string { return "suspend-customer" }
func (DoorsPage) template() string           { return "doors" }
