package cli_test

import (
	"context"
	"database/sql" //nolint:depguard // to tamper with what the portal has written
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/porticotest"
)

// ledger is a portal with some events in the log of a customer, and what the
// administrators of that customer keep elsewhere.
type ledger struct {
	t    *testing.T
	p    *porticotest.Portal
	acme portico.Customer
	kept string // a directory outside the portal
	now  int    // number of checkpoints that were kept

	people int // number of people created
}

func newLedger(t *testing.T) *ledger {
	t.Helper()
	p := porticotest.New(t)
	l := &ledger{t: t, p: p, acme: p.Customer("acme", "Acme Telecom"), kept: t.TempDir()}
	l.write("key", run(t, p.Dir, 0, "audit", "key"))
	l.happens(5)
	l.keep()
	l.happens(5)
	l.keep() // 11 events
	l.happens(3)
	return l
}

// happens makes n events.
func (l *ledger) happens(n int) {
	l.t.Helper()
	for range n {
		l.people++
		l.p.User(l.acme.ID, fmt.Sprintf("person%d", l.people), portico.RoleUser)
		l.p.Clock.Advance(time.Second)
	}
	must(l.t, l.p.Audit.Sequence(l.t.Context()))
}

// keep stores the newest checkpoint elsewhere.
func (l *ledger) keep() {
	l.t.Helper()
	l.now++
	l.write(fmt.Sprintf("checkpoint-%d", l.now), run(l.t, l.p.Dir, 0, "audit", "checkpoint", "--customer", "acme"))
}

func (l *ledger) write(name, content string) {
	l.t.Helper()
	must(l.t, os.WriteFile(filepath.Join(l.kept, name), []byte(content), 0o600))
}

// verify exports the log and checks it in another process, without the portal.
func (l *ledger) verify() (code int, out string) {
	l.t.Helper()
	file := filepath.Join(l.t.TempDir(), "acme.jsonl")
	run(l.t, l.p.Dir, 0, "audit", "export", "--customer", "acme", "--output", file)
	return l.check(file)
}

func (l *ledger) check(file string) (code int, out string) {
	l.t.Helper()
	args := []string{"audit", "verify", file, "--key", "key"}
	for i := range l.now {
		args = append(args, "--checkpoint", fmt.Sprintf("checkpoint-%d", i+1))
	}
	cmd := exec.Command("portico", args...)
	cmd.Dir = l.kept
	b, err := cmd.CombinedOutput()
	var exited *exec.ExitError
	if errors.As(err, &exited) {
		return exited.ExitCode(), string(b)
	}
	must(l.t, err)
	return 0, string(b)
}

// bend changes rows directly in the database.
func (l *ledger) bend(statements ...string) {
	l.t.Helper()
	db := beside(l.t, l.p)
	for _, statement := range statements {
		var args []any
		if strings.Contains(statement, "$1") {
			args = []any{l.acme.ID}
		}
		if done, err := db.ExecContext(context.Background(), statement, args...); err != nil {
			l.t.Fatalf("db.ExecContext(context.Background(), statement, args...): got %v, %v, want no error", statement, err)
		} else if n, err := done.RowsAffected(); n == 0 && args != nil || err != nil {
			l.t.Fatalf("done.RowsAffected(): got %v, %v, %v, want not (n == 0 && args != nil), no error", statement, n, err)
		}
	}
}

