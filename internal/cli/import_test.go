package cli_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"portico/internal/porticotest"
	"portico/internal/testdb"
)

// crowd returns a file with n people.
func crowd(n int) string {
	var file strings.Builder
	file.WriteString("login_id,first_name,last_name,email,role\n")
	for i := range n {
		fmt.Fprintf(&file, "p%05d,P%d,Person,p%05d@example.com,user\n", i, i, i)
	}
	return file.String()
}

// portal runs commands over its own data directory, which has one customer with
// an administrator.
type portal struct {
	t         *testing.T
	dir, path string
}

func newPortal(t *testing.T) *portal {
	t.Helper()
	path, err := exec.LookPath("portico")
	if err != nil {
		t.Fatal(err)
	}
	p := &portal{t, t.TempDir(), path}
	p.run("", "init")
	p.run("", "customer", "create", "--slug", "acme", "--name", "Acme Telecom")
	p.run(porticotest.Password, "user", "create", "--customer", "acme", "--login-id", "alice", "--first-name", "Alice", "--last-name", "Adams",
		"--email", "alice@example.com", "--role", "administrator", "--password-stdin")
	return p
}

func (p *portal) command(args ...string) *exec.Cmd {
	return exec.Command(p.path, append(args, "--data", p.dir)...)
}

func (p *portal) run(stdin string, args ...string) string {
	p.t.Helper()
	cmd := p.command(args...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		p.t.Fatalf("%v: %v\n%s, want no error", args, err, out)
	}
	return string(out)
}

// people counts the imported people.
func (p *portal) people() int {
	p.t.Helper()
	return strings.Count(p.run("", "user", "list", "--customer", "acme"), " Person ")
}

// TestImportInterrupted: Ctrl-C says what became of the file, and what to do.
func TestImportInterrupted(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	cmd := p.command("user", "import", "--customer", "acme", "/dev/stdin")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(in, crowd(9000)); err != nil { // the file does not end yet
		t.Fatal(err)
	}
	for p.people() == 0 {
	}
	if err := errors.Join(cmd.Process.Signal(os.Interrupt), in.Close()); err != nil {
		t.Fatal(err)
	}
	err = cmd.Wait()
	if err == nil || !strings.Contains(out.String(), "Created 8000,") || !strings.Contains(out.String(), "Run it again, and it imports the rest") {
		t.Errorf("interrupted: %v, %s", err, out.String())
	}
}

// TestRepeatedRowIsNobodyFromBefore: a row that repeats an earlier one of the same
// file, which was imported in another transaction, is about nobody who was here
// before.
func TestRepeatedRowIsNobodyFromBefore(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	file := crowd(8001)
	second := strings.SplitAfterN(file, "\n", 3)[1]
	cmd := p.command("user", "import", "--customer", "acme", "/dev/stdin")
	cmd.Stdin = strings.NewReader(file + second)
	b, err := cmd.CombinedOutput()
	if out := string(b); err == nil || !strings.Contains(out, "Created 8001, changed 0, unchanged 0, refused 1.") || strings.Contains(out, "here before") {
		t.Errorf("a repeated row: %v, %s", err, out)
	}
}

// TestImportKilled checks that an import which is killed has imported whole
// chunks, and that a second run imports the rest.
func TestImportKilled(t *testing.T) {
	t.Parallel()
	if testdb.Postgres() {
		return // its portal is in SQLite
	}
	if testing.Short() {
		return // kill
	}
	p := newPortal(t)
	const rows = 25000
	file := crowd(rows)
	cmd := p.command("user", "import", "--customer", "acme", "/dev/stdin")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(in, file); err != nil { // the file does not end yet
		t.Fatal(err)
	}
	for p.people() == 0 {
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed: never a clean exit
	if n := p.people(); n == 0 || n == rows || n%8000 != 0 {
		t.Errorf("%d people of chunks of 8000", n)
	}
	whole := filepath.Join(p.dir, "people.csv")
	if err := os.WriteFile(whole, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	p.run("", "user", "import", "--customer", "acme", whole)
	if out, n := p.run("", "user", "import", "--customer", "acme", whole), p.people(); n != rows || !strings.Contains(out, fmt.Sprintf("Created 0, changed 0, unchanged %d, refused 0.", rows)) {
		t.Errorf("%d people: %s", n, out)
	}
}

// TestImportedFilesNameIsText checks that control characters in the name of a
// file do not reach the audit log.
func TestImportedFilesNameIsText(t *testing.T) {
	t.Parallel()
	p := porticotest.New(t)
	acme := p.Customer("acme", "Acme")
	file := filepath.Join(t.TempDir(), "a\x1b[31mb.csv")
	must(t, os.WriteFile(file, []byte("login_id,first_name,last_name,email,role\nann,Ann,A,ann@example.com,user\n"), 0o600))
	run(t, p.Dir, 0, "user", "import", file, "--customer", "acme")
	for _, e := range p.Events(acme.ID) {
		if strings.ContainsRune(e.Details, 0x1b) {
			t.Errorf("got %q, want not strings.ContainsRune(e.Details, 0x1b)", e.Details)
		}
	}
}

// TestImportOutlivesTheServer checks that an import on the page continues by
// itself after the server was killed and started again.
func TestImportOutlivesTheServer(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		return // kill
	}
	p := newPortal(t)
	serve := func() (*process, *porticotest.Client) {
		s := start(p.command("serve", "--listen", "127.0.0.1:0"))
		t.Cleanup(func() { _ = s.cmd.Process.Kill() }) // it may have ended already
		for line := range s.lines {
			if rest, found := strings.CutPrefix(line, "Portico listens on "); found {
				b := porticotest.NewClient(t, strings.Fields(rest)[0])
				if page := b.Login("alice", porticotest.Password, ""); !page.Has("Hello Alice") {
					t.Fatalf(`logging in as alice: got %s, want the text "Hello Alice"`, page.Text())
				}
				return s, b
			}
		}
		t.Fatal("ended before it listened")
		return nil, nil
	}
	// until reloads a page until it says something.
	until := func(b *porticotest.Client, path, says string) *porticotest.Page {
		page := b.Get(path)
		for ; !page.Has(says); page = b.Get(path) {
			if page.Has("Stopped") || t.Context().Err() != nil {
				t.Fatalf(`got %s, want no text "Stopped", no error`, page.Text())
			}
			porticotest.Pause()
		}
		return page
	}
	s, b := serve()
	page := b.Upload("/administration/access/import", "file", crowd(6000))
	page = b.Fill(until(b, page.Path, "6,000 to create"), "Start import")
	until(b, page.Path, ",000 of 6,000")
	_ = s.cmd.Process.Kill() // Wait notices it
	_ = s.cmd.Wait()         // killed: never a clean exit
	if n := p.people(); n%1000 != 0 || n == 0 {
		t.Errorf("%d people of chunks of 1000", n)
	}
	s, b = serve()
	until(b, page.Path, "6,000 created, 0 updated, 0 unchanged, 0 refused")
	if n := p.people(); n != 6000 {
		t.Errorf("%d people", n)
	}
	if err := s.stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}
}
