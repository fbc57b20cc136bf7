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

// Issuer is what authenticator apps call the customer's entries.
func (c Customer) Issuer() string {
	if c.Brand != "" {
		return c.Brand
	}
	return c.Name
}

var slugPattern = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])$`)

// Validate returns an Invalid error that names each bad field (slug, name,
// brand).
func (c Customer) Validate() error {
	p := problems{}
	if !slugPattern.MatchString(c.Slug) {
		p.add("slug", "Enter a short name of 2 to 40 lower-case letters, digits and dashes, such as acme.")
	} else if c.Slug == string(ProviderID) {
		p.add("slug", "Choose another short name: this one is the provider's own.")
	}
	p.add("name", checkText(c.Name, "a name", 100))
	if c.Brand != "" {
		p.add("brand", checkText(c.Brand, "a brand name", 60))
	}
	return p.err()
}
