package cli_test

import (
	"bytes"
	"context"
	"database/sql" //nolint:depguard // to damage what the portal has written
	"encoding/base32"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/cli"
	"portico/internal/maintenance"
	"portico/internal/porticotest"
	"portico/internal/testdb"
)

// run runs a command over the database of a directory and returns its output.
// It fails the test if the exit code is not want.
func run(t *testing.T, dir string, want int, args ...string) string {
	t.Helper()
	code, out := program(t, dir, args...)
	if code != want {
		t.Fatalf("%v exits with %d:\n%s", args, code, out)
	}
	return out
}

// program runs a command and returns its exit code and output.
func program(t *testing.T, dir string, args ...string) (code int, out string) {
	t.Helper()
	args = append(args, "--data", dir)
	if url := porticotest.DatabaseFor(t, dir); url != "" {
		args = append(args, "--database", url)
	}
	var b bytes.Buffer
	code = cli.Run(context.Background(), args, strings.NewReader(""), &b, &b)
	return code, b.String()
}

// nowhere returns a directory whose database does not exist yet.
func nowhere(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	porticotest.SetDatabase(dir, testdb.New(t, nil))
	return dir
}

// fixture is a portal with people in various states.
type fixture struct {
	ben     []byte              // the key of his authenticator
	codes   []string            // his recovery codes
	link    string              // mailed to Carla
	ann     *porticotest.Client // logged in
	pending *porticotest.Client // Ben's, after the password
}

func newFixture(t *testing.T, p *porticotest.Portal) *fixture {
	t.Helper()
	acme := p.Customer("acme", "Acme Telecom")
	p.User(acme.ID, "ann", portico.RoleAdministrator)
	p.User(acme.ID, "ben", portico.RoleUser)
	if _, err := p.Users.Invite(context.Background(), portico.CommandLine(), acme.ID, portico.User{
		FirstName: "Carla", LastName: "C", Email: "carla@example.com", Role: portico.RoleUser,
	}); err != nil {
		t.Fatal(err)
	}
	c := &fixture{link: p.Mails("carla@example.com")[0].Link("/activate/")}
	c.link = c.link[strings.Index(c.link, "/activate/"):]
	b := p.Client()
	b.Login("ben", porticotest.Password, "")
	setup := b.Fill(b.Get("/account"), "Two Factor Authentication")
	c.ben = keyOf(t, setup.TestID("setup-key"))
	page := b.Fill(setup, "Submit", "Enter the code here", p.Code(c.ben, 0))
	c.codes = recoveryCode.FindAllString(page.Body, -1)
	if len(c.codes) != 10 {
		t.Fatalf("%d recovery codes:\n%s", len(c.codes), page.Text())
	}
	b.Fill(page, "I have saved my recovery codes")
	p.Clock.Advance(30 * time.Second)
	c.pending = p.Client()
	c.pending.Login("ben", porticotest.Password, "")
	c.ann = p.Client()
	if page := c.ann.Login("ann", porticotest.Password, ""); !page.Has("Hello Ann") {
		t.Fatalf(`logging in as ann: got %s, want the text "Hello Ann"`, page.Text())
	}
	return c
}

// later sets a portal's clock to the machine's, which commands use, and then
// forward by d.
func later(p *porticotest.Portal, d time.Duration) {
	p.Clock.Advance(time.Now().Add(d).Sub(p.Clock.Now()))
}

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

