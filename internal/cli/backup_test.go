package cli_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"portico/internal/porticotest"
	"portico/internal/testdb"
)

// TestBackupWhileServing backs up a portal in one process while another serves
// requests that write all the time. What was acknowledged before must be in the
// backup, and no request may be rejected.
func TestBackupWhileServing(t *testing.T) {
	t.Parallel()
	if testdb.Postgres() {
		return // its portal is in SQLite
	}
	if testing.Short() {
		return // long: a backup under load
	}
	portico, err := exec.LookPath("portico")
	if err != nil {
		t.Fatal(err)
	}
	work := t.TempDir()
	command := func(args ...string) string {
		t.Helper()
		cmd := exec.Command(portico, args...)
		cmd.Dir, cmd.Stdin = work, strings.NewReader(porticotest.Password)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s, want no error", args, err, out)
		}
		return string(out)
	}
	command("init", "--data", "data")
	command("customer", "create", "--slug", "acme", "--name", "Acme Telecom", "--data", "data")
	command("user", "create", "--customer", "acme", "--login-id", "alice", "--first-name", "Alice", "--last-name", "Adams",
		"--email", "alice@example.com", "--role", "administrator", "--password-stdin", "--data", "data")
	p := start(exec.Command(portico, "serve", "--listen", "127.0.0.1:0", "--data", filepath.Join(work, "data")))
	url := ""
	for line := range p.lines {
		if rest, found := strings.CutPrefix(line, "Portico listens on "); found {
			url = strings.Fields(rest)[0]
			break
		}
	}
	b := porticotest.NewClient(t, url)
	if page := b.Login("alice", porticotest.Password, ""); !page.Has("Hello Alice") {
		t.Fatalf(`logging in as alice: got %s, want the text "Hello Alice"`, page.Text())
	}
	enough, stop, done := make(chan bool), make(chan bool), make(chan int)
	go func() {
		for i := 0; ; i++ {
			if i == 20 {
				close(enough)
			}
			select {
			case <-stop:
				done <- i
				return
			default:
			}
			status, err := b.TryPost("/administration/access/new", "first_name", "F", "last_name", "L", "email", fmt.Sprintf("i%d@example.com", i), "role", "user")
			if err != nil || status != http.StatusSeeOther {
				t.Errorf("while it was backed up: %d %v", status, err)
			}
		}
	}()
	<-enough
	command("backup", "backup.db", "--keyset-copy", "backup.json", "--data", "data")
	close(stop)
	t.Logf("%d people were made meanwhile", <-done-20)
	if err := p.stop(); err != nil {
		t.Error(err)
	}
	command("restore", "backup.db", "--keyset-copy", "backup.json", "--data", "restored")
	list := command("user", "list", "--data", "restored")
	for i := range 20 {
		if !strings.Contains(list, fmt.Sprintf(" i%d@example.com ", i)) {
			t.Errorf("person %d is missing", i)
		}
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
