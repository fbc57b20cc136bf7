package store

import (
	"context"
	"fmt"
	"time"
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
