package store

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/gofrs/flock"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Place says where a database is.
type Place struct {
	Dir        string // directory of the SQLite file
	URL        string // of a PostgreSQL database, postgres://...; empty for SQLite
	Migrations fs.FS  // of another version of the program, which a test opens the database as; nil for this program's
	Waits      func() // called once if another program migrates, and Open has to wait; may be nil

	// Progress is called now and then by Backup, Restore and Move with how much is
	// done: pages, bytes or rows. total is 0 where it is not known. May be nil.
	Progress func(done, total int64)

	Connections int // to PostgreSQL at a time, at most; 0 for postgresConns
	WriterCache int // KiB of pages that SQLite's writer keeps in memory; 0 for writerCache

	Keyset string // absolute path of the keyset if it has a place of its own, for the marker
}

// progress reports how much is done.
func (p Place) progress(done, total int64) {
	if p.Progress != nil {
		p.Progress(done, total)
	}
}

// engine holds what differs between SQLite and PostgreSQL.
type engine struct {
	dialect   goose.Dialect
	open      func(Place) (writer, readers *sql.DB, err error)
	lock      func(ctx context.Context, db *DB) (unlock func() error, err error) // one program at a time migrates
	snapshot  sql.IsolationLevel                                                 // isolation level of a read transaction
	clustered string                                                             // stores a table in its key: half the size
	byteOrder string                                                             // sorts a column as Go compares strings
	noBytes   string                                                             // an empty value of a column of bytes
	tables    string                                                             // lists the existing tables
	objects   string                                                             // lists everything that holds or shows rows, but for what belongs to extensions
	foreign   string                                                             // lists triggers, rules, policies and views
	clock     string                                                             // server's time in milliseconds; "" if local
	merges    bool                                                               // a union whose parts an index sorts is read only as far as its LIMIT
	brief     bool                                                               // look-ups ignore the end of their context
	check     func(ctx context.Context, db *DB) error                            // error if the database cannot hold what the portal stores; nil if any can
	fill      func(ctx context.Context, db *DB) error                            // up for a database without a schema; nil if no faster
	dump      func(ctx context.Context, db *DB, file string) error               // writes a consistent copy into an empty file
}

var sqliteEngine = engine{
	dialect: goose.DialectSQLite3, open: openSQLite, lock: lockFile, clustered: ` WITHOUT ROWID`, noBytes: `x''`,
	tables:  `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name`,
	objects: `SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite%' ORDER BY name`,
	foreign: `SELECT type || ' ' || name || ' on ' || tbl_name FROM sqlite_master WHERE type IN ('trigger', 'view') ORDER BY name`,
	dump:    dumpSQLite, brief: true, merges: true, fill: fillSQLite,
}

var postgresEngine = engine{
	dialect: goose.DialectPostgres, open: openPostgres, lock: lockAdvisory, snapshot: sql.LevelRepeatableRead, byteOrder: ` COLLATE "C"`, noBytes: `''`,
	tables: `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY table_name`,
	objects: `SELECT c.relname FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S')
			AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
		ORDER BY c.relname`,
	foreign: `SELECT 'trigger ' || t.tgname || ' on ' || c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
			WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal
		UNION ALL SELECT 'rule ' || r.rulename || ' on ' || c.relname FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
			WHERE c.relnamespace = current_schema()::regnamespace AND r.rulename <> '_RETURN'
		UNION ALL SELECT 'policy ' || p.polname || ' on ' || c.relname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
			WHERE c.relnamespace = current_schema()::regnamespace
		UNION ALL SELECT 'view ' || c.relname FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('v', 'm')
			AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`,
	clock: `SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)`,
	dump:  dumpPostgres, check: checkEncoding,
}

func engineOf(p Place) engine {
	if p.URL != "" {
		return postgresEngine
	}
	return sqliteEngine
}

// writerCache is how many KiB of pages SQLite's writer keeps in memory, because
// an import by a command returns to them. The driver rounds each page up to twice
// its size.
const writerCache = 32 << 10

// fileName is the name of the SQLite database inside the data directory.
const fileName = "portico.db"

func (p Place) file() string { return filepath.Join(p.Dir, fileName) }

