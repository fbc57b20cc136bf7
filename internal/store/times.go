package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"portico"
)

// What portal_times holds the last time of.
const (
	timeOfBackup  = "backup"
	timeOfRestore = "restore"
	timeOfTrial   = "trial change"
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

// RecordRestore records that the database was restored from a backup now.
func (tx *Tx) RecordRestore() error { return tx.saveTime(timeOfRestore) }

// LastBackup returns when the last backup was written. It is zero if none was.
func (r *Reader) LastBackup() (time.Time, error) { return r.readTime(timeOfBackup) }

// Restored returns when the database was restored from a backup last. It is zero
// if it never was, also in a database of an earlier version.
func (db *DB) Restored(ctx context.Context) (time.Time, error) {
	tables, err := db.tableNames(ctx, db.readers)
	if err != nil || !slices.Contains(tables, "portal_times") {
		return time.Time{}, err
	}
	return db.Read(ctx).readTime(timeOfRestore)
}

func (r *Reader) readTime(name string) (time.Time, error) {
	var at int64
	err := r.q.QueryRowContext(r.ctx, `SELECT at FROM portal_times WHERE name = $1`, name).Scan(&at)
	if err = scanned("finding a time", err); errors.Is(err, ErrNotFound) {
		return time.Time{}, nil
	}
	return fromMillis(at), err
}
