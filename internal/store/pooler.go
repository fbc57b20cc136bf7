package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// limits are the time limits of a connection to PostgreSQL, in milliseconds.
// Without them, a lost server or a forgotten lock would block requests for ever.
// The address can set others.
var limits = map[string]string{"statement_timeout": "60000", "idle_in_transaction_session_timeout": "60000", "lock_timeout": "10000"}

// limitsOf removes the limits from the parameters that a connection starts with,
// because poolers refuse those, and returns the statement that sets them: for
// one transaction, or for the session.
func limitsOf(c *pgx.ConnConfig, transaction bool) string {
	var set []string
	for _, name := range slices.Sorted(maps.Keys(limits)) {
		value, given := c.RuntimeParams[name]
		if !given {
			value = limits[name]
		}
		delete(c.RuntimeParams, name)
		set = append(set, fmt.Sprintf(`set_config('%s', '%s', %t)`, name, strings.ReplaceAll(value, "'", "''"), transaction))
	}
	return `SELECT ` + strings.Join(set, ", ")
}

// transactionPooled reports whether each transaction may run on another
// connection to the server. The address says so by a mode without prepared
// statements (default_query_exec_mode), which such a pooler asks for.
func transactionPooled(c *pgx.ConnConfig) bool {
	return c.DefaultQueryExecMode != pgx.QueryExecModeCacheStatement
}

// setLimits returns the function that sets the limits of a new connection, which
// does nothing if each transaction sets its own.
func setLimits(c *pgx.ConnConfig) func(context.Context, *pgx.Conn) error {
	if transactionPooled(c) {
		limitsOf(c, true)
		return func(context.Context, *pgx.Conn) error { return nil }
	}
	statement := limitsOf(c, false)
	return func(ctx context.Context, conn *pgx.Conn) error {
		if _, err := conn.PgConn().Exec(ctx, statement).ReadAll(); err != nil {
			return fmt.Errorf("setting the limits of time: %w", err)
		}
		return nil
	}
}

// transactionLimits returns the statement that each transaction begins with, or
// "" if the connection has the limits.
func transactionLimits(p Place) (string, error) {
	if p.URL == "" {
		return "", nil
	}
	c, err := parseAddress(p.URL)
	if err != nil || !transactionPooled(c) {
		return "", err
	}
	return limitsOf(c, true), nil
}

// limit sets the limits of a transaction, unless its connection has them.
func (db *DB) limit(ctx context.Context, tx *sql.Tx) error {
	if db.limits == "" {
		return nil
	}
	if _, err := tx.ExecContext(ctx, db.limits); err != nil {
		return failed("setting the limits of time", err)
	}
	return nil
}

// toServer returns an error if programs of PostgreSQL would run through a pooler
// that gives each transaction another connection: they change settings of a
// connection, and leave them to the next transaction on it.
func toServer(address string) error {
	c, err := parseAddress(address)
	if err == nil && transactionPooled(c) {
		err = errors.New("pg_dump and pg_restore need the server itself, or a pooler that pools sessions: give its address with --database, without default_query_exec_mode")
	}
	return err
}

// checkEncoding returns an error if the database cannot store every character.
func checkEncoding(ctx context.Context, db *DB) error {
	var encoding string
	if err := db.readers.QueryRowContext(ctx, `SELECT current_setting('server_encoding')`).Scan(&encoding); err != nil {
		return fmt.Errorf("asking for the encoding of the database: %w", advised(err))
	}
	if encoding != "UTF8" {
		return fmt.Errorf("the database has the encoding %s, which cannot hold every name: create one with CREATE DATABASE portico OWNER portico "+
			"ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0, and restore or move into that", encoding)
	}
	return nil
}
