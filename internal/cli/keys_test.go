package cli_test

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/cli"
	"portico/internal/porticotest"
)

// served is a node with a keyset of its own.
type served struct {
	*process
	url, keyset string
}

// serveWith starts a node of the portal with a keyset at a path. Nodes on
// PostgreSQL have nothing else in their data directory.
func serveWith(t *testing.T, dir, keyset string, settings ...string) served {
	t.Helper()
	args := []string{"serve", "--listen", "127.0.0.1:0", "--keyset", keyset, "--data", dir}
	if url := porticotest.DatabaseFor(t, dir); url != "" {
		args[len(args)-1] = t.TempDir()
		args = append(args, "--database", url)
	}
	args = append(args, settings...)
	var log strings.Builder
	p := startLogging(exec.Command("portico", args...), &log)
	t.Cleanup(func() { _ = p.cmd.Process.Kill() }) // it may have stopped
	for line := range p.lines {
		if rest, found := strings.CutPrefix(line, "Portico listens on "); found {
			return served{p, strings.Fields(rest)[0], keyset}
		}
	}
	_ = p.cmd.Wait() // for all of its log
	t.Fatalf("%v ended before it listened:\n%s", args, log.String())
	return served{}
}

// ready waits until /readyz answers with a status.
func (s served) ready(t *testing.T, want int) {
	t.Helper()
	got := 0
	for late := time.After(30 * time.Second); got != want; porticotest.Pause() {
		res, err := client.Get(s.url + "/readyz")
		must(t, err)
		must(t, res.Body.Close())
		got = res.StatusCode
		select {
		case <-late:
			t.Fatalf("/readyz of the node with %s: got %d, want %d", s.keyset, got, want)
		default:
		}
	}
}

func copyOver(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	must(t, err)
	must(t, os.WriteFile(to+".new", b, 0o600))
	must(t, os.Rename(to+".new", to))
}

// portalWithKeyset is a portal on a data directory, whose keyset is elsewhere.
func portalWithKeyset(t *testing.T) (dir, keyset string) {
	t.Helper()
	dir, keyset = t.TempDir(), filepath.Join(t.TempDir(), "keyset")
	run(t, dir, 0, "init", "--keyset", keyset)
	run(t, dir, 0, "customer", "create", "--slug", "acme", "--name", "Acme Telecom", "--keyset", keyset)
	if _, err := os.Stat(filepath.Join(dir, "keyset.json")); err == nil {
		t.Fatal("there is a keyset in the data directory")
	}
	return dir, keyset
}

// TestC16_RotationWaitsForEveryNode rotates the keys of a portal with two nodes
// that have a copy of the keyset each. At no time may one of them meet a key
// that it does not hold.
func TestC16_RotationWaitsForEveryNode(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		return // long: nodes report every some seconds
	}
	dir, keyset := portalWithKeyset(t)
	first := filepath.Join(t.TempDir(), "before")
	second := filepath.Join(t.TempDir(), "keyset")
	copyOver(t, keyset, first)
	copyOver(t, keyset, second)
	const base = "https://portal.example.com"
	a, b := serveWith(t, dir, keyset, "--base-url", base), serveWith(t, dir, second, "--base-url", base)
	rotate := func(want int, wait string) string {
		t.Helper()
		return run(t, dir, want, "keys", "rotate", "--keyset", keyset, "--wait", wait)
	}
	if out := rotate(1, "4s"); !strings.Contains(out, "do not hold the new key") || !strings.Contains(out, strings.TrimPrefix(b.url, "http://")) ||
		strings.Contains(out, strings.TrimPrefix(a.url, "http://")) {
		t.Errorf("rotating while a node lacks the new key: got %q, want that node named, and not the other", out)
	}
	a.ready(t, 200)
	b.ready(t, 200)
	copyOver(t, keyset, second)
	if out := rotate(1, "4s"); !strings.Contains(out, "do not seal with the new key") || !strings.Contains(out, strings.TrimPrefix(b.url, "http://")) {
		t.Errorf("rotating while a node seals with the old key: got %q, want that node named", out)
	}
	a.ready(t, 200)
	b.ready(t, 200)
	copyOver(t, keyset, second)
	if out := rotate(0, "20s"); !strings.Contains(out, "removed the old keys") {
		t.Errorf("rotating: got %q", out)
	}
	a.ready(t, 200)
	b.ready(t, 200)

	// With the keyset of before, a node is not ready until it has the new one, and
	// does no harm to the other.
	copyOver(t, first, second)
	b.ready(t, 503)
	a.ready(t, 200)
	if out := run(t, dir, 1, "doctor", "--keyset", second); !strings.Contains(out, "put back the keyset of this database") {
		t.Errorf("doctor with an old keyset: got %s", out)
	}
	copyOver(t, keyset, second)
	b.ready(t, 200)
	for late := time.After(30 * time.Second); ; porticotest.Pause() { // until the nodes have recorded their keys
		out := run(t, dir, 0, "doctor", "--keyset", keyset)
		if strings.Count(out, "serves, with the same keys") == 2 {
			break
		}
		select {
		case <-late:
			t.Fatalf("doctor: got %s, want both nodes with the same keys", out)
		default:
		}
	}

	// A node that has stopped does not count.
	must(t, b.stop())
	rotate(0, "20s")
	must(t, a.stop())
}

