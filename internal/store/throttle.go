package store

import (
	"encoding/binary"
	"strings"
	"time"

	"portico"
)

// Failures is what one bucket of the throttle remembers.
type Failures struct {
	Bucket    string
	Kind      string
	UserID    portico.UserID // "" when of nobody
	Customer  portico.CustomerID
	InARow    int         // since the last success
	Recent    []time.Time // of those that still count, oldest first
	Closed    bool        // until somebody opens it
	FailedAt  time.Time
	ExpiresAt time.Time
	Locked    time.Time // nothing is looked at until then; zero when it is
}

const failureColumns = `bucket, kind, user_id, in_a_row, recent, closed, failed_at, expires_at, customer_id, locked_until`

func scanFailures(row scanner) (Failures, error) {
	var f Failures
	var recent []byte
	var failed, expires, locked int64
	err := row.Scan(&f.Bucket, &f.Kind, &f.UserID, &f.InARow, &recent, &f.Closed, &failed, &expires, &f.Customer, &locked)
	f.FailedAt, f.ExpiresAt, f.Locked = moment(failed), moment(expires), moment(locked)
	for ; len(recent) >= 8; recent = recent[8:] {
		f.Recent = append(f.Recent, moment(int64(binary.BigEndian.Uint64(recent))))
	}
	return f, err
}

// Failures reads a bucket; ErrNotFound when it holds nothing that counts.
func (r *Reader) Failures(bucket string) (Failures, error) {
	f, err := scanFailures(r.q.QueryRowContext(r.ctx,
		`SELECT `+failureColumns+` FROM throttle WHERE bucket = $1 AND expires_at > $2`, bucket, millis(r.Now)))
	return f, scanned("reading failures", err)
}

// FailuresOf reads every bucket of a person.
func (r *Reader) FailuresOf(id portico.UserID) ([]Failures, error) {
	return all(r, "reading failures", scanFailures,
		`SELECT `+failureColumns+` FROM throttle WHERE user_id = $1 AND expires_at > $2 ORDER BY bucket`, id, millis(r.Now))
}

// Locked says which of some people of a customer are locked out.
func (r *Reader) Locked(c portico.CustomerID, users []portico.User) (map[portico.UserID]bool, error) {
	locked := map[portico.UserID]bool{}
	if len(users) == 0 {
		return locked, nil
	}
	q := &query{}
	marks := make([]string, len(users))
	for i, u := range users {
		marks[i] = q.arg(u.ID)
	}
	// Found by these people, however many others are locked out.
	q.sql = `SELECT user_id FROM throttle WHERE user_id IN (` + strings.Join(marks, ", ") + `) AND customer_id || '' = ` + q.arg(c) +
		` AND locked_until + 0 > ` + q.arg(millis(r.Now))
	ids, err := all(r, "looking for people who are locked out", func(row scanner) (id portico.UserID, err error) {
		return id, row.Scan(&id)
	}, q.sql, q.args...)
	for _, id := range ids {
		locked[id] = true
	}
	return locked, err
}

// FailuresSince reads the buckets of a kind that failed after an instant, limit
// at most.
func (r *Reader) FailuresSince(kind string, since time.Time, limit int) ([]Failures, error) {
	return all(r, "reading failures", scanFailures, `SELECT `+failureColumns+` FROM throttle WHERE kind = $1 AND failed_at > $2
		ORDER BY failed_at LIMIT $3`, kind, millis(since), limit)
}

// FailingSince counts, by customer, the buckets of a kind that failed after an
// instant.
func (r *Reader) FailingSince(kind string, since time.Time) (map[portico.CustomerID]int, error) {
	type count struct {
		customer portico.CustomerID
		n        int
	}
	counts, err := all(r, "counting failures", func(row scanner) (c count, err error) {
		return c, row.Scan(&c.customer, &c.n)
	}, `SELECT customer_id, COUNT(*) FROM throttle WHERE kind = $1 AND failed_at > $2 GROUP BY customer_id`, kind, millis(since))
	by := map[portico.CustomerID]int{}
	for _, c := range counts {
		by[c.customer] = c.n
	}
	return by, err
}

// PutFailures stores a bucket and removes a few that have run out.
func (tx *Tx) PutFailures(f Failures) error {
	if _, err := tx.exec("removing old failures", `DELETE FROM throttle WHERE bucket IN
		(SELECT bucket FROM throttle WHERE expires_at <= $1 LIMIT 20)`, millis(tx.Now)); err != nil {
		return err
	}
	recent := []byte{}
	for _, t := range f.Recent {
		recent = binary.BigEndian.AppendUint64(recent, uint64(millis(t)))
	}
	_, err := tx.exec("saving failures", `INSERT INTO throttle (`+failureColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (bucket) DO UPDATE SET in_a_row = excluded.in_a_row, recent = excluded.recent, closed = excluded.closed,
		failed_at = excluded.failed_at, expires_at = excluded.expires_at,
		customer_id = excluded.customer_id, locked_until = excluded.locked_until`,
		f.Bucket, f.Kind, f.UserID, f.InARow, recent, f.Closed, millis(f.FailedAt), millis(f.ExpiresAt), f.Customer, millis(f.Locked))
	return err
}

// DropFailures removes failures that have run out, and the oldest of a kind
// where there are more than so many. It is for kinds whose buckets a stranger
// can make more of: whoever has so many addresses is not held by those.
func (tx *Tx) DropFailures(kind string, most int) error {
	const atATime = 10_000
	if _, err := tx.exec("removing old failures", `DELETE FROM throttle WHERE bucket IN
		(SELECT bucket FROM throttle WHERE expires_at <= $1 LIMIT $2)`, millis(tx.Now), atATime); err != nil {
		return err
	}
	_, err := tx.exec("removing the oldest failures", `DELETE FROM throttle WHERE bucket IN (SELECT bucket FROM throttle WHERE kind = $1 AND failed_at <=
		(SELECT failed_at FROM throttle WHERE kind = $1 ORDER BY failed_at DESC LIMIT 1 OFFSET $2) ORDER BY failed_at LIMIT $3)`, kind, most, atATime)
	return err
}

// ClearFailures forgets every failure of a person, those of known browsers
// too.
func (tx *Tx) ClearFailures(id portico.UserID) error {
	if _, err := tx.exec("clearing failures", `UPDATE browsers SET failures = 0 WHERE user_id = $1`, id); err != nil {
		return err
	}
	_, err := tx.exec("clearing failures", `DELETE FROM throttle WHERE user_id = $1`, id)
	return err
}

// ClearFailuresOf forgets a person's failures of one kind.
func (tx *Tx) ClearFailuresOf(id portico.UserID, kind string) error {
	_, err := tx.exec("clearing failures", `DELETE FROM throttle WHERE user_id = $1 AND kind = $2`, id, kind)
	return err
}
