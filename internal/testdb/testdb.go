// Package testdb gives each test a database of its own on the engine that the
// environment names: SQLite, or the PostgreSQL server of
// PORTICO_TEST_DATABASE, an address such as postgres://user@host/postgres
// whose user may create databases.
//
// It knows no schema: the first test migrates a template by the way it is
// given, the others copy that.
package testdb

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// server is the address of the PostgreSQL server, "" for SQLite. It is read when
// it is asked for, so that go test knows what its cached results hold for.
func server() string { return os.Getenv("PORTICO_TEST_DATABASE") }

// Postgres reports whether tests run on PostgreSQL.
func Postgres() bool { return server() != "" }

var template struct {
	sync.Mutex
	name string
}

// New makes a database for one test and returns its address, "" for SQLite. It
// is dropped when the test ends. migrate brings an empty one up to date; nil
// leaves it empty.
func New(t testing.TB, migrate func(url string) error) string {
	t.Helper()
	if server() == "" {
		return ""
	}
	name := newName()
	if err := as(func(admin *pgx.Conn) error { return create(admin, name, migrate) }); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := as(func(admin *pgx.Conn) error { return exec(admin, `DROP DATABASE `+name+` WITH (FORCE)`) }); err != nil {
			t.Error(err)
		}
	})
	return address(name)
}

// as runs f with a connection of the user who may create databases.
func as(f func(*pgx.Conn) error) error {
	ctx := context.Background()
	admin, err := pgx.Connect(ctx, server())
	if err != nil {
		return err
	}
	return errors.Join(f(admin), admin.Close(ctx))
}

func exec(admin *pgx.Conn, statement string) error {
	_, err := admin.Exec(context.Background(), statement)
	return err
}

func create(admin *pgx.Conn, name string, migrate func(url string) error) error {
	const empty = ` TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'`
	if migrate == nil {
		return exec(admin, `CREATE DATABASE `+name+empty)
	}
	template.Lock()
	defer template.Unlock()
	if template.name == "" {
		first := newName() + "_template"
		if err := exec(admin, `CREATE DATABASE `+first+empty); err != nil {
			return fmt.Errorf("making the template: %w", err)
		}
		if err := migrate(address(first)); err != nil {
			return fmt.Errorf("migrating the template: %w", err)
		}
		template.name = first
	}
	return exec(admin, `CREATE DATABASE `+name+` TEMPLATE `+template.name)
}

// newName is one that no other test has, also of another package.
func newName() string { return "test_" + strings.ReplaceAll(uuid.NewString(), "-", "") }

func address(name string) string {
	u, err := url.Parse(server())
	if err != nil {
		panic(err) // the first connection has read it
	}
	u.Path = "/" + name
	return u.String()
}
