package web_test

import (
	"strings"
	"testing"

	"portico"
	"portico/internal/porticotest"
)

// activation returns the page behind the activation link of a new user, in a new
// browser.
func (c *fixture) activation(t *testing.T, name string, role portico.Role) (*porticotest.Client, *porticotest.Page) {
	t.Helper()
	_, err := c.Users.Invite(t.Context(), portico.CommandLine(), c.acme.ID, portico.User{FirstName: name, Email: name + "@example.com", Role: role})
	must(t, err)
	b := c.Client()
	return b, b.Get(c.lastMail(name + "@").Link("/activate/"))
}

// TestC03_ActivationLogsInAsNextDecides checks that an activation logs the user
// in, as the password that was just chosen would: with everything open, or with
// the set-up of 2FA alone where the policy requires it.
func TestC03_ActivationLogsInAsNextDecides(t *testing.T) {
	c := newFixture(t)
	b, page := c.activation(t, "fay", portico.RoleUser)
	p := b.Fill(page, "Activate", "Login ID", "fay", "Password", "seven quiet rivers meet")
	if p.Path != "/?done=activated" || !p.Has("Your account is ready") || !isLoggedIn(b) {
		t.Errorf("without a policy: got %s %s, want the start page", p.Path, p.Text())
	}
	if got := c.events(portico.LoginDone, "password"); got != 1 {
		t.Errorf("log-ins in the audit log: got %d, want 1", got)
	}
	c.decide(t, c.acme.ID, from(c.Clock.Now()))
	b, page = c.activation(t, "gus", portico.RoleUser)
	p = b.Fill(page, "Activate", "Login ID", "gus", "Password", "seven quiet rivers meet")
	if p.Path != required+"?done=activated-required" || !p.Has("Your account is ready") || !isLoggedIn(b) {
		t.Errorf("with 2FA required: got %s %s, want the page that says so", p.Path, p.Text())
	}
	if p := b.Get("/account/profile"); p.Path != required {
		t.Errorf("with 2FA required, GET /account/profile: got %s, want %s", p.Path, required)
	}
	if p := b.Get("/session"); p.Status != 401 {
		t.Errorf("with 2FA required, GET /session: got %d, want 401", p.Status)
	}
}

// TestC03_RefusedActivationLogsNobodyIn checks that an activation that is refused
// gives no session, and that a link that was used gives none again.
func TestC03_RefusedActivationLogsNobodyIn(t *testing.T) {
	c := newFixture(t)
	b, page := c.activation(t, "fay", portico.RoleUser)
	for _, typed := range [][2]string{{"ulla", "seven quiet rivers meet"}, {"fay", "short"}, {"x", "seven quiet rivers meet"}} {
		if p := b.Fill(page, "Activate", "Login ID", typed[0], "Password", typed[1]); p.Status != 422 || isLoggedIn(b) {
			t.Errorf("activating with %q: got %d and a session: %v, want 422 and none", typed, p.Status, isLoggedIn(b))
		}
	}
	b.Fill(page, "Activate", "Login ID", "fay", "Password", "seven quiet rivers meet")
	thief := c.Client()
	if p := thief.Post(strings.TrimPrefix(page.Path, c.URL), "login_id", "fay", "password", "seven quiet rivers meet"); p.Status != 410 || isLoggedIn(thief) {
		t.Errorf("the same link again: got %d and a session: %v, want 410 and none", p.Status, isLoggedIn(thief))
	}
	b, page = c.activation(t, "gus", portico.RoleUser)
	must(t, c.Customers.Suspend(t.Context(), portico.CommandLine(), c.acme.ID))
	if p := b.Fill(page, "Activate", "Login ID", "gus", "Password", "seven quiet rivers meet"); p.Status != 410 || isLoggedIn(b) {
		t.Errorf("while the customer is suspended: got %d and a session: %v, want 410 and none", p.Status, isLoggedIn(b))
	}
}

// TestC03_ActivationReplacesTheSessionOfTheBrowser checks that an activation in a
// browser in which somebody else is logged in ends that session, as a log-in does.
func TestC03_ActivationReplacesTheSessionOfTheBrowser(t *testing.T) {
	c := newFixture(t)
	_, page := c.activation(t, "fay", portico.RoleUser)
	b := c.as(c.admin)
	before := c.copied(b, "portico_session")
	b.Fill(page, "Activate", "Login ID", "fay", "Password", "seven quiet rivers meet")
	if p := b.Get("/account"); !p.Has("Logged in as fay") {
		t.Errorf("after the activation: got %s, want fay logged in", p.Text())
	}
	if isLoggedIn(before) {
		t.Error("the administrator's session in the same browser: got it valid, want it ended")
	}
}
