package cli_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"portico/internal/audit"
	"portico/internal/porticotest"
)

// forged removes acme's log, and makes its events look as if the portal had not
// numbered them yet.
var forged = []string{
	`DELETE FROM audit_logs WHERE customer_id = $1`,
	`DELETE FROM audit_tiles WHERE customer_id = $1`,
	`UPDATE events SET number = -1, attested = false, salt = NULL, mac = NULL WHERE customer_id = $1`,
	`UPDATE events SET details = 'forged' WHERE customer_id = $1`,
}

// then copies the tables of the logs, so that they can be put back later.
func (l *ledger) then() {
	l.bend(`CREATE TABLE tiles_then AS SELECT * FROM audit_tiles`, `CREATE TABLE logs_then AS SELECT * FROM audit_logs`,
		`CREATE TABLE secrets_then AS SELECT * FROM portal_secrets`, `CREATE TABLE events_then AS SELECT * FROM events`)
}

var backOfOne = []string{
	`DELETE FROM audit_tiles WHERE customer_id = $1`, `INSERT INTO audit_tiles SELECT * FROM tiles_then WHERE customer_id = $1`,
	`DELETE FROM audit_logs WHERE customer_id = $1`, `INSERT INTO audit_logs SELECT * FROM logs_then WHERE customer_id = $1`,
	`DELETE FROM events WHERE customer_id = $1`, `INSERT INTO events SELECT * FROM events_then WHERE customer_id = $1`,
}

// TestForgedAuditLogIsNotSigned checks that a person who can write to the
// database but does not have the keyset cannot get a forged log signed. Either
// the portal stops signing, or doctor reports a problem, or verify rejects the
// export.
func TestForgedAuditLogIsNotSigned(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		return // long
	}
	with := func(more ...string) []string { return append(append([]string{}, forged...), more...) }
	for i, c := range []struct {
		name   string
		bend   []string
		verify string // what verify or the export before it says; "" if the rows are complete
		doctor bool   // reports no problem
	}{
		{"log and tree", forged, "its checkpoint was removed", false},
		{"log, tree and the sealed record", with(`DELETE FROM portal_secrets WHERE name = 'audit logs together'`), "its checkpoint was removed", false},
		{"log, tree, record and key", with(`DELETE FROM portal_secrets WHERE name LIKE 'audit log%'`), "not signed with the key that was given", true},
		{"the sealed record alone", []string{`DELETE FROM portal_secrets WHERE name = 'audit logs together'`}, "", false},
		{"the sealed record garbled", []string{`UPDATE portal_secrets SET value = (SELECT o.value FROM portal_secrets o WHERE o.name = 'names') WHERE name = 'audit logs together'`}, "", false},
		{"the sealed record of before", []string{
			`UPDATE portal_secrets SET value = (SELECT o.value FROM secrets_then o WHERE o.name = portal_secrets.name) WHERE name = 'audit logs together'`,
		}, "", false},
		{"the records of two customers swapped", []string{
			`UPDATE audit_logs SET checkpoint = CASE customer_id WHEN $1 THEN (SELECT o.checkpoint FROM audit_logs o WHERE o.customer_id = 'provider')
				ELSE (SELECT o.checkpoint FROM audit_logs o WHERE o.customer_id = $1) END WHERE customer_id IN ($1, 'provider')`,
		}, "it is the checkpoint of another customer", false},
		{"the checkpoint of before", []string{
			`UPDATE audit_logs SET checkpoint = (SELECT o.checkpoint FROM logs_then o WHERE o.customer_id = $1) WHERE customer_id = $1`,
		}, "was added behind the end of the log", false},
		{"one log taken back", backOfOne, "", false},
		{"a log deleted with its events", with(`DELETE FROM events WHERE customer_id = $1`), "its checkpoint was removed", false},
		{"all logs deleted", []string{
			`DELETE FROM audit_logs`, `DELETE FROM audit_tiles`, `UPDATE events SET number = -1, attested = false, salt = NULL, mac = NULL, details = 'forged'`,
		}, "its checkpoint was removed", false},
		{"a tree changed, and the log hidden from who is mailed", []string{
			`UPDATE audit_logs SET mailed_at = 99999999999999 WHERE customer_id = $1`, `DELETE FROM audit_tiles WHERE customer_id = $1`,
		}, "lost its hash", false},
	} {
		if i%porticotest.Amount(1, 3) != 0 {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			l := newLedger(t)
			l.p.Customer("other", "Other")
			must(t, l.p.Audit.Sequence(t.Context()))
			l.then()
			l.happens(2)
			run(t, l.p.Dir, 0, "doctor")
			l.bend(c.bend...)
			for _, p := range []*porticotest.Portal{l.p, porticotest.Start(t, l.p.Dir, l.p.Clock)} {
				if err := p.Audit.Sequence(t.Context()); err != nil && !errors.Is(err, audit.ErrTampered) {
					t.Errorf("p.Audit.Sequence(t.Context()): got %v, want not (err != nil && !errors.Is(err, audit.ErrTampered))", err)
				}
			}
			if out := run(t, l.p.Dir, map[bool]int{false: 1}[c.doctor], "doctor"); c.doctor == (strings.Contains(out, "problem  audit log") || strings.Contains(out, "problem  keyset")) {
				t.Errorf(`portico doctor: got %v, want c.doctor other than (strings.Contains(out, "problem audit log") || strings.Contains(out, "problem keyset"))`, out)
			}
			if c.verify == "" {
				return
			}
			l.now = 0 // only the key was kept elsewhere
			code, out := l.export()
			if code == 0 {
				code, out = l.check(filepath.Join(l.kept, "acme.jsonl"))
			}
			if code != 1 || !strings.Contains(out, c.verify) {
				t.Errorf("l.export(): got %d\n%s, want exit code 1, %v in out", code, out, c.verify)
			}
		})
	}
}

