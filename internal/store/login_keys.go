package store

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"portico"
)

// HeldLoginID is a login ID that nobody has, and that only the person who had
// it can take before FreeAt.
type HeldLoginID struct {
	Key        string // canonical form
	CustomerID portico.CustomerID
	UserID     portico.UserID // "" if the person was deleted
	FreeAt     time.Time
}

// HeldLoginIDs returns those of the canonical login IDs that are held back, by
// the login ID.
func (r *Reader) HeldLoginIDs(keys []string) (map[string]HeldLoginID, error) {
	held := map[string]HeldLoginID{}
	if len(keys) > atOnce { // an import, which mostly need not look
		var any bool
		err := r.q.QueryRowContext(r.ctx, `SELECT EXISTS (SELECT 1 FROM held_login_ids WHERE free_at > $1)`, toMillis(r.Now)).Scan(&any)
		if err != nil || !any {
			return held, scanned("looking for login IDs that are held back", err)
		}
	}
	marks := make([]string, atOnce)
	for i := range marks {
		marks[i] = "$" + strconv.Itoa(i+2)
	}
	args := make([]any, atOnce+1)
	args[0] = toMillis(r.Now)
	for some := range slices.Chunk(keys, atOnce) {
		for i := range atOnce {
			args[i+1] = some[min(i, len(some)-1)]
		}
		found, err := all(r, "looking for login IDs that are held back", scanHeldLoginID,
			`SELECT login_key, customer_id, user_id, free_at FROM held_login_ids WHERE free_at > $1 AND login_key IN (`+strings.Join(marks, ", ")+`)`, args...)
		if err != nil {
			return nil, err
		}
		for _, h := range found {
			held[h.Key] = h
		}
	}
	return held, nil
}

func scanHeldLoginID(row scanner) (HeldLoginID, error) {
	var h HeldLoginID
	var user *portico.UserID
	var free int64
	err := row.Scan(&h.Key, &h.CustomerID, &user, &free)
	if user != nil {
		h.UserID = *user
	}
	h.FreeAt = fromMillis(free)
	return h, err
}

// loginKeyChange says which login ID a person has before and after a change, in
// canonical form; "" for none.
type loginKeyChange struct {
	customer portico.CustomerID
	user     portico.UserID
	from, to string
}

// changingLoginKeys runs a change that gives login IDs to people or takes them
// away. Every statement that writes a login ID runs in it: it returns ErrTaken
// if a login ID is held back for somebody else, and holds back those that
// people give up.
func (tx *Tx) changingLoginKeys(changes []loginKeyChange, change func() error) error {
	changes = slices.DeleteFunc(changes, func(c loginKeyChange) bool { return c.from == c.to })
	var wanted []string
	for _, c := range changes {
		if c.to != "" {
			wanted = append(wanted, c.to)
		}
	}
	held, err := tx.HeldLoginIDs(wanted)
	if err != nil {
		return err
	}
	for _, c := range changes {
		if h, is := held[c.to]; is && h.UserID != c.user {
			return fmt.Errorf("giving out a login ID that is held back: %w", ErrTaken)
		}
	}
	if err := change(); err != nil {
		return err
	}
	for _, c := range changes {
		if _, is := held[c.to]; is {
			if err := tx.execOne("giving a login ID back", `DELETE FROM held_login_ids WHERE login_key = $1`, c.to); err != nil {
				return err
			}
		}
		if c.from != "" {
			if err := tx.holdLoginKey(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// holdLoginKey holds back the login ID that a person has given up, and removes a
// few that are free again. It looks for somebody who has the login ID, and finds
// nobody: by that read PostgreSQL notices a transaction that gives the login ID to
// somebody else at the same time.
func (tx *Tx) holdLoginKey(c loginKeyChange) error {
	if _, err := tx.FreeLoginIDs(20); err != nil {
		return err
	}
	err := tx.execOne("holding back a login ID", `INSERT INTO held_login_ids (login_key, customer_id, user_id, free_at)
		SELECT $1, $2, (SELECT id FROM users WHERE id = $3), $4 WHERE NOT EXISTS (SELECT 1 FROM users WHERE login_key = $1 AND login_key <> '')
		ON CONFLICT (login_key) DO UPDATE SET customer_id = excluded.customer_id, user_id = excluded.user_id, free_at = excluded.free_at`,
		c.from, c.customer, c.user, toMillis(tx.Now.Add(portico.LoginIDHeldTTL)))
	if errors.Is(err, ErrNotFound) {
		return fmt.Errorf("holding back a login ID that somebody has: %w", ErrTaken)
	}
	return err
}

// FreeLoginIDs removes login IDs that are held back no longer, at most limit, and
// returns how many.
func (tx *Tx) FreeLoginIDs(limit int) (int64, error) {
	return tx.exec("freeing login IDs", `DELETE FROM held_login_ids WHERE login_key IN
		(SELECT login_key FROM held_login_ids WHERE free_at <= $1 LIMIT $2)`, toMillis(tx.Now), limit)
}

// ChangeLoginID gives a customer's person another login ID. It returns ErrTaken
// if the login ID is in use, or held back for somebody else.
func (tx *Tx) ChangeLoginID(c portico.CustomerID, id portico.UserID, loginID, key string) error {
	was, err := tx.accountIn(c, id)
	if err != nil {
		return err
	}
	u := was.User
	u.LoginID = loginID
	if err := tx.indexWords(c, id, indexOf(wordsOf(was.User)), indexOf(wordsOf(u))); err != nil {
		return err
	}
	return tx.changingLoginKeys([]loginKeyChange{{c, id, was.LoginKey, key}}, func() error {
		return tx.execOne("changing the login ID", `UPDATE users SET login_id = $3, login_key = $4, login_sort = $5 WHERE customer_id = $1 AND id = $2`,
			c, id, loginID, key, collationKey(key))
	})
}

// accountIn returns the account of a customer's person.
func (r *Reader) accountIn(c portico.CustomerID, id portico.UserID) (Account, error) {
	a, err := r.Account(id)
	if err == nil && a.CustomerID != c {
		err = fmt.Errorf("finding the account: %w", ErrNotFound)
	}
	return a, err
}