// TestLostKeyset checks that a portal does not start without its keyset, and
// that after the keyset was given up, passwords and recovery codes work but
// authenticators do not.
func TestLostKeyset(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	p := porticotest.New(t)
	c := newFixture(t, p)
	file := filepath.Join(t.TempDir(), "portal.backup")
	run(t, p.Dir, 0, "backup", file)
	dir := nowhere(t)
	if out := run(t, dir, 1, "restore", file); !strings.Contains(out, "The keyset is missing, and the portal does not start without it") {
		t.Errorf(`portico restore: got %v, want "The keyset is missing, and the portal does not start without it" in out`, out)
	}
	run(t, dir, 1, "user", "list")
	run(t, dir, 1, "two-factor", "delete", "ben", "--reason", "x", "--yes")
	run(t, dir, 0, "keys", "replace", "--lost")
	if err := os.Remove(filepath.Join(dir, "keyset.json")); err != nil { // as if it had been broken off before the new one got its name
		t.Fatal(err)
	}
	if out := run(t, dir, 1, "doctor"); !strings.Contains(out, "The keyset is missing") {
		t.Errorf(`portico doctor: got %v, want "The keyset is missing" in out`, out)
	}
	run(t, dir, 0, "keys", "replace", "--lost")
	later(p, 2*time.Minute)
	r := porticotest.Start(t, dir, p.Clock)
	if page := r.Client().Login("ann", porticotest.Password, ""); !page.Has("Hello Ann") {
		t.Errorf("without 2FA: %s", page.Text())
	}
	n := r.Client()
	page := n.Login("ben", porticotest.Password, r.Code(c.ben, 0))
	if !strings.Contains(page.Alert(), "has lost the keys") {
		t.Errorf("a code: %d %s", page.Status, page.Text())
	}
	if page := n.Post("/login/recovery", "recovery_code", c.codes[0]); !page.Has("You logged in with a recovery code") {
		t.Errorf("a recovery code: %s", page.Text())
	}
	run(t, dir, 0, "keys", "rotate")
	run(t, dir, 0, "two-factor", "delete", "ben", "--reason", "keyset lost", "--yes")
	b := r.Client()
	if page := b.Login("ben", porticotest.Password, ""); !page.Has("Hello Ben") {
		t.Errorf("after the setup was deleted: %s", page.Text())
	}
	setup := b.Fill(b.Get("/account"), "Two Factor Authentication")
	page = b.Fill(setup, "Submit", "Enter the code here", r.Code(keyOf(t, setup.TestID("setup-key")), 0))
	if page.Status != http.StatusOK || len(recoveryCode.FindAllString(page.Body, -1)) != 10 {
		t.Errorf("set up anew: %d %s", page.Status, page.Text())
	}
	events := r.Events(portico.ProviderID)
	if !slices.ContainsFunc(events, func(e portico.Event) bool { return e.Action == portico.KeysReplaced }) {
		t.Errorf("no event tells of it: %+v", events)
	}
}

