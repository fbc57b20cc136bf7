package web_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/store"
)

const reportPath = "/administration/report"

// reported returns a customer with people of each 2FA status and two resets,
// forty days apart. The second one has more details.
func reported(t *testing.T) *fixture {
	t.Helper()
	c := newFixture(t)
	c.Enrol(c.user)
	off := c.User(c.acme.ID, "otto", portico.RoleUser)
	c.EnrolDisabled(off)
	_, err := c.Users.Invite(t.Context(), portico.CommandLine(), c.acme.ID, portico.User{FirstName: "Ines", LastName: "X", Email: "x@example.com", Role: portico.RoleUser})
	must(t, err)
	c.as(c.admin).Post(access+"/"+string(c.user.ID)+"/two-factor/delete", "reason", "lost phone")
	c.Clock.Advance(40 * 24 * time.Hour)
	must(t, c.DB.Update(t.Context(), portico.CommandLine(), func(tx *store.Tx) error {
		return audit.Record(tx, portico.Event{
			CustomerID: c.acme.ID, Action: portico.TwoFactorReset, Actor: portico.AsUser(c.admin, portico.Origin{}),
			TargetID: c.user.ID, TargetName: "=cmd()", Details: "Approver: Bea Boss; Proof: seen in person by Cy; Reason: =HYPERLINK(1); new phone",
		})
	}))
	return c
}

// TestReport checks that the report shows how many people have 2FA, who does
// not, and the resets in the period, and that only administrators see it.
func TestReport(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := reported(t)
	admin := c.as(c.admin)
	p := admin.Get(reportPath)
	for row, want := range map[string]string{
		"User": "User 0 1 1", "Help desk": "Help desk 0 0 1", "Administrator": "Administrator 0 0 1",
		"Otto Tester": "Otto Tester otto User 2FA disabled", "=cmd()": "=HYPERLINK(1); new phone seen in person by Cy Bea Boss",
	} {
		if got := p.Row(row); !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %v in got", row, got, want)
		}
	}
	for text, want := range map[string]bool{"Active users who have it enabled: 0 of 4 (0%)": true, "lost phone": false, "Ines": false, "These are the first": false} {
		if p.Has(text) != want {
			t.Errorf("%q: %s, want p.Has(text) %v", text, p.Text(), want)
		}
	}
	p = admin.Get(reportPath + "?from=2026-11-23&until=2026-11-23")
	if row := p.Row("Ulla Tester (ulla)"); !strings.Contains(row, "Alice Tester (alice) lost phone None None") || p.Has("HYPERLINK") {
		t.Errorf(`p.Row("Ulla Tester (ulla)"): got %v, %s, want "Alice Tester (alice) lost phone None None" in row, no text "HYPERLINK"`, row, p.Text())
	}
	if p := admin.Get(reportPath + "?from=2026-11-24&until=2026-11-30"); !p.Has("None in this period.") {
		t.Errorf(`GET %s: got %s, want the text "None in this period."`, reportPath+"?from=2026-11-24&until=2026-11-30", p.Text())
	}
	for _, file := range []string{"", ".csv"} {
		if p := admin.Get(reportPath + file + "?from=then"); p.Status != 422 || !strings.Contains(p.Alert()+p.Text(), "Enter the first day as year, month and day") {
			t.Errorf(`%s: %d %s, want status 422, "Enter the first day as year, month and day" in p.Alert()+p.Text()`, file, p.Status, p.Text())
		}
		if p := admin.Get(reportPath + file + "?from=2026-11-24&until=2026-11-23"); p.Status != 422 || !p.Has("The first day is after the last day.") || file == "" && !p.Has("Who has Two Factor Authentication") {
			t.Errorf("%s from later than until: got %d %s, want 422", file, p.Status, p.Text())
		}
		if p := c.as(c.help).Get(reportPath + file); p.Status != 403 {
			t.Errorf("help desk: %d", p.Status)
		}
	}
}