// export writes acme's log to the directory kept, if that works.
func (l *ledger) export() (code int, out string) {
	l.t.Helper()
	return program(l.t, l.p.Dir, "audit", "export", "--customer", "acme", "--output", filepath.Join(l.kept, "acme.jsonl"))
}

// TestRemovedCustomerIsMissed checks that the encrypted record still knows a
// customer's log after everything about the customer was removed.
func TestRemovedCustomerIsMissed(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	l := newLedger(t)
	gone := l.p.Customer("gone", "Gone")
	must(t, l.p.Audit.Sequence(t.Context()))
	run(t, l.p.Dir, 0, "doctor")
	l.acme = gone
	l.bend(`DELETE FROM events WHERE customer_id = $1`, `DELETE FROM audit_logs WHERE customer_id = $1`, `DELETE FROM audit_tiles WHERE customer_id = $1`,
		`DELETE FROM customers WHERE id = $1`)
	if out := run(t, l.p.Dir, 1, "doctor"); !strings.Contains(out, "a log was taken back to an earlier state, or removed") {
		t.Errorf(`portico doctor: got %v, want "a log was taken back to an earlier state, or removed" in out`, out)
	}
}

// TestEverythingTakenBack takes the whole database back to an earlier state.
// Nothing in it can show that: verify says so, and a checkpoint that was kept
// elsewhere proves it.
func TestEverythingTakenBack(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	l := newLedger(t)
	l.then()
	l.happens(4)
	l.keep()
	for _, table := range []string{"audit_tiles tiles_then", "audit_logs logs_then", "portal_secrets secrets_then", "events events_then"} {
		name, then, _ := strings.Cut(table, " ")
		l.bend(`DELETE FROM `+name, `INSERT INTO `+name+` SELECT * FROM `+then)
	}
	if out := run(t, l.p.Dir, 0, "doctor"); !strings.Contains(out, "only a checkpoint kept elsewhere shows") {
		t.Errorf(`portico doctor: got %v, want "only a checkpoint kept elsewhere shows" in out`, out)
	}
	if code, out := l.verify(); code != 1 || !strings.Contains(out, "\nEvent 15 was cut off, with everything to number 18") {
		t.Errorf("portico audit verify: got %d\n%s, want exit code 1, \"\\nEvent 15 was cut off, with everything to number 18\" in out", code, out)
	}
	l.now = 0
	if code, out := l.verify(); code != 0 || !strings.Contains(out, "this cannot show whether all logs together were taken back") {
		t.Errorf("portico audit verify: got %d\n%s, want exit code 0, \"this cannot show whether all logs together were taken back\" in out", code, out)
	}
	l.now = 2
	if code, out := l.verify(); code != 0 || !strings.Contains(out, "3 events are newer than the last checkpoint") {
		t.Errorf("portico audit verify: got %d\n%s, want exit code 0, \"3 events are newer than the last checkpoint\" in out", code, out)
	}
}

// TestLegitimateEventsAreSigned checks that events of commands while the portal
// is down, and of a restored backup, are signed, whatever their time.
func TestLegitimateEventsAreSigned(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		return // long
	}
	l := newLedger(t)
	run(t, l.p.Dir, 0, "customer", "create", "--slug", "later", "--name", "Later")
	run(t, l.p.Dir, 0, "doctor", "--repair")
	must(t, l.p.Audit.Sequence(t.Context()))
	backup, keyset := filepath.Join(l.kept, "backup"), filepath.Join(l.kept, "keyset.json")
	run(t, l.p.Dir, 0, "backup", backup, "--keyset-copy", keyset)
	dir := nowhere(t)
	run(t, dir, 0, "restore", backup, "--keyset-copy", keyset)
	run(t, dir, 0, "customer", "create", "--slug", "last", "--name", "Last")
	for _, slug := range []string{"acme", "later", "last", ""} {
		file := filepath.Join(l.kept, "of-"+slug+".jsonl")
		args := []string{"audit", "export", "--output", file, "--customer", slug}
		if slug == "" {
			args = args[:4]
		}
		run(t, dir, 0, args...)
		l.now = 0
		if code, out := l.check(file); code != 0 {
			t.Errorf("%s: %d\n%s, want exit code 0", slug, code, out)
		}
	}
	run(t, dir, 0, "doctor")
}
