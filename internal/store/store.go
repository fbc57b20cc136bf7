package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"portico"
)

var (
	// ErrNotFound says that no row matched, or only another customer's.
	ErrNotFound = errors.New("not found")
	// ErrTaken says that a unique value, such as a login ID, is somebody else's.
	ErrTaken = errors.New("taken")
)

// NewID names a row: UUIDv7, so that indexes grow at their end.
func NewID() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("making an id: %w", err)
	}
	return id.String(), nil
}

// NotFound turns a missing row into an answer for a person.
func NotFound(err, told error) error {
	if errors.Is(err, ErrNotFound) {
		return told
	}
	return err
}

// attempts is how often Update tries before it gives up, and longestPause the
// most that it waits before it tries again.
const (
	attempts     = 20
	longestPause = 50 * time.Millisecond
)

// Change is what an observer learns of a finished Update.
type Change struct {
	Took   time.Duration
	Tries  int
	Err    error
	Events []portico.Event // that were committed
}

// DB is an open database.
type DB struct {
	engine
	writer, readers *sql.DB
	now             func() time.Time
	place           Place
	observe         func(Change)
	attest          func(portico.Event) (salt, mac []byte)
	beginLog        func(*Tx, portico.CustomerID) error
	admit           func(*Reader, portico.Actor) error
}

// Observe sets who is told of every Update once it has finished; before the
// database is used.
func (db *DB) Observe(f func(Change)) { db.observe = f }

// Attest sets what makes the salt and the MAC of each event, so that the log
// tells events of the portal from rows that somebody else put beside them, and
// what begins the log of each new customer; before the database is used.
// Commands that work without the keyset have neither.
func (db *DB) Attest(event func(portico.Event) (salt, mac []byte), begin func(*Tx, portico.CustomerID) error) {
	db.attest, db.beginLog = event, begin
}

// Admit sets what decides, in the transaction of each change by a person,
// whether that person may still make it; before the database is used. Without
// it no person changes anything.
func (db *DB) Admit(f func(*Reader, portico.Actor) error) { db.admit = f }

// Stats are those of the pool of connections that write.
func (db *DB) Stats() sql.DBStats { return db.writer.Stats() }

// Open opens the database, makes the directory and in it the SQLite file where
// they are missing, and brings the schema up to date. It refuses a schema newer
// than it knows. now is the clock of every transaction.
func Open(ctx context.Context, place Place, now func() time.Time) (*DB, error) {
	if err := os.MkdirAll(place.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the data directory: %w", err)
	}
	db, err := connect(place, now)
	if err != nil {
		return nil, err
	}
	if err := db.migrate(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func connect(place Place, now func() time.Time) (db *DB, err error) {
	db = &DB{engine: engineOf(place), now: now, place: place}
	db.writer, db.readers, err = db.open(place)
	return db, err
}

// Attach opens a database that is there, as it is: it makes nothing and
// migrates nothing. The error is fs.ErrNotExist when the directory has none.
func Attach(ctx context.Context, place Place, now func() time.Time) (*DB, error) {
	if place.URL == "" {
		if _, err := os.Stat(filepath.Join(place.Dir, fileName)); err != nil {
			return nil, fmt.Errorf("looking for the database: %w", err)
		}
	}
	db, err := connect(place, now)
	if err != nil {
		return nil, err
	}
	if err := db.Ping(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the database: %w", err), db.Close())
	}
	return db, nil
}

// Close waits for nothing: what is under way fails.
func (db *DB) Close() error {
	if db.readers == db.writer {
		return db.writer.Close()
	}
	return errors.Join(db.readers.Close(), db.writer.Close())
}

// Ping reports whether the database answers.
func (db *DB) Ping(ctx context.Context) error { return db.readers.PingContext(ctx) }

// querier is what *sql.DB and *sql.Tx have in common.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// lateTime is how long that may take which goes on without whoever asked.
const lateTime = 30 * time.Second

// Late is the context of what has to be done although whoever asked for it may
// have gone, such as counting a wrong code.
func Late(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), lateTime)
}

// Reader reads. Now is one instant for the whole transaction, in UTC and to
// the millisecond, as it is stored.
type Reader struct {
	Now time.Time
	ctx context.Context
	q   querier
}

// Tx reads and writes.
type Tx struct {
	Reader
	by     portico.Actor   // who was admitted
	events []portico.Event // that were written
	attest func(portico.Event) (salt, mac []byte)
	begin  func(*Tx, portico.CustomerID) error // the log of a new customer
	// endless is the context for statements of which there are thousands: for
	// one that may end, SQLite's driver starts a goroutine a statement.
	endless context.Context
}

