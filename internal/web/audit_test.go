package web_test

import (
	"bufio"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"portico"
)

const auditPath = "/administration/audit"

// TestAuditLogIsFiltered checks the filters by person (actor or target), action
// and date.
func TestAuditLogIsFiltered(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.Enrol(c.user)
	admin := c.as(c.admin)
	admin.Post(access+"/"+string(c.user.ID)+"/two-factor/delete", "reason", "lost phone")
	c.Clock.Advance(24 * time.Hour)
	c.Client().Login("ulla", "not the password at all", "")
	admin = c.as(c.admin)
	const reset, refused = "Alice Tester deleted the 2FA setup of Ulla Tester (ulla).", "Portal refused a log-in as Ulla Tester (ulla)."
	for _, row := range []struct {
		query   string
		has     []string
		hasNot  []string
		status  int
		problem string
	}{
		{"", []string{reset, refused, "Reason: lost phone", "Alice Tester logged in."}, nil, 200, ""},
		{"?person=ulla", []string{reset, refused}, []string{"Hedda", "logged in"}, 200, ""},
		{"?person=ALICE&action=two_factor.deleted_by_administrator", []string{reset}, []string{refused}, 200, ""},
		{"?action=login.refused", []string{refused}, []string{reset}, 200, ""},
		{"?until=2026-11-23", []string{reset}, []string{refused}, 200, ""},
		{"?from=2026-11-24", []string{refused}, []string{reset}, 200, ""},
		{"?from=2026-12-24", []string{"No events match."}, []string{reset}, 200, ""},
		{"?person=greta", nil, []string{reset, "Greta"}, 422, "Nobody here has this login ID. Enter the complete login ID."},
		{"?from=yesterday", nil, []string{reset}, 422, "Enter the first day as year, month and day, such as 2026-11-23."},
		{"?from=2026-11-24&until=2026-11-23", nil, []string{reset}, 422, "The first day is after the last day."},
		{"?from=2026-11-23&until=2026-11-23", []string{reset}, []string{refused}, 200, ""},
		{"?action=nothing", nil, []string{reset}, 422, "Choose one of the actions in the list."},
	} {
		p := admin.Get(auditPath + row.query)
		if p.Status != row.status || p.Alert() != row.problem {
			t.Errorf("%s: %d %q, want status %v, p.Alert() %v", row.query, p.Status, p.Alert(), row.status, row.problem)
		}
		table := p.Text()
		if i := strings.Index(table, "Show"); i > 0 {
			table = table[i:] // below the form, whose list contains every action
		}
		for _, text := range row.has {
			if !strings.Contains(table, text) {
				t.Errorf("%s lacks %q", row.query, text)
			}
		}
		for _, text := range row.hasNot {
			if strings.Contains(table, text) {
				t.Errorf("%s has %q", row.query, text)
			}
		}
	}
}

// TestAuditLogAsFiles checks that the downloads contain all pages of the log,
// and nothing that a spreadsheet would execute.
func TestAuditLogAsFiles(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	for range 60 {
		c.Client().Login("ulla", "not the password at all", "")
		c.Clock.Advance(time.Hour)
	}
	evil, err := c.Users.Invite(t.Context(), portico.CommandLine(), c.acme.ID, portico.User{FirstName: "=HYPERLINK(1)", LastName: "X", Email: "x@example.com", Role: portico.RoleUser})
	must(t, err)
	_ = evil
	admin := c.as(c.admin)
	all := c.Events(c.acme.ID)
	p := admin.Get(auditPath + ".csv")
	rows := records(t, p)
	if len(rows) != len(all)+1 || rows[0][0] != "time" || p.Header.Get("Content-Type") != "text/csv; charset=utf-8" ||
		p.Header.Get("Content-Disposition") != `attachment; filename="acme-audit-log.csv"` {
		t.Errorf("%d rows of %d events, %v", len(rows), len(all), p.Header)
	}
	for i, row := range rows[1:] {
		if row[1] != string(all[i].Action) || row[0] != all[i].At.Format(time.RFC3339Nano) {
			t.Fatalf("row %d is %v, not %v", i, row, all[i])
		}
		for _, cell := range row {
			if strings.HasPrefix(cell, "=") {
				t.Errorf("a formula: %q", cell)
			}
		}
	}
	lines := 0
	p = admin.Get(auditPath + ".jsonl?action=login.refused")
	for scan := bufio.NewScanner(strings.NewReader(p.Body)); scan.Scan(); lines++ {
		var e map[string]string
		must(t, json.Unmarshal(scan.Bytes(), &e))
		if e["action"] != "login.refused" || e["target"] != "Ulla Tester (ulla)" || e["address"] != "127.0.0.1" {
			t.Errorf(`got %v, want e["action"] "login.refused", e["target"] "Ulla Tester (ulla)", e["address"] "127.0.0.1"`, e)
		}
	}
	if lines != c.events(portico.LoginRefused, "") || lines < 5 {
		t.Errorf("%d lines", lines)
	}
	if p := admin.Get(auditPath + ".csv?from=x"); p.Status != 422 {
		t.Errorf("a bad filter: %d", p.Status)
	}
	if p := c.as(c.help).Get(auditPath + ".csv"); p.Status != 403 {
		t.Errorf("help desk: %d", p.Status)
	}
}

