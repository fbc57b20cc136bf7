package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"

	"modernc.org/sqlite"
)

// Preparing a statement takes SQLite longer than running a small one.
// database/sql keeps only statements that were prepared before a transaction
// begins. Therefore each connection here keeps the statements that it has run,
// as PostgreSQL's driver does by itself.

// cachedStatements is how many statements a connection keeps. Each takes some 10
// KiB.
const cachedStatements = 40

// cachingConnector opens connections that keep their statements.
type cachingConnector struct{ driver.Connector }

func (k cachingConnector) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := k.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	lite, ok := c.(liteConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the driver's %T lacks what database/sql asks for", c), c.Close())
	}
	return &stmtCache{lite, map[string]liteStmt{}}, nil
}

// liteConn is what SQLite's driver requires a wrapper to pass on, and what a
// backup needs.
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

// stmtCache is a connection. database/sql makes sure that one goroutine at a time
// uses it.
type stmtCache struct {
	liteConn
	kept map[string]liteStmt // statements that are not running
}

// Unwrap is for the driver.
func (k *stmtCache) Unwrap() driver.Conn { return k.liteConn }

func (k *stmtCache) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if len(args) == 0 { // a statement of the schema or a transaction
		return k.liteConn.ExecContext(ctx, query, args)
	}
	s, err := k.acquire(ctx, query)
	if err != nil {
		return nil, err
	}
	result, err := s.ExecContext(context.WithoutCancel(ctx), args)
	return result, errors.Join(err, k.release(query, s))
}

func (k *stmtCache) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := k.acquire(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(context.WithoutCancel(ctx), args)
	if err != nil {
		return nil, errors.Join(err, k.release(query, s))
	}
	return &cachedRows{rows, func() error { return k.release(query, s) }}, nil
}

// acquire returns a statement for one run; the caller must call release afterwards.
// acquire returns an error if the context has ended. A running statement is not
// interrupted: it ends soon, and to be able to interrupt it the driver would
// start a goroutine, which costs as much as finding a row.
func (k *stmtCache) acquire(ctx context.Context, query string) (liteStmt, error) {
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

// release keeps a statement for the next run. If there is no room, it closes an
// arbitrary other one.
func (k *stmtCache) release(query string, s liteStmt) error {
	var err error
	if twin := k.kept[query]; twin != nil { // the same text was run while s was running
		return s.Close()
	}
	if len(k.kept) >= cachedStatements {
		for other, old := range k.kept {
			delete(k.kept, other)
			err = old.Close()
			break
		}
	}
	k.kept[query] = s
	return err
}

// Close closes the kept statements and then the connection.
func (k *stmtCache) Close() error {
	var errs []error
	for _, s := range k.kept {
		errs = append(errs, s.Close())
	}
	clear(k.kept)
	return errors.Join(append(errs, k.liteConn.Close())...)
}

// cachedRows releases the statement when the rows are closed.
type cachedRows struct {
	driver.Rows
	release func() error
}

func (r *cachedRows) Close() error { return errors.Join(r.Rows.Close(), r.release()) }
