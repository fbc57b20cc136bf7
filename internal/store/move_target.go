package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"portico"
)

// moveTarget opens the database that a portal is moved into, and brings it up to
// date. One that may not be moved into is left as it is: a migration can end the
// nodes of an earlier version that serve it.
func moveTarget(ctx context.Context, place Place, now func() time.Time) (*DB, error) {
	db, err := reach(ctx, place, now)
	if err != nil {
		return nil, err
	}
	err = db.movable(ctx)
	if err == nil {
		err = db.Migrate(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// movable returns an error if no portal may be moved into the database, which may
// be one of an earlier version.
func (db *DB) movable(ctx context.Context) error {
	schema, err := db.Schema(ctx)
	if err = errors.Join(err, schema.Exact()); err != nil {
		return err
	}
	if err := db.emptyOrOurs(ctx); err != nil || schema.Version == 0 {
		return err
	}
	if err := db.Unserved(ctx); err != nil {
		return fmt.Errorf("the PostgreSQL database is in use: %w", err)
	}
	return db.holdsNobody(ctx, db.readers)
}

// holdsNobody returns an error that says what the database of a portal holds already,
// unless it is as the first start leaves it.
func (db *DB) holdsNobody(ctx context.Context, q querier) error {
	var holds []string
	for _, what := range []struct{ name, exists string }{
		{"users", `SELECT EXISTS (SELECT 1 FROM users)`},
		{"customers", `SELECT EXISTS (SELECT 1 FROM customers WHERE id <> '` + string(portico.ProviderID) + `')`},
		{"audit events", `SELECT EXISTS (SELECT 1 FROM events)`},
	} {
		var there bool
		if err := q.QueryRowContext(ctx, what.exists).Scan(&there); err != nil {
			return fmt.Errorf("looking whether the database is empty: %w", err)
		}
		if there {
			holds = append(holds, what.name)
		}
	}
	if len(holds) > 0 {
		return fmt.Errorf("the PostgreSQL database %s is not empty, it holds %s: move into an empty one", db.Where(), strings.Join(holds, ", "))
	}
	return nil
}