// beside opens a portal's database directly, as an intruder would.
func beside(t *testing.T, p *porticotest.Portal) *sql.DB {
	t.Helper()
	driver, at := "sqlite", filepath.Join(p.Dir, "portico.db")
	if p.Database != "" {
		driver, at = "pgx", p.Database
	}
	db, err := sql.Open(driver, at)
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	return db
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// event inserts a forged row into the log.
const event = `INSERT INTO events (id, customer_id, at, action, actor_kind, actor_id, actor_name, actor_login, actor_role, target_id, target_name, details, address, browser%s)
	SELECT 'forged', customer_id, at, action, actor_kind, actor_id, actor_name, actor_login, actor_role, target_id, target_name, 'forged', address, browser%s FROM events WHERE customer_id = $1 AND number = 3`

// TestBentAuditLogIsFound checks that audit verify finds every change to the
// rows of a log, and names the first event that is affected.
func TestBentAuditLogIsFound(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		return // long
	}
	for i, c := range []struct {
		name  string
		bend  []string
		first string // the first finding
	}{
		{"nothing", nil, ""},
		{"changed", []string{`UPDATE events SET details = 'something else' WHERE customer_id = $1 AND number = 4`}, "Event 5 was changed"},
		{"changed in time alone", []string{`UPDATE events SET at = at - 1 WHERE customer_id = $1 AND number = 6`}, "Event 7 was changed"},
		{"another salt", []string{`UPDATE events SET salt = NULL WHERE customer_id = $1 AND number = 6`}, "Event 7 was changed"},
		{"deleted", []string{`DELETE FROM events WHERE customer_id = $1 AND number = 4`}, "Event 5 was removed"},
		{"the beginning deleted", []string{`DELETE FROM events WHERE customer_id = $1 AND number < 3`}, "Event 1 was removed, with everything to number 3"},
		{"all deleted", []string{`DELETE FROM events WHERE customer_id = $1`}, "Event 1 was removed, with everything to number 14"},
		{"cut off", []string{`DELETE FROM events WHERE customer_id = $1 AND number > 8`}, "Event 10 was removed"},
		{"swapped", []string{
			`UPDATE events SET number = 1000 WHERE customer_id = $1 AND number = 4`,
			`UPDATE events SET number = 4 WHERE customer_id = $1 AND number = 7`,
			`UPDATE events SET number = 7 WHERE customer_id = $1 AND number = 1000`,
		}, "Event 5 was changed"},
		{"appended", []string{fmt.Sprintf(event, "", "")}, "Event 15 was not written by the portal"},
		{"appended with the marks of another", []string{fmt.Sprintf(event, ", salt, attested, mac", ", salt, attested, salt")}, "Event 15 was not written by the portal"},
		{"appended with a number", []string{fmt.Sprintf(event, ", number, salt, attested", ", 14, salt, attested")}, "Event 15 was added behind the end"},
		{"taken out and in again", []string{`UPDATE events SET number = -1 WHERE customer_id = $1 AND number = 4`}, "Event 5 was removed"},
		{"all hashes replaced", []string{
			`UPDATE audit_tiles SET hashes = other.hashes FROM audit_tiles other WHERE audit_tiles.customer_id = $1 AND other.customer_id = 'provider' AND audit_tiles.level = 0 AND other.level = 0`,
		}, "Event 1 was changed"},
		{"all hashes deleted", []string{`DELETE FROM audit_tiles WHERE customer_id = $1`}, "Event 1 lost its hash"},
	} {
		if i%porticotest.Amount(1, 3) != 0 {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			l := newLedger(t)
			if strings.Contains(strings.Join(c.bend, ""), "'provider'") {
				for i := range 14 {
					l.p.User(portico.ProviderID, fmt.Sprintf("op%d", i), portico.RoleOperator)
				}
				must(t, l.p.Audit.Sequence(t.Context()))
			}
			l.bend(c.bend...)
			code, out := l.verify()
			if c.first == "" && (code != 0 || !strings.Contains(out, "Nothing was changed") || strings.Count(out, "It continues from the checkpoint") != 2) {
				t.Errorf("portico audit verify: got %d\n%s, want not (c.first == \"\" && (code != 0 || !strings.Contains(out, \"Nothing was changed\") || strings.Count(out, \"It continues from the checkpoint\") != 2))", code, out)
			}
			if lines := strings.Split(out, "\n"); c.first != "" && (code != 1 || !strings.HasPrefix(lines[1], c.first)) {
				t.Errorf("strings.Split(out, \"\\n\"): got %d\n%s, want not (c.first != \"\" && (code != 1 || !strings.HasPrefix(lines[1], c.first)))", code, out)
			}
		})
	}
}

