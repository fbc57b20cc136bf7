package cli_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/porticotest"
	"portico/internal/store"
)

// The tests in this file act as somebody who can write into the database but does
// not have the keyset, and check what the portal does to the log then.

// TestRetentionDeletesWhatIsOldAlone checks that retention deletes no event that
// differs from the signed tree, and nothing for a number of months that no policy
// can have.
func TestRetentionDeletesWhatIsOldAlone(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		return // long
	}
	three := `UPDATE customers SET policy = '{"audit_months":3}' WHERE id = $1`
	for name, c := range map[string]struct {
		bend   []string
		months string // in the error
	}{
		"backdated":                     {bend: []string{three, `UPDATE events SET at = at - 34560000000 WHERE customer_id = $1`}},
		"backdated in part":             {bend: []string{three, `UPDATE events SET at = at - 34560000000 WHERE customer_id = $1 AND number < 4`}},
		"a removed one behind the rest": {bend: []string{three, `DELETE FROM events WHERE customer_id = $1 AND number = 1`, `UPDATE events SET at = at - 34560000000 WHERE customer_id = $1`}},
		"less than no months":           {bend: []string{`UPDATE customers SET policy = '{"audit_months":-6}' WHERE id = $1`}, months: "-6 months"},
		"a month":                       {bend: []string{`UPDATE customers SET policy = '{"audit_months":1}' WHERE id = $1`}, months: "1 months"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLedger(t)
			l.bend(c.bend...)
			l.p.Clock.Advance(45 * 24 * time.Hour)
			err := l.p.Audit.Trim(t.Context())
			if c.months == "" && !errors.Is(err, audit.ErrTampered) || c.months != "" && (err == nil || !strings.Contains(err.Error(), c.months)) {
				t.Errorf("it deletes: %v", err)
			}
			want := 14 - strings.Count(strings.Join(c.bend, ""), "DELETE")
			if n := len(l.p.Events(l.acme.ID)); n != want {
				t.Errorf("%d events are left", n)
			}
			if out := run(t, l.p.Dir, map[bool]int{true: 1}[c.months != ""], "doctor"); c.months != "" && !strings.Contains(out, "problem  policy") {
				t.Errorf(`portico doctor: got %v, want not (c.months != "" && !strings.Contains(out, "problem policy"))`, out)
			}
		})
	}
	t.Run("one removed among old ones", func(t *testing.T) {
		l := newLedger(t)
		l.bend(three, `DELETE FROM events WHERE customer_id = $1 AND number = 4`)
		l.p.Clock.Advance(400 * 24 * time.Hour)
		if err := l.p.Audit.Trim(t.Context()); !errors.Is(err, audit.ErrTampered) || len(l.p.Events(l.acme.ID)) != 13 {
			t.Errorf("it deletes: %v", err)
		}
		if code, out := l.verify(); code != 1 || !strings.Contains(out, "\nEvent 5 was removed") {
			t.Errorf("portico audit verify: got %d\n%s, want exit code 1, \"\\nEvent 5 was removed\" in out", code, out)
		}
	})
}

