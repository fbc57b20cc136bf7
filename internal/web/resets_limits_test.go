package web_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
)

// TestVelocity checks that a second reset of a person within a day, and one too
// many resets within an hour, are stopped, notified and shown.
func TestVelocity(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	second := c.User(c.acme.ID, "anna", portico.RoleAdministrator)
	c.resetsAt(t, portico.ResetPolicy{OncePerDay: true, PerHour: 2})
	b := c.as(c.admin)
	c.Enrol(c.user)
	c.askFor(b, c.user)
	c.Enrol(c.user)
	if p := c.askFor(b, c.user); p.Status != 422 || !strings.Contains(p.Alert(), "less than 24 hours ago") || !c.has(c.user) {
		t.Errorf("the same person: %d %s", p.Status, p.Alert())
	}
	if m := c.lastMail("anna@"); !strings.Contains(m.Text, "limits of the policy") || !strings.Contains(m.Text, "Alice Tester") {
		t.Errorf(`c.lastMail("anna@"): got %s, want "limits of the policy" in m.Text, "Alice Tester" in m.Text`, m.Text)
	}
	for _, login := range []string{"uwe", "uma"} {
		u := c.User(c.acme.ID, login, portico.RoleUser)
		c.Enrol(u)
		if p := c.askFor(b, u); (login == "uma") != (p.Status == 422 && c.has(u)) {
			t.Errorf(`%s: %d, want (login == "uma") (p.Status == 422 && c.has(u))`, login, p.Status)
		}
	}
	if n := len(c.Mails("anna@")); n != 1 {
		t.Errorf("%d mails within an hour", n)
	}
	if p := c.as(second).Get("/"); !p.Has("was blocked") {
		t.Errorf(`GET /: got %s, want the text "was blocked"`, p.Text())
	}
	c.Clock.Advance(portico.ResetDay)
	if p := c.askFor(c.as(c.admin), c.user); p.Status != 200 || c.has(c.user) {
		t.Errorf("a day later: %d", p.Status)
	}
}

// TestResetThenPasswordThenNewNetwork performs the steps of a typical account
// takeover, and checks that it is flagged.
func TestResetThenPasswordThenNewNetwork(t *testing.T) {
	if testing.Short() {
		return // long
	}
	p := porticotest.New(t, porticotest.Behind)
	acme := p.Customer("acme", "Acme Telecom")
	user := p.User(acme.ID, "ulla", portico.RoleUser)
	p.User(acme.ID, "alice", portico.RoleAdministrator)
	login := func(from, password string) {
		b := p.Client()
		b.From = from
		if q := b.Login("ulla", password, ""); !q.Has("Hello") {
			t.Fatalf(`logging in as ulla: got %s, want the text "Hello"`, q.Text())
		}
	}
	flags := func() (n int) {
		for _, e := range p.Events(acme.ID) {
			if e.Action == portico.ResetFlagged {
				n++
			}
		}
		return n
	}
	const next = "seven quiet rivers meet"
	login("192.0.2.1", porticotest.Password)
	p.Enrol(user)
	p.Clock.Advance(time.Minute)
	p.Reset(user, "lost phone")
	login("203.0.113.9", porticotest.Password)
	if flags() != 0 {
		t.Error("without a change of the password")
	}
	must(t, p.Users.SendPasswordLink(t.Context(), portico.CommandLine(), acme.ID, user.ID))
	mails := p.Mails("ulla@")
	b := p.Client()
	b.Fill(b.Get(mails[len(mails)-1].Link("/password/")), "Save password", "Password", next)
	login("192.0.2.77", next)
	if flags() != 0 {
		t.Error("from the network of before")
	}
	login("203.0.113.9", next)
	login("203.0.113.9", next)
	if flags() != 1 {
		t.Errorf("got %d, want flags() 1", flags())
	}
	if m := p.Mails("alice@"); len(m) != 1 || !strings.Contains(m[0].Text, "203.0.113.9") {
		t.Errorf(`p.Mails("alice@"): got %+v, want 1 of m, "203.0.113.9" in m[0].Text`, m)
	}
}

// TestRelaxingTheRulesHelpsNobodyAtOnce checks that stricter rules still apply
// for a day after they were relaxed, in whichever way, and that the other
// administrators are notified.
func TestRelaxingTheRulesHelpsNobodyAtOnce(t *testing.T) {
	for name, relax := range map[string]func(*fixture) error{
		"on the page": func(c *fixture) error {
			return c.Customers.SavePolicy(context.Background(), c.Actor(c.admin), c.acme.ID, nil, &portico.Policy{})
		},
		"by the provider's defaults": func(c *fixture) error {
			return c.Customers.SavePolicy(context.Background(), c.Actor(c.admin), c.acme.ID, nil, nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newFixture(t)
			c.User(c.acme.ID, "anna", portico.RoleAdministrator)
			c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{TwoPeople: true}})
			c.Enrol(c.user)
			must(t, relax(c))
			if m := c.lastMail("anna@"); !strings.Contains(m.Text, "Alice Tester has relaxed") {
				t.Errorf(`c.lastMail("anna@"): got %s, want "Alice Tester has relaxed" in m.Text`, m.Text)
			}
			b := c.as(c.admin)
			if !b.Get("/administration/policy").Has("These rules were relaxed") {
				t.Error("the page does not say so")
			}
			p := c.askFor(b, c.user)
			if !p.Has("Waiting for approval") || !c.has(c.user) {
				t.Fatalf(`c.askFor(b, c.user): got %s, want the text "Waiting for approval", c.has(c.user)`, p.Text())
			}
			b.Post(path(p) + "/cancel")
			c.Clock.Advance(portico.ResetPolicyGrace)
			if p := c.askFor(c.as(c.admin), c.user); c.has(c.user) {
				t.Errorf("a day later: %s", p.Text())
			}
		})
	}
}

