package store

import (
	"time"

	"portico"
)

// WithoutTwoFactor lists a customer's active people of a role who have not
// enabled 2FA, by name, at most limit.
func (r *Reader) WithoutTwoFactor(c portico.CustomerID, role portico.Role, limit int) ([]portico.User, error) {
	by, err := r.sortColumns()
	if err != nil {
		return nil, err
	}
	return all(r, "listing people without 2FA", r.scanUser, `SELECT `+userColumns+userFrom+`
		WHERE u.customer_id = $1 AND u.role = $2 AND u.status = 'active' AND u.two_factor <> 'enabled'
		ORDER BY `+by.name+`, u.id LIMIT $3`, c, role, limit)
}

// Exemptions lists a customer's people who are exempt from required 2FA, in the
// order in which their exemptions end, at most limit.
func (r *Reader) Exemptions(c portico.CustomerID, limit int) ([]portico.User, error) {
	return all(r, "listing exemptions", r.scanUser, `SELECT `+userColumns+userFrom+`
		WHERE u.customer_id = $1 AND u.exempt_until > 0 AND u.exempt_until > $2
		ORDER BY u.exempt_until, u.id LIMIT $3`, c, toMillis(r.Now), limit)
}

// ToRemind lists a customer's active people of the role of whom who were not
// reminded since an instant, after one of them or from the beginning, at most
// limit: those who have not enabled 2FA or, if whom has, those who have and lack a
// passkey that works.
func (r *Reader) ToRemind(c portico.CustomerID, whom portico.User, since time.Time, after portico.UserID, limit int) ([]portico.User, error) {
	by, err := r.sortColumns()
	if err != nil {
		return nil, err
	}
	q := &query{sql: `SELECT ` + userColumns + userFrom + ` WHERE u.status = 'active' AND u.customer_id = `}
	q.sql += q.arg(c) + ` AND u.role = ` + q.arg(whom.Role) + ` AND u.reminded_at < ` + q.arg(toMillis(since))
	if whom.TwoFactor == portico.TwoFactorEnabled {
		q.sql += ` AND u.two_factor = 'enabled' AND NOT EXISTS (` + holders + q.arg(r.passkeysAt) + ` AND f.user_id = u.id)`
	} else {
		q.sql += ` AND u.two_factor <> 'enabled'`
	}
	if after != "" {
		p := listing{by: by}
		key, err := r.sortKey(c, p, after)
		if err != nil {
			return nil, err
		}
		q.after(p, p.order(), key)
	}
	q.sql += ` ORDER BY ` + by.name + `, u.id LIMIT ` + q.arg(limit)
	return all(r, "listing people to remind", r.scanUser, q.sql, q.args...)
}

// ExemptToRemind lists a customer's active people whose exemption ends at an
// instant or before, after a person, at most limit.
func (r *Reader) ExemptToRemind(c portico.CustomerID, before time.Time, after portico.UserID, limit int) ([]portico.User, error) {
	return all(r, "listing people to remind", r.scanUser, `SELECT `+userColumns+userFrom+`
		WHERE u.customer_id = $1 AND u.exempt_until > 0 AND u.exempt_until > $2 AND u.exempt_until <= $3
		AND u.status = 'active' AND u.id > $4 ORDER BY u.id LIMIT $5`,
		c, toMillis(r.Now), toMillis(before), after, limit)
}

// RemindedAt returns when a customer's person was last reminded to set up 2FA or to
// add a passkey. It is zero if that has not happened.
func (r *Reader) RemindedAt(c portico.CustomerID, id portico.UserID) (time.Time, error) {
	var at int64
	err := r.q.QueryRowContext(r.ctx, `SELECT reminded_at FROM users WHERE customer_id = $1 AND id = $2`, c, id).Scan(&at)
	return fromMillis(at), scanned("finding the last reminder", err)
}

// Remind records that a customer's person is reminded now. It returns false if
// that has happened since an instant already.
func (tx *Tx) Remind(c portico.CustomerID, id portico.UserID, since time.Time) (bool, error) {
	n, err := tx.exec("noting the reminder", `UPDATE users SET reminded_at = $3 WHERE customer_id = $1 AND id = $2 AND reminded_at < $4`,
		c, id, toMillis(tx.Now), toMillis(since))
	return n == 1, err
}
