package store

import (
	"context"
	"fmt"
	"time"

	"portico"
)

// ServerClock returns the time of the database server. ok is false if the
// server is this machine.
func (db *DB) ServerClock(ctx context.Context) (t time.Time, ok bool, err error) {
	if db.clock == "" {
		return time.Time{}, false, nil
	}
	var ms int64
	if err := db.readers.QueryRowContext(ctx, db.clock).Scan(&ms); err != nil {
		return time.Time{}, false, fmt.Errorf("asking for the server's time: %w", err)
	}
	return fromMillis(ms), true, nil
}

// NewestEvent returns the time of the newest event of all customers. It is zero
// if there is none.
func (r *Reader) NewestEvent() (time.Time, error) {
	var newest time.Time
	customers, err := all(r, "finding customers", func(row scanner) (string, error) {
		var id string
		return id, row.Scan(&id)
	}, `SELECT id FROM customers`)
	if err != nil {
		return time.Time{}, err
	}
	for _, c := range customers { // one query each, which the index of a customer's events answers
		var ms int64
		err := r.q.QueryRowContext(r.ctx, `SELECT COALESCE(MAX(at), 0) FROM events WHERE customer_id = $1`, c).Scan(&ms)
		if err != nil {
			return time.Time{}, fmt.Errorf("finding the newest event: %w", err)
		}
		if t := fromMillis(ms); t.After(newest) {
			newest = t
		}
	}
	return newest, nil
}

// IntegrityReport compares the counts and indexes of people with the people themselves.
type IntegrityReport struct {
	People         int
	Miscounted     int // kinds of people of a customer with a wrong count
	StaleTwoFactor int // people whose 2FA state in lists differs from their authenticator's
	Sampled        int // people whose words were checked in the index
	Unindexed      int // those of Looked with a missing word
}

const twoFactorOf = `CASE WHEN f.enabled IS NULL THEN 'none' WHEN f.enabled THEN 'enabled' ELSE 'disabled' END`

// CheckIntegrity counts everybody, and checks the words of at most sample people from
// all parts of the portal.
func (r *Reader) CheckIntegrity(sample int) (IntegrityReport, error) {
	var t IntegrityReport
	err := r.q.QueryRowContext(r.ctx, `SELECT COUNT(*), COALESCE(SUM(CASE WHEN u.two_factor <> `+twoFactorOf+` THEN 1 ELSE 0 END), 0)
		FROM users u LEFT JOIN factors f ON f.user_id = u.id`).Scan(&t.People, &t.StaleTwoFactor)
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
			t.Sampled++
			t.Unindexed += min(1, len(missing))
		}
		if t.People <= sample {
			break
		}
	}
	return t, nil
}

// missingWords returns the words that should find a person but are not in the
// index.
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

// RebuildCounts recomputes the counts and the 2FA state in lists for everybody.
func (tx *Tx) RebuildCounts() error {
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

// AddMissingWords completes the search index for the next limit people after
// one. It returns the last of them, or "" if nobody is left.
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
