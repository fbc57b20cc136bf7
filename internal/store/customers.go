package store

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"portico"
)

// customerColumns are the columns of a customer c and the policy of the
// provider d, which holds if the customer has no policy of its own.
const customerColumns = `c.id, c.slug, c.name, c.brand, c.logo, c.accent, c.language, c.created_at, c.suspended_at, c.delete_at, c.delete_reason, c.deleting, c.closed, c.open_until, c.policy, d.policy`

const customerFrom = ` FROM customers c JOIN customers d ON d.id = 'provider'`

// customerDest returns the destinations for Scan. done must be called
// afterwards, to convert what was scanned into temporary variables.
func customerDest(c *portico.Customer) (dest []any, done func() error) {
	var created, suspended, deleteAt, open int64
	var own, provider string
	dest = []any{&c.ID, &c.Slug, &c.Name, &c.Brand, &c.Logo, &c.Accent, &c.Language, &created, &suspended, &deleteAt, &c.DeleteReason, &c.Deleting, &c.AccessRevoked, &open, &own, &provider}
	return dest, func() (err error) {
		c.CreatedAt, c.SuspendedAt, c.DeleteAt, c.AccessGrantedUntil = fromMillis(created), fromMillis(suspended), fromMillis(deleteAt), fromMillis(open)
		c.OwnPolicy = own != ""
		if !c.OwnPolicy {
			own = provider
		}
		c.Policy, err = policyOf(own)
		return err
	}
}

func scanCustomer(row scanner) (portico.Customer, error) {
	var c portico.Customer
	dest, done := customerDest(&c)
	if err := row.Scan(dest...); err != nil {
		return c, err
	}
	return c, done()
}

// Customer returns a customer, or the provider itself.
func (r *Reader) Customer(id portico.CustomerID) (portico.Customer, error) {
	c, err := scanCustomer(r.q.QueryRowContext(r.ctx, `SELECT `+customerColumns+customerFrom+` WHERE c.id = $1`, id))
	return c, scanned("finding the customer", err)
}

// CustomerBySlug returns a customer by its slug. One that is being deleted is not
// found.
func (r *Reader) CustomerBySlug(slug string) (portico.Customer, error) {
	c, err := scanCustomer(r.q.QueryRowContext(r.ctx, `SELECT `+customerColumns+customerFrom+` WHERE c.slug = $1 AND NOT c.deleting`, slug))
	return c, scanned("finding the customer", err)
}

// CustomerCursor is a position in the list of customers: after the customer
// with this sort key and ID. The zero value is the beginning.
type CustomerCursor struct {
	SortKey string
	ID      portico.CustomerID
	words   string // what the customer is searched by
}

// CursorAfter returns the position right after c.
func CursorAfter(c portico.Customer) CustomerCursor {
	return CustomerCursor{string(collationKey(c.Name)), c.ID, c.Name + " " + c.Slug}
}

// Customers lists at most limit customers by name, after the cursor, without
// the provider and those that are being deleted. With search, it lists those whose name or slug has a word
// beginning with each searched word, first those that have it exactly as typed.
// It reads every customer for that, because there are thousands of them, not
// millions.
func (r *Reader) Customers(search string, after CustomerCursor, limit int) ([]portico.Customer, error) {
	searched := words(search)
	switch {
	case search == "":
		return r.customersAfter(after, limit)
	case len(searched) == 0:
		return nil, nil
	}
	var exact, others []portico.Customer
	var at CustomerCursor
	onlyOthers := after.ID != "" && !matchExactly(words(after.words), searched)
	if onlyOthers {
		at = after
	}
	for batch := max(limit, 500); ; {
		customers, err := r.customersAfter(at, batch)
		if err != nil {
			return nil, err
		}
		for _, c := range customers {
			at = CursorAfter(c)
			switch words := words(at.words); {
			case !match(indexOf(words), searched):
			case !matchExactly(words, searched):
				others = append(others, c)
			case !onlyOthers && at.follows(after):
				exact = append(exact, c)
			}
			if len(exact) == limit || onlyOthers && len(others) == limit {
				return slices.Concat(exact, others)[:limit], nil
			}
		}
		if len(customers) < batch {
			found := slices.Concat(exact, others)
			return found[:min(limit, len(found))], nil
		}
	}
}

