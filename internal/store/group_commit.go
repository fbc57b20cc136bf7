package store

import (
	"context"
	"database/sql"
	"errors"
	"sync/atomic"
	"time"
)

// SQLite has one writer, and syncs the disk at each commit. Changes that arrive while
// another one runs would each wait for their own sync. Here they share a transaction:
// each runs when its turn comes, and the first whose turn comes again commits for all.
// So a sync serves all that waited, and nobody waits for somebody to come.
//
// They remain isolated. One runs at a time, what fails is undone to its savepoint, and
// no change is acknowledged before the commit. If the commit fails, all have failed.

// groupCommit is the writer of a SQLite database.
type groupCommit struct {
	writer *sql.DB
	now    func() time.Time
	turn   chan struct{}      // holds a value while somebody uses the transaction; waiters are served in their order
	open   *sharedTransaction // nil if no transaction is open; only for the one whose turn it is

	waits, waited atomic.Int64 // how often somebody waited for the first turn, and for how long altogether, in nanoseconds
}

// sharedTransaction is a transaction of one or more changes.
type sharedTransaction struct {
	*sql.Tx
	cancel context.CancelFunc // of its context
	ended  chan struct{}      // closed when it has ended
	err    error              // then, why it was not committed
}

// errShared is returned to changes whose transaction failed because of another one.
// They can be tried again.
var errShared = errors.New("the transaction was lost by another change")

func newGroupCommit(writer *sql.DB, now func() time.Time) *groupCommit {
	return &groupCommit{writer: writer, now: now, turn: make(chan struct{}, 1)}
}

// update runs f in a transaction, and returns when that is committed. It returns the
// error of f, of the commit, or of a context that ended before its turn.
func (g *groupCommit) update(ctx context.Context, f func(*sql.Tx) error) error {
	if err := g.wait(ctx); err != nil {
		return failed("waiting for other changes", err)
	}
	shared, err := g.run(ctx, f)
	if err != nil {
		return err
	}
	select {
	case <-shared.ended:
	case g.turn <- struct{}{}:
		if g.open == shared {
			err := shared.Commit()
			if err != nil {
				err = failed("committing", err)
			}
			g.end(err)
		}
		<-g.turn
	}
	return shared.err
}

func (g *groupCommit) wait(ctx context.Context) error {
	select {
	case g.turn <- struct{}{}:
		return nil
	default:
	}
	begun := g.now()
	g.waits.Add(1)
	defer func() { g.waited.Add(int64(g.now().Sub(begun))) }()
	select {
	case g.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run runs f in the open transaction, or in a new one, and gives up the turn.
func (g *groupCommit) run(ctx context.Context, f func(*sql.Tx) error) (*sharedTransaction, error) {
	defer func() { <-g.turn }()
	if shared := g.open; shared != nil {
		return shared, g.join(ctx, shared, f)
	}
	shared, err := g.begin(ctx)
	if err != nil {
		return nil, failed("beginning a change", err)
	}
	g.open = shared
	succeeded := false
	defer func() {
		if !succeeded { // also if f panicked
			g.end(errShared)
		}
	}()
	if err := runIn(ctx, shared, f); err != nil {
		return nil, err
	}
	succeeded = true
	return shared, nil
}

// begin begins a transaction, unless the context ends before. Afterwards the
// transaction does not end with the context, because others may depend on it.
func (g *groupCommit) begin(ctx context.Context) (*sharedTransaction, error) {
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	detach := context.AfterFunc(ctx, cancel)
	tx, err := g.writer.BeginTx(own, nil)
	if !detach() { // the error says that it was cancelled, and not why
		if err == nil {
			rollback(tx)
		}
		err = ctx.Err()
	}
	if err != nil {
		cancel()
		return nil, err
	}
	return &sharedTransaction{Tx: tx, cancel: cancel, ended: make(chan struct{})}, nil
}

// join runs f in a transaction that has changes of others. The first change needs no
// savepoint, which costs a copy of each page that is changed.
func (g *groupCommit) join(ctx context.Context, shared *sharedTransaction, f func(*sql.Tx) error) error {
	own := context.WithoutCancel(ctx)
	// Some errors, such as of a full disk, end a transaction, and what follows would be
	// committed by itself. In a transaction, no other can begin.
	if _, err := shared.ExecContext(own, `BEGIN`); err == nil {
		g.end(errShared)
		return errShared
	}
	if _, err := shared.ExecContext(own, `SAVEPOINT change`); err != nil {
		g.end(errShared)
		return failed("beginning a change", err)
	}
	succeeded := false
	defer func() {
		if succeeded { // not if f panicked
			return
		}
		if _, err := shared.ExecContext(own, `ROLLBACK TO change; RELEASE change`); err != nil {
			g.end(errShared)
		}
	}()
	if err := runIn(ctx, shared, f); err != nil {
		return err
	}
	if _, err := shared.ExecContext(own, `RELEASE change`); err != nil {
		return failed("ending a change", err)
	}
	succeeded = true
	return nil
}

// runIn returns the error of f, or of a context that has ended: nothing is committed for
// it.
func runIn(ctx context.Context, shared *sharedTransaction, f func(*sql.Tx) error) error {
	if err := f(shared.Tx); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return failed("making a change", err)
	}
	return nil
}

// end ends the open transaction: with nil, it has been committed.
func (g *groupCommit) end(err error) {
	shared := g.open
	if err != nil {
		rollback(shared.Tx) // does nothing if the commit itself has failed
	}
	shared.cancel()
	shared.err, g.open = err, nil
	close(shared.ended)
}
