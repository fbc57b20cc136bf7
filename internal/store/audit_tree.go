package store

import (
	"time"

	"portico"
)

// Entry is an event with the values that bind it to its customer's log.
type Entry struct {
	portico.Event
	Number   int64  // in the log, from 0; negative until it is assigned
	Salt     []byte // of its hash
	MAC      []byte // shows that the portal wrote it; removed once it has a number
	Attested bool   // the MAC was right
}

const entryColumns = `number, salt, mac, attested, ` + eventColumns

func scanEntry(row scanner) (Entry, error) {
	var e Entry
	var s storedEvent
	err := row.Scan(append([]any{&e.Number, &e.Salt, &e.MAC, &e.Attested}, eventFields(&e.Event, &s)...)...)
	s.complete(&e.Event)
	return e, err
}

// UnnumberedAfter returns the next customer, in the order of their IDs, that
// has events without a number. It returns "" if there is none.
func (r *Reader) UnnumberedAfter(after string) (string, error) {
	ids, err := all(r, "looking for new events", scanText, `SELECT customer_id FROM events
		WHERE number < 0 AND customer_id > $1 ORDER BY customer_id LIMIT 1`, after)
	if err != nil || len(ids) == 0 {
		return "", err
	}
	return ids[0], nil
}

// Unnumbered lists a customer's events without a number, oldest first, at most
// limit.
func (r *Reader) Unnumbered(c portico.CustomerID, limit int) ([]Entry, error) {
	return all(r, "listing new events", scanEntry, `SELECT `+entryColumns+` FROM events
		WHERE customer_id = $1 AND number < 0 ORDER BY at, id LIMIT $2`, c, limit)
}

// Entries lists a customer's events from a number on, in the order of the log,
// at most limit.
func (r *Reader) Entries(c portico.CustomerID, from int64, limit int) ([]Entry, error) {
	return all(r, "listing the log", scanEntry, `SELECT `+entryColumns+` FROM events
		WHERE customer_id = $1 AND number >= 0 AND number >= $2 ORDER BY number LIMIT $3`, c, from, limit)
}

// LastNumber returns the number of the newest event in a customer's log, or -1
// if the log is empty.
func (r *Reader) LastNumber(c portico.CustomerID) (int64, error) {
	var n int64
	err := r.q.QueryRowContext(r.ctx, `SELECT COALESCE(MAX(number), -1) FROM events WHERE customer_id = $1 AND number >= 0`, c).Scan(&n)
	return n, scanned("finding the newest event", err)
}

// NumberEvents assigns numbers to a customer's events, and removes their MACs.
func (tx *Tx) NumberEvents(c portico.CustomerID, entries []Entry) error {
	return tx.insert("numbering events", `UPDATE events SET number = $3, salt = $4, attested = $5, mac = NULL
		WHERE customer_id = $1 AND id = $2 AND number < 0`, len(entries), func(i int) []any {
		e := entries[i]
		return []any{c, e.ID, e.Number, e.Salt, e.Attested}
	})
}

// DeleteEntries deletes a customer's events with numbers from from up to but
// not including before, and returns how many it deleted.
func (tx *Tx) DeleteEntries(c portico.CustomerID, from, before int64) (int64, error) {
	return tx.exec("deleting old events", `DELETE FROM events WHERE customer_id = $1 AND number >= 0 AND number >= $2 AND number < $3`, c, from, before)
}

// Checkpoint returns the newest checkpoint of a customer's log. It returns
// ErrNotFound if there is none yet.
func (r *Reader) Checkpoint(c portico.CustomerID) (string, error) {
	var signed string
	err := r.q.QueryRowContext(r.ctx, `SELECT checkpoint FROM audit_logs WHERE customer_id = $1`, c).Scan(&signed)
	return signed, scanned("finding the checkpoint", err)
}

// PutCheckpoint replaces the checkpoint was of a customer by signed; was is ""
// if there is none yet. It returns ErrTaken or ErrNotFound if another program
// was faster.
func (tx *Tx) PutCheckpoint(c portico.CustomerID, was, signed string) error {
	if was == "" {
		_, err := tx.exec("saving the checkpoint", `INSERT INTO audit_logs (customer_id, checkpoint, mailed_at) VALUES ($1, $2, $3)`, c, signed, toMillis(tx.Now))
		return err
	}
	return tx.execOne("saving the checkpoint", `UPDATE audit_logs SET checkpoint = $3 WHERE customer_id = $1 AND checkpoint = $2`, c, was, signed)
}

// LogState is the state of a log according to its newest checkpoint.
type LogState struct {
	CustomerID portico.CustomerID
	Checkpoint string
}

