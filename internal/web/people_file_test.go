package web_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/users"
)

// fileOf returns the rows of the file that a page of the list links to, without
// its head.
func fileOf(t *testing.T, b *porticotest.Client, p *porticotest.Page) [][]string {
	t.Helper()
	f := b.Get(p.Link("Download CSV"))
	if f.Status != 200 {
		t.Fatalf(`GET p.Link("Download CSV"): got %d %s, want status 200`, f.Status, f.Text())
	}
	rows := records(t, f)
	if want := "login_id,first_name,last_name,email,role,labels,language,status,two_factor,last_log_in,id,authenticators"; strings.Join(rows[0], ",") != want {
		t.Fatalf(`got %v, want strings.Join(rows[0], ",") %v`, rows[0], want)
	}
	return rows[1:]
}

// TestPeopleFile checks that the file is complete, contains no formulas, and is
// recorded once in the log.
func TestPeopleFile(t *testing.T) {
	if testing.Short() {
		return // large
	}
	c := newFixture(t)
	c.crowd(t, 1200)
	evil := portico.User{
		LoginID: "+49.123", FirstName: "=HYPERLINK(1)", LastName: "-2+3", Email: "evil@example.com",
		Role: portico.RoleUser, Labels: []string{"@SUM(1)", "plain", " =1"},
	}
	made, err := c.Users.Create(t.Context(), portico.CommandLine(), c.acme.ID, evil, porticotest.Password)
	must(t, err)
	second := evil
	second.LoginID, second.FirstName, second.LastName, second.Email = "second", "\"Q\", Ünïcode", "x;=1+1", "second@example.com"
	second.Labels = nil
	other, err := c.Users.Create(t.Context(), portico.CommandLine(), c.acme.ID, second, porticotest.Password)
	must(t, err)
	b := c.as(c.help)
	f := b.Get(access + ".csv?filter=2fa-not-enabled")
	if f.Header.Get("Content-Disposition") != `attachment; filename="acme-people-2fa-not-enabled.csv"` || f.Header.Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf(`GET %s: got %v, want f.Header.Get("Content-Disposition") "attachment; filename=\"acme-people-2fa-not-enabled.csv\"", f.Header.Get("Content-Type") "text/csv; charset=utf-8"`, access+".csv?filter=2fa-not-enabled", f.Header)
	}
	rows := fileOf(t, b, b.Get(access))
	if len(rows) != 1205 {
		t.Errorf("%d people", len(rows))
	}
	found := map[string][]string{}
	for _, row := range rows {
		found[row[3]] = row
	}
	for _, want := range [][]string{
		{"'+49.123", "'=HYPERLINK(1)", "'-2+3", "evil@example.com", "user", "'@SUM(1);plain;'=1", "", "active", "none", "", string(made.ID), ""},
		{"second", "\"Q\", Ünïcode", "x;'=1+1", "second@example.com", "user", "", "", "active", "none", "", string(other.ID), ""},
		{"hedda", "Hedda", "Tester", "hedda@example.com", "helpdesk", "", "", "active", "none", "2026-11-23T09:00:07Z", string(c.help.ID), ""},
		{"login1199", "Ann", "Lee", "mail0001@crowd.example", "user", "Nachtschicht", "", "active", "enabled", "2026-11-23T08:00:07Z", "crowd-0001", "app"},
	} {
		if got := found[want[3]]; !slices.Equal(got, want) {
			t.Errorf("%q, not %q", got, want)
		}
	}
	if found["greta@example.com"] != nil {
		t.Error("another customer's person is in the file")
	}
	b.Get(access + ".csv?q=second")
	for _, details := range []string{"405 people, filter: 2FA not Enabled", "1205 people, filter: All", "1 person, filter: All, searched"} {
		if n := c.events(portico.PeopleExported, details); n != 1 {
			t.Errorf("%d events %q", n, details)
		}
	}
	if n := c.events(portico.PeopleExported, ""); n != 3 {
		t.Errorf("%d events", n)
	}
	if p := c.as(c.user).Get(access + ".csv"); p.Status != 403 {
		t.Errorf("a user: %d", p.Status)
	}
	// An operator can download the list of a customer, and that customer's log
	// records it.
	o := c.as(c.User(portico.ProviderID, "olga", portico.RoleOperator))
	if f := o.Get("/customers/acme/access.csv?filter=locked-out"); strings.Count(f.Body, "\n") != 121 || c.events(portico.PeopleExported, "120 people, filter: Locked out") != 1 {
		t.Errorf("%d lines", strings.Count(f.Body, "\n"))
	}
	// A download that breaks off is recorded too.
	gone := errors.New("gone")
	batches := 0
	err = c.Users.Export(t.Context(), c.Actor(c.admin), c.acme.ID, portico.PeopleQuery{}, func([]users.Exported) error {
		if batches++; batches == 2 {
			return gone
		}
		return nil
	})
	if !errors.Is(err, gone) || c.events(portico.PeopleExported, "1000 people, filter: All, then broken off") != 1 {
		t.Errorf("%v after %d batches", err, batches)
	}
}
