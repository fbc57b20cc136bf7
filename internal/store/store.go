package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"portico"
)

var (
	// ErrNotFound is returned if no row matches, or only a row of another
	// customer.
	ErrNotFound = errors.New("not found")
	// ErrTaken is returned if a unique value, such as a login ID, is in use
	// already.
	ErrTaken = errors.New("taken")
	// ErrNoPortal is returned if a place holds no portal, and none is to be made
	// there.
	ErrNoPortal = errors.New("say with --data or --database where it is, or make one with portico init")
)

// NewID returns an ID for a row. It is a UUIDv7, so that indexes grow at their
// end.
func NewID() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("making an id: %w", err)
	}
	return id.String(), nil
}

// NotFound returns told if err is ErrNotFound, and otherwise err.
func NotFound(err, told error) error {
	if errors.Is(err, ErrNotFound) {
		return told
	}
	return err
}

// attempts is how often Update tries a change before it gives up. longestPause
// is the longest time that it waits between two tries.
const (
	attempts     = 20
	longestPause = 50 * time.Millisecond
)

// Change describes a finished Update to an observer.
type Change struct {
	Took   time.Duration
	Tries  int
	Err    error
	Events []portico.Event // those that were committed
}

// DB is an open database.
type DB struct {
	engine
	writer, readers *sql.DB
	now             func() time.Time
	place           Place
	files           fs.FS       // of the migrations
	known           []migration // that this program has
	looked          atomic.Pointer[look]
	looking         sync.Mutex  // held by SchemaFits while it looks
	indexed         atomic.Bool // set once everybody is known to be indexed: see Reader.sortColumns
	observe         func(Change)
	proofs          Proofs
	admit           func(*Reader, portico.Actor) error
	limits          string // statement that each transaction begins with; "" if the connection has the limits
}

// Observe sets the function that is called after every Update. It must be
// called before the database is used.
func (db *DB) Observe(f func(Change)) { db.observe = f }

// Proofs are the functions that prove that the portal wrote a row, and not
// somebody else with access to the database.
type Proofs struct {
	Event func(portico.Event) (salt, mac []byte)           // makes the salt and the MAC of an event
	Row   func(table string, fields []string) (mac []byte) // makes the MAC of a row of another table
	Begin func(*Tx, portico.CustomerID) error              // begins the log of a new customer
}

// Prove sets the functions that prove what is written. It must be called before
// the database is used. Commands that work without the keyset do not call it.
func (db *DB) Prove(p Proofs) { db.proofs = p }

// Admit sets the function that decides, in the transaction of each change by a
// person, whether that person may still make it. It must be called before the
// database is used. Without it, no person can change anything.
func (db *DB) Admit(f func(*Reader, portico.Actor) error) { db.admit = f }

// Open opens the database and brings its schema up to date. It creates the
// Open opens the database and brings its schema up to date. It creates the
// directory, the SQLite file and the tables if they are missing. It returns an
// error if the migrations of the database do not fit this program (see Schema),
// or if the directory belongs to another database. now is the clock of every
// transaction.
func Open(ctx context.Context, place Place, now func() time.Time) (*DB, error) {
	m, err := place.checkedMarker()
	if err != nil {
		return nil, err
	}
	if m == (marker{}) {
		return create(ctx, place, now)
	}
	db, err := upToDate(ctx, place, now, attach)
	if errors.Is(err, ErrNoPortal) {
		return nil, fmt.Errorf("%w; %s says that there was one: bring it back, also by portico restore, or remove that file to begin anew", err, place.marker())
	}
	return db, err
}

