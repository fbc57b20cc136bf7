package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"

	"modernc.org/sqlite"
)

// Preparing a statement takes SQLite longer than running a small one.
// database/sql keeps what it is given to prepare before a transaction begins;
// here each connection keeps what it has run, as PostgreSQL's driver does by
// itself.

// keptStatements is how many a connection keeps. Each holds some 10 KiB.
const keptStatements = 40

// keeping opens connections that keep their statements.
type keeping struct{ driver.Connector }

func (k keeping) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := k.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	lite, ok := c.(liteConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the driver's %T lacks what database/sql asks for", c), c.Close())
	}
	return &keeper{lite, map[string]liteStmt{}}, nil
}

// liteConn is what SQLite's driver says a wrapper has to pass on, and what a
// backup asks for.
type liteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
	NewBackup(uri string) (*sqlite.Backup, error)
}

type liteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// keeper is a connection; database/sql lets one goroutine at a time use it.
type keeper struct {
	liteConn
	kept map[string]liteStmt // those at rest: one that runs is not among them
}

// Unwrap is for the driver.
func (k *keeper) Unwrap() driver.Conn { return k.liteConn }

func (k *keeper) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if len(args) == 0 { // of the schema, or of a transaction
		return k.liteConn.ExecContext(ctx, query, args)
	}
	s, err := k.take(ctx, query)
	if err != nil {
		return nil, err
	}
	result, err := s.ExecContext(context.WithoutCancel(ctx), args)
	return result, errors.Join(err, k.rest(query, s))
}

func (k *keeper) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := k.take(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(context.WithoutCancel(ctx), args)
	if err != nil {
		return nil, errors.Join(err, k.rest(query, s))
	}
	return &keptRows{rows, func() error { return k.rest(query, s) }}, nil
}

// take returns a statement for one run, after which it is to rest. A context
// that has ended ends it here; what runs is over soon, and to be able to
// interrupt it the driver starts a goroutine, which costs as much as finding a
// row.
func (k *keeper) take(ctx context.Context, query string) (liteStmt, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s := k.kept[query]; s != nil {
		delete(k.kept, query)
		return s, nil
	}
	prepared, err := k.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s, ok := prepared.(liteStmt)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the driver's %T lacks what database/sql asks for", prepared), prepared.Close())
	}
	return s, nil
}

// rest keeps a statement for the next time, in the place of any other when
// there is none left.
func (k *keeper) rest(query string, s liteStmt) error {
	var err error
	if twin := k.kept[query]; twin != nil { // it was run while it ran
		return s.Close()
	}
	if len(k.kept) >= keptStatements {
		for other, old := range k.kept {
			delete(k.kept, other)
			err = old.Close()
			break
		}
	}
	k.kept[query] = s
	return err
}

// Close ends the connection after its statements.
func (k *keeper) Close() error {
	var errs []error
	for _, s := range k.kept {
		errs = append(errs, s.Close())
	}
	clear(k.kept)
	return errors.Join(append(errs, k.liteConn.Close())...)
}

// keptRows lets the statement rest when they are closed.
type keptRows struct {
	driver.Rows
	rest func() error
}

func (r *keptRows) Close() error { return errors.Join(r.Rows.Close(), r.rest()) }