// TestRetentionChecksTheTree checks that retention compares the stored hashes with
// the signed root, also where rows and hashes fit each other.
func TestRetentionChecksTheTree(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	l := newLedger(t)
	must(t, l.p.DB.Update(t.Context(), portico.CommandLine(), func(tx *store.Tx) error {
		for range 300 { // more than one piece of the tree holds
			if err := audit.Record(tx, portico.Event{CustomerID: l.acme.ID, Action: portico.CustomerChanged, Actor: portico.CommandLine()}); err != nil {
				return err
			}
		}
		return nil
	}))
	l.happens(1)
	must(t, l.p.Customers.SavePolicy(t.Context(), portico.CommandLine(), l.acme.ID, nil, &portico.Policy{AuditMonths: 3}))
	l.bend(`UPDATE events SET number = 1000 WHERE customer_id = $1 AND number = 4`, `UPDATE events SET number = 4 WHERE customer_id = $1 AND number = 7`,
		`UPDATE events SET number = 7 WHERE customer_id = $1 AND number = 1000`)
	db := beside(t, l.p)
	var hashes []byte
	must(t, db.QueryRowContext(t.Context(), `SELECT hashes FROM audit_tiles WHERE customer_id = $1 AND level = 0 AND n = 0`, l.acme.ID).Scan(&hashes))
	swapped := slices.Clone(hashes)
	copy(swapped[4*32:5*32], hashes[7*32:8*32])
	copy(swapped[7*32:8*32], hashes[4*32:5*32])
	_, err := db.ExecContext(t.Context(), `UPDATE audit_tiles SET hashes = $2 WHERE customer_id = $1 AND level = 0 AND n = 0`, l.acme.ID, swapped)
	must(t, err)
	l.p.Clock.Advance(400 * 24 * time.Hour)
	if err := l.p.Audit.Trim(t.Context()); !errors.Is(err, audit.ErrTampered) || len(l.p.Events(l.acme.ID)) == 0 {
		t.Errorf("it deletes: %v", err)
	}
	_, err = db.ExecContext(t.Context(), `UPDATE audit_tiles SET hashes = $2 WHERE customer_id = $1 AND level = 0 AND n = 0`, l.acme.ID, hashes)
	must(t, err)
	l.bend(`UPDATE events SET number = 1000 WHERE customer_id = $1 AND number = 4`, `UPDATE events SET number = 4 WHERE customer_id = $1 AND number = 7`,
		`UPDATE events SET number = 7 WHERE customer_id = $1 AND number = 1000`)
	must(t, l.p.Audit.Trim(t.Context()))
	if code, out := l.verify(); code != 0 || !strings.Contains(out, "were deleted when their retention ended") {
		t.Errorf("portico audit verify: got %d\n%s, want exit code 0, \"were deleted when their retention ended\" in out", code, out)
	}
}

// count is a row of event_counts as somebody would forge it.
const count = `INSERT INTO event_counts (customer_id, hour, share, action, target_id, details, network, target_name, events)
	VALUES ($1, %d, 'x', '%s', 'u', 'forged', '198.51.100.0/24', 'Forged Target (ad2)', 7)`

// fails makes n refused log-ins on acme's person from one network.
func (l *ledger) fails(n int) {
	l.t.Helper()
	must(l.t, l.p.DB.Update(l.t.Context(), portico.System(portico.Origin{}), func(tx *store.Tx) error {
		for range n {
			err := audit.Record(tx, portico.Event{
				CustomerID: l.acme.ID, Action: portico.LoginRefused, Details: "wrong password", Actor: portico.System(portico.Origin{Address: "192.0.2.7"}), TargetID: "u", TargetName: "U",
			})
			if err != nil {
				return err
			}
		}
		return nil
	}))
}

func (l *ledger) of(action portico.Action) (found []portico.Event) {
	l.t.Helper()
	for _, e := range l.p.Events(l.acme.ID) {
		if e.Action == action {
			found = append(found, e)
		}
	}
	return found
}

// sums are the events that say how many others there were.
func (l *ledger) sums() (found []string) {
	l.t.Helper()
	for _, e := range l.p.Events(l.acme.ID) {
		if strings.Contains(e.Details, " more between ") {
			found = append(found, string(e.Action)+": "+e.Details)
		}
	}
	return found
}