func (db *DB) instant() time.Time { return db.now().UTC().Truncate(time.Millisecond) }

// Read is a Reader without a transaction, for a single look-up.
func (db *DB) Read(ctx context.Context) *Reader {
	if db.brief {
		ctx = context.WithoutCancel(ctx)
	}
	return &Reader{Now: db.instant(), ctx: ctx, q: db.readers}
}

// View runs f over one snapshot of the database.
func (db *DB) View(ctx context.Context, f func(*Reader) error) error {
	tx, err := db.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: db.snapshot})
	if err != nil {
		return failed("beginning to read", err)
	}
	defer rollback(tx)
	return f(&Reader{Now: db.instant(), ctx: ctx, q: tx})
}

// Update runs f as if nothing else happened at the same time, and commits
// unless it returns an error. It runs f again when another transaction was in
// its way. A person is admitted first, in the same transaction: what was found
// out when the request came may hold no longer. The portal itself and the
// command line need no session.
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

func (db *DB) update(ctx context.Context, by portico.Actor, f func(*Tx) error) ([]portico.Event, error) {
	tx, err := db.writer.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
	if err != nil {
		return nil, failed("beginning a change", err)
	}
	defer rollback(tx)
	change := &Tx{
		Reader: Reader{Now: db.instant(), ctx: ctx, q: tx}, by: by, attest: db.attest, begin: db.beginLog, endless: context.WithoutCancel(ctx),
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

// errNoActor refuses a change that nobody answers for.
var errNoActor = errors.New("a change needs an actor who may make it")

// admitted returns nil when the actor may begin a change.
func (db *DB) admitted(r *Reader, by portico.Actor) error {
	switch {
	case by.Kind == portico.ActorSystem, by.Kind == portico.ActorCommandLine:
		return nil
	case by.Kind == portico.ActorUser && db.admit != nil:
		return db.admit(r, by)
	}
	return errNoActor
}

// Admits reports whether something may be recorded in the actor's name here:
// a person with a session was admitted with it, or nobody was and the portal
// itself makes the change.
func (tx *Tx) Admits(a portico.Actor) bool {
	return a.Admission.Session == "" || tx.by.Admission == a.Admission && tx.by.UserID == a.UserID
}

// pause lets whoever was in the way finish. It differs from one to the next, so
// that the same ones do not meet again.
func pause(ctx context.Context, try int) {
	var b [1]byte
	_, _ = rand.Read(b[:]) // never fails: the program ends instead
	most := min(longestPause, time.Duration(try)*5*time.Millisecond)
	wait := time.NewTimer(most * time.Duration(b[0]) / 255)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-ctx.Done():
	}
}

// rollback ends a transaction that was not committed, also when f panicked. Its
// own error adds nothing: the transaction is over either way.
func rollback(tx *sql.Tx) { _ = tx.Rollback() }

// failed wraps what a statement returned. It is portico.Unavailable when the
// database does not answer, or did not say whether it has committed.
func failed(doing string, err error) error {
	if unavailable(err) {
		err = &portico.Error{Code: portico.Unavailable, Text: "The portal cannot reach its database at the moment. Try again in a few seconds.", Err: err}
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// exec runs one statement and returns how many rows it changed. A broken
// unique index is ErrTaken.
func (tx *Tx) exec(doing, query string, args ...any) (int64, error) {
	res, err := tx.q.ExecContext(tx.ctx, query, args...)
	if taken(err) {
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

// execOne is exec for a statement that must change exactly one row: ErrNotFound
// when it changed none.
func (tx *Tx) execOne(doing, query string, args ...any) error {
	n, err := tx.exec(doing, query, args...)
	if err == nil && n == 0 {
		err = fmt.Errorf("%s: %w", doing, ErrNotFound)
	}
	return err
}

// scanned wraps what scanning one row returned.
func scanned(doing string, err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return failed(doing, err)
	}
	return nil
}

// all scans every row of a query.
func all[T any](r *Reader, doing string, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := r.q.QueryContext(r.ctx, query, args...)
	if err != nil {
		return nil, failed(doing, err)
	}
	defer func() { _ = rows.Close() }() // rows.Err below tells what matters
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

// scanner is a row, of one or of many.
type scanner interface{ Scan(dest ...any) error }

// millis and moment convert times; 0 stands for "never".
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
