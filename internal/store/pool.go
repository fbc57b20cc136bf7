package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// postgresConns is the largest number of connections of one node, unless the
// setting says another. It keeps a few nodes together below PostgreSQL's default
// limit of 100.
const postgresConns = 20

const (
	// fewerFor is how long the pool stays as small as the server has made it.
	fewerFor = time.Minute
	// connectTimeout is how long a first connection waits while others have all
	// that the server allows, and connectPause how long until the next attempt.
	connectTimeout = 20 * time.Second
	connectPause   = 100 * time.Millisecond
)

// adaptingPool opens connections for a pool, and makes the pool as small as the
// server allows: its role, its database or the server itself may have fewer
// connections than the setting says. Without that, those for whom no connection is
// left would be refused, whereas they can wait for one of the others.
type adaptingPool struct {
	driver.Connector
	pool *sql.DB
	most int

	mu      sync.Mutex
	opening int         // connections that are being opened
	fewer   *time.Timer // makes the pool large again; nil while it is
}

func openAdaptingPool(c *pgx.ConnConfig, most int) *sql.DB {
	a := &adaptingPool{Connector: stdlib.GetConnector(*c, stdlib.OptionAfterConnect(setLimits(c))), most: most}
	a.pool = sql.OpenDB(a)
	a.resize(most)
	return a.pool
}

func (a *adaptingPool) resize(n int) {
	a.pool.SetMaxOpenConns(n)
	a.pool.SetMaxIdleConns(n)
}

// Connect implements driver.Connector. If the server has no connection left, or a
// pooler in front of it does not answer in time while the pool has others, it returns
// driver.ErrBadConn, so that the request waits for one of those.
func (a *adaptingPool) Connect(ctx context.Context) (driver.Conn, error) {
	a.mu.Lock()
	a.opening++
	a.mu.Unlock()
	defer func() {
		a.mu.Lock()
		a.opening--
		a.mu.Unlock()
	}()
	timeout := time.NewTimer(connectTimeout)
	defer timeout.Stop()
	for {
		c, err := a.Connector.Connect(ctx)
		if err == nil {
			a.opened()
			return c, nil
		}
		unanswered := ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) // by a pooler that has no connection left
		if !noneLeft(err) && !unanswered {
			return nil, err
		}
		if a.shrink() {
			return nil, driver.ErrBadConn
		}
		if unanswered { // the server may be gone
			return nil, err
		}
		pause := time.NewTimer(connectPause)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return nil, err
		case <-timeout.C:
			pause.Stop()
			return nil, err
		}
	}
}

// noneLeft reports whether the server has no connection left.
func noneLeft(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "53300"
}

// shrink makes the pool as small as it is, for a while. It reports whether the pool
// has any connection that can be waited for.
func (a *adaptingPool) shrink() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	open := a.pool.Stats().OpenConnections - a.opening
	a.resize(max(1, open))
	if a.fewer == nil {
		a.fewer = time.AfterFunc(fewerFor, func() {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.fewer = nil
			a.resize(a.most)
		})
	}
	return open > 0
}

// opened makes a small pool larger if it got one connection more.
func (a *adaptingPool) opened() {
	a.mu.Lock()
	defer a.mu.Unlock()
	stats := a.pool.Stats()
	if open := stats.OpenConnections - a.opening + 1; a.fewer != nil && open > stats.MaxOpenConnections {
		a.resize(min(open, a.most))
	}
}
