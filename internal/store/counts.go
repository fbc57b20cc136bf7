package store

import (
	"errors"
	"fmt"
	"strings"

	"portico"
)

// kind is the combination of values that people are counted by.
type kind struct {
	customer  portico.CustomerID
	role      portico.Role
	status    portico.Status
	twoFactor portico.TwoFactor
}

// Count is how many people of one kind a customer has.
type Count struct {
	Role      portico.Role
	Status    portico.Status
	TwoFactor portico.TwoFactor
	People    int
}

// Counts returns how many people of each kind a customer has, without reading
// the people themselves.
func (r *Reader) Counts(c portico.CustomerID) ([]Count, error) {
	return all(r, "counting people", scanCount, `SELECT role, status, two_factor, people FROM people_counts WHERE customer_id = $1 AND people > 0 ORDER BY role, status, two_factor`, c)
}

func scanCount(row scanner) (Count, error) {
	var n Count
	err := row.Scan(&n.Role, &n.Status, &n.TwoFactor, &n.People)
	return n, err
}

// CountsOf is Counts for several customers at once. Customers without people
// are missing from the result.
func (r *Reader) CountsOf(customers []portico.CustomerID) (map[portico.CustomerID][]Count, error) {
	if len(customers) == 0 {
		return nil, nil
	}
	q := &query{}
	marks := make([]string, len(customers))
	for i, c := range customers {
		marks[i] = q.arg(c)
	}
	counts := map[portico.CustomerID][]Count{}
	_, err := all(r, "counting people", func(row scanner) (Count, error) {
		var c portico.CustomerID
		var n Count
		err := row.Scan(&c, &n.Role, &n.Status, &n.TwoFactor, &n.People)
		counts[c] = append(counts[c], n)
		return n, err
	}, `SELECT customer_id, role, status, two_factor, people FROM people_counts
		WHERE people > 0 AND customer_id IN (`+strings.Join(marks, ", ")+`) ORDER BY customer_id, role, status, two_factor`, q.args...)
	return counts, err
}

// DefaultCounts is Counts over the provider and every customer without a policy
// of its own: everybody to whom the provider's policy applies.
func (r *Reader) DefaultCounts() ([]Count, error) {
	return all(r, "counting people", scanCount, `SELECT p.role, p.status, p.two_factor, CAST(SUM(p.people) AS BIGINT) FROM people_counts p
		JOIN customers c ON c.id = p.customer_id WHERE p.people > 0 AND (c.policy = '' OR c.id = 'provider')
		GROUP BY p.role, p.status, p.two_factor ORDER BY p.role, p.status, p.two_factor`)
}

// ActiveInRole counts a customer's active people of a role, except for the
// person without.
func (r *Reader) ActiveInRole(c portico.CustomerID, role portico.Role, without portico.UserID) (int, error) {
	var n int
	err := r.q.QueryRowContext(r.ctx, `SELECT CAST(COALESCE(SUM(people), 0) AS BIGINT) - (SELECT COUNT(*) FROM users WHERE customer_id = $1 AND role = $2 AND status = 'active' AND id = $3)
		FROM people_counts WHERE customer_id = $1 AND role = $2 AND status = 'active'`, c, role, without).Scan(&n)
	return n, scanned("counting active people", err)
}

// WithoutTwoFactorIn counts the active people in a role, in all customers, who have
// not enabled 2FA.
func (r *Reader) WithoutTwoFactorIn(role portico.Role) (int, error) {
	var n int
	err := r.q.QueryRowContext(r.ctx, `SELECT CAST(COALESCE(SUM(people), 0) AS BIGINT) FROM people_counts WHERE role = $1 AND status = 'active' AND two_factor <> 'enabled'`, role).Scan(&n)
	return n, scanned("counting people without 2FA", err)
}

// Invited counts the people, in all customers, who have not activated their
// account.
func (r *Reader) Invited() (int, error) {
	var n int
	err := r.q.QueryRowContext(r.ctx, `SELECT CAST(COALESCE(SUM(people), 0) AS BIGINT) FROM people_counts WHERE status = 'invited'`).Scan(&n)
	return n, scanned("counting invited people", err)
}

// kindOf returns what a person is counted by now. ok is false if the person
// does not exist.
func (tx *Tx) kindOf(id portico.UserID) (k kind, ok bool, err error) {
	var enabled *bool
	err = scanned("counting people", tx.q.QueryRowContext(tx.ctx, `SELECT u.customer_id, u.role, u.status, `+inForce+`
		FROM users u WHERE u.id = $1`, id).Scan(&k.customer, &k.role, &k.status, &enabled))
	if errors.Is(err, ErrNotFound) {
		return kind{}, false, nil
	}
	k.twoFactor = countedAs(enabled)
	return k, err == nil, err
}

// counting runs a change to one person, and updates the counts and the copy of
// the state of 2FA that lists filter by.
func (tx *Tx) counting(id portico.UserID, change func() error) error {
	before, was, err := tx.kindOf(id)
	if err != nil {
		return err
	}
	if err := change(); err != nil {
		return err
	}
	now, is, err := tx.kindOf(id)
	if err != nil || before == now {
		return err
	}
	if was {
		if err := tx.count(before, -1); err != nil {
			return err
		}
	}
	if !is {
		return nil
	}
	if err := tx.count(now, 1); err != nil {
		return err
	}
	_, err = tx.exec("noting the state of 2FA", `UPDATE users SET two_factor = $2 WHERE id = $1`, id, now.twoFactor)
	return err
}

func (tx *Tx) count(k kind, more int64) error {
	_, err := tx.exec("counting people", `INSERT INTO people_counts (customer_id, role, status, two_factor, people) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (customer_id, role, status, two_factor) DO UPDATE SET people = people_counts.people + excluded.people`,
		k.customer, k.role, k.status, k.twoFactor, more)
	return err
}

// insert adds n rows with one prepared statement, executed once for each row
// with the arguments that row returns. A single statement for several rows
// would be slower: SQLite would copy each page before it changes it, to be able
// to roll the statement back.
func (tx *Tx) insert(doing, statement string, n int, row func(i int) []any) (err error) {
	if n == 0 {
		return nil
	}
	stmt, err := tx.q.PrepareContext(tx.ctx, statement)
	if err != nil {
		return failed(doing, err)
	}
	defer func() {
		if closeErr := stmt.Close(); err == nil && closeErr != nil {
			err = fmt.Errorf("%s: %w", doing, closeErr)
		}
	}()
	for i := range n {
		if err := tx.ctx.Err(); err != nil {
			return fmt.Errorf("%s: %w", doing, err)
		}
		if _, err := stmt.ExecContext(tx.uncancellable, row(i)...); isUniqueViolation(err) {
			return fmt.Errorf("%s: %w", doing, ErrTaken)
		} else if err != nil {
			return failed(doing, err)
		}
	}
	return nil
}
