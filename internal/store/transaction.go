package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"portico"
)

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
	Now        time.Time
	ctx        context.Context
	q          querier
	indexed    *atomic.Bool     // of DB
	checked    *checkedSessions // of DB; nil in a transaction, and on PostgreSQL
	passkeysAt string           // of DB
	merges     bool             // of the engine; false works on each
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
	return &Reader{Now: db.instant(), ctx: ctx, q: db.readers, indexed: &db.indexed, passkeysAt: db.passkeysAt, merges: db.merges, checked: db.sessions}
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
	return f(&Reader{Now: db.instant(), ctx: ctx, q: tx, indexed: &db.indexed, passkeysAt: db.passkeysAt, merges: db.merges})
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
		done.Err = &portico.Error{Code: portico.Busy, Message: portico.Say("Many changes are under way at once. Try again in a moment."), Err: fmt.Errorf("after %d attempts: %w", attempts, done.Err)}
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
	var change *Tx
	run := func(tx *sql.Tx) error {
		if err := db.limit(ctx, tx); err != nil {
			return err
		}
		change = &Tx{
			Reader: Reader{Now: db.instant(), ctx: ctx, q: tx, indexed: &db.indexed, passkeysAt: db.passkeysAt}, by: by, proofs: db.proofs, uncancellable: context.WithoutCancel(ctx),
		}
		if err := db.admitted(&change.Reader, by); err != nil {
			return err
		}
		return f(change)
	}
	transaction := db.alone
	if db.group != nil {
		transaction = db.group.update
	}
	if err := transaction(ctx, run); err != nil {
		return nil, err
	}
	return change.events, nil
}

// alone runs f in a transaction of its own.
func (db *DB) alone(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := db.writer.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
	if err != nil {
		return failed("beginning a change", err)
	}
	defer rollback(tx)
	if err := f(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return failed("committing", err)
	}
	return nil
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
