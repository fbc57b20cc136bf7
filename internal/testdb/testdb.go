// Package testdb gives each test a database of its own. The environment
// variable PORTICOTEST_DATABASE names the PostgreSQL server, by an address
// such as postgres://user@host/postgres whose user may create databases.
// Without it, tests use SQLite.
//
// If PORTICOTEST_POOLER is set too, it is the address of a pooler in front of
// that server, and tests reach their databases through it.
//
// The package does not know the schema: the first test migrates a template with
// the function that it passes, and further databases are copies of the
// template. So it is on SQLite, with Fill.
package testdb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// server returns the address of the PostgreSQL server, or "" for SQLite. It
// reads the variable at each call, so that go test includes it in the key of
// cached results.
func server() string { return os.Getenv("PORTICOTEST_DATABASE") }

// pooler returns the address of the pooler, or "" if tests connect to the server
// itself.
func pooler() string { return os.Getenv("PORTICOTEST_POOLER") }

// Postgres reports whether tests run on PostgreSQL.
func Postgres() bool { return server() != "" }

// Pooled reports whether a pooler is in front of the server. It may have fewer
// connections than a test opens.
func Pooled() bool { return pooler() != "" }

var template struct {
	sync.Mutex
	name string
}

// New creates a database for one test and returns its address, or "" for
// SQLite. The database is dropped when the test ends. migrate brings an empty
// database up to date; if it is nil, the database stays empty.
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
	if pooler() != "" {
		return address(pooler(), name)
	}
	return address(server(), name)
}

// file is what Fill copies, once it is made.
var file struct {
	sync.Mutex
	text []byte
}

// Fill gives a data directory the SQLite file of an empty portal, unless it has
// one. open opens a directory's database and migrates it; Fill calls it for the
// first of the files, on a directory of its own.
func Fill[DB io.Closer](t testing.TB, dir string, open func(dir string) (DB, error)) {
	t.Helper()
	const name = "portico.db"
	at := filepath.Join(dir, name)
	if _, err := os.Stat(at); err == nil {
		return
	} else if !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	file.Lock()
	defer file.Unlock()
	if file.text == nil {
		first := t.TempDir()
		db, err := open(first)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if file.text, err = os.ReadFile(filepath.Join(first, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(at, file.text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Direct returns the address of a database of New without the pooler, for
// programs that need the server itself.
func Direct(url string) string {
	if pooler() == "" || url == "" {
		return url
	}
	return address(server(), nameOf(url))
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
		if err := migrate(address(server(), first)); err != nil {
			return fmt.Errorf("migrating the template: %w", err)
		}
		template.name = first
	}
	return exec(admin, `CREATE DATABASE `+name+` TEMPLATE `+template.name)
}

// newName returns a name that no other test uses, not even one of another
// package.
func newName() string { return "test_" + strings.ReplaceAll(uuid.NewString(), "-", "") }

// address returns the address of a database of a server or a pooler.
func address(of, name string) string {
	u := parsed(of)
	u.Path = "/" + name
	return u.String()
}

func nameOf(address string) string { return strings.TrimPrefix(parsed(address).Path, "/") }

func parsed(address string) *url.URL {
	u, err := url.Parse(address)
	if err != nil {
		panic(err) // cannot happen: pgx has parsed the address before
	}
	return u
}