// TestCountsOfOthersAreNotSigned checks that counts that the portal did not write
// are not summed up, and that the log says so.
func TestCountsOfOthersAreNotSigned(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		return // long
	}
	cases := map[string]struct {
		bend []string
		sums int // that are written all the same
	}{
		"as it is":         {nil, 1},
		"another action":   {[]string{fmt.Sprintf(count, 0, "two_factor.deleted_by_administrator")}, 1},
		"another count":    {[]string{`UPDATE event_counts SET events = events + 1 WHERE customer_id = $1 AND action <> ''`}, 0},
		"fewer":            {[]string{`UPDATE event_counts SET events = 1 WHERE customer_id = $1 AND action <> ''`}, 0},
		"of somebody else": {[]string{`UPDATE event_counts SET target_name = 'Forged' WHERE customer_id = $1 AND action <> ''`}, 0},
		"from elsewhere":   {[]string{`UPDATE event_counts SET network = '198.51.100.0/24' WHERE customer_id = $1 AND action <> ''`}, 0},
		"in another hour":  {[]string{`UPDATE event_counts SET hour = hour - 3600000 WHERE customer_id = $1 AND action <> ''`}, 0},
		"another share's":  {[]string{`UPDATE event_counts SET share = 'x' WHERE customer_id = $1 AND action <> ''`}, 0},
		"one put beside":   {[]string{fmt.Sprintf(count, time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC).UnixMilli(), "login.refused")}, 1},
	}
	for _, name := range porticotest.Some(cases, 3) {
		c := cases[name]
		t.Run(name, func(t *testing.T) {
			l := newLedger(t)
			l.fails(30)
			l.bend(c.bend...)
			if out, state := run(t, l.p.Dir, map[bool]int{true: 1}[c.bend != nil], "doctor"), "counted events"; strings.Contains(out, "problem  "+state) != (c.bend != nil) {
				t.Errorf(`got %v, want strings.Contains(out, "problem "+state) %v`, out, (c.bend != nil))
			}
			l.p.Clock.Advance(time.Hour)
			for range 2 {
				must(t, l.p.Audit.SumUp(t.Context()))
			}
			if sums := l.sums(); len(sums) != c.sums || c.sums > 0 && !strings.Contains(sums[0], "10 more between") {
				t.Errorf(`l.sums(): got %q, want %v of sums, not (c.sums > 0 && !strings.Contains(sums[0], "10 more between"))`, sums, c.sums)
			}
			refused := l.of("audit.counts_refused")
			if len(refused) != map[bool]int{true: 1}[c.bend != nil] || len(refused) > 0 && strings.Contains(refused[0].Details, "orged") {
				t.Errorf(`l.of("audit.counts_refused"): got %+v, want map[bool]int{true: 1}[c.bend != nil] of refused, not (len(refused) > 0 && strings.Contains(refused[0].Details, "orged"))`, refused)
			}
			must(t, l.p.Audit.Sequence(t.Context()))
			if code, out := l.verify(); code != 0 {
				t.Errorf("portico audit verify: got %d\n%s, want exit code 0", code, out)
			}
		})
	}
	t.Run("summed up and put back", func(t *testing.T) {
		l := newLedger(t)
		l.fails(30)
		l.bend(`CREATE TABLE counts_then AS SELECT * FROM event_counts`)
		l.p.Clock.Advance(time.Hour)
		must(t, l.p.Audit.SumUp(t.Context()))
		l.bend(`INSERT INTO event_counts SELECT * FROM counts_then WHERE customer_id = $1`)
		must(t, l.p.Audit.SumUp(t.Context()))
		if sums := l.sums(); len(sums) != 1 || len(l.of("audit.counts_refused")) != 1 {
			t.Errorf(`l.sums(): got %q, want 1 of sums, 1 of l.of("audit.counts_refused")`, sums)
		}
	})
	t.Run("while the hour goes on", func(t *testing.T) {
		l := newLedger(t)
		l.fails(30)
		l.bend(`UPDATE event_counts SET events = 1000000 WHERE customer_id = $1`)
		l.fails(30)
		if n := len(l.of(portico.LoginRefused)); n != 40 { // the share begins anew
			t.Errorf("%d are kept", n)
		}
		l.p.Clock.Advance(time.Hour)
		must(t, l.p.Audit.SumUp(t.Context()))
		if sums := l.sums(); len(sums) != 1 || !strings.Contains(sums[0], "10 more between") || len(l.of("audit.counts_refused")) == 0 {
			t.Errorf(`l.sums(): got %q, want 1 of sums, "10 more between" in sums[0], len(l.of("audit.counts_refused")) other than 0`, sums)
		}
	})
}

// TestCountsOfTheVersionBefore checks that the counts of an older version are
// summed up after the update.
func TestCountsOfTheVersionBefore(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	l := newLedger(t)
	l.fails(30)
	l.old()
	l.p = porticotest.Start(t, l.p.Dir, l.p.Clock)
	l.p.Clock.Advance(time.Hour)
	must(t, l.p.Audit.SumUp(t.Context()))
	if sums := l.sums(); len(sums) != 1 || !strings.Contains(sums[0], "10 more between") || len(l.of("audit.counts_refused")) != 0 {
		t.Errorf(`l.sums(): got %q, want 1 of sums, "10 more between" in sums[0], 0 of l.of("audit.counts_refused")`, sums)
	}
	if code, out := l.verify(); code != 0 {
		t.Errorf("portico audit verify: got %d\n%s, want exit code 0", code, out)
	}
}