// TestAuditLogThatWasTakenBack checks that a log which was taken back to an
// earlier, validly signed state contradicts the checkpoints kept elsewhere,
// even after it has grown again.
func TestAuditLogThatWasTakenBack(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	l := newLedger(t)
	l.bend(`CREATE TABLE tiles_then AS SELECT * FROM audit_tiles`, `CREATE TABLE logs_then AS SELECT * FROM audit_logs`)
	l.happens(4)
	l.keep()
	l.bend(`DELETE FROM audit_tiles WHERE customer_id = $1`, `INSERT INTO audit_tiles SELECT * FROM tiles_then WHERE customer_id = $1`,
		`DELETE FROM audit_logs WHERE customer_id = $1`, `INSERT INTO audit_logs SELECT * FROM logs_then WHERE customer_id = $1`,
		`DELETE FROM events WHERE customer_id = $1 AND number > 13`)
	if code, out := l.verify(); code != 1 || !strings.Contains(out, "\nEvent 15 was cut off, with everything to number 18: the checkpoint of") {
		t.Errorf("portico audit verify: got %d\n%s, want exit code 1, \"\\nEvent 15 was cut off, with everything to number 18: the checkpoint of\" in out", code, out)
	}
	l.happens(10)
	if code, out := l.verify(); code != 1 || !strings.Contains(out, "\nEvent 12 or one behind it up to number 18 is another than it was: they do not fit the checkpoint of") {
		t.Errorf("portico audit verify: got %d\n%s, want exit code 1, \"\\nEvent 12 or one behind it up to number 18 is another than it was: they do not fit the checkpoint of\" in out", code, out)
	}
}

// TestNothingIsSignedOnABentLog checks that a log whose tree and checkpoint do
// not match does not grow, that doctor reports it, and that other logs still
// grow.
func TestNothingIsSignedOnABentLog(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		return // long
	}
	for name, statement := range map[string]string{
		"other hashes": `UPDATE audit_tiles SET hashes = other.hashes FROM audit_tiles other WHERE audit_tiles.customer_id = $1 AND other.customer_id = 'provider' AND audit_tiles.level = 0 AND other.level = 0`,
		"hashes":       `DELETE FROM audit_tiles WHERE customer_id = $1`,
		"checkpoint":   `UPDATE audit_logs SET checkpoint = REPLACE(checkpoint, 'signed 2026', 'signed 2027') WHERE customer_id = $1`,
		"another's":    `UPDATE audit_logs SET checkpoint = (SELECT o.checkpoint FROM audit_logs o WHERE o.customer_id = 'provider') WHERE customer_id = $1`,
		"number":       fmt.Sprintf(event, ", number", ", 14"),
	} {
		t.Run(name, func(t *testing.T) {
			l := newLedger(t)
			for i := range 14 {
				l.p.User(portico.ProviderID, fmt.Sprintf("op%d", i), portico.RoleOperator)
			}
			must(t, l.p.Audit.Sequence(t.Context()))
			if out := run(t, l.p.Dir, 0, "doctor"); !strings.Contains(out, "ok       audit log") {
				t.Errorf(`portico doctor: got %v, want "ok       audit log" in out`, out)
			}
			l.bend(statement)
			l.p.User(l.acme.ID, "late", portico.RoleUser)
			l.p.User(portico.ProviderID, "otto", portico.RoleOperator)
			if err := l.p.Audit.Sequence(t.Context()); !errors.Is(err, audit.ErrTampered) {
				t.Errorf("signed: %v", err)
			}
			if out := run(t, l.p.Dir, 1, "doctor"); !strings.Contains(out, "problem  audit log") {
				t.Errorf(`portico doctor: got %v, want "problem  audit log" in out`, out)
			}
			if _, err := l.p.Audit.Checkpoint(t.Context(), portico.CommandLine(), l.acme.ID); (name == "checkpoint" || name == "another's") && !errors.Is(err, audit.ErrTampered) {
				t.Errorf("it is shown: %v", err)
			}
			if c, err := l.p.Audit.Checkpoint(t.Context(), portico.CommandLine(), portico.ProviderID); err != nil || c.Size != 15 {
				t.Errorf("the provider's log has %d events: %v", c.Size, err)
			}
		})
	}
}