// create is Open for a directory that belongs to no database.
func create(ctx context.Context, place Place, now func() time.Time) (*DB, error) {
	if err := os.MkdirAll(place.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the data directory: %w", err)
	}
	db, err := connect(place, now)
	if err != nil {
		return nil, err
	}
	if err := db.checked(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := db.Migrate(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func connect(place Place, now func() time.Time) (db *DB, err error) {
	db = &DB{engine: engineOf(place), now: now, place: place}
	if db.limits, err = transactionLimits(place); err != nil {
		return nil, err
	}
	if db.files, db.known, err = place.migrations(); err != nil {
		return nil, err
	}
	db.looked.Store(&look{at: now()})
	db.writer, db.readers, err = db.open(place)
	return db, err
}

// checked returns an error if the database cannot hold what the portal stores.
func (db *DB) checked(ctx context.Context) error {
	if db.check == nil {
		return nil
	}
	return db.check(ctx, db)
}

// OpenExisting is Open for a portal that is there. Where there is none, it
// creates nothing and returns ErrNoPortal. It returns an error if the database
// has a migration that this program does not know, even a compatible one.
func OpenExisting(ctx context.Context, place Place, now func() time.Time) (*DB, error) {
	return upToDate(ctx, place, now, Attach)
}

// upToDate opens an existing database, and brings it up to date.
func upToDate(ctx context.Context, place Place, now func() time.Time, open func(context.Context, Place, func() time.Time) (*DB, error)) (*DB, error) {
	db, err := open(ctx, place, now)
	if err != nil {
		return nil, err
	}
	if err := db.Migrate(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// Attach opens the database of an existing portal as it is. It creates and
// migrates nothing. It returns ErrNoPortal, with the place, if there is none, and
// another error if the directory belongs to another database. A database that
// lacks the newest migrations is opened; one with a migration that this program
// does not know is not.
func Attach(ctx context.Context, place Place, now func() time.Time) (*DB, error) {
	db, err := attach(ctx, place, now)
	if err != nil {
		return nil, err
	}
	schema, err := db.Schema(ctx)
	if err = errors.Join(err, schema.Exact()); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// attach is Attach that also opens a database with compatible migrations that
// this program does not know.
func attach(ctx context.Context, place Place, now func() time.Time) (*DB, error) {
	m, err := place.checkedMarker()
	if err != nil {
		return nil, err
	}
	if place.URL == "" {
		// SQLite would make a file that is missing, and write to an empty one.
		info, err := os.Stat(filepath.Join(place.Dir, fileName))
		if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
			return nil, noPortal(place.Dir)
		}
		if err != nil {
			return nil, fmt.Errorf("looking for the database: %w", err)
		}
	}
	db, err := reach(ctx, place, now)
	if err != nil {
		return nil, err
	}
	schema, err := db.Schema(ctx)
	if err == nil && schema.Version == 0 {
		err = noPortal(db.Where())
	}
	if err == nil {
		err = db.fits(ctx, m)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// reach opens a database that answers and can hold what the portal stores,
// whatever is in it.
func reach(ctx context.Context, place Place, now func() time.Time) (*DB, error) {
	db, err := connect(place, now)
	if err != nil {
		return nil, err
	}
	if err := db.readers.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the database: %w", connecting(err)), db.Close())
	}
	if err := db.checked(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func noPortal(where string) error {
	return fmt.Errorf("there is no portal in %s: %w", where, ErrNoPortal)
}

// Close closes the database. It does not wait for transactions that are under
// way; those can still finish, but no new ones can begin.
func (db *DB) Close() error {
	if db.readers == db.writer {
		return db.writer.Close()
	}
	return errors.Join(db.readers.Close(), db.writer.Close())
}

// querier is what *sql.DB, *sql.Conn and *sql.Tx have in common.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// detachedTimeout is the time limit for work that continues after its request has
// gone.
const detachedTimeout = 30 * time.Second

// Detached returns a context for work that must be done even if the client has gone
// away, such as recording a wrong code.
func Detached(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), detachedTimeout)
}

// Reader reads. Now is one instant for the whole transaction, in UTC and
// truncated to milliseconds, as times are stored.
type Reader struct {
	Now     time.Time
	ctx     context.Context
	q       querier
	indexed *atomic.Bool // of DB
}

// Tx reads and writes.
type Tx struct {
	Reader
	by     portico.Actor   // the actor that was admitted
	events []portico.Event // the events that were written
	proofs Proofs
	// uncancellable is a context that never ends. It is for statements that run
	// thousands of times: if the context could end, SQLite's driver would start
	// a goroutine for each statement.
	uncancellable context.Context
}

func (db *DB) instant() time.Time { return db.now().UTC().Truncate(time.Millisecond) }

// Read returns a Reader without a transaction, for a single look-up.
func (db *DB) Read(ctx context.Context) *Reader {
	if db.brief {
		ctx = context.WithoutCancel(ctx)
	}
	return &Reader{Now: db.instant(), ctx: ctx, q: db.readers, indexed: &db.indexed}
}

// View runs f on one snapshot of the database.
func (db *DB) View(ctx context.Context, f func(*Reader) error) error {
	tx, err := db.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: db.snapshot})
	if err != nil {
		return failed("beginning to read", err)
	}
	defer rollback(tx)
	if err := db.limit(ctx, tx); err != nil {
		return err
	}
	return f(&Reader{Now: db.instant(), ctx: ctx, q: tx, indexed: &db.indexed})
}

// Update runs f in a transaction that is isolated from all others, and commits
// it unless f returns an error. It runs f again if the transaction conflicted
// with another one. If the actor is a person, the person is admitted first, in
// the same transaction, because what was checked when the request arrived may
// no longer hold. The portal itself and the command line need no session.
func (db *DB) Update(ctx context.Context, by portico.Actor, f func(*Tx) error) error {
	begun := db.now()
	var done Change
	for done.Tries < attempts {
		done.Tries++
		if done.Events, done.Err = db.update(ctx, by, f); !retryable(done.Err) {
			break
		}
		pause(ctx, done.Tries)
	}
	if retryable(done.Err) {
		done.Err = &portico.Error{Code: portico.Busy, Text: "Many changes are under way at once. Try again in a moment.", Err: fmt.Errorf("after %d attempts: %w", attempts, done.Err)}
	}
	if db.observe != nil {
		done.Took = db.now().Sub(begun)
		db.observe(done)
	}
	return done.Err
}

// View is DB.View for an f that returns something. With an error, View returns
// the zero T.
func View[T any](ctx context.Context, db *DB, f func(*Reader) (T, error)) (T, error) {
	var result, zero T
	err := db.View(ctx, func(r *Reader) (err error) {
		result, err = f(r)
		return err
	})
	if err != nil {
		return zero, err
	}
	return result, nil
}

// Update is DB.Update for an f that returns something: what it returned when it
// was committed. With an error, Update returns the zero T.
func Update[T any](ctx context.Context, db *DB, by portico.Actor, f func(*Tx) (T, error)) (T, error) {
	var result, zero T
	err := db.Update(ctx, by, func(tx *Tx) (err error) {
		result, err = f(tx)
		return err
	})
	if err != nil {
		return zero, err
	}
	return result, nil
}

func (db *DB) update(ctx context.Context, by portico.Actor, f func(*Tx) error) ([]portico.Event, error) {
	tx, err := db.writer.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
	if err != nil {
		return nil, failed("beginning a change", err)
	}
	defer rollback(tx)
	if err := db.limit(ctx, tx); err != nil {
		return nil, err
	}
	change := &Tx{
		Reader: Reader{Now: db.instant(), ctx: ctx, q: tx, indexed: &db.indexed}, by: by, proofs: db.proofs, uncancellable: context.WithoutCancel(ctx),
	}
	if err := db.admitted(&change.Reader, by); err != nil {
		return nil, err
	}
	if err := f(change); err != nil {
		return nil, err
	}
	if err := tx.Commit(); err != nil {
		return nil, failed("committing", err)
	}
	return change.events, nil
}

// errNoActor is returned for a change without an actor who may make it.
var errNoActor = errors.New("a change needs an actor who may make it")

// admitted returns nil if the actor may begin a change.
func (db *DB) admitted(r *Reader, by portico.Actor) error {
	switch {
	case by.Kind == portico.ActorSystem, by.Kind == portico.ActorCommandLine:
		return nil
	case by.Kind == portico.ActorUser && db.admit != nil:
		return db.admit(r, by)
	}
	return errNoActor
}

// Admits reports whether an event may be recorded in the actor's name in this
// transaction: either the actor's session was admitted here, or the actor has
// no session.
func (tx *Tx) Admits(a portico.Actor) bool {
	return a.Admission.Session == "" || tx.by.Admission == a.Admission && tx.by.UserID == a.UserID
}

// RowMAC returns the MAC of a row with these fields, or nil without the keyset.
func (tx *Tx) RowMAC(table string, fields []string) []byte {
	if tx.proofs.Row == nil {
		return nil
	}
	return tx.proofs.Row(table, fields)
}

// proved reports whether a row bears the MAC of these fields. Without the keyset
// it returns false.
func (tx *Tx) proved(table string, fields []string, mac []byte) bool {
	want := tx.RowMAC(table, fields)
	return want != nil && hmac.Equal(want, mac)
}

// pause waits for a random time before the next try, so that the transactions
// that conflicted do not conflict again.
func pause(ctx context.Context, try int) {
	var b [1]byte
	_, _ = rand.Read(b[:]) // never fails: the program crashes instead
	most := min(longestPause, time.Duration(try)*5*time.Millisecond)
	wait := time.NewTimer(most * time.Duration(b[0]) / 255)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-ctx.Done():
	}
}

// rollback ends a transaction that was not committed, also if f panicked. Its
// own error can be ignored, because the transaction is over either way.
func rollback(tx *sql.Tx) { _ = tx.Rollback() }

// failed wraps the error of a statement. The result is portico.Unavailable if
// the database does not answer, or did not say whether it has committed.
func failed(doing string, err error) error {
	if unavailable(err) {
		err = &portico.Error{Code: portico.Unavailable, Text: "The portal cannot reach its database at the moment. Try again in a few seconds.", Err: err}
	}
	return fmt.Errorf("%s: %w", doing, connecting(err))
}

// exec runs one statement and returns how many rows it changed. It returns
// ErrTaken if a unique index was violated.
func (tx *Tx) exec(doing, query string, args ...any) (int64, error) {
	res, err := tx.q.ExecContext(tx.ctx, query, args...)
	if isUniqueViolation(err) {
		return 0, fmt.Errorf("%s: %w", doing, ErrTaken)
	}
	if err != nil {
		return 0, failed(doing, err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return 0, failed(doing, err)
	}
	return n, nil
}

// execOne is exec for a statement that must change exactly one row. It returns
// ErrNotFound if no row was changed.
func (tx *Tx) execOne(doing, query string, args ...any) error {
	n, err := tx.exec(doing, query, args...)
	if err == nil && n == 0 {
		err = fmt.Errorf("%s: %w", doing, ErrNotFound)
	}
	return err
}

// scanned wraps the error of scanning one row. It returns ErrNotFound if there
// was no row.
func scanned(doing string, err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return failed(doing, err)
	}
	return nil
}

// all runs a query and scans every row.
func all[T any](r *Reader, doing string, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := r.q.QueryContext(r.ctx, query, args...)
	if err != nil {
		return nil, failed(doing, err)
	}
	defer func() { _ = rows.Close() }() // rows.Err below returns what matters
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, failed(doing, err)
		}
		out = append(out, v)
	}
	if err := rows.Err(); err != nil {
		return nil, failed(doing, err)
	}
	return out, nil
}

// scanner is implemented by *sql.Row and *sql.Rows.
type scanner interface{ Scan(dest ...any) error }

// toMillis and moment convert times. 0 stands for the zero time.
func toMillis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