// Checkpoints lists the newest checkpoint of every log, in the order of the
// customers' IDs, after the cursor, at most limit.
func (r *Reader) Checkpoints(after LogCursor, limit int) ([]LogState, error) {
	return all(r, "listing the checkpoints", func(row scanner) (LogState, error) {
		var s LogState
		return s, row.Scan(&s.CustomerID, &s.Checkpoint)
	}, `SELECT customer_id, checkpoint FROM audit_logs WHERE customer_id > $1 ORDER BY customer_id LIMIT $2`, after, limit)
}

// WithoutCheckpoint lists the customers that have no checkpoint, in the order
// of their IDs, after the cursor, at most limit.
func (r *Reader) WithoutCheckpoint(after LogCursor, limit int) ([]portico.CustomerID, error) {
	return all(r, "listing customers without a checkpoint", scanCustomerID, `SELECT c.id FROM customers c LEFT JOIN audit_logs l ON l.customer_id = c.id
		WHERE c.id > $1 AND l.customer_id IS NULL ORDER BY c.id LIMIT $2`, after, limit)
}

// FirstAttested returns the number of a customer's first event that the portal
// has attested. If there is none, it returns the number after the last event.
func (r *Reader) FirstAttested(c portico.CustomerID) (int64, error) {
	var n int64
	err := r.q.QueryRowContext(r.ctx, `SELECT COALESCE((SELECT MIN(number) FROM events WHERE customer_id = $1 AND number >= 0 AND attested),
		(SELECT MAX(number) + 1 FROM events WHERE customer_id = $1 AND number >= 0), 0)`, c).Scan(&n)
	return n, scanned("finding the first attested event", err)
}

// Unattested counts a customer's events, from a number on, that the portal did
// not write, by action.
func (r *Reader) Unattested(c portico.CustomerID, from int64) (map[portico.Action]int64, error) {
	type some struct {
		action portico.Action
		n      int64
	}
	rows, err := all(r, "counting events that the portal did not write", func(row scanner) (some, error) {
		var s some
		err := row.Scan(&s.action, &s.n)
		return s, err
	}, `SELECT action, COUNT(*) FROM events WHERE customer_id = $1 AND number >= 0 AND NOT attested AND number >= $2 GROUP BY action`, c, from)
	counted := map[portico.Action]int64{}
	for _, s := range rows {
		counted[s.action] = s.n
	}
	return counted, err
}

// CountEvents counts a customer's events.
func (r *Reader) CountEvents(c portico.CustomerID) (int64, error) {
	var n int64
	err := r.q.QueryRowContext(r.ctx, `SELECT COUNT(*) FROM events WHERE customer_id = $1`, c).Scan(&n)
	return n, scanned("counting events", err)
}

func scanCustomerID(row scanner) (portico.CustomerID, error) {
	var c portico.CustomerID
	return c, row.Scan(&c)
}

// LogCursor is a position among the logs of all customers. The zero value is
// the beginning.
type LogCursor string

// Logs lists the customers that have a log and have not been mailed its
// checkpoint since an instant, after the cursor, at most limit.
func (r *Reader) Logs(since time.Time, after LogCursor, limit int) ([]portico.CustomerID, error) {
	return all(r, "listing the logs", scanCustomerID, `SELECT customer_id FROM audit_logs WHERE customer_id > $1 AND mailed_at < $2 ORDER BY customer_id LIMIT $3`, after, toMillis(since), limit)
}

// NoteMailed records that a customer's checkpoint is mailed now. It returns
// false if that has happened since an instant already.
func (tx *Tx) NoteMailed(c portico.CustomerID, since time.Time) (bool, error) {
	n, err := tx.exec("noting the mailed checkpoint", `UPDATE audit_logs SET mailed_at = $2 WHERE customer_id = $1 AND mailed_at < $3`,
		c, toMillis(tx.Now), toMillis(since))
	return n == 1, err
}

// LogTile returns hashes of a customer's tree. It returns ErrNotFound if there
// are none yet.
func (r *Reader) LogTile(c portico.CustomerID, level int, n int64) ([]byte, error) {
	var hashes []byte
	err := r.q.QueryRowContext(r.ctx, `SELECT hashes FROM audit_tiles WHERE customer_id = $1 AND level = $2 AND n = $3`, c, level, n).Scan(&hashes)
	return hashes, scanned("reading the tree", err)
}

// PutLogTile stores hashes of a customer's tree, in place of a shorter tile.
func (tx *Tx) PutLogTile(c portico.CustomerID, level int, n int64, hashes []byte) error {
	_, err := tx.exec("writing the tree", `INSERT INTO audit_tiles (customer_id, level, n, hashes) VALUES ($1, $2, $3, $4)
		ON CONFLICT (customer_id, level, n) DO UPDATE SET hashes = excluded.hashes`, c, level, n, hashes)
	return err
}

func scanText(row scanner) (string, error) {
	var s string
	return s, row.Scan(&s)
}
