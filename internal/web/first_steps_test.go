package web_test

import (
	"testing"

	"portico"
	"portico/internal/porticotest"
)

// TestEmptyPortalSaysWhereTheSetUpLinkIs checks that the log-in page of a portal
// without users says that nobody can log in and what to do, until somebody is
// there.
func TestEmptyPortalSaysWhereTheSetUpLinkIs(t *testing.T) {
	const says = "Open the set-up link that portico serve printed"
	p := porticotest.New(t)
	if got := p.Client().Get("/login"); !got.Has(says) {
		t.Errorf("the log-in page of an empty portal: got %s, want %q", got.Text(), says)
	}
	p.User(portico.ProviderID, "olga", portico.RoleOperator)
	must(t, p.Web.Look(t.Context()))
	if got := p.Client().Get("/login"); got.Has(says) {
		t.Errorf("the log-in page once there is a user: got %s, want no %q", got.Text(), says)
	}
}

// TestFirstSteps follows an operator of a new portal: each step is on the start
// page, leads to its page and is ticked off as it is done; then the card goes.
func TestFirstSteps(t *testing.T) {
	if testing.Short() {
		return // long
	}
	p := porticotest.New(t)
	olga := p.User(portico.ProviderID, "olga", portico.RoleOperator)
	b := p.Client()
	b.Login("olga", porticotest.Password, "")
	start := b.Get("/")
	if start.Link("Create your first customer") != "/customers/new" || start.Link("Protect your own log-in") != "/account" || !start.Has("Invite its administrator") || start.Has("Done") {
		t.Errorf("a new portal: got %s, want three steps to do", start.Text())
	}
	b.Fill(b.Get("/customers/new"), "Create customer", "Name", "Acme", "Short name", "acme")
	start = b.Get("/")
	invite := start.Link("Invite its administrator")
	if start.Link("Create your first customer") != "" || invite != "/customers/acme/access/new" {
		t.Errorf("with a customer: got %s and the link %q, want its administrator to be invited next", start.Text(), invite)
	}
	b.Fill(b.Get(invite), "Create user", "First name", "Ann", "Email", "ann@example.com", "Role", string(portico.RoleAdministrator))
	start = b.Get("/")
	if start.Link("Invite its administrator") != "" || start.Link("Protect your own log-in") != "/account" {
		t.Errorf("with an administrator: got %s, want only the protection of her own log-in left to do", start.Text())
	}
	p.Enrol(olga)
	if start = b.Get("/"); start.Has("First steps") {
		t.Errorf("with all of it done: got %s, want no first steps", start.Text())
	}
}

// TestFirstStepsAreTheOperators checks that nobody else is shown these steps.
func TestFirstStepsAreTheOperators(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	for _, u := range []portico.User{c.user, c.help, c.admin} {
		if p := c.as(u).Get("/"); p.Has("First steps") {
			t.Errorf("%s: got %s, want no first steps", u.LoginID, p.Text())
		}
	}
}
