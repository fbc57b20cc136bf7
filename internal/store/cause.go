package store

import (
	"context"
	"errors"
	"net"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"portico"
)

// Cause is why a change failed, for those who watch the portal.
type Cause string

// Causes lists every Cause.
var Causes = []Cause{diskFull, noConnection, unanswered, inTheWay, tooManyConnections, otherCause}

const (
	diskFull           Cause = "disk full"
	noConnection       Cause = "no connection"        // refused, lost, or a server that stops or is a standby
	tooManyConnections Cause = "too many connections" // for the role, the database or the server
	unanswered         Cause = "no answer in time"
	inTheWay           Cause = "changes in the way" // of others, at each attempt
	otherCause         Cause = "other"
)

// CauseOf returns why a change failed.
func CauseOf(err error) Cause {
	var lite *sqlite.Error
	var pg *pgconn.PgError
	var network net.Error
	switch {
	case errors.As(err, &lite):
		return causes[lite.Code()&0xff].or(otherCause)
	case errors.Is(err, syscall.ENOSPC):
		return diskFull
	case errors.As(err, &pg):
		return causeOfState(pg.Code)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return unanswered
	case portico.Unavailable.Is(err):
		return noConnection
	}
	return otherCause
}

// causes are those of SQLite, by its result codes.
var causes = map[int]Cause{
	sqlite3.SQLITE_FULL: diskFull, sqlite3.SQLITE_BUSY: inTheWay, sqlite3.SQLITE_LOCKED: inTheWay, sqlite3.SQLITE_INTERRUPT: unanswered,
	sqlite3.SQLITE_CANTOPEN: noConnection, sqlite3.SQLITE_READONLY: noConnection,
}

func (c Cause) or(other Cause) Cause {
	if c == "" {
		return other
	}
	return c
}

// causeOfState returns the cause of an SQLSTATE of PostgreSQL.
func causeOfState(state string) Cause {
	switch {
	case state == "53100":
		return diskFull
	case state == "53300":
		return tooManyConnections
	case state == "57014", state == "55P03": // statement timeout, lock timeout
		return unanswered
	case state == "40001", state == "40P01":
		return inTheWay
	case state == "25006", state[:min(2, len(state))] == "08", state[:min(2, len(state))] == "57":
		return noConnection
	}
	return otherCause
}

// Pool says how much the connections to the database are used.
type Pool struct {
	Open, Most int
	Used       int   // of those that are open; the others are idle
	Waits      int64 // how often something waited for one
	Waited     time.Duration
}

// Pool returns the state of all connections together: SQLite has one that
// writes, and others that read.
func (db *DB) Pool() Pool {
	s := db.writer.Stats()
	p := Pool{Open: s.OpenConnections, Used: s.InUse, Most: s.MaxOpenConnections, Waits: s.WaitCount, Waited: s.WaitDuration}
	if db.readers != db.writer {
		r := db.readers.Stats()
		p.Open, p.Used, p.Most = p.Open+r.OpenConnections, p.Used+r.InUse, p.Most+r.MaxOpenConnections
		p.Waits, p.Waited = p.Waits+r.WaitCount, p.Waited+r.WaitDuration
	}
	if db.group != nil {
		p.Waits, p.Waited = p.Waits+db.group.waits.Load(), p.Waited+time.Duration(db.group.waited.Load())
	}
	return p
}