// TestOperatorsStandOut checks that the log marks what operators do in a
// customer.
func TestOperatorsStandOut(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	operator := c.as(c.User(portico.ProviderID, "olga", portico.RoleOperator))
	operator.Post("/customers/acme/access/" + string(c.user.ID) + "/suspend")
	p := c.as(c.admin).Get(auditPath)
	if row := p.Row("Olga Tester suspended Ulla Tester (ulla)"); !strings.Contains(row, "Provider") {
		t.Errorf(`p.Row("Olga Tester suspended Ulla Tester (ulla)"): got %q, want "Provider" in row`, row)
	}
	if row := p.Row("logged in"); strings.Contains(row, "Provider") {
		t.Errorf(`p.Row("logged in"): got %q, want no "Provider" in row`, row)
	}
}

// TestAuditLogIsTrimmed checks that events older than the customer's policy
// allows are deleted, and that the log records that.
func TestAuditLogIsTrimmed(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	must(t, c.Customers.SavePolicy(t.Context(), portico.CommandLine(), c.acme.ID, nil, &portico.Policy{AuditMonths: 3}))
	old, other := len(c.Events(c.acme.ID)), len(c.Events(c.globex.ID))
	c.Clock.Advance(100 * 24 * time.Hour)
	c.as(c.admin)
	must(t, c.Audit.Trim(t.Context()))
	events := c.Events(c.acme.ID)
	if len(events) != 2 || events[0].Action != portico.AuditTrimmed || events[1].Action != portico.LoginDone {
		t.Errorf("%d old events; left: %+v", old, events)
	}
	if n := len(c.Events(c.globex.ID)); n != other {
		t.Errorf("another customer has %d events, not %d", n, other)
	}
	must(t, c.Audit.Trim(t.Context()))
	if n := len(c.Events(c.acme.ID)); n != 2 {
		t.Errorf("trimmed again: %d", n)
	}
}

// TestStartPage checks that administrators see how many of their people have
// 2FA, who is invited or locked out, and the last resets.
func TestStartPage(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	key := c.Enrol(c.user)
	_, err := c.Users.Invite(t.Context(), portico.CommandLine(), c.acme.ID, portico.User{FirstName: "I", LastName: "X", Email: "x@example.com", Role: portico.RoleUser})
	must(t, err)
	for range 8 {
		c.pend(c.user).Post("/login/code", "code", c.wrongCode(key))
		c.Clock.Advance(10 * time.Second)
	}
	admin := c.as(c.admin)
	p := admin.Get("/")
	for _, text := range []string{"Active users with Two Factor Authentication: 1 of 3 (33%).", "2FA enabled 1 active", "1 person hasn't accepted the invitation yet", "1 person is locked out"} {
		if !p.Has(text) {
			t.Errorf("lacks %q: %s", text, p.Text())
		}
	}
	admin.Post(access+"/"+string(c.user.ID)+"/two-factor/delete", "reason", "lost phone")
	if p := admin.Get("/"); !p.Has("Alice Tester deleted the 2FA setup of Ulla Tester (ulla).") || !p.Has("Active users with Two Factor Authentication: 0 of 3") {
		t.Errorf(`GET /: got %s, want the text "Alice Tester deleted the 2FA setup of Ulla Tester (ulla).", the text "Active users with Two Factor Authentication: 0 of 3"`, p.Text())
	}
	if p := c.as(c.user).Get("/"); p.Has("Your people") || p.Has("deleted the 2FA setup") {
		t.Errorf("a user sees %s", p.Text())
	}
}