// TestAuditLogAfterRetention checks that events deleted by retention are no
// finding, and that checkpoints from before still match.
func TestAuditLogAfterRetention(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	l := newLedger(t)
	must(t, l.p.Customers.SavePolicy(t.Context(), portico.CommandLine(), l.acme.ID, nil, &portico.Policy{AuditMonths: 3}))
	l.p.Clock.Advance(100 * 24 * time.Hour)
	l.happens(2)
	err := l.p.Audit.ExportProofs(t.Context(), portico.CommandLine(), l.acme, func([]byte) error { return l.p.Audit.Trim(t.Context()) })
	if !portico.Busy.Is(err) {
		t.Errorf("deleted while it was exported: %v", err)
	}
	code, out := l.verify()
	if code != 0 || !strings.Contains(out, "Events 1 to 15 were deleted when their retention ended") || strings.Count(out, "It continues from the checkpoint") != 2 {
		t.Errorf("portico audit verify: got %d\n%s, want exit code 0, \"Events 1 to 15 were deleted when their retention ended\" in out, strings.Count(out, \"It continues from the checkpoint\") 2", code, out)
	}
	l.bend(`DELETE FROM events WHERE customer_id = $1 AND number = 15`)
	if code, out := l.verify(); code != 1 || !strings.Contains(out, "\nEvent 16 was removed") {
		t.Errorf("portico audit verify: got %d\n%s, want exit code 1, \"\\nEvent 16 was removed\" in out", code, out)
	}
}

// TestAuditLogMoves checks that rotating the keys, and restoring a backup, keep
// the log, and that checkpoints kept elsewhere still match.
func TestAuditLogMoves(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		return // long
	}
	l := newLedger(t)
	run(t, l.p.Dir, 0, "keys", "rotate")
	l.happens(1)
	if code, out := l.verify(); code != 0 {
		t.Errorf("after a rotation: %d\n%s", code, out)
	}
	backup, keyset := filepath.Join(l.kept, "backup"), filepath.Join(l.kept, "keyset.json")
	run(t, l.p.Dir, 0, "backup", backup, "--keyset-copy", keyset)
	dir := nowhere(t)
	run(t, dir, 0, "restore", backup, "--keyset-copy", keyset)
	file := filepath.Join(l.kept, "restored.jsonl")
	run(t, dir, 0, "audit", "export", "--customer", "acme", "--output", file)
	if code, out := l.check(file); code != 0 {
		t.Errorf("after a restore: %d\n%s", code, out)
	}
	file = filepath.Join(l.kept, "provider.jsonl")
	run(t, dir, 0, "audit", "export", "--output", file)
	l.now = 0
	if code, out := l.check(file); code != 0 || strings.Contains(out, "nproved") {
		t.Errorf("the provider's: %d\n%s", code, out)
	}
}

