package store

import (
	"portico"
)

const customerColumns = `id, slug, name, created_at, remember_browsers`

func scanCustomer(row scanner) (portico.Customer, error) {
	var c portico.Customer
	var created int64
	err := row.Scan(&c.ID, &c.Slug, &c.Name, &created, &c.Policy.RememberBrowsers)
	c.CreatedAt = moment(created)
	return c, err
}

// Customer finds a customer, or the provider itself.
func (r *Reader) Customer(id portico.CustomerID) (portico.Customer, error) {
	c, err := scanCustomer(r.q.QueryRowContext(r.ctx, `SELECT `+customerColumns+` FROM customers WHERE id = $1`, id))
	return c, scanned("finding the customer", err)
}

// CustomerBySlug finds a customer by its short name.
func (r *Reader) CustomerBySlug(slug string) (portico.Customer, error) {
	c, err := scanCustomer(r.q.QueryRowContext(r.ctx, `SELECT `+customerColumns+` FROM customers WHERE slug = $1`, slug))
	return c, scanned("finding the customer", err)
}

// Customers lists the customers by slug, without the provider itself.
func (r *Reader) Customers() ([]portico.Customer, error) {
	return all(r, "listing customers", scanCustomer,
		`SELECT `+customerColumns+` FROM customers WHERE id <> $1 ORDER BY slug`, portico.ProviderID)
}

// CreateCustomer adds a customer. A slug in use is ErrTaken.
func (tx *Tx) CreateCustomer(c portico.Customer) error {
	_, err := tx.exec("creating the customer",
		`INSERT INTO customers (id, slug, name, created_at) VALUES ($1, $2, $3, $4)`, c.ID, c.Slug, c.Name, millis(c.CreatedAt))
	return err
}

// SavePolicy stores a customer's policy.
func (tx *Tx) SavePolicy(id portico.CustomerID, p portico.Policy) error {
	return tx.execOne("saving the policy", `UPDATE customers SET remember_browsers = $2 WHERE id = $1`, id, p.RememberBrowsers)
}
