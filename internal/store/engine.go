package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/gofrs/flock"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Place is where a database is.
type Place struct {
	Dir string // of the SQLite file
	URL string // of a PostgreSQL database, postgres://...; empty for SQLite
}

// engine is all that differs between SQLite and PostgreSQL.
type engine struct {
	dialect   goose.Dialect
	open      func(Place) (writer, readers *sql.DB, err error)
	lock      func(ctx context.Context, db *DB) (unlock func() error, err error) // for migrations: one program at a time
	snapshot  sql.IsolationLevel                                                 // of a transaction that reads
	clustered string                                                             // makes a table of nothing but its key out of a key: half the size
	byteOrder string                                                             // sorts a column as Go does
	tables    string                                                             // lists the tables there are
	clock     string                                                             // asks for the server's time in milliseconds; empty where it is this machine's
	brief     bool                                                               // a look-up is over before anybody gives it up: it is not watched
	fill      func(ctx context.Context, db *DB) error                            // is up for an empty database; nil where that is no gain
	dump      func(ctx context.Context, db *DB, file string) error               // writes a consistent copy into an empty file
}

var sqliteEngine = engine{
	dialect: goose.DialectSQLite3, open: openSQLite, lock: lockFile, clustered: ` WITHOUT ROWID`,
	tables: `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name`,
	dump:   dumpSQLite, brief: true, fill: fillSQLite,
}

var postgresEngine = engine{
	dialect: goose.DialectPostgres, open: openPostgres, lock: lockAdvisory, snapshot: sql.LevelRepeatableRead, byteOrder: ` COLLATE "C"`,
	tables: `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY table_name`,
	clock:  `SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)`,
	dump:   dumpPostgres,
}

func engineOf(p Place) engine {
	if p.URL != "" {
		return postgresEngine
	}
	return sqliteEngine
}

// fileName is the SQLite database inside the data directory.
const fileName = "portico.db"

// openSQLite opens the two pools over one file: SQLite has one writer at a
// time, and readers never wait for it in WAL mode. synchronous(FULL) syncs each
// commit, so that a used code or an audit event cannot come back or vanish
// with the power.
func openSQLite(p Place) (writer, readers *sql.DB, err error) {
	path := filepath.Join(p.Dir, fileName)
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
		"&_pragma=foreign_keys(1)&_txlock=immediate&_dqs=0"
	// The writer keeps pages, because an import comes back to them; readers leave
	// that to the system's cache, or each of them would hold its own.
	toWrite, err := sqlite.NewConnector(dsn + "&_pragma=cache_size(-32768)&_pragma=wal_autocheckpoint(8000)")
	if err != nil {
		return nil, nil, fmt.Errorf("opening the database: %w", err)
	}
	toRead, err := sqlite.NewConnector(dsn + "&_pragma=cache_size(-2048)&_pragma=query_only(1)")
	if err != nil {
		return nil, nil, fmt.Errorf("opening the database: %w", err)
	}
	writer, readers = sql.OpenDB(keeping{toWrite}), sql.OpenDB(keeping{toRead})
	writer.SetMaxOpenConns(1)
	readers.SetMaxOpenConns(2 + 2*runtime.GOMAXPROCS(0))
	readers.SetMaxIdleConns(2 + 2*runtime.GOMAXPROCS(0))
	return writer, readers, nil
}

// fillSQLite makes the schema of a new file without a sync for each of its
// commits, which took longer than all else of a first start. The next commit
// syncs the log in front of the file, and them with it; nothing was acknowledged
// before. Power that fails sooner leaves the first few of them, because the log
// ends at the first sum that is wrong, and the next start goes on from there.
func fillSQLite(ctx context.Context, db *DB) error {
	if _, err := db.writer.ExecContext(ctx, `PRAGMA synchronous = OFF`); err != nil {
		return failed("filling the database", err)
	}
	if err := db.up(ctx); err != nil {
		return err // and the database is closed
	}
	if _, err := db.writer.ExecContext(ctx, `PRAGMA synchronous = FULL`); err != nil {
		return failed("filling the database", err)
	}
	return nil
}

// postgresConns bounds the connections of one node, so that a few nodes stay
// below what a server allows by default (100).
const postgresConns = 20

// openPostgres opens one pool for everything.
func openPostgres(p Place) (writer, readers *sql.DB, err error) {
	c, err := pgx.ParseConfig(p.URL)
	if err != nil {
		return nil, nil, fmt.Errorf("reading the address of the database: %w", err)
	}
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = 5 * time.Second
	}
	// Without these a lost server or a forgotten lock would hold requests for
	// ever.
	for name, value := range map[string]string{
		"statement_timeout": "60000", "idle_in_transaction_session_timeout": "60000", "lock_timeout": "10000", "application_name": "portico",
	} {
		if _, given := c.RuntimeParams[name]; !given {
			c.RuntimeParams[name] = value
		}
	}
	// A standby may not know yet that a session has ended: it is no database,
	// also while it is being made the primary.
	if c.ValidateConnect == nil {
		c.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	pool := stdlib.OpenDB(*c)
	pool.SetMaxOpenConns(postgresConns)
	pool.SetMaxIdleConns(postgresConns)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	return pool, pool, nil
}

// lockFile lets one program at a time through by a file beside the database,
// which goose does not do on SQLite.
func lockFile(ctx context.Context, db *DB) (unlock func() error, err error) {
	lock := flock.New(filepath.Join(db.place.Dir, "migrate.lock"), flock.SetPermissions(0o600))
	if ok, err := lock.TryLockContext(ctx, 20*time.Millisecond); err != nil || !ok {
		return nil, fmt.Errorf("waiting for another start to finish migrating: %w", err)
	}
	return lock.Unlock, nil
}

// advisoryLock is the key under which the nodes of PostgreSQL take turns.
const advisoryLock = 0x706f727469636f // "portico"

// lockAdvisory is lockFile for all nodes over one PostgreSQL database.
func lockAdvisory(ctx context.Context, db *DB) (unlock func() error, err error) {
	conn, err := db.writer.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connecting to the database: %w", err)
	}
	// One that waits for another's long migration waits longer than for a row.
	if _, err = conn.ExecContext(ctx, `SELECT set_config('lock_timeout', '0', FALSE), set_config('statement_timeout', '0', FALSE)`); err == nil {
		_, err = conn.ExecContext(ctx, `SELECT pg_advisory_lock($1)`, int64(advisoryLock))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("waiting for another start to finish migrating: %w", err), conn.Close())
	}
	return func() error {
		// The connection ends with the lock: its settings are not everybody's.
		err := conn.Raw(func(any) error { return driver.ErrBadConn })
		if errors.Is(err, driver.ErrBadConn) {
			return nil
		}
		return err
	}, nil
}

// retryable reports whether a transaction failed only because another was in
// its way.
func retryable(err error) bool {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return lite.Code()&0xff == sqlite3.SQLITE_BUSY
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01") // could not be serialised, deadlock
}

// unavailable reports whether the engine is at fault and not the statement: it
// cannot be reached, was lost on the way, is starting, stopping or a standby,
// has no room, or took too long.
func unavailable(err error) bool {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() & 0xff {
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY:
			return true
		}
		return false
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code[:min(2, len(pg.Code))] {
		case "08", "53", "57", "58": // connection, resources, intervention, system
			return true
		}
		return pg.Code == "25006" || pg.Code == "55P03" // read-only transaction, lock not available
	}
	var connecting *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connecting) || errors.As(err, &network) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, pgconn.ErrConnClosed) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
}

// taken reports whether a write broke a unique index.
func taken(err error) bool {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "23505"
}
