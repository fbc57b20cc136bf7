package store

import "portico"

// TakesPasskeys reports whether passkeys work at the portal's address.
func (r *Reader) TakesPasskeys() bool { return r.passkeysAt != "" }

// holders finds the people with a passkey in force that works at the portal's
// address. The first condition makes it read passkeys alone.
const holders = `SELECT f.user_id FROM authenticators f WHERE f.credential_id IS NOT NULL AND f.kind = 'passkey' AND f.enabled AND f.rp_id = `

// WithPasskey counts a customer's active people of a role who have a passkey that
// works.
func (r *Reader) WithPasskey(c portico.CustomerID, role portico.Role) (n int, err error) {
	err = r.q.QueryRowContext(r.ctx, `SELECT COUNT(*) FROM users u WHERE u.id IN (`+holders+`$3)
		AND u.customer_id || '' = $1 AND u.role || '' = $2 AND u.status = 'active'`, c, role, r.passkeysAt).Scan(&n)
	return n, scanned("counting people with a passkey", err)
}

// DefaultWithPasskey is WithPasskey over everybody to whom the provider's policy
// applies.
func (r *Reader) DefaultWithPasskey(role portico.Role) (n int, err error) {
	err = r.q.QueryRowContext(r.ctx, `SELECT COUNT(*) FROM users u JOIN customers c ON c.id = u.customer_id WHERE u.id IN (`+holders+`$2)
		AND (c.policy = '' OR c.id = 'provider') AND u.role || '' = $1 AND u.status = 'active'`, role, r.passkeysAt).Scan(&n)
	return n, scanned("counting people with a passkey", err)
}

// WithoutPasskey lists a customer's active people of a role who have no passkey
// that works, by name, at most limit.
func (r *Reader) WithoutPasskey(c portico.CustomerID, role portico.Role, limit int) ([]portico.User, error) {
	by, err := r.sortColumns()
	if err != nil {
		return nil, err
	}
	return all(r, "listing people without a passkey", r.scanUser, `SELECT `+userColumns+userFrom+`
		WHERE u.customer_id = $1 AND u.role = $2 AND u.status = 'active'
		AND NOT EXISTS (`+holders+`$3 AND f.user_id = u.id) ORDER BY `+by.name+`, u.id LIMIT $4`, c, role, r.passkeysAt, limit)
}
