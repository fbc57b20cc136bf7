package portico

import (
	"cmp"
	"regexp"
	"time"
)

// CustomerID identifies a customer. Every method that reads or writes a
// customer's rows takes it as the first argument, so that no query can forget
// it.
type CustomerID string

// ProviderID is the customer that the operators belong to: the provider itself.
// It exists in every database and cannot be created, listed or removed as a
// customer.
const ProviderID CustomerID = "provider"

// Customer is a business that the provider serves.
type Customer struct {
	ID        CustomerID
	Slug      string // 2 to 40 characters, used by commands and in addresses
	Name      string // 1 to 100 characters, shown to people
	Brand     string // shown on its pages and in authenticator apps; if empty, pages show the provider's brand and apps show Name
	Logo      string // the hash of its logo's content; empty if it has none
	Accent    string // colour of buttons and links on its pages, six hexadecimal digits; empty for the provider's
	Language  string // of those of its people who have chosen none, as a BCP 47 tag; empty for what their browsers ask for
	CreatedAt time.Time

	SuspendedAt        time.Time // since when its people cannot log in; zero if it is not suspended
	DeleteAt           time.Time // when its deletion begins; zero if nobody has asked for it
	DeleteReason       string    // why, as typed
	Deleting           bool      // its deletion has begun: nobody finds or enters it any more
	AccessRevoked      bool      // the customer has revoked provider access
	AccessGrantedUntil time.Time // until when provider access is granted although Closed is set

	OwnPolicy bool   // the customer has its own policy; otherwise Policy is the provider's
	Policy    Policy // the policy in force
}

// Suspended reports whether the provider has suspended the customer, so that
// its people cannot log in.
func (c Customer) Suspended() bool { return !c.SuspendedAt.IsZero() }

// CustomerDeletionWait is how long after an operator has asked for it the
// deletion of a customer begins. Until then, any operator may cancel it.
const CustomerDeletionWait = 30 * 24 * time.Hour

// ToBeDeleted reports whether an operator has asked for the customer to be
// deleted.
func (c Customer) ToBeDeleted() bool { return !c.DeleteAt.IsZero() }

// deletedLogMonths is for how long the audit log of a deleted customer is kept
// if the customer's policy kept its events for good.
const deletedLogMonths = 36

// DeletedLogMonths returns for how many months the audit log keeps events once the
// customer is deleted: as long as before, but not for good.
func (c Customer) DeletedLogMonths() int { return cmp.Or(c.Policy.AuditMonths, deletedLogMonths) }

// ProviderMayEnter reports whether the customer grants provider access at the time now.
func (c Customer) ProviderMayEnter(now time.Time) bool {
	return !c.AccessRevoked || now.Before(c.AccessGrantedUntil)
}

// CustomerStatus is a fact about a customer that operators have to know.
type CustomerStatus string

const (
	CustomerInForce       CustomerStatus = "in force"
	CustomerIsSuspended   CustomerStatus = "suspended"          // its people cannot log in
	CustomerToBeDeleted   CustomerStatus = "to be deleted"      // also suspended, until its deletion begins
	CustomerRevokedAccess CustomerStatus = "no provider access" // provider access is revoked
)

// String returns the words in English.
func (s CustomerStatus) String() string { return Say(s.Text()).String() }

// Text returns the words that pages show.
func (s CustomerStatus) Text() Text {
	switch s {
	case CustomerInForce:
		return "#customer Active"
	case CustomerIsSuspended:
		return "#customer Suspended"
	case CustomerToBeDeleted:
		return "To be deleted"
	case CustomerRevokedAccess:
		return "No provider access"
	}
	return "Unknown status"
}

// Statuses returns whether the customer is in force, suspended or to be deleted, and adds
// CustomerRevokedAccess if provider access is revoked.
func (c Customer) Statuses(now time.Time) []CustomerStatus {
	out := []CustomerStatus{CustomerInForce}
	switch {
	case c.ToBeDeleted():
		out[0] = CustomerToBeDeleted
	case c.Suspended():
		out[0] = CustomerIsSuspended
	}
	if !c.ProviderMayEnter(now) {
		out = append(out, CustomerRevokedAccess)
	}
	return out
}

// GrantHours lists for how many hours a customer can grant provider access.
var GrantHours = []int{1, 4, 8, 24}

// Header returns what the header of the customer's pages shows: the brand, or
// the name if there is a logo but no brand. It is empty if the customer has
// neither: then the header shows the provider's.
func (c Customer) Header() string {
	if c.Brand == "" && c.Logo != "" {
		return c.Name
	}
	return c.Brand
}

// Issuer returns what authenticator apps call the customer's entries: the
// brand, or the name if there is none.
func (c Customer) Issuer() string {
	if c.Brand != "" {
		return c.Brand
	}
	return c.Name
}

var accentPattern = regexp.MustCompile(`^[0-9a-f]{6}$`)

var slugPattern = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])$`)

// reservedSlugs are slugs that have another meaning in addresses.
var reservedSlugs = map[string]bool{string(ProviderID): true, "new": true}

// Validate returns an Invalid error that names each bad field (slug, name,
// brand, accent).
func (c Customer) Validate() error {
	p := problems{}
	switch {
	case c.ID == ProviderID: // has its reserved one
	case !slugPattern.MatchString(c.Slug):
		p.add("slug", "Enter a short name of 2 to 40 lower-case letters, digits and dashes, such as acme.")
	case reservedSlugs[c.Slug]:
		p.add("slug", "Choose another short name. The portal itself uses this one.")
	}
	p.put("name", asksName.check(c.Name))
	if c.Brand != "" {
		p.put("brand", asksBrand.check(c.Brand))
	}
	if c.Accent != "" && !accentPattern.MatchString(c.Accent) {
		p.add("accent", "Enter a colour such as #1f6f54.")
	}
	return p.err()
}
