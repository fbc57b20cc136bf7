package cli_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"portico/internal/cli"
	"portico/internal/porticotest"
	"portico/internal/testdb"
)

// TestMovedPortal checks that after a move to PostgreSQL sessions,
// authenticators and links still work, used codes stay used, and waiting mails
// are sent.
func TestMovedPortal(t *testing.T) {
	t.Parallel()
	if !testdb.Postgres() {
		return // there is no database to move to
	}
	dir := t.TempDir()
	porticotest.SetDatabase(dir, "")
	var c *fixture
	var used string
	var clock *porticotest.Clock
	t.Run("SQLite", func(t *testing.T) {
		p := porticotest.New(t)
		clock = p.Clock
		p = porticotest.Start(t, dir, clock)
		c = newFixture(t, p)
		used = p.Code(c.ben, 0)
		if page := p.Client().Login("ben", porticotest.Password, used); !page.Has("Hello Ben") {
			t.Fatalf(`logging in as ben: got %s, want the text "Hello Ben"`, page.Text())
		}
	})
	porticotest.SetDatabase(dir, testdb.New(t, nil))
	out := run(t, dir, 0, "move")
	if !strings.Contains(out, "users ") || !regexp.MustCompile(`Moved everything from /.*portico\.db to \S+ of \S+ as portico, `).MatchString(out) || !strings.Contains(out, "counted it on both sides") {
		t.Errorf(`portico move: got %v, want "users " in out, "counted it on both sides" in out`, out)
	}
	if out := run(t, dir, 1, "move"); !strings.Contains(out, "already") {
		t.Errorf("a second time: %s", out)
	}
	checkSetAside(t, dir)
	r := porticotest.Start(t, dir, clock)
	if mails := r.Mails("ben@example.com"); len(mails) != 1 {
		t.Errorf("%d mails", len(mails))
	}
	if out := run(t, dir, 0, "doctor"); !strings.Contains(out, "3, counted correctly and found by search") || !strings.Contains(out, "same time") {
		t.Errorf(`portico doctor: got %v, want "3, counted correctly and found by search" in out, "same time" in out`, out)
	}
	n := r.Client()
	n.SetCookie("portico_session", c.ann.Cookie("portico_session"))
	if page := n.Get("/session"); page.Status != http.StatusNoContent {
		t.Errorf("the session: %d", page.Status)
	}
	if page := n.Get(c.link); page.Status != http.StatusOK {
		t.Errorf("the link: %d", page.Status)
	}
	if page := r.Client().Login("ben", porticotest.Password, used); !strings.Contains(page.Alert(), "already used") {
		t.Errorf("the used code: %s", page.Text())
	}
	clock.Advance(30 * time.Second)
	if page := r.Client().Login("ben", porticotest.Password, r.Code(c.ben, 0)); !page.Has("Hello Ben") {
		t.Errorf("a fresh code: %s", page.Text())
	}
}

// checkSetAside checks that after a move no command opens the SQLite database,
// and that none is made in its place.
func checkSetAside(t *testing.T, dir string) {
	t.Helper()
	for _, args := range [][]string{{"customer", "list"}, {"backup", filepath.Join(t.TempDir(), "copy")}, {"serve", "--listen", "127.0.0.1:0"}} {
		var b bytes.Buffer
		code := cli.Run(context.Background(), append(args, "--data", dir), strings.NewReader(""), &b, &b)
		if code != 1 || !strings.Contains(b.String(), "belongs to a portal in PostgreSQL, and no --database was given") {
			t.Errorf("%v after a move, without --database: got %d and %q, want 1 and a sentence that names PostgreSQL", args, code, b.String())
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "portico.db")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("portico.db after a move: got %v, want no such file", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "portico.db.moved")); err != nil {
		t.Errorf("portico.db.moved after a move: got %v, want the SQLite database", err)
	}
}

// TestMoveWithoutKeyset checks that a move says that the keyset is missing, and
// does not say that it stays.
func TestMoveWithoutKeyset(t *testing.T) {
	t.Parallel()
	if !testdb.Postgres() {
		return // there is no database to move to
	}
	dir := filepath.Join(t.TempDir(), "data")
	porticotest.SetDatabase(dir, "")
	run(t, dir, 0, "init")
	must(t, os.Remove(filepath.Join(dir, "keyset.json")))
	porticotest.SetDatabase(dir, testdb.New(t, nil))
	if out := run(t, dir, 0, "move"); !strings.Contains(out, "keyset.json is missing, and the portal does not start without it") || strings.Contains(out, "The keyset stays") {
		t.Errorf("move without a keyset: got %s, want that the keyset is missing", out)
	}
}
