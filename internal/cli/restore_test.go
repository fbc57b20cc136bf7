package cli_test

import (
	"database/sql" //nolint:depguard // to connect as another program does
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/testdb"
)

// TestRestoredPortal checks that a backup contains all people with their
// passwords and authenticators, and that nothing issued before the restore
// works.
func TestRestoredPortal(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	p := porticotest.New(t)
	c := newFixture(t, p)
	files := t.TempDir()
	file, keyset := filepath.Join(files, "portal.backup"), filepath.Join(files, "keyset.json")
	if out := run(t, p.Dir, 0, "backup", file, "--keyset-copy", keyset); !strings.Contains(out, "read it again") {
		t.Errorf(`portico backup --keyset-copy: got %v, want "read it again" in out`, out)
	}
	dir := nowhere(t)
	later(p, 0) // before the restore, which may last into the next time step
	out := run(t, dir, 0, "restore", file, "--keyset-copy", keyset)
	for _, want := range []string{"Restored", "need a new invitation: 1", "it opens all"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
	clock := p.Clock
	r := porticotest.Start(t, dir, clock)

	// TestC18: sessions, pending logins, links and known devices have ended.
	n := r.Client()
	n.SetCookie("portico_session", c.ann.Cookie("portico_session"))
	n.SetCookie("portico_browser", c.ann.Cookie("portico_browser"))
	if page := n.Get("/session"); page.Status != http.StatusUnauthorized {
		t.Errorf("a session from before: %d", page.Status)
	}
	n = r.Client()
	n.SetCookie("portico_login", c.pending.Cookie("portico_login"))
	n.SetCookie("portico_browser", c.pending.Cookie("portico_browser"))
	if page := n.Post("/login/code", "code", r.Code(c.ben, 0)); !strings.HasPrefix(page.Path, "/login?") {
		t.Errorf("a pending login from before leads to %s", page.Path)
	}
	if page := n.Get(c.link); page.Status != http.StatusGone {
		t.Errorf("a link from before: %d", page.Status)
	}

	// TestC07: codes that may have been used since the backup count as used.
	for _, step := range []int64{-1, 0, 1} {
		n := r.Client()
		if page := n.Login("ben", porticotest.Password, r.Code(c.ben, step)); !strings.Contains(page.Alert(), "already used") {
			t.Errorf("a code of step %d: %s", step, page.Text())
		}
	}
	clock.Advance(2 * time.Minute)
	if page := r.Client().Login("ben", porticotest.Password, r.Code(c.ben, 0)); !page.Has("Logged in as ben") {
		t.Errorf("a fresh code: %s", page.Text())
	}
	if page := r.Client().Login("ann", porticotest.Password, ""); !page.Has("Hello Ann") {
		t.Errorf("a password: %s", page.Text())
	}
	if page := r.Client().Login("ben", "another-wrong-password", ""); page.Alert() == "" {
		t.Errorf("a wrong password: %s", page.Text())
	}
	if events := r.Events(portico.ProviderID); !slices.ContainsFunc(events, func(e portico.Event) bool {
		return e.Action == portico.PortalRestored && e.Actor.Kind == portico.ActorCommandLine
	}) {
		t.Errorf("no event tells of the restore: %+v", events)
	}
}

// TestRestoreLooksAtTheKeysetFirst checks on both engines that a keyset which is
// not the one of the backup is refused before the database is touched, so that
// the right one is all that a second try needs.
func TestRestoreLooksAtTheKeysetFirst(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	p := porticotest.New(t)
	newFixture(t, p)
	file := filepath.Join(t.TempDir(), "portal.backup")
	run(t, p.Dir, 0, "backup", file)
	other := nowhere(t)
	run(t, other, 0, "init")
	dir := nowhere(t)
	must(t, os.Mkdir(dir, 0o700))
	keyset := filepath.Join(dir, "keyset.json")
	put := func(from string) {
		t.Helper()
		b, err := os.ReadFile(filepath.Join(from, "keyset.json"))
		must(t, err)
		must(t, os.WriteFile(keyset, b, 0o600))
	}
	put(other)
	out := run(t, dir, 1, "restore", file)
	for _, want := range []string{"the keyset " + keyset + " is not the one of the backup " + file, "secrets in it do not open"} {
		if !strings.Contains(out, want) {
			t.Errorf("restoring beside the keyset of another portal: got %s, want %q in it", out, want)
		}
	}
	put(p.Dir)
	if out := run(t, dir, 0, "restore", file); !strings.Contains(out, "it opens all") {
		t.Errorf("restoring beside its keyset: got %s, want that the keyset opens all", out)
	}
	if out := run(t, dir, 1, "restore", file); !strings.Contains(out, "nothing is overwritten. Stop portico serve, set the database aside") {
		t.Errorf("restoring over a database: got %s, want how to set it aside", out)
	}
}

// TestRestoreNoticesConnections checks that a restore refuses a PostgreSQL
// database to which another program of Portico is connected, and the directory of
// another portal. Both leave the database empty for a second try.
func TestRestoreNoticesConnections(t *testing.T) {
	if !testdb.Postgres() {
		return // testdata/restore.txt has the same for SQLite
	}
	p := porticotest.New(t)
	newFixture(t, p)
	files := t.TempDir()
	file, keyset := filepath.Join(files, "portal.backup"), filepath.Join(files, "keyset.json")
	run(t, p.Dir, 0, "backup", file, "--keyset-copy", keyset)
	dir := nowhere(t)
	address := porticotest.DatabaseFor(t, dir)
	if strings.Contains(address, "?") {
		address += "&application_name=portico"
	} else {
		address += "?application_name=portico"
	}
	other, err := sql.Open("pgx", address)
	must(t, err)
	must(t, other.PingContext(t.Context()))
	if out := run(t, dir, 1, "restore", file, "--keyset-copy", keyset); !strings.Contains(out, "another program of Portico is connected to") || !strings.Contains(out, "stop portico serve first, on every node") {
		t.Errorf("restoring while a program is connected: got %s, want that it is to be stopped", out)
	}
	must(t, other.Close())
	run(t, dir, 0, "restore", file, "--keyset-copy", keyset)

	foreign := nowhere(t)
	must(t, os.Mkdir(foreign, 0o700))
	marker := filepath.Join(foreign, "portal.json")
	must(t, os.WriteFile(marker, []byte(`{"engine":"postgresql","id":"01939d2f-6f6e-7000-8000-000000000000"}`), 0o600))
	if out := run(t, foreign, 1, "restore", file, "--keyset-copy", keyset); !strings.Contains(out, "belongs to another portal than the backup") {
		t.Errorf("restoring into the directory of another portal: got %s, want that it is refused", out)
	}
	must(t, os.Remove(marker))
	run(t, foreign, 0, "restore", file, "--keyset-copy", keyset)
}
