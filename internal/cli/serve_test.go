package cli_test

import (
	"bufio"
	"bytes"
	"database/sql" //nolint:depguard // to hold the lock of migrations
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"portico/internal/cli"
	"portico/internal/porticotest"
	"portico/internal/testdb"
)

// serving is portico serve in a process of its own, with the lines of its log.
type serving struct {
	*process
	log chan string
}

func serve(t *testing.T, dir string, args ...string) serving {
	t.Helper()
	args = append([]string{"serve", "--data", dir}, args...)
	if url := porticotest.DatabaseFor(t, dir); url != "" {
		args = append(args, "--database", url)
	}
	from, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	s := serving{startLogging(exec.Command("portico", args...), to), make(chan string, 1000)}
	_ = to.Close() // the program's own copy stays open until it ends
	go func() {
		for lines := bufio.NewScanner(from); lines.Scan(); {
			s.log <- lines.Text()
		}
		close(s.log)
	}()
	t.Cleanup(func() { _ = s.cmd.Process.Kill() })
	return s
}

// await returns the lines until one holds text, which is the last of them.
func await(t *testing.T, lines chan string, text string) (before []string) {
	t.Helper()
	for line := range lines {
		before = append(before, line)
		if strings.Contains(line, text) {
			return before
		}
	}
	t.Fatalf("the program ended without %q, after %q", text, before)
	return nil
}

// freePort returns a loopback address that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// TestHangUpNeverEndsThePortal sends SIGHUP to a portal with a certificate, with
// one that cannot be read, and without.
func TestHangUpNeverEndsThePortal(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	pair := func(key string) {
		t.Helper()
		if err := writeCertificate(cert, key, "portal.example.com", 30); err != nil {
			t.Fatal(err)
		}
	}
	pair(key)
	hangUp := func(s serving, says string) {
		t.Helper()
		if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		await(t, s.log, says)
	}
	secure := serve(t, nowhere(t), "--listen", "127.0.0.1:0", "--tls-cert", cert, "--tls-key", key)
	await(t, secure.lines, "Portico listens on https://")
	hangUp(secure, "SIGHUP: read the TLS certificate again")
	pair(filepath.Join(dir, "another.pem")) // it does not fit the key
	hangUp(secure, "SIGHUP: keeping the TLS certificate from before")
	pair(key)
	hangUp(secure, "SIGHUP: read the TLS certificate again")
	if err := secure.stop(); err != nil {
		t.Errorf("after SIGHUP, the portal ends with %v, want a clean end", err)
	}
	clear := serve(t, nowhere(t), "--listen", "127.0.0.1:0")
	await(t, clear.lines, "Portico listens on http://")
	hangUp(clear, "SIGHUP: nothing is read again")
	if err := clear.stop(); err != nil {
		t.Errorf("after SIGHUP, the portal ends with %v, want a clean end", err)
	}
}

// holdMigrationLock takes the lock of migrations as another program does.
func holdMigrationLock(t *testing.T, dir string) (release func()) {
	t.Helper()
	if url := porticotest.DatabaseFor(t, dir); url != "" {
		db, err := sql.Open("pgx", url)
		if err != nil {
			t.Fatal(err)
		}
		tx, err := db.BeginTx(t.Context(), nil)
		if err == nil {
			_, err = tx.ExecContext(t.Context(), `SELECT pg_advisory_xact_lock($1)`, int64(0x706f727469636f))
		}
		if err != nil {
			t.Fatal(err)
		}
		return func() { _, _ = tx.Rollback(), db.Close() }
	}
	lock := flock.New(filepath.Join(dir, "migrate.lock"))
	if err := lock.Lock(); err != nil {
		t.Fatal(err)
	}
	return func() { _ = lock.Unlock() }
}

// TestStartWaitsForTheMigrationLock checks that a start that waits for another
// program says so once, accepts no connection meanwhile, survives SIGHUP, and
// serves once the lock is free.
func TestStartWaitsForTheMigrationLock(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	dir := nowhere(t)
	run(t, dir, 0, "init")
	release := holdMigrationLock(t, dir)
	address := freePort(t)
	const says = "waiting for another program that brings the database up to date"
	s := serve(t, dir, "--listen", address)
	await(t, s.log, says)
	if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	if c, err := net.Dial("tcp", address); err == nil {
		t.Errorf("%s accepts a connection while the portal cannot answer", c.RemoteAddr())
		_ = c.Close()
	}
	release()
	await(t, s.lines, "Portico listens on http://"+address)
	for _, line := range await(t, s.log, "SIGHUP") {
		if strings.Contains(line, says) {
			t.Errorf("the log says a second time: %s", line)
		}
	}
	res, err := client.Get("http://" + address + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	if _ = res.Body.Close(); res.StatusCode != http.StatusOK {
		t.Errorf("/readyz answers %d, want 200", res.StatusCode)
	}
	if err := s.stop(); err != nil {
		t.Errorf("the portal ends with %v, want a clean end", err)
	}
}

// TestStoppedWhileStarting checks that a stop before the portal serves is a clean
// end: a service manager would otherwise report a failure.
func TestStoppedWhileStarting(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	dir := nowhere(t)
	run(t, dir, 0, "init")
	defer holdMigrationLock(t, dir)()
	s := serve(t, dir, "--listen", "127.0.0.1:0")
	await(t, s.log, "waiting for another program that brings the database up to date")
	if err := s.stop(); err != nil {
		t.Errorf("the portal ends with %v, want a clean end", err)
	}
	await(t, s.log, "stopped while starting")
}

// TestBusyPort checks that a port in use is named before anything is made.
func TestBusyPort(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	dir := nowhere(t)
	_, serve := program(t, dir, "serve", "--listen", l.Addr().String())
	_, metrics := program(t, dir, "serve", "--listen", "127.0.0.1:0", "--metrics-listen", l.Addr().String())
	if !strings.Contains(metrics, "--metrics-listen "+l.Addr().String()) || !strings.Contains(metrics, "give another port with --metrics-listen") {
		t.Errorf("serve with metrics at a busy port: got %q, want --metrics-listen, the address, why and what to do", metrics)
	}
	outs := map[string]string{"serve": serve}
	for _, command := range []string{"demo", "gallery"} { // without --data
		var b bytes.Buffer
		if code := cli.Run(t.Context(), []string{command, "--listen", l.Addr().String()}, strings.NewReader(""), &b, &b); code != 1 {
			t.Errorf("%s at a busy port: exits with %d, want 1", command, code)
		}
		outs[command] = b.String()
	}
	for command, out := range outs {
		if !strings.Contains(out, "--listen "+l.Addr().String()) || !strings.Contains(out, "address already in use: give another port with --listen") {
			t.Errorf("%s at a busy port: got %q, want --listen, the address, why and what to do", command, out)
		}
	}
	if made, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(made) > 0 {
		t.Errorf("serve has made %v (%v) in spite of the busy port, want nothing", made, err)
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
