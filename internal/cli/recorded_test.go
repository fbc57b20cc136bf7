package cli_test

import (
	"context"
	"strings"
	"testing"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/users"
)

// TestC22_RecordedBaseURLIsSealed checks that a command mails and prints no link
// with a base URL that somebody has written into the database, and that serve
// replaces what was written.
func TestC22_RecordedBaseURLIsSealed(t *testing.T) {
	t.Parallel()
	for name, statement := range map[string]string{
		"plain":            `UPDATE portal_secrets SET value = $1 WHERE name = 'settings'`,
		"of another place": `UPDATE portal_secrets SET value = (SELECT o.value FROM portal_secrets o WHERE o.name = 'names' AND $1 <> '') WHERE name = 'settings'`,
		"none":             `DELETE FROM portal_secrets WHERE name = 'settings' AND $1 <> ''`,
	} {
		t.Run(name, func(t *testing.T) {
			p := porticotest.New(t)
			acme := p.Customer("acme", "Acme Telecom")
			invite := []string{"user", "create", "--customer", "acme", "--first-name", "Carla", "--email", "carla@example.com", "--role", "user"}
			done, err := beside(t, p).ExecContext(t.Context(), statement, []byte(`{"base-url":"https://evil.example"}`))
			must(t, err)
			if n, err := done.RowsAffected(); n != 1 || err != nil {
				t.Fatalf("%s: got %d rows %v, want 1", statement, n, err)
			}
			if out := run(t, p.Dir, 1, invite...); strings.Contains(out, "/activate/") || strings.Contains(out, "evil.example") {
				t.Errorf("user create after the settings were forged: got %q, want no link", out)
			}
			page, err := p.Users.List(context.Background(), portico.CommandLine(), acme.ID, portico.PeopleQuery{}, users.Place{}, 10)
			if err != nil || len(page.Users) != 0 {
				t.Errorf("user create after the settings were forged: got %d users %v, want none", len(page.Users), err)
			}
			again := porticotest.Start(t, p.Dir, p.Clock)
			if out := run(t, p.Dir, 0, invite...); !strings.Contains(out, again.URL+"/activate/") {
				t.Errorf("user create after the next start: got %q, want a link to %s", out, again.URL)
			}
		})
	}
}
