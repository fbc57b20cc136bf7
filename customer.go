package portico

import (
	"regexp"
	"time"
)

// CustomerID identifies a customer. It is the first argument of every method
// that reaches a customer's rows, so that no query forgets it.
type CustomerID string

// ProviderID is the customer that the operators belong to: the provider
// itself. It exists in every database and cannot be created, listed or
// removed as a customer.
const ProviderID CustomerID = "provider"

// Customer is one business the provider serves.
type Customer struct {
	ID        CustomerID
	Slug      string // 2 to 40 characters, for commands and addresses
	Name      string // 1 to 100 characters, what people read
	Brand     string // what its pages and authenticator entries are called; empty: "Portico", and the name
	Logo      string // address of its picture, by the hash of its content; empty without one
	Accent    string // colour of buttons and links on its pages, six hexadecimal digits; empty: the portal's own
	CreatedAt time.Time

	SuspendedAt time.Time // nobody of it may log in; zero when in force
	Closed      bool      // to operators
	OpenUntil   time.Time // closed doors are open until then

	OwnPolicy bool   // decided for itself; else Policy is what operators decided for all
	Policy    Policy // in force
}

// Suspended reports whether the provider keeps the customer's people out.
func (c Customer) Suspended() bool { return !c.SuspendedAt.IsZero() }

// Open reports whether operators may act in the customer now.
func (c Customer) Open(now time.Time) bool { return !c.Closed || now.Before(c.OpenUntil) }

// CustomerStatus is one thing that operators have to know of a customer.
type CustomerStatus string

const (
	CustomerInForce     CustomerStatus = "in force"
	CustomerIsSuspended CustomerStatus = "suspended"    // nobody of it may log in
	CustomerIsClosed    CustomerStatus = "doors closed" // to operators
)

// String returns the words that people read.
func (s CustomerStatus) String() string {
	switch s {
	case CustomerInForce:
		return "In force"
	case CustomerIsSuspended:
		return "Suspended"
	case CustomerIsClosed:
		return "Doors closed"
	}
	return "Unknown status"
}

// Statuses says how a customer stands: in force or suspended, and whether its
// doors are closed.
func (c Customer) Statuses(now time.Time) []CustomerStatus {
	out := []CustomerStatus{CustomerInForce}
	if c.Suspended() {
		out[0] = CustomerIsSuspended
	}
	if !c.Open(now) {
		out = append(out, CustomerIsClosed)
	}
	return out
}

// DoorHours lists for how many hours closed doors can be opened.
var DoorHours = []int{1, 4, 8, 24}

// Header is what its pages are called in their header: the brand, or beside a
// picture without one the name. Empty where the portal's own stands there.
func (c Customer) Header() string {
	if c.Brand == "" && c.Logo != "" {
		return c.Name
	}
	return c.Brand
}

// Issuer is what authenticator apps call the customer's entries.
func (c Customer) Issuer() string {
	if c.Brand != "" {
		return c.Brand
	}
	return c.Name
}

var accentPattern = regexp.MustCompile(`^[0-9a-f]{6}$`)

var slugPattern = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])$`)

// reservedSlugs stand in addresses for something else.
var reservedSlugs = map[string]bool{string(ProviderID): true, "new": true}

// Validate returns an Invalid error that names each bad field (slug, name,
// brand, accent).
func (c Customer) Validate() error {
	p := problems{}
	if !slugPattern.MatchString(c.Slug) {
		p.add("slug", "Enter a short name of 2 to 40 lower-case letters, digits and dashes, such as acme.")
	} else if reservedSlugs[c.Slug] {
		p.add("slug", "Choose another short name: the portal uses this one itself.")
	}
	p.add("name", checkText(c.Name, "a name", 100))
	if c.Brand != "" {
		p.add("brand", checkText(c.Brand, "a brand name", 60))
	}
	if c.Accent != "" && !accentPattern.MatchString(c.Accent) {
		p.add("accent", "Enter a colour such as #1f6f54.")
	}
	return p.err()
}