// follows reports whether a position is after another one.
func (p CustomerCursor) follows(other CustomerCursor) bool {
	return cmp.Or(cmp.Compare(p.SortKey, other.SortKey), cmp.Compare(p.ID, other.ID)) > 0
}

func (r *Reader) customersAfter(after CustomerCursor, limit int) ([]portico.Customer, error) {
	return all(r, "listing customers", scanCustomer, `SELECT `+customerColumns+customerFrom+`
		WHERE c.id <> 'provider' AND NOT c.deleting AND (c.name_sort, c.id) > ($1, $2) ORDER BY c.name_sort, c.id LIMIT $3`, []byte(after.SortKey), after.ID, limit)
}

// CreateCustomer adds a customer and begins its audit log. It returns ErrTaken
// if the slug is in use, or held back after the deletion of another customer.
func (tx *Tx) CreateCustomer(c portico.Customer) error {
	if _, err := tx.DeletedCustomer(c.Slug); err == nil {
		return fmt.Errorf("creating the customer: %w", ErrTaken)
	} else if !errors.Is(err, ErrNotFound) {
		return err
	}
	_, err := tx.exec("creating the customer",
		`INSERT INTO customers (id, slug, name, name_sort, created_at, language) VALUES ($1, $2, $3, $4, $5, $6)`,
		c.ID, c.Slug, c.Name, collationKey(c.Name), toMillis(c.CreatedAt), c.Language)
	if err != nil || tx.proofs.Begin == nil {
		return err
	}
	return tx.proofs.Begin(tx, c.ID)
}

// SaveCustomer stores a customer's name, brand, logo, accent colour and language.
func (tx *Tx) SaveCustomer(id portico.CustomerID, c portico.Customer) error {
	return tx.execOne("saving the customer", `UPDATE customers SET name = $2, name_sort = $3, brand = $4, logo = $5, accent = $6, language = $7 WHERE id = $1`,
		id, c.Name, collationKey(c.Name), c.Brand, c.Logo, c.Accent, c.Language)
}

// Suspend suspends a customer, or with the zero time reactivates it.
// Either way, everything that was issued to its people until now has ended for
// good.
func (tx *Tx) SuspendCustomer(id portico.CustomerID, at time.Time) error {
	return tx.execOne("suspending the customer", `UPDATE customers SET suspended_at = $2, ended_at = $3 WHERE id = $1`, id, toMillis(at), toMillis(tx.Now))
}

// SaveProviderAccess stores whether provider access is revoked, and until when it is
// granted nevertheless.
func (tx *Tx) SaveProviderAccess(id portico.CustomerID, closed bool, openUntil time.Time) error {
	return tx.execOne("saving the provider's access", `UPDATE customers SET closed = $2, open_until = $3 WHERE id = $1`, id, closed, toMillis(openUntil))
}

// SavePolicy stores a customer's own policy. With nil, the customer follows the
// provider's policy.
func (tx *Tx) SavePolicy(id portico.CustomerID, p *portico.Policy) error {
	text := ""
	if p != nil {
		var err error
		if text, err = policyText(*p); err != nil {
			return err
		}
	}
	return tx.execOne("saving the policy", `UPDATE customers SET policy = $2 WHERE id = $1`, id, text)
}

// PutLogo stores a customer's logo, a PNG, under the hash of its content, in
// place of an earlier one. An empty hash removes the logo.
func (tx *Tx) PutLogo(id portico.CustomerID, hash string, png []byte) error {
	if _, err := tx.exec("removing the old logo", `DELETE FROM logos WHERE customer_id = $1`, id); err != nil {
		return err
	}
	if hash == "" {
		return nil
	}
	_, err := tx.exec("saving the logo", `INSERT INTO logos (hash, customer_id, png) VALUES ($1, $2, $3)`, hash, id, png)
	return err
}

// Logo returns a logo by its hash.
func (r *Reader) Logo(hash string) ([]byte, error) {
	var png []byte
	err := r.q.QueryRowContext(r.ctx, `SELECT png FROM logos WHERE hash = $1 LIMIT 1`, hash).Scan(&png)
	return png, scanned("finding the logo", err)
}
