package store

import (
	"bytes"
	"fmt"

	"portico"
)

// IntegrityReport compares the counts and indexes of people with the people themselves.
type IntegrityReport struct {
	People         int
	Miscounted     int  // kinds of people of a customer with a wrong count
	StaleTwoFactor int  // people whose 2FA state in lists differs from that of their authenticators
	Sampled        int  // people whose words were checked in the index
	Unindexed      int  // those of Sampled with a missing word
	Missorted      int  // those of Sampled with a wrong sort key
	Reindexing     bool // people are being indexed anew after an upgrade; Unindexed and Missorted are not checked
}

const twoFactorOf = `CASE ` + inForce + ` WHEN 1 THEN 'enabled' WHEN 0 THEN 'disabled' ELSE 'none' END`

// CheckIntegrity counts everybody, and checks the words of at most sample people from
// all parts of the portal.
func (r *Reader) CheckIntegrity(sample int) (IntegrityReport, error) {
	var t IntegrityReport
	err := r.q.QueryRowContext(r.ctx, `SELECT COUNT(*), COALESCE(SUM(CASE WHEN u.two_factor <> `+twoFactorOf+` THEN 1 ELSE 0 END), 0)
		FROM users u`).Scan(&t.People, &t.StaleTwoFactor)
	if err != nil {
		return t, fmt.Errorf("counting people: %w", err)
	}
	err = r.q.QueryRowContext(r.ctx, `SELECT COUNT(*) FROM (SELECT customer_id, role, status, two_factor FROM (
		SELECT customer_id, role, status, two_factor, people AS n FROM people_counts
		UNION ALL SELECT u.customer_id, u.role, u.status, `+twoFactorOf+`, -1 FROM users u) AS both_ways
		GROUP BY customer_id, role, status, two_factor HAVING SUM(n) <> 0) AS wrong`).Scan(&t.Miscounted)
	if err != nil {
		return t, fmt.Errorf("counting people: %w", err)
	}
	if t.Reindexing, err = r.Reindexing(); err != nil || t.Reindexing {
		return t, err
	}
	const stretches = 10
	for i := range stretches {
		skip, most := t.People/stretches*i, sample/stretches
		if t.People <= sample {
			skip, most = 0, sample
		}
		users, err := all(r, "finding people", r.scanUser, `SELECT `+userColumns+userFrom+` ORDER BY u.id LIMIT $1 OFFSET $2`, most, skip)
		if err != nil {
			return t, err
		}
		for _, u := range users {
			if err := t.check(r, u); err != nil {
				return t, err
			}
		}
		if t.People <= sample {
			break
		}
	}
	return t, nil
}

// check looks at the words and the sort key of one person.
func (t *IntegrityReport) check(r *Reader, u portico.User) error {
	missing, err := r.missingWords(u)
	if err != nil {
		return err
	}
	var name []byte
	if err := r.q.QueryRowContext(r.ctx, `SELECT name_sort FROM users WHERE id = $1`, u.ID).Scan(&name); err != nil {
		return fmt.Errorf("looking at a sort key: %w", err)
	}
	t.Sampled++
	t.Unindexed += min(1, len(missing))
	if !bytes.Equal(name, collationKey(u.Name())) {
		t.Missorted++
	}
	return nil
}

// missingWords returns the words that should find a person but are not in the
// index.
func (r *Reader) missingWords(u portico.User) (missing []string, err error) {
	for _, w := range indexOf(wordsOf(u)) {
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
		`UPDATE users AS u SET two_factor = ` + twoFactorOf,
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