// openSQLite opens two pools on one file: SQLite has one writer at a time, and
// in WAL mode readers never wait for it. synchronous(FULL) syncs each commit,
// so that after a power failure a used code cannot become valid again and an
// audit event cannot disappear.
func openSQLite(p Place) (writer, readers *sql.DB, err error) {
	path := p.file()
	// The file is created here so that others can never read it. SQLite gives
	// its -wal and -shm files the same mode. SQLite creates none (mode=rw): in
	// place of a file that was set aside, it would make an empty one.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("making the database file: %w", advised(err))
	}
	if err := f.Close(); err != nil {
		return nil, nil, fmt.Errorf("making the database file: %w", advised(err))
	}
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() +
		"?mode=rw&_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
		"&_pragma=foreign_keys(1)&_txlock=immediate&_dqs=0"
	// Readers rely on the operating system's cache; otherwise each would hold a
	// cache of its own.
	toWrite, err := sqlite.NewConnector(fmt.Sprintf("%s&_pragma=cache_size(-%d)&_pragma=wal_autocheckpoint(8000)", dsn, cmp.Or(p.WriterCache, writerCache)))
	if err != nil {
		return nil, nil, fmt.Errorf("opening the database: %w", err)
	}
	toRead, err := sqlite.NewConnector(dsn + "&_pragma=cache_size(-2048)&_pragma=query_only(1)")
	if err != nil {
		return nil, nil, fmt.Errorf("opening the database: %w", err)
	}
	writer, readers = sql.OpenDB(cachingConnector{toWrite}), sql.OpenDB(cachingConnector{toRead})
	writer.SetMaxOpenConns(1)
	readers.SetMaxOpenConns(3 + 2*runtime.GOMAXPROCS(0)) // one of them for checkedSessions
	readers.SetMaxIdleConns(3 + 2*runtime.GOMAXPROCS(0))
	return writer, readers, nil
}

// openPostgres opens one pool for reading and writing.
func openPostgres(p Place) (writer, readers *sql.DB, err error) {
	c, err := parseAddress(p.URL)
	if err != nil {
		return nil, nil, err
	}
	pool := openAdaptingPool(c, cmp.Or(p.Connections, postgresConns))
	pool.SetConnMaxIdleTime(5 * time.Minute)
	return pool, pool, nil
}

// migrationLock is the name of the lock file of a program that migrates.
const migrationLock = "migrate.lock"

// lockFile lets one program at a time migrate, by a lock file beside the
// database. goose has no lock for SQLite.
func lockFile(ctx context.Context, db *DB) (unlock func() error, err error) {
	lock := flock.New(filepath.Join(db.place.Dir, migrationLock), flock.SetPermissions(0o600))
	ok, err := lock.TryLock()
	if err == nil && !ok {
		db.waits()
		ok, err = lock.TryLockContext(ctx, 20*time.Millisecond)
	}
	if err != nil || !ok {
		return nil, fmt.Errorf("waiting for another start to finish migrating: %w", err)
	}
	return lock.Unlock, nil
}

func (db *DB) waits() {
	if db.place.Waits != nil {
		db.place.Waits()
	}
}

// advisoryLock is the key of the advisory lock that the nodes share.
const advisoryLock = 0x706f727469636f // "portico"

// lockAdvisory is lockFile for all nodes that share a PostgreSQL database. The
// lock belongs to a transaction, because behind a pooler a session's lock would
// stay on a connection that others use afterwards.
func lockAdvisory(ctx context.Context, db *DB) (unlock func() error, err error) {
	tx, err := db.writer.BeginTx(context.WithoutCancel(ctx), nil) // unlock ends it, not the context
	if err != nil {
		return nil, fmt.Errorf("connecting to the database: %w", advised(err))
	}
	// A node may have to wait for another node's long migration, longer than
	// for any row, and the transaction is idle during its own.
	ok := false
	if _, err = tx.ExecContext(ctx, `SELECT set_config('lock_timeout', '0', TRUE), set_config('statement_timeout', '0', TRUE),
			set_config('idle_in_transaction_session_timeout', '0', TRUE)`); err == nil {
		err = tx.QueryRowContext(ctx, `SELECT pg_try_advisory_xact_lock($1)`, int64(advisoryLock)).Scan(&ok)
	}
	if err == nil && !ok {
		db.waits()
		_, err = tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(advisoryLock))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("waiting for another start to finish migrating: %w", err), tx.Rollback())
	}
	return tx.Commit, nil
}

// retryable reports whether a transaction failed only because it conflicted
// with another one.
func retryable(err error) bool {
	if errors.Is(err, errShared) {
		return true
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return lite.Code()&0xff == sqlite3.SQLITE_BUSY
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01") // serialisation failure, deadlock
}

// unavailable reports whether the engine failed and not the statement: it could
// not be reached, the connection was lost, it is starting, stopping or a
// standby, it has no space left, or it took too long.
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
		case "08", "53", "57", "58": // connection exception, insufficient resources, operator intervention, system error
			return true
		}
		return pg.Code == "25006" || pg.Code == "55P03" // read-only transaction, lock not available
	}
	var connecting *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connecting) || errors.As(err, &network) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, pgconn.ErrConnClosed) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
}

// isUniqueViolation reports whether a write violated a unique index.
func isUniqueViolation(err error) bool {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "23505"
}
