package store

import (
	"context"
	"errors"
	"time"

	"portico"
)

// What portal_times holds the last time of.
const (
	timeOfBackup = "backup"
	timeOfTrial  = "trial change"
)

// TryChange returns an error if the database takes no changes: it makes one that
// means nothing else.
func (db *DB) TryChange(ctx context.Context) error {
	return db.Update(ctx, portico.System(portico.Origin{}), func(tx *Tx) error { return tx.saveTime(timeOfTrial) })
}

// RecordBackup records that a backup was written now.
func (tx *Tx) RecordBackup() error { return tx.saveTime(timeOfBackup) }

func (tx *Tx) saveTime(name string) error {
	_, err := tx.exec("recording a time", `INSERT INTO portal_times (name, at) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET at = excluded.at`, name, toMillis(tx.Now))
	return err
}

// LastBackup returns when the last backup was written. It is zero if none was.
func (r *Reader) LastBackup() (time.Time, error) {
	var at int64
	err := r.q.QueryRowContext(r.ctx, `SELECT at FROM portal_times WHERE name = $1`, timeOfBackup).Scan(&at)
	if err = scanned("finding the last backup", err); errors.Is(err, ErrNotFound) {
		return time.Time{}, nil
	}
	return fromMillis(at), err
}
