package store

import (
	"encoding/binary"
	"strings"
	"time"

	"portico"
)

// Failures is the content of one bucket of the throttle.
type Failures struct {
	Bucket      string
	Kind        string
	UserID      portico.UserID // "" if the bucket belongs to no account
	Customer    portico.CustomerID
	Consecutive int         // consecutive failures
	Recent      []time.Time // those failures that still count, oldest first
	Closed      bool        // no attempts until somebody opens the bucket
	FailedAt    time.Time
	ExpiresAt   time.Time
	Locked      time.Time // attempts are refused until then; zero if they are not
}

const failureColumns = `bucket, kind, user_id, in_a_row, recent, closed, failed_at, expires_at, customer_id, locked_until`

func scanFailures(row scanner) (Failures, error) {
	var f Failures
	var recent []byte
	var failed, expires, locked int64
	err := row.Scan(&f.Bucket, &f.Kind, &f.UserID, &f.Consecutive, &recent, &f.Closed, &failed, &expires, &f.Customer, &locked)
	f.FailedAt, f.ExpiresAt, f.Locked = fromMillis(failed), fromMillis(expires), fromMillis(locked)
	for ; len(recent) >= 8; recent = recent[8:] {
		f.Recent = append(f.Recent, fromMillis(int64(binary.BigEndian.Uint64(recent))))
	}
	return f, err
}

// Failures returns a bucket. It returns ErrNotFound if the bucket holds nothing
// that still counts.
func (r *Reader) Failures(bucket string) (Failures, error) {
	f, err := scanFailures(r.q.QueryRowContext(r.ctx,
		`SELECT `+failureColumns+` FROM throttle WHERE bucket = $1 AND expires_at > $2`, bucket, toMillis(r.Now)))
	return f, scanned("reading failures", err)
}

// FailuresOf lists the buckets of a person.
func (r *Reader) FailuresOf(id portico.UserID) ([]Failures, error) {
	return all(r, "reading failures", scanFailures,
		`SELECT `+failureColumns+` FROM throttle WHERE user_id = $1 AND expires_at > $2 ORDER BY bucket`, id, toMillis(r.Now))
}

// Locked returns which of the given people of a customer are locked out.
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
	// The expressions keep the index of people in use, however many others are
	// locked out.
	q.sql = `SELECT user_id FROM throttle WHERE user_id IN (` + strings.Join(marks, ", ") + `) AND customer_id || '' = ` + q.arg(c) +
		` AND locked_until + 0 > ` + q.arg(toMillis(r.Now))
	ids, err := all(r, "looking for people who are locked out", func(row scanner) (id portico.UserID, err error) {
		return id, row.Scan(&id)
	}, q.sql, q.args...)
	for _, id := range ids {
		locked[id] = true
	}
	return locked, err
}

// FailuresSince lists the buckets of a kind that failed after an instant, at
// most limit.
func (r *Reader) FailuresSince(kind string, since time.Time, limit int) ([]Failures, error) {
	return all(r, "reading failures", scanFailures, `SELECT `+failureColumns+` FROM throttle WHERE kind = $1 AND failed_at > $2
		ORDER BY failed_at LIMIT $3`, kind, toMillis(since), limit)
}

// FailingSince counts, for each customer, the buckets of a kind that failed
// after an instant.
func (r *Reader) FailingSince(kind string, since time.Time) (map[portico.CustomerID]int, error) {
	type count struct {
		customer portico.CustomerID
		n        int
	}
	counts, err := all(r, "counting failures", func(row scanner) (c count, err error) {
		return c, row.Scan(&c.customer, &c.n)
	}, `SELECT customer_id, COUNT(*) FROM throttle WHERE kind = $1 AND failed_at > $2 GROUP BY customer_id`, kind, toMillis(since))
	by := map[portico.CustomerID]int{}
	for _, c := range counts {
		by[c.customer] = c.n
	}
	return by, err
}

// PutFailures stores a bucket and removes a few that have expired.
func (tx *Tx) PutFailures(f Failures) error {
	if _, err := tx.exec("removing old failures", `DELETE FROM throttle WHERE bucket IN
		(SELECT bucket FROM throttle WHERE expires_at <= $1 LIMIT 20)`, toMillis(tx.Now)); err != nil {
		return err
	}
	recent := []byte{}
	for _, t := range f.Recent {
		recent = binary.BigEndian.AppendUint64(recent, uint64(toMillis(t)))
	}
	_, err := tx.exec("saving failures", `INSERT INTO throttle (`+failureColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (bucket) DO UPDATE SET in_a_row = excluded.in_a_row, recent = excluded.recent, closed = excluded.closed,
		failed_at = excluded.failed_at, expires_at = excluded.expires_at,
		customer_id = excluded.customer_id, locked_until = excluded.locked_until`,
		f.Bucket, f.Kind, f.UserID, f.Consecutive, recent, f.Closed, toMillis(f.FailedAt), toMillis(f.ExpiresAt), f.Customer, toMillis(f.Locked))
	return err
}

// DropFailures removes buckets that have expired, and the oldest of a kind if
// there are more than most. It is for kinds of which a stranger can make any
// number of buckets, such as one for each address. Somebody with that many
// addresses is not limited by those buckets anyway.
func (tx *Tx) DropFailures(kind string, most int) error {
	const atATime = 10_000
	if _, err := tx.exec("removing old failures", `DELETE FROM throttle WHERE bucket IN
		(SELECT bucket FROM throttle WHERE expires_at <= $1 LIMIT $2)`, toMillis(tx.Now), atATime); err != nil {
		return err
	}
	_, err := tx.exec("removing the oldest failures", `DELETE FROM throttle WHERE bucket IN (SELECT bucket FROM throttle WHERE kind = $1 AND failed_at <=
		(SELECT failed_at FROM throttle WHERE kind = $1 ORDER BY failed_at DESC LIMIT 1 OFFSET $2) ORDER BY failed_at LIMIT $3)`, kind, most, atATime)
	return err
}

// ClearFailures deletes all failures of a person, including those of known
// browsers.
func (tx *Tx) ClearFailures(id portico.UserID) error {
	if _, err := tx.exec("clearing failures", `UPDATE browsers SET failures = 0 WHERE user_id = $1`, id); err != nil {
		return err
	}
	_, err := tx.exec("clearing failures", `DELETE FROM throttle WHERE user_id = $1`, id)
	return err
}

// DeleteFailures deletes a bucket, if it exists.
func (tx *Tx) DeleteFailures(bucket string) error {
	_, err := tx.exec("clearing failures", `DELETE FROM throttle WHERE bucket = $1`, bucket)
	return err
}

// ClearFailuresOf deletes a person's failures of one kind.
func (tx *Tx) ClearFailuresOf(id portico.UserID, kind string) error {
	_, err := tx.exec("clearing failures", `DELETE FROM throttle WHERE user_id = $1 AND kind = $2`, id, kind)
	return err
}
