package store

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// fileName is the SQLite database inside the data directory.
const fileName = "portico.db"

// clustered makes a table of nothing but its key out of a key: half the size.
const clustered = ` WITHOUT ROWID`

// openSQLite opens the two pools over one file: SQLite has one writer at a
// time, and readers never wait for it in WAL mode. synchronous(FULL) syncs each
// commit, so that a used code or an audit event cannot come back or vanish
// with the power.
func openSQLite(dir string) (writer, readers *sql.DB, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, fmt.Errorf("making the data directory: %w", err)
	}
	path := filepath.Join(dir, fileName)
	// The file is made here so that it is never readable by others; SQLite
	// gives its -wal and -shm files the same mode.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("making the database file: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, nil, fmt.Errorf("making the database file: %w", err)
	}
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() +
		"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
		"&_pragma=foreign_keys(1)&_txlock=immediate&_dqs=0&_pragma=cache_size(-65536)&_pragma=wal_autocheckpoint(8000)"
	if writer, err = sql.Open("sqlite", dsn); err != nil {
		return nil, nil, fmt.Errorf("opening the database: %w", err)
	}
	writer.SetMaxOpenConns(1)
	if readers, err = sql.Open("sqlite", dsn+"&_pragma=query_only(1)"); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("opening the database: %w", err), writer.Close())
	}
	readers.SetMaxOpenConns(2 + 2*runtime.GOMAXPROCS(0))
	readers.SetMaxIdleConns(2 + 2*runtime.GOMAXPROCS(0))
	return writer, readers, nil
}

// retryable reports whether a transaction failed only because another was in
// its way.
func retryable(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_BUSY
}

// taken reports whether a write broke a unique index.
func taken(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) &&
		(e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}
