package store

import (
	"time"

	"portico"
)

// BeginStream records that events are sent elsewhere from now on: those that
// have a number already are not. It returns ErrTaken if that was recorded before.
func (tx *Tx) BeginStream() error {
	if _, err := tx.exec("beginning to send events", `INSERT INTO audit_stream (one, node, leased) VALUES (TRUE, '', 0)`); err != nil {
		return err
	}
	_, err := tx.exec("skipping earlier events", `UPDATE audit_logs
		SET sent = COALESCE((SELECT MAX(e.number) + 1 FROM events e WHERE e.customer_id = audit_logs.customer_id AND e.number >= 0), 0)`)
	return err
}

// StreamBegun returns ErrNotFound if no event was ever to be sent elsewhere.
func (r *Reader) StreamBegun() error {
	var node string
	err := r.q.QueryRowContext(r.ctx, `SELECT node FROM audit_stream`).Scan(&node)
	return scanned("finding the node that sends events", err)
}

// LeaseStream makes a node the one that sends events, until an instant. It
// returns ErrNotFound if another node is, or if BeginStream was never called.
func (tx *Tx) LeaseStream(node string, until time.Time) error {
	return tx.execOne("becoming the node that sends events", `UPDATE audit_stream SET node = $1, leased = $2 WHERE node = $1 OR leased <= $3`,
		node, toMillis(until), toMillis(tx.Now))
}

// ReleaseStream lets another node send events, if this one does.
func (tx *Tx) ReleaseStream(node string) error {
	_, err := tx.exec("leaving events to other nodes", `UPDATE audit_stream SET node = '', leased = 0 WHERE node = $1`, node)
	return err
}

// UnsentLog is a log with events that have a number and were not sent.
type UnsentLog struct {
	CustomerID portico.CustomerID
	Slug       string // also of a deleted customer
	From       int64  // number of the first event that was not sent, or of a deleted one before it
}

// UnsentLogs lists the logs with events that were not sent, in the order of the
// customers' IDs, after the cursor, at most limit. Deleted events are not waited
// for.
func (r *Reader) UnsentLogs(after LogCursor, limit int) ([]UnsentLog, error) {
	return all(r, "listing events to send", func(row scanner) (u UnsentLog, err error) {
		return u, row.Scan(&u.CustomerID, &u.Slug, &u.From)
	}, `SELECT l.customer_id, COALESCE(c.slug, d.slug, ''), l.sent FROM audit_logs l
		LEFT JOIN customers c ON c.id = l.customer_id LEFT JOIN deleted_customers d ON d.customer_id = l.customer_id
		WHERE l.customer_id > $1 AND EXISTS (SELECT 1 FROM events e WHERE e.customer_id = l.customer_id AND e.number >= 0 AND e.number >= l.sent)
		ORDER BY l.customer_id LIMIT $2`, after, limit)
}

// NoteSent records that a log was sent up to, but not including, the event with
// the number next. It does nothing if another node has recorded something
// meanwhile, or if the log was deleted.
func (tx *Tx) NoteSent(log UnsentLog, next int64) error {
	_, err := tx.exec("recording what was sent", `UPDATE audit_logs SET sent = $3 WHERE customer_id = $1 AND sent = $2`, log.CustomerID, log.From, next)
	return err
}

// OldestUnsent returns when the oldest event happened that was not sent, whether
// it has a number or not. It is zero if all were sent. It returns ErrNotFound if
// BeginStream was never called.
func (r *Reader) OldestUnsent() (time.Time, error) {
	if err := r.StreamBegun(); err != nil {
		return time.Time{}, err
	}
	var numbered, others int64
	err := r.q.QueryRowContext(r.ctx, `SELECT COALESCE((SELECT MIN((SELECT e.at FROM events e WHERE e.customer_id = l.customer_id AND e.number >= 0 AND e.number >= l.sent
			ORDER BY e.number LIMIT 1)) FROM audit_logs l), 0),
		COALESCE((SELECT MIN(at) FROM events WHERE number < 0), 0)`).Scan(&numbered, &others)
	if others == 0 || numbered > 0 && numbered < others {
		others = numbered
	}
	if err != nil || others == 0 {
		return time.Time{}, scanned("finding the oldest event to send", err)
	}
	return fromMillis(others), nil
}

// FirstSince returns the number of a customer's first event that happened since
// an instant. It returns ErrNotFound if none did.
func (r *Reader) FirstSince(c portico.CustomerID, since time.Time) (int64, error) {
	var n int64
	err := r.q.QueryRowContext(r.ctx, `SELECT COALESCE(MIN(number), -1) FROM events WHERE customer_id = $1 AND number >= 0 AND at >= $2`, c, toMillis(since)).Scan(&n)
	if err == nil && n < 0 {
		return 0, ErrNotFound
	}
	return n, scanned("finding the first event since a time", err)
}
