package web_test

import (
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
)

// TestReportOfPasskeys checks that the report and its CSV count and name those who lack
// a passkey that the policy requires, now or from a day on, and nobody else.
func TestReportOfPasskeys(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	c.withPasskey(t)
	app := c.Enrol(c.admin)
	c.Enrol(c.help)
	victor := c.User(c.acme.ID, "victor", portico.RoleUser)
	c.Enrol(victor)
	must(t, c.Users.Exempt(t.Context(), portico.CommandLine(), c.acme.ID, victor.ID, time.Date(2026, 12, 9, 0, 0, 0, 0, time.UTC), "waits for a key"))
	b := c.asWith(c.admin, app)
	if p := b.Get(reportPath); p.Has("Users without the required passkey") || strings.Contains(b.Get(reportPath+".csv").Body, "without_passkey") {
		t.Errorf("without a rule: %s", p.Text())
	}
	gone := c.User(c.acme.ID, "gregor", portico.RoleUser)
	must(t, c.Users.Suspend(t.Context(), portico.CommandLine(), c.acme.ID, gone.ID))
	policy := passkeysFor(portico.PasskeysRequired, time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC))
	policy.Passkeys.HelpDesk = portico.PasskeyRule{}
	c.decide(t, c.acme.ID, policy)
	p := b.Get(reportPath)
	for _, want := range []string{
		"Users without the required passkey", "Administrators: a passkey is required from 1 December 2026. 1 administrator has no passkey.",
		"Users: a passkey is required from 1 December 2026. 1 user has no passkey.",
	} {
		if !p.Has(want) {
			t.Errorf("want %q in %s", want, p.Text())
		}
	}
	if row := p.Row("Victor Tester"); !strings.Contains(row, "User 2FA enabled exempt until 9 December 2026") || p.Row("Alice Tester") == "" || p.Has("ulla") || p.Has("Gregor") {
		t.Errorf("named: %q in %s", row, p.Text())
	}
	lines := map[string]bool{}
	for _, row := range records(t, b.Get(reportPath+".csv")) {
		lines[strings.Join(row, "|")] = true
		if strings.Contains(row[0], "passkey") && (row[1] == "helpdesk" || strings.Contains(row[5], "ulla") || strings.Contains(row[5], "gregor")) {
			t.Errorf("a line of somebody else: %q", row)
		}
	}
	for _, want := range []string{
		"passkey_required|administrator||1|2026-12-01T00:00:00Z|||||||||", "passkey_required|user||1|2026-12-01T00:00:00Z|||||||||",
		"without_passkey|administrator|enabled||2026-12-01T00:00:00Z|Alice Tester (alice)|||||||app|",
		"without_passkey|user|enabled||2026-12-09T00:00:00Z|Victor Tester (victor)|||||||app|",
	} {
		if !lines[want] {
			t.Errorf("lacks %s in\n%v", want, lines)
		}
	}
}
