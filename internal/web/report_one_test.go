package web_test

import (
	"strings"
	"testing"

	"portico"
)

// TestOneAuthenticatorIsReported checks that the report, its file, Start and the filter
// of the log list the deletion of one authenticator by an administrator, as what it is,
// beside that of a whole setup.
func TestOneAuthenticatorIsReported(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.withTwoApps(t)
	c.Enrol(c.help)
	admin := c.as(c.admin)
	c.askForOne(admin, c.user, c.ids(c.user)[1])
	c.askForOne(admin, c.help, "")
	p := admin.Get(reportPath)
	for row, want := range map[string]string{
		"Ulla Tester (ulla)":   `Only Authenticator app "Second" Alice Tester (alice) lost phone`,
		"Hedda Tester (hedda)": "The whole 2FA setup Alice Tester (alice) lost phone",
	} {
		if got := p.Row(row); !strings.Contains(got, want) {
			t.Errorf("the report, %s: %q, want %q in it", row, got, want)
		}
	}
	lines := map[string]bool{}
	for _, row := range records(t, admin.Get(reportPath+".csv")) {
		if strings.Contains(row[0], "reset") {
			lines[row[0]+"|"+row[5]+"|"+row[9]+"|"+row[13]] = true
		}
	}
	for _, want := range []string{"reset|" + c.help.NameAndLogin() + "|lost phone|", `authenticator_reset|Ulla Tester (ulla)|lost phone|Authenticator app "Second"`} {
		if !lines[want] || len(lines) != 2 {
			t.Errorf("the file lacks %q: %v", want, lines)
		}
	}
	if p := admin.Get("/"); !p.Has("deleted an authenticator of Ulla Tester (ulla)") || !p.Has("deleted the 2FA setup of "+c.help.NameAndLogin()) {
		t.Errorf("Start: %s", p.Text())
	}
	for _, g := range portico.ActionGroups() {
		for _, a := range g.Actions {
			if a == portico.AuthenticatorReset && g.Name != "2FA resets" {
				t.Errorf("the log's filter has it in %q", g.Name)
			}
		}
	}
}