// old makes the database one of the version before, whose rows bear no proof.
func (l *ledger) old() {
	l.t.Helper()
	const name = "audit logs"
	must(l.t, l.p.DB.Update(l.t.Context(), portico.CommandLine(), func(tx *store.Tx) error {
		sealed, err := tx.PortalSecret(name)
		if err != nil {
			return err
		}
		secret, err := l.p.Keys.Open(sealed, name, store.PurposePortal)
		if err != nil {
			return err
		}
		before, err := l.p.Keys.Seal(secret[:32], name, store.PurposePortal)
		if err != nil {
			return err
		}
		return tx.SavePortalSecret(name, sealed, before)
	}))
	l.bend(`UPDATE event_counts SET mac = NULL`, `UPDATE reset_requests SET mac = NULL`)
}

// TestForeignTriggersAreFound checks that doctor names triggers, rules, row
// policies and views, and that no backup with one is restored.
func TestForeignTriggersAreFound(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		return // long
	}
	lite := []string{`CREATE TRIGGER ghost AFTER INSERT ON events WHEN new.target_name LIKE '%ghost%' BEGIN DELETE FROM events WHERE id = new.id; END`}
	for name, c := range map[string]struct{ lite, postgres []string }{
		"trigger": {lite, []string{
			`CREATE FUNCTION ghosts() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'`,
			`CREATE TRIGGER ghost BEFORE INSERT ON events FOR EACH ROW WHEN (new.target_name LIKE '%ghost%') EXECUTE FUNCTION ghosts()`,
		}},
		"rule": {lite, []string{`CREATE RULE ghost AS ON INSERT TO events WHERE new.target_name LIKE '%ghost%' DO INSTEAD NOTHING`}},
		"view": {[]string{`CREATE VIEW ghost AS SELECT * FROM events`}, []string{`CREATE VIEW ghost AS SELECT * FROM events`}},
		"table behind a view": {
			[]string{`CREATE VIEW ghost AS SELECT * FROM reset_holds`},
			[]string{`ALTER TABLE reset_holds RENAME TO hidden`, `CREATE VIEW reset_holds AS SELECT * FROM hidden`, `CREATE VIEW ghost AS SELECT * FROM hidden`},
		},
		"row security": {lite, []string{`CREATE POLICY ghost ON events USING (target_name NOT LIKE '%ghost%')`, `ALTER TABLE events ENABLE ROW LEVEL SECURITY`}},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLedger(t)
			if l.p.Database == "" {
				l.bend(c.lite...)
			} else {
				l.bend(c.postgres...)
			}
			if out := run(t, l.p.Dir, 1, "doctor"); !strings.Contains(out, "problem  schema") || !strings.Contains(out, "ghost") {
				t.Errorf(`portico doctor: got %v, want "problem  schema" in out, "ghost" in out`, out)
			}
			backup, keyset := filepath.Join(l.kept, "backup"), filepath.Join(l.kept, "keyset.json")
			run(t, l.p.Dir, 0, "backup", backup, "--keyset-copy", keyset)
			if out := run(t, nowhere(t), 1, "restore", backup, "--keyset-copy", keyset); !strings.Contains(out, "ghost") {
				t.Errorf(`portico restore --keyset-copy: got %v, want "ghost" in out`, out)
			}
		})
	}
}

// forge puts an event into the provider's log without the portal.
func (l *ledger) forge(action portico.Action) {
	l.t.Helper()
	l.bend(fmt.Sprintf(`INSERT INTO events (id, customer_id, at, action, actor_kind, actor_id, actor_name, actor_login, actor_role, target_id, target_name, details, address, browser)
		SELECT '%[1]s', 'provider', at, '%[1]s', 'command line', '', 'Command line', '', 'operator', '', '', 'forged', '', '' FROM events WHERE customer_id = $1 AND number = 3`, action))
	must(l.t, l.p.Audit.Sequence(l.t.Context()))
}

// provider exports and checks the provider's own log.
func (l *ledger) provider(dir string) (code int, out string) {
	l.t.Helper()
	file := filepath.Join(l.t.TempDir(), "provider.jsonl")
	run(l.t, dir, 0, "audit", "export", "--output", file)
	l.now = 0
	return l.check(file)
}

