package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"sync"
)

// mostChecked is how many sessions are kept between two commits.
const mostChecked = 1000

// checkedSessions keeps what CheckedSession has read in SQLite until the next
// commit of any other connection, in this process or another one. A proxy asks
// for each page and picture, and finding out that nothing was committed takes a
// fifth of the time of reading the row again.
type checkedSessions struct {
	readers *sql.DB

	mu      sync.Mutex
	conn    *sql.Conn // whose versions are compared; nil before the first look
	version int64     // that rows were read at, or after
	rows    map[string]Session
}

// find returns a session from the rows, or from read. Between the version and
// the row that read returns there may be a commit: then the next version is
// another one, and the row is read again.
func (c *checkedSessions) find(tokenHash []byte, read func() (Session, error)) (Session, error) {
	version, s, found, err := c.look(tokenHash)
	if err != nil {
		return Session{}, failed("checking the session", err)
	}
	if found {
		return s, nil
	}
	if s, err = read(); err != nil {
		return s, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if version == c.version {
		if len(c.rows) >= mostChecked {
			clear(c.rows)
		}
		c.rows[string(tokenHash)] = s
	}
	return s, nil
}

// look returns the version of the database, and the session if it was read at
// that version.
func (c *checkedSessions) look(tokenHash []byte) (version int64, s Session, found bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn == nil {
		if c.conn, err = c.readers.Conn(context.Background()); err != nil { // for all requests
			return 0, s, false, err
		}
	}
	if version, err = dataVersion(c.conn); err != nil {
		return 0, s, false, err
	}
	if version != c.version {
		c.version = version
		clear(c.rows)
	}
	s, found = c.rows[string(tokenHash)]
	return version, s, found, nil
}

// dataVersion returns a number that changes with each commit of any other
// connection. It is never 0. Those of two connections cannot be compared.
func dataVersion(conn *sql.Conn) (version int64, err error) {
	err = conn.Raw(func(conn any) error {
		rows, err := conn.(driver.QueryerContext).QueryContext(context.Background(), `PRAGMA data_version`, nil)
		if err != nil {
			return err
		}
		var row [1]driver.Value
		err = errors.Join(rows.Next(row[:]), rows.Close())
		version, _ = row[0].(int64)
		if err == nil && version == 0 {
			err = errors.New("the database has no version")
		}
		return err
	})
	return version, err
}

func (c *checkedSessions) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn == nil {
		return nil
	}
	return c.conn.Close()
}