// TestPolicyPageOfResets checks that the page stores and shows the chosen
// rules, and that an invalid number stores nothing.
func TestPolicyPageOfResets(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	const at = "/administration/policy"
	if q := b.Post(at, "reset_two_user", "yes", "reset_delay_administrator", "169"); q.Status != 422 || !strings.Contains(q.Alert(), "168 hours") {
		t.Errorf(`POST %v: got %d %s, want status 422, "168 hours" in q.Alert()`, at, q.Status, q.Alert())
	}
	b.Post(at, "reset_two_user", "yes", "reset_caller_helpdesk", "yes", "reset_code_administrator", "yes", "reset_delay_administrator", "48", "reset_once_per_day", "yes", "reset_per_hour", "5")
	want := portico.ResetPolicy{
		User: portico.ResetRule{TwoPeople: true}, HelpDesk: portico.ResetRule{CallerCheck: true},
		Administrator: portico.ResetRule{ResetCode: true, DelayHours: 48}, OncePerDay: true, PerHour: 5,
	}
	if got := c.Account(c.admin.ID).Customer.Policy.Resets; got != want {
		t.Errorf("got %+v, want %v", got, want)
	}
	p := b.Get(at)
	if p.Value("Waiting period (hours), Administrators") != "48" || p.Value("Maximum resets per administrator and hour") != "5" {
		t.Error("not shown")
	}
	b.Fill(p, "Save rules for resets")
	if got := c.Account(c.admin.ID).Customer.Policy.Resets; got != want {
		t.Errorf("saved again: %+v", got)
	}
}

// TestNobodyIsMadeUpToApprove checks that an administrator can neither approve
// nor vouch with an account that they have created, or taken over by changing
// its address or role.
func TestNobodyIsMadeUpToApprove(t *testing.T) {
	for name, makeUp := range map[string]func(*fixture, portico.User) portico.User{
		"a new account": func(c *fixture, _ portico.User) portico.User {
			return c.User(c.acme.ID, "sock", portico.RoleAdministrator)
		},
		"another address": func(c *fixture, anna portico.User) portico.User {
			must(c.T.(*testing.T), c.Users.Edit(context.Background(), c.Actor(c.admin), c.acme.ID, anna.ID,
				portico.User{FirstName: "Anna", LastName: "Tester", Email: "mallory@example.net", Role: portico.RoleAdministrator}))
			return anna
		},
		"another role": func(c *fixture, _ portico.User) portico.User {
			must(c.T.(*testing.T), c.Users.Edit(context.Background(), c.Actor(c.admin), c.acme.ID, c.help.ID,
				portico.User{FirstName: "Hedda", LastName: "Tester", Email: "hedda@example.com", Role: portico.RoleAdministrator}))
			return c.help
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newFixture(t)
			anna, amir := c.User(c.acme.ID, "anna", portico.RoleAdministrator), c.User(c.acme.ID, "amir", portico.RoleAdministrator)
			c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{TwoPeople: true}, HelpDesk: portico.ResetRule{CallerCheck: true}})
			helper := c.User(c.acme.ID, "henry", portico.RoleHelpDesk)
			c.Enrol(c.user)
			c.Enrol(helper)
			c.Clock.Advance(portico.ResetCoolingOff + time.Hour)
			sock := makeUp(c, anna)
			b := c.as(c.admin)
			at := path(c.askFor(b, c.user))
			puppet := c.asWith(sock, c.Enrol(sock))
			if p := puppet.Post(at + "/approve"); p.Status != 403 || !c.has(c.user) || strings.Contains(puppet.Get(at).Text(), "Your approval") {
				t.Errorf("approves: %d %s", p.Status, p.Text())
			}
			vouch := path(c.askFor(b, helper))
			if p := puppet.Post("/vouch" + vouch[strings.LastIndex(vouch, "/"):]); p.Status != 403 || !c.has(helper) {
				t.Errorf("vouches: %d %s", p.Status, p.Text())
			}
			if c.as(amir).Post(at + "/approve"); c.has(c.user) {
				t.Error("who has been there cannot approve")
			}
		})
	}
}
