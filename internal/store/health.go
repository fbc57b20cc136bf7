package store

import (
	"context"
	"fmt"
	"time"

	"portico"
)

// ServerClock is the time of the database's server; ok is false where that is
// this machine.
func (db *DB) ServerClock(ctx context.Context) (t time.Time, ok bool, err error) {
	if db.clock == "" {
		return time.Time{}, false, nil
	}
	var ms int64
	if err := db.readers.QueryRowContext(ctx, db.clock).Scan(&ms); err != nil {
		return time.Time{}, false, fmt.Errorf("asking for the server's time: %w", err)
	}
	return moment(ms), true, nil
}

// NewestEvent is when the newest event of anybody was; zero without one.
func (r *Reader) NewestEvent() (time.Time, error) {
	var newest time.Time
	customers, err := all(r, "finding customers", func(row scanner) (string, error) {
		var id string
		return id, row.Scan(&id)
	}, `SELECT id FROM customers`)
	if err != nil {
		return time.Time{}, err
	}
	for _, c := range customers { // each by the index of a customer's events
		var ms int64
		err := r.q.QueryRowContext(r.ctx, `SELECT COALESCE(MAX(at), 0) FROM events WHERE customer_id = $1`, c).Scan(&ms)
		if err != nil {
			return time.Time{}, fmt.Errorf("finding the newest event: %w", err)
		}
		if t := moment(ms); t.After(newest) {
			newest = t
		}
	}
	return newest, nil
}

// Tally is what the portal counts and finds people by, held against the
// people themselves.
type Tally struct {
	People      int
	Miscounted  int // kinds of people of a customer whose number is wrong
	Mislabelled int // people whose label of 2FA in lists is not that of their authenticator
	Looked      int // people whose words were looked for
	Unfindable  int // of those, people who miss a word
}

const twoFactorOf = `CASE WHEN f.enabled IS NULL THEN 'none' WHEN f.enabled THEN 'enabled' ELSE 'disabled' END`

// Tally counts everybody, and looks for the words of sample people at most,
// from all over the portal.
func (r *Reader) Tally(sample int) (Tally, error) {
	var t Tally
	err := r.q.QueryRowContext(r.ctx, `SELECT COUNT(*), COALESCE(SUM(CASE WHEN u.two_factor <> `+twoFactorOf+` THEN 1 ELSE 0 END), 0)
		FROM users u LEFT JOIN factors f ON f.user_id = u.id`).Scan(&t.People, &t.Mislabelled)
	if err != nil {
		return t, fmt.Errorf("counting people: %w", err)
	}
	err = r.q.QueryRowContext(r.ctx, `SELECT COUNT(*) FROM (SELECT customer_id, role, status, two_factor FROM (
		SELECT customer_id, role, status, two_factor, people AS n FROM people_counts
		UNION ALL SELECT u.customer_id, u.role, u.status, `+twoFactorOf+`, -1 FROM users u LEFT JOIN factors f ON f.user_id = u.id) AS both_ways
		GROUP BY customer_id, role, status, two_factor HAVING SUM(n) <> 0) AS wrong`).Scan(&t.Miscounted)
	if err != nil {
		return t, fmt.Errorf("counting people: %w", err)
	}
	const stretches = 10
	for i := range stretches {
		skip, most := t.People/stretches*i, sample/stretches
		if t.People <= sample {
			skip, most = 0, sample
		}
		users, err := all(r, "finding people", scanUser, `SELECT `+userColumns+userFrom+` ORDER BY u.id LIMIT $1 OFFSET $2`, most, skip)
		if err != nil {
			return t, err
		}
		for _, u := range users {
			missing, err := r.missingWords(u)
			if err != nil {
				return t, err
			}
			t.Looked++
			t.Unfindable += min(1, len(missing))
		}
		if t.People <= sample {
			break
		}
	}
	return t, nil
}

// missingWords are those by which a person should be found and is not.
func (r *Reader) missingWords(u portico.User) (missing []string, err error) {
	for _, w := range wordsOf(u) {
		var there bool
		err := r.q.QueryRowContext(r.ctx, `SELECT EXISTS (SELECT 1 FROM user_words WHERE customer_id = $1 AND word = $2 AND user_id = $3)`, u.CustomerID, w, u.ID).Scan(&there)
		if err != nil {
			return nil, fmt.Errorf("looking for a word: %w", err)
		}
		if !there {
			missing = append(missing, w)
		}
	}
	return missing, nil
}

// Recount counts everybody anew.
func (tx *Tx) Recount() error {
	for _, statement := range []string{
		`UPDATE users SET two_factor = COALESCE((SELECT CASE WHEN f.enabled THEN 'enabled' ELSE 'disabled' END FROM factors f WHERE f.user_id = users.id), 'none')`,
		`DELETE FROM people_counts`,
		`INSERT INTO people_counts (customer_id, role, status, two_factor, people)
			SELECT customer_id, role, status, two_factor, COUNT(*) FROM users GROUP BY customer_id, role, status, two_factor`,
	} {
		if _, err := tx.exec("counting people anew", statement); err != nil {
			return err
		}
	}
	return nil
}

// AddMissingWords makes the next people findable, limit of them after one. It
// returns the last, "" when there is nobody behind.
func (tx *Tx) AddMissingWords(after portico.UserID, limit int) (last portico.UserID, err error) {
	users, err := all(&tx.Reader, "finding people", scanUser, `SELECT `+userColumns+userFrom+` WHERE u.id > $1 ORDER BY u.id LIMIT $2`, after, limit)
	if err != nil {
		return "", err
	}
	for _, u := range users {
		missing, err := tx.missingWords(u)
		if err != nil {
			return "", err
		}
		if err := tx.indexWords(u.CustomerID, u.ID, nil, missing); err != nil {
			return "", err
		}
		last = u.ID
	}
	if len(users) < limit {
		last = ""
	}
	return last, nil
}

// Unprotected counts the active people in a role, of every customer, that
// have no 2FA.
func (r *Reader) Unprotected(role portico.Role) (int, error) {
	var n int
	err := r.q.QueryRowContext(r.ctx, `SELECT CAST(COALESCE(SUM(people), 0) AS BIGINT) FROM people_counts WHERE role = $1 AND status = 'active' AND two_factor <> 'enabled'`, role).Scan(&n)
	return n, scanned("counting people without 2FA", err)
}

// Invited counts the people, of every customer, that have not activated their
// account.
func (r *Reader) Invited() (int, error) {
	var n int
	err := r.q.QueryRowContext(r.ctx, `SELECT CAST(COALESCE(SUM(people), 0) AS BIGINT) FROM people_counts WHERE status = 'invited'`).Scan(&n)
	return n, scanned("counting invited people", err)
}