// TestC16_BackupContainsNoPlaintext checks that a backup contains no key,
// password, recovery code, token or link.
func TestC16_BackupContainsNoPlaintext(t *testing.T) {
	t.Parallel()
	p := porticotest.New(t)
	c := newFixture(t, p)
	file := filepath.Join(t.TempDir(), "portal.backup")
	run(t, p.Dir, 0, "backup", file)
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if porticotest.DatabaseFor(t, p.Dir) != "" { // compressed: convert it to text
		if b, err = exec.Command("pg_restore", "--file=-", file).Output(); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Contains(b, []byte("ben@example.com")) {
		t.Fatal("this is not the backup")
	}
	secrets := append([]string{
		string(c.ben), porticotest.Password, c.ann.Cookie("portico_session"), c.ann.Cookie("portico_browser"),
		c.pending.Cookie("portico_login"), strings.TrimPrefix(c.link, "/activate/"),
	}, c.codes...)
	for _, s := range secrets {
		if s == "" || bytes.Contains(b, []byte(s)) || bytes.Contains(b, []byte(strings.ReplaceAll(s, "-", ""))) {
			t.Errorf("a secret of %d characters is missing here, or stands in the backup", len(s))
		}
	}
}

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

// TestDoctorRepairs checks that wrong counts, search words and sort keys are
// reported as a problem, and that --repair fixes them.
func TestDoctorRepairs(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	p := porticotest.New(t)
	acme := p.Customer("acme", "Acme Telecom")
	p.User(acme.ID, "ann", portico.RoleUser)
	later(p, 0)
	run(t, p.Dir, 0, "doctor")
	driver, at := "sqlite", filepath.Join(p.Dir, "portico.db")
	if url := porticotest.DatabaseFor(t, p.Dir); url != "" {
		driver, at = "pgx", url
	}
	db, err := sql.Open(driver, at)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, statement := range []string{`UPDATE people_counts SET people = 7`, `DELETE FROM user_words`} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	if out := run(t, p.Dir, 1, "doctor"); !strings.Contains(out, "1 counts, 0 labels of 2FA, 1 of 1 people not found by search): run portico doctor --repair") {
		t.Errorf(`portico doctor: got %v, want "1 counts, 0 labels of 2FA, 1 of 1 people not found by search): run portico doctor --repair" in out`, out)
	}
	if out := run(t, p.Dir, 0, "doctor", "--repair"); !strings.Contains(out, "1, counted correctly and found by search") {
		t.Errorf(`portico doctor --repair: got %v, want "1, counted correctly and found by search" in out`, out)
	}
	if events := p.Events(portico.ProviderID); events[0].Action != portico.PortalRepaired {
		t.Errorf("p.Events(portico.ProviderID): got %+v, want events[0].Action %v", events[0], portico.PortalRepaired)
	}
	exec := func(statement string) {
		t.Helper()
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	exec(`UPDATE users SET name_sort = login_sort`)
	if out := run(t, p.Dir, 1, "doctor"); !strings.Contains(out, "1 of 1 people are sorted wrongly in lists: run portico doctor --repair") {
		t.Errorf("a wrong sort key: %s", out)
	}
	exec(`INSERT INTO reindexing (after) VALUES ('')`)
	if out := run(t, p.Dir, 0, "doctor"); !strings.Contains(out, "people are being indexed anew while portico serve runs") {
		t.Errorf("after an upgrade: %s", out)
	}
	if out := run(t, p.Dir, 0, "doctor", "--repair"); !strings.Contains(out, "1, counted correctly and found by search") || strings.Contains(out, "indexed anew") {
		t.Errorf("repaired: %s", out)
	}
	exec(`UPDATE users SET name_sort = login_sort`)
	exec(`INSERT INTO reindexing (after) VALUES ('')`)
	for range 2 { // the second time there is nothing to do
		if err := maintenance.Reindex(t.Context(), p.DB); err != nil {
			t.Fatal(err)
		}
	}
	if out := run(t, p.Dir, 0, "doctor"); !strings.Contains(out, "1, counted correctly and found by search") || strings.Contains(out, "indexed anew") {
		t.Errorf("indexed by serve: %s", out)
	}
}

var recoveryCode = regexp.MustCompile(`[A-Z2-7]{4}(?:-[A-Z2-7]{4}){5}`)

// keyOf decodes a key as the set-up page shows it.
func keyOf(t *testing.T, shown string) []byte {
	t.Helper()
	key, err := base32.StdEncoding.DecodeString(strings.ReplaceAll(shown, " ", ""))
	if err != nil || len(key) != 20 {
		t.Fatalf("key %q: %v", shown, err)
	}
	return key
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

// TestServeNoticesAnotherDatabaseAtItsPath checks that a portal whose database
// was moved away while it served, alone or with its whole directory, stops
// serving within a minute: what it wrote would be lost. It serves again once the
// file is back.
func TestServeNoticesAnotherDatabaseAtItsPath(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	if testdb.Postgres() {
		return // it renames no database to which somebody is connected
	}
	p := porticotest.New(t)
	backup := filepath.Join(t.TempDir(), "portal.backup")
	run(t, p.Dir, 0, "backup", backup, "--keyset-copy", backup+".json")
	file, aside := filepath.Join(p.Dir, "portico.db"), p.Dir+"-aside"
	serves := func(when string, want int, says string) {
		t.Helper()
		p.Clock.Advance(time.Minute)
		for _, path := range []string{"/login", "/readyz"} {
			if page := p.Client().Get(path); page.Status != want {
				t.Errorf("%s, GET %s is answered with %d, want %d: %s", when, path, page.Status, want, page.Text())
			}
		}
		if page := p.Client().Get("/readyz"); !strings.Contains(page.Text(), says) {
			t.Errorf("%s: /readyz says %q, want %q in it", when, page.Text(), says)
		}
		if n := strings.Count(p.Logs.String(), says); want != http.StatusOK && n != 1 {
			t.Errorf("%s: %q is logged %d times, want once", when, says, n)
		}
	}
	serves("before", http.StatusOK, "ok")
	must(t, os.Rename(file, file+".aside"))
	serves("without its file", http.StatusServiceUnavailable, "portico.db was moved away or deleted while it was open")
	must(t, os.Rename(file+".aside", file))
	serves("with its file again", http.StatusOK, "ok")
	must(t, os.Rename(p.Dir, aside))
	run(t, p.Dir, 0, "restore", backup, "--keyset-copy", backup+".json")
	serves("beside a restored one", http.StatusServiceUnavailable, "portico.db is another one than the one that was opened: restart portico serve")
	must(t, os.Rename(p.Dir, p.Dir+"-restored"))
	must(t, os.Rename(aside, p.Dir))
	serves("with its directory again", http.StatusOK, "ok")
}
