package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"

	"modernc.org/sqlite"
)

// Backup writes a copy of the database, as it was at one instant, into a new
// file. Others can use the database meanwhile. The file appears under its name
// only after the copy has been read back and checked.
func (db *DB) Backup(ctx context.Context, path string) error {
	err := NewFile(path, func(temp string) error { return db.dump(ctx, db, temp) })
	if err != nil && CauseOf(err) == diskFull {
		return fmt.Errorf("the disk of %s is full: make room there. No backup was written, and no other file was changed", filepath.Dir(path))
	}
	return err
}

// backupPages is how many pages are copied between two checks of the context.
const backupPages = 4096

// dumpSQLite copies the database inside one read transaction. Every step
// therefore sees the same snapshot, and in WAL mode the writer never waits for
// it.
func dumpSQLite(ctx context.Context, db *DB, file string) (err error) {
	conn, err := db.readers.Conn(ctx)
	if err != nil {
		return fmt.Errorf("opening the database: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := conn.ExecContext(ctx, `BEGIN DEFERRED`); err != nil {
		return fmt.Errorf("beginning to read: %w", err)
	}
	defer func() { _, _ = conn.ExecContext(context.WithoutCancel(ctx), `ROLLBACK`) }() // nothing was written
	var n int
	if err := conn.QueryRowContext(ctx, `SELECT COUNT(*) FROM sqlite_master`).Scan(&n); err != nil { // takes the snapshot
		return fmt.Errorf("beginning to read: %w", err)
	}
	err = conn.Raw(func(c any) error {
		b, err := c.(interface {
			NewBackup(string) (*sqlite.Backup, error)
		}).NewBackup(uri(file))
		if err != nil {
			return err
		}
		for more := true; more && err == nil; {
			if err = ctx.Err(); err == nil {
				more, err = b.Step(backupPages)
				db.place.progress(int64(b.PageCount()-b.Remaining()), int64(b.PageCount()))
			}
		}
		return errors.Join(err, b.Finish())
	})
	if err != nil {
		return fmt.Errorf("copying the database: %w", err)
	}
	return checkSQLite(ctx, file, `PRAGMA quick_check`)
}

func uri(path string) string { return "file:" + (&url.URL{Path: path}).EscapedPath() }

// checkSQLite reads and checks a whole database that nobody else uses. It
// leaves the database in one file, without WAL mode.
func checkSQLite(ctx context.Context, path, check string) (err error) {
	q, err := sql.Open("sqlite", uri(path)+"?_pragma=journal_mode(DELETE)")
	if err != nil {
		return fmt.Errorf("reading the copy: %w", err)
	}
	defer func() { err = errors.Join(err, q.Close()) }()
	found, err := all(&Reader{ctx: ctx, q: q}, "reading the copy", func(row scanner) (string, error) {
		var text string
		return text, row.Scan(&text)
	}, check)
	if err != nil {
		return err
	}
	if len(found) != 1 || found[0] != "ok" {
		return fmt.Errorf("the copy is damaged: %.200q", found)
	}
	return nil
}
