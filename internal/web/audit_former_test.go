package web_test

import (
	"net/url"
	"testing"
	"time"

	"portico"
)

// TestLogOfFormerLoginIDs checks that the audit log is filtered by the login ID
// of a user who was deleted or withdrawn, and by an earlier one of a user, as
// long as the log holds it, on the page and in its files.
func TestLogOfFormerLoginIDs(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.Clock.Advance(8 * 24 * time.Hour)
	alice := c.as(c.admin)
	c.as(c.user)
	rita, err := c.Users.Invite(t.Context(), portico.CommandLine(), c.acme.ID, portico.User{LoginID: "rita", FirstName: "Rita", LastName: "S", Email: "rita@example.com", Role: portico.RoleUser})
	must(t, err)
	zoe := c.User(c.acme.ID, "zoe", portico.RoleUser)
	alice.Post(access + "/" + string(rita.ID) + "/withdraw")
	alice.Post(access + "/" + string(c.user.ID) + "/delete")
	alice.Fill(alice.Get(access+"/"+string(zoe.ID)), "Save", "Login ID", "zoe.new")
	for typed, want := range map[string]string{
		"ulla": "deleted the user Ulla Tester (ulla)", " ULLA ": "Ulla Tester logged in", "rita": "withdrew the invitation of Rita S (rita)",
		"zoe": "changed the login ID of", "zoe.new": "changed the login ID of",
	} {
		query := "?person=" + url.QueryEscape(typed)
		if p := alice.Get("/administration/audit" + query); p.Status != 200 || !p.Has(want) || p.Has("Alice Tester logged in") {
			t.Errorf("the log of %q: %d %s, want %q", typed, p.Status, p.Text(), want)
		}
		if p := alice.Get("/administration/audit.csv" + query); p.Status != 200 {
			t.Errorf("the file of %q: %d", typed, p.Status)
		}
	}
	for _, typed := range []string{"Tester", "ull", "Ulla Tester (ulla", "rita@example.com", "greta"} {
		if p := alice.Get("/administration/audit?person=" + url.QueryEscape(typed)); p.Status != 422 || !p.Has("Nobody here has this login ID") {
			t.Errorf("the log of %q: %d %s, want 422", typed, p.Status, p.Text())
		}
	}
	if p := c.as(c.other).Get("/administration/audit?person=ulla"); p.Status != 422 {
		t.Errorf("another customer's log of ulla: %d, want 422", p.Status)
	}
	c.User(c.acme.ID, "una", portico.RoleUser)
	if p := alice.Get("/administration/audit?person=una"); p.Status != 200 {
		t.Errorf("the log of una, who is there: %d", p.Status)
	}
}
