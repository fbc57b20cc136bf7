package store

import (
	"time"

	"portico"
)

// customerColumns are of a customer c and the provider d, whose policy holds
// where the customer has none of its own.
const customerColumns = `c.id, c.slug, c.name, c.brand, c.logo, c.accent, c.created_at, c.suspended_at, c.closed, c.open_until, c.policy, d.policy`

const customerFrom = ` FROM customers c JOIN customers d ON d.id = 'provider'`

// customerDest gives Scan its places; done fills in what was scanned sideways.
func customerDest(c *portico.Customer) (dest []any, done func() error) {
	var created, suspended, open int64
	var own, provider string
	dest = []any{&c.ID, &c.Slug, &c.Name, &c.Brand, &c.Logo, &c.Accent, &created, &suspended, &c.Closed, &open, &own, &provider}
	return dest, func() (err error) {
		c.CreatedAt, c.SuspendedAt, c.OpenUntil = moment(created), moment(suspended), moment(open)
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

// Customer finds a customer, or the provider itself.
func (r *Reader) Customer(id portico.CustomerID) (portico.Customer, error) {
	c, err := scanCustomer(r.q.QueryRowContext(r.ctx, `SELECT `+customerColumns+customerFrom+` WHERE c.id = $1`, id))
	return c, scanned("finding the customer", err)
}

// CustomerBySlug finds a customer by its short name.
func (r *Reader) CustomerBySlug(slug string) (portico.Customer, error) {
	c, err := scanCustomer(r.q.QueryRowContext(r.ctx, `SELECT `+customerColumns+customerFrom+` WHERE c.slug = $1`, slug))
	return c, scanned("finding the customer", err)
}

// CustomerCursor is a place in the list of customers: after the one with this
// name and id. The zero value is the beginning.
type CustomerCursor struct {
	NameKey string
	ID      portico.CustomerID
}

// CursorAfter is the place in the list of customers right after c.
func CursorAfter(c portico.Customer) CustomerCursor { return CustomerCursor{fold(c.Name), c.ID} }

// Customers lists customers by name, limit at most, after the cursor, without
// the provider itself. With search, those whose name or slug has a word that
// begins so, for each word of it: there are thousands of customers, not
// millions, and each is looked at.
func (r *Reader) Customers(search string, after CustomerCursor, limit int) ([]portico.Customer, error) {
	searched := Words(search)
	if search != "" && len(searched) == 0 {
		return nil, nil
	}
	var found []portico.Customer
	for batch := max(limit, 500); ; {
		customers, err := all(r, "listing customers", scanCustomer, `SELECT `+customerColumns+customerFrom+`
			WHERE c.id <> 'provider' AND (c.name_key, c.id) > ($1, $2) ORDER BY c.name_key, c.id LIMIT $3`, after.NameKey, after.ID, batch)
		if err != nil {
			return nil, err
		}
		for _, c := range customers {
			if after = CursorAfter(c); !begin(Words(c.Name+" "+c.Slug), searched) {
				continue
			}
			if found = append(found, c); len(found) == limit {
				return found, nil
			}
		}
		if len(customers) < batch {
			return found, nil
		}
	}
}

// CreateCustomer adds a customer and begins its audit log. A slug in use is
// ErrTaken.
func (tx *Tx) CreateCustomer(c portico.Customer) error {
	_, err := tx.exec("creating the customer",
		`INSERT INTO customers (id, slug, name, name_key, created_at) VALUES ($1, $2, $3, $4, $5)`, c.ID, c.Slug, c.Name, fold(c.Name), millis(c.CreatedAt))
	if err != nil || tx.begin == nil {
		return err
	}
	return tx.begin(tx, c.ID)
}

// SaveCustomer stores a customer's name, brand, logo and accent colour.
func (tx *Tx) SaveCustomer(id portico.CustomerID, c portico.Customer) error {
	return tx.execOne("saving the customer", `UPDATE customers SET name = $2, name_key = $3, brand = $4, logo = $5, accent = $6 WHERE id = $1`,
		id, c.Name, fold(c.Name), c.Brand, c.Logo, c.Accent)
}

// SuspendCustomer keeps a customer's people out, or with the zero time lets
// them in again. Everything issued to them until now has ended for good.
func (tx *Tx) SuspendCustomer(id portico.CustomerID, at time.Time) error {
	return tx.execOne("suspending the customer", `UPDATE customers SET suspended_at = $2, ended_at = $3 WHERE id = $1`, id, millis(at), millis(tx.Now))
}

// SaveDoors closes a customer to operators, and lets them in until an instant
// all the same.
func (tx *Tx) SaveDoors(id portico.CustomerID, closed bool, openUntil time.Time) error {
	return tx.execOne("saving the doors", `UPDATE customers SET closed = $2, open_until = $3 WHERE id = $1`, id, closed, millis(openUntil))
}

// SavePolicy stores a customer's own policy, or with nil gives it the
// provider's.
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

// PutLogo stores a customer's picture under the hash of its content, in place
// of an earlier one.
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

// Logo finds a picture by its hash.
func (r *Reader) Logo(hash string) ([]byte, error) {
	var png []byte
	err := r.q.QueryRowContext(r.ctx, `SELECT png FROM logos WHERE hash = $1 LIMIT 1`, hash).Scan(&png)
	return png, scanned("finding the logo", err)
}