// TestUnprovedEventsAreNamed checks that events which a command may have written
// without the keyset are called unproved, and that doctor reports any other event
// that the portal did not write as a problem.
func TestUnprovedEventsAreNamed(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	l := newLedger(t)
	l.forge(portico.PortalRestored)
	l.forge(portico.KeysReplaced)
	if code, out := l.provider(l.p.Dir); code != 0 || !strings.Contains(out, "\nUnproved are 2 events") {
		t.Errorf("portico audit verify: got %d\n%s, want exit code 0, \"\\nUnproved are 2 events\" in out", code, out)
	}
	if out := run(t, l.p.Dir, 0, "doctor"); !strings.Contains(out, "warning  audit log") || !strings.Contains(out, "2 events") {
		t.Errorf(`portico doctor: got %v, want "warning  audit log" in out, "2 events" in out`, out)
	}
	l.forge(portico.UserCreated)
	if out := run(t, l.p.Dir, 1, "doctor"); !strings.Contains(out, "problem  audit log") || !strings.Contains(out, "1 events") {
		t.Errorf(`portico doctor: got %v, want "problem  audit log" in out, "1 events" in out`, out)
	}
}

// TestCommandsProveTheirEvents checks that restore and doctor --repair prove their
// events if the keyset is there.
func TestCommandsProveTheirEvents(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	l := newLedger(t)
	run(t, l.p.Dir, 0, "doctor", "--repair")
	backup, keyset := filepath.Join(l.kept, "backup"), filepath.Join(l.kept, "keyset.json")
	run(t, l.p.Dir, 0, "backup", backup, "--keyset-copy", keyset)
	dir := nowhere(t)
	run(t, dir, 0, "restore", backup, "--keyset-copy", keyset)
	if code, out := l.provider(dir); code != 0 || strings.Contains(out, "Unproved") {
		t.Errorf("portico audit verify: got %d\n%s, want exit code 0, no \"Unproved\" in out", code, out)
	}
	if out := run(t, dir, 0, "doctor"); !strings.Contains(out, "ok       audit log") {
		t.Errorf(`portico doctor: got %v, want "ok       audit log" in out`, out)
	}
	dir = nowhere(t)
	run(t, dir, 1, "restore", backup)
	b, err := os.ReadFile(keyset)
	must(t, err)
	must(t, os.MkdirAll(dir, 0o700)) // on PostgreSQL nothing needed it yet
	must(t, os.WriteFile(filepath.Join(dir, "keyset.json"), b, 0o600))
	if code, out := l.provider(dir); code != 0 || !strings.Contains(out, "\nUnproved are 1 events") {
		t.Errorf("portico audit verify: got %d\n%s, want exit code 0, \"\\nUnproved are 1 events\" in out", code, out)
	}
}

// TestTrimsThatCannotBe checks that verify objects to a deletion that no policy can
// ask for.
func TestTrimsThatCannotBe(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		return // long
	}
	const late, early = "\nEvent 15 says that events from before 28 May 2027 were deleted", "which is before this log began"
	for _, c := range []struct {
		details string
		code    int
		says    string
	}{
		{"4 events from before 28 May 2027, numbers 1 to 4", 1, late}, // as older versions wrote it
		{portico.TrimDetails{Events: 4, Before: "2027-05-28", First: 1, Last: 4}.Stored(), 1, late},
		{"4 events from before 20 August 2026, numbers 1 to 4", 0, early},
		{portico.TrimDetails{Events: 4, Before: "2026-08-20", First: 1, Last: 4}.Stored(), 0, early},
	} {
		l := newLedger(t)
		must(t, l.p.DB.Update(t.Context(), portico.System(portico.Origin{}), func(tx *store.Tx) error {
			return audit.Record(tx, portico.Event{
				CustomerID: l.acme.ID, Action: portico.AuditTrimmed, Actor: portico.System(portico.Origin{}), Details: c.details,
			})
		}))
		if code, out := l.verify(); code != c.code || !strings.Contains(out, c.says) {
			t.Errorf("verifying a log that says %q: exit code %d, want %d; want %q in\n%s", c.details, code, c.code, c.says, out)
		}
	}
}

// TestFirstLineIsTheLogs checks that verify prints the signed name of the log, and
// says that the name of the customer is not signed.
func TestFirstLineIsTheLogs(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	l := newLedger(t)
	if code, out := l.export(); code != 0 {
		t.Fatalf("l.export(): got %v, want exit code 0", out)
	}
	_, out := l.check(filepath.Join(l.kept, "acme.jsonl"))
	if want := fmt.Sprintf("Audit log portico/audit/%s, 14 events, signed on", l.acme.ID); !strings.HasPrefix(out, want) || !strings.Contains(out, "the file calls the customer acme, which is not signed") {
		t.Errorf(`Sprintf: got %v, want out to begin with %v, "the file calls the customer acme, which is not signed" in out`, out, want)
	}
}
