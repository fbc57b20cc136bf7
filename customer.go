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
	CreatedAt time.Time
	Policy    Policy
}

var slugPattern = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])$`)

// Validate returns an Invalid error that names each bad field (slug, name).
func (c Customer) Validate() error {
	p := problems{}
	if !slugPattern.MatchString(c.Slug) {
		p.add("slug", "Enter a short name of 2 to 40 lower-case letters, digits and dashes, such as acme.")
	} else if c.Slug == string(ProviderID) {
		p.add("slug", "Choose another short name: this one is the provider's own.")
	}
	p.add("name", checkText(c.Name, "a name", 100))
	return p.err()
}
