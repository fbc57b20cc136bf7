package cli_test

import (
	"database/sql" //nolint:depguard // to damage what the portal has written
	"path/filepath"
	"strings"
	"testing"

	"portico"
	"portico/internal/maintenance"
	"portico/internal/porticotest"
)

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