// TestAuditLogWithNewKeys checks that after the loss of the keyset the log
// continues with a new key, and that both keys are needed to verify it against
// older checkpoints.
func TestAuditLogWithNewKeys(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	l := newLedger(t)
	must(t, os.Remove(filepath.Join(l.p.Dir, "keyset.json")))
	run(t, l.p.Dir, 0, "keys", "replace", "--lost")
	if code, out := l.verify(); code != 1 || !strings.Contains(out, "not signed with the key that was given") {
		t.Errorf("portico audit verify: got %d\n%s, want exit code 1, \"not signed with the key that was given\" in out", code, out)
	}
	l.write("new", run(t, l.p.Dir, 0, "audit", "key"))
	file := filepath.Join(l.kept, "acme.jsonl")
	run(t, l.p.Dir, 0, "audit", "export", "--customer", "acme", "--output", file)
	cmd := exec.Command("portico", "audit", "verify", file, "--key", "key", "--key", "new", "--checkpoint", "checkpoint-1")
	cmd.Dir = l.kept
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("cmd.CombinedOutput(): got %v\n%s, want no error", err, out)
	}
}

// TestSequencersAtOnce numbers the events of one log in several programs while
// events are written, and checks that each event gets one number.
func TestSequencersAtOnce(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	l := newLedger(t)
	other := porticotest.Start(t, l.p.Dir, l.p.Clock)
	var all sync.WaitGroup
	for i := range 4 {
		p := []*porticotest.Portal{l.p, other}[i%2]
		all.Go(func() {
			for range 15 {
				_, err := p.Users.Invite(t.Context(), portico.CommandLine(), l.acme.ID, portico.User{FirstName: "F", LastName: "L", Email: "f@example.com", Role: portico.RoleUser})
				if err = errors.Join(err, p.Audit.Sequence(t.Context())); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if code, out := l.verify(); code != 0 || !strings.Contains(out, ", 74 events,") {
		t.Errorf("portico audit verify: got %d\n%s, want exit code 0, \", 74 events,\" in out", code, out)
	}
}

// TestCheckpointsAreMailed checks that checkpoints are mailed once a week to
// administrators only, and that verify accepts those mails.
func TestCheckpointsAreMailed(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	l := newLedger(t)
	l.p.User(l.acme.ID, "ann", portico.RoleAdministrator)
	l.p.User(l.acme.ID, "hedda", portico.RoleHelpDesk)
	l.happens(1)
	mail := func(want int) {
		t.Helper()
		for range 2 {
			must(t, l.p.Customers.MailCheckpoints(t.Context(), l.p.Audit))
		}
		if n := len(l.p.Mails("ann@")); n != want {
			t.Errorf("%d mails, not %d", n, want)
		}
	}
	mail(0)
	l.p.Clock.Advance(8 * 24 * time.Hour)
	mail(1)
	if n := len(l.p.Mails("")); n != 1 {
		t.Errorf("%d people were mailed", n)
	}
	raw, err := filepath.Glob(filepath.Join(l.p.Dir, "outbox", "*.eml"))
	must(t, err)
	as, err := os.ReadFile(raw[0])
	must(t, err)
	text := l.p.Mails("ann@")[0].Text
	if !strings.Contains(text, l.p.Audit.Key()) {
		t.Errorf("got %v, want l.p.Audit.Key() in text", text)
	}
	for name, content := range map[string]string{"text": text, "as sent": string(as), "quoted": "> " + strings.ReplaceAll(text, "\n", "\r\n> ")} {
		l.write("checkpoint-1", content)
		if code, out := l.verify(); code != 0 || !strings.Contains(out, "with 17 events") {
			t.Errorf("%s: %d\n%s\n%s, want exit code 0, \"with 17 events\" in out", name, code, out, content)
		}
	}
	l.p.Clock.Advance(6 * 24 * time.Hour)
	mail(1)
	l.p.Clock.Advance(2 * 24 * time.Hour)
	mail(2)
}

// TestAuditLogFromBefore checks that events which an older version has written
// are accepted and distinguished, but count as forged after attested ones.
func TestAuditLogFromBefore(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	p := porticotest.New(t)
	l := &ledger{t: t, p: p, acme: p.Customer("acme", "Acme Telecom"), kept: t.TempDir()}
	p.User(l.acme.ID, "ann", portico.RoleUser)
	l.bend(`UPDATE events SET salt = NULL, mac = NULL WHERE customer_id = $1`, `DELETE FROM audit_logs WHERE customer_id = $1`,
		`DELETE FROM audit_logs`, `DELETE FROM portal_secrets WHERE name LIKE 'audit log%'`)
	l.p = porticotest.Start(t, p.Dir, p.Clock)
	l.write("key", run(t, p.Dir, 0, "audit", "key"))
	l.p.User(l.acme.ID, "ben", portico.RoleUser)
	l.happens(1)
	if code, out := l.verify(); code != 0 || !strings.Contains(out, "Before number 3 stand 2 events from before the portal attested its events") || !strings.Contains(out, ", 4 events,") {
		t.Errorf("portico audit verify: got %d\n%s, want exit code 0, \"Before number 3 stand 2 events from before the portal attested its events\" in out, \", 4 events,\" in out", code, out)
	}
	l.bend(fmt.Sprintf(event, "", ""), `UPDATE events SET at = 1 WHERE customer_id = $1 AND id = 'forged'`)
	if code, out := l.verify(); code != 1 || !strings.Contains(out, "Event 5 was not written by the portal") {
		t.Errorf("portico audit verify: got %d\n%s, want exit code 1, \"Event 5 was not written by the portal\" in out", code, out)
	}
}

// TestProvidersLogIsTrimmed checks that the provider's own log, which records
// the failures of strangers, is kept as long as the provider's policy says.
func TestProvidersLogIsTrimmed(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	l := newLedger(t)
	for i := range 20 {
		l.p.User(portico.ProviderID, fmt.Sprintf("op%d", i), portico.RoleOperator)
	}
	must(t, l.p.Customers.SavePolicy(t.Context(), portico.CommandLine(), portico.ProviderID, nil, &portico.Policy{AuditMonths: 3}))
	l.p.Clock.Advance(400 * 24 * time.Hour)
	for range 2 {
		must(t, l.p.Audit.Trim(t.Context()))
	}
	must(t, l.p.Audit.Sequence(t.Context()))
	if events := l.p.Events(portico.ProviderID); len(events) != 1 || events[0].Action != portico.AuditTrimmed {
		t.Errorf("%d events are left: %+v", len(events), events)
	}
	file := filepath.Join(l.kept, "provider.jsonl")
	run(t, l.p.Dir, 0, "audit", "export", "--output", file)
	l.now = 0
	if code, out := l.check(file); code != 0 || !strings.Contains(out, "were deleted when their retention ended") {
		t.Errorf("portico audit verify: got %d\n%s, want exit code 0, \"were deleted when their retention ended\" in out", code, out)
	}
}

// TestNothingIsSignedOnACutLog: the end of a log was removed, and the next events
// do not cover that up.
func TestNothingIsSignedOnACutLog(t *testing.T) {
	t.Parallel()
	l := newLedger(t)
	l.p.User(l.p.Customer("globex", "Globex").ID, "gina", portico.RoleUser)
	l.happens(1)
	l.bend(`DELETE FROM events WHERE customer_id = $1 AND number = (SELECT MAX(number) FROM events)`)
	l.p.User(l.acme.ID, "later", portico.RoleUser)
	if err := l.p.Audit.Sequence(t.Context()); !errors.Is(err, audit.ErrTampered) || !strings.Contains(err.Error(), "acme: ") {
		t.Errorf("numbering the next event: %v, want %v and the name of the customer", err, audit.ErrTampered)
	}
	l.bend(`UPDATE events SET attested = FALSE WHERE customer_id = (SELECT id FROM customers WHERE slug = 'globex') AND number = 0`)
	out := run(t, l.p.Dir, 1, "doctor")
	for _, want := range []string{"acme: the stored audit log does not fit its signed checkpoint", "1 events were not written by the portal"} {
		if !strings.Contains(out, want) {
			t.Errorf("doctor after the next event and a forged one says nothing of %q: %s", want, out)
		}
	}
}