// TestDetailsInTheLog checks that the log shows and exports the details of a
// reset in words, whether they are stored as fields or, by older versions, as
// those words.
func TestDetailsInTheLog(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := reported(t)
	var stored []string
	for _, e := range c.Events(c.acme.ID) {
		if e.Action == portico.TwoFactorReset {
			stored = append(stored, e.Details)
		}
	}
	const old = "Approver: Bea Boss; Proof: seen in person by Cy; Reason: =HYPERLINK(1); new phone"
	if want := []string{old, `{"reason":"lost phone"}`}; !slices.Equal(stored, want) {
		t.Fatalf("the stored details of two resets: got %q, want %q", stored, want)
	}
	admin := c.as(c.admin)
	for _, file := range []string{"", ".csv", ".jsonl"} {
		got := admin.Get("/administration/audit" + file + "?action=two_factor.deleted_by_administrator").Text()
		for _, want := range []string{"Reason: lost phone", old} {
			if !strings.Contains(got, want) || strings.Contains(got, `"reason"`) {
				t.Errorf("audit log%s: want %q and no field names in\n%s", file, want, got)
			}
		}
	}
}

// TestReportIsBounded checks that the page shows a limited number of people and
// resets, and links to the rest.
func TestReportIsBounded(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	for i := range 50 {
		c.User(c.acme.ID, fmt.Sprintf("user%02d", i), portico.RoleUser)
	}
	must(t, c.DB.Update(t.Context(), portico.CommandLine(), func(tx *store.Tx) error {
		for i := range 501 {
			if err := audit.Record(tx, portico.Event{CustomerID: c.acme.ID, Action: portico.TwoFactorReset, Actor: portico.CommandLine(), Details: fmt.Sprintf("Reason: r%03d", i)}); err != nil {
				return err
			}
		}
		return nil
	}))
	p := c.as(c.admin).Get(reportPath)
	if !p.Has("These are the first 50.") || p.Row("Alice Tester") == "" || p.Has("user49") {
		t.Errorf(`GET %v: got %s, want the text "These are the first 50.", some p.Row("Alice Tester"), no text "user49"`, reportPath, p.Text())
	}
	if !p.Has("These are the newest 500. The CSV file has all of the period.") || !p.Has("r500") || p.Has("r000") {
		t.Errorf(`GET %v: got %s, want the text "These are the newest 500. The CSV file has all of the period.", the text "r500", no text "r000"`, reportPath, p.Text())
	}
}

// TestReportAsCSV checks that the file has the whole report, and no formulas.
func TestReportAsCSV(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := reported(t)
	p := c.as(c.admin).Get(reportPath + ".csv?from=2026-11-01&until=2027-01-31")
	rows := records(t, p)
	if p.Header.Get("Content-Disposition") != `attachment; filename="acme-2fa-report.csv"` {
		t.Errorf(`got %v, want p.Header.Get("Content-Disposition") "attachment; filename=\"acme-2fa-report.csv\""`, p.Header)
	}
	lines := map[string]bool{}
	for _, row := range rows {
		lines[strings.Join(row, "|")] = true
		for _, cell := range row {
			if strings.HasPrefix(cell, "=") {
				t.Errorf("a formula: %q", cell)
			}
		}
	}
	for _, want := range []string{
		"line|role|two_factor|people|time|person|by|by_login_id|by_role|reason|proof|approver|authenticators|deleted_authenticator",
		"coverage|user|disabled|1||||||||||", "coverage|administrator|none|1||||||||||", "coverage|helpdesk|enabled|0||||||||||",
		"without|user|disabled|||Otto Tester (otto)|||||||app|", "without|administrator|none|||Alice Tester (alice)||||||||",
		"reset||||2026-11-23T09:00:07Z|Ulla Tester (ulla)|Alice Tester|alice|administrator|lost phone||||",
		"reset||||2027-01-02T09:00:07Z|'=cmd()|Alice Tester|alice|administrator|'=HYPERLINK(1); new phone|seen in person by Cy|Bea Boss||",
	} {
		if !lines[want] {
			t.Errorf("lacks %s in\n%s", want, p.Body)
		}
	}
	if len(rows) != 1+9+4+2 {
		t.Errorf("%d lines:\n%s", len(rows), p.Body)
	}
}