// TestReadOnlyKeysetRotates rotates a keyset that nothing may write, in three
// steps, while a node serves with it.
func TestReadOnlyKeysetRotates(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		return // long: three steps of two processes
	}
	dir, keyset := portalWithKeyset(t)
	must(t, os.Chmod(keyset, 0o440))
	before, err := os.ReadFile(keyset)
	must(t, err)
	s := serveWith(t, dir, keyset)
	if out := run(t, dir, 1, "keys", "rotate", "--keyset", keyset); !strings.Contains(out, "read-only") || !strings.Contains(out, "--output") {
		t.Errorf("rotating a read-only keyset: got %q, want that it is read-only, and --output", out)
	}
	next := t.TempDir()
	for i, says := range []string{"Step 1 of 3", "Step 2 of 3", "Step 3 of 3: encrypted 4 values"} {
		output := filepath.Join(next, says[:6])
		if out := run(t, dir, 0, "keys", "rotate", "--keyset", keyset, "--output", output); !strings.Contains(out, says) {
			t.Fatalf("step %d: got %q, want %q", i+1, out, says)
		}
		if got, err := os.ReadFile(keyset); err != nil || string(got) != string(before) {
			t.Fatalf("step %d has changed the read-only keyset: %v", i+1, err)
		}
		if out := run(t, dir, 1, "keys", "rotate", "--keyset", keyset, "--output", output); !strings.Contains(out, "is not overwritten") {
			t.Errorf("step %d with an output that is there: got %q", i+1, out)
		}
		before, err = os.ReadFile(output)
		must(t, err)
		must(t, os.Chmod(output, 0o440))
		must(t, os.Rename(output, keyset))
		s.ready(t, 200)
	}
	must(t, s.stop())
	if out := run(t, dir, 0, "doctor", "--keyset", keyset); !strings.Contains(out, "it opens all") {
		t.Errorf("doctor after the rotation: got %s", out)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(keyset), "*.lock")); len(left) > 0 {
		t.Errorf("left beside a read-only keyset: %v", left)
	}
}

// TestKeysetElsewhere backs up and restores a portal whose keyset is not in its
// data directory.
func TestKeysetElsewhere(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	made := filepath.Join(t.TempDir(), "keyset")
	if code, out := bare("keys", "create", made); code != 0 {
		t.Fatalf("keys create: exits with %d: %s", code, out)
	}
	if code, out := bare("keys", "create", made); code != 1 || !strings.Contains(out, "is not overwritten") {
		t.Errorf("keys create over a keyset: exits with %d: %s", code, out)
	}
	dir := t.TempDir()
	run(t, dir, 0, "init", "--keyset", made)
	if out := run(t, dir, 1, "customer", "list"); !strings.Contains(out, "is missing") {
		t.Errorf("without --keyset: got %q, want that the keyset is missing", out)
	}
	backup := filepath.Join(t.TempDir(), "portal.backup")
	if out := run(t, dir, 1, "backup", backup, "--keyset", backup+".json"); !strings.Contains(out, "--keyset-copy") {
		t.Errorf("backup with a --keyset that is not there: got %q, want --keyset-copy", out)
	}
	run(t, dir, 0, "backup", backup, "--keyset", made)
	to := nowhere(t)
	if out := run(t, to, 0, "restore", backup, "--keyset", made); !strings.Contains(out, "it opens all") {
		t.Errorf("restoring beside a keyset: got %s", out)
	}
	run(t, to, 0, "customer", "list", "--keyset", made)
}

// bare runs a command that has no data directory.
func bare(args ...string) (code int, out string) {
	var b strings.Builder
	code = cli.Run(context.Background(), args, strings.NewReader(""), &b, &b)
	return code, b.String()
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
	if out := run(t, dir, 0, "two-factor", "delete", "ben", "--reason", "keyset lost", "--yes"); !strings.Contains(out, "portico serve writes the mail about it to a file in its outbox") {
		t.Errorf("deleting the setup without a mail server: %s", out)
	}
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
