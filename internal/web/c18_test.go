package web_test

import (
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
)

// TestC18_RevocationMatrix checks that each event ends everything issued before
// it: sessions, pending logins, remembered devices and mailed links, also in
// another program over the same data.
func TestC18_RevocationMatrix(t *testing.T) {
	const next = "seven quiet rivers meet"
	for name, event := range map[string]struct {
		do       func(t *testing.T, c *cast, link string)
		password string // afterwards; "" if nobody can log in
	}{
		"password by mail": {func(t *testing.T, c *cast, link string) {
			b := c.Client()
			b.Fill(b.Get(link), "Save password", "Password", next)
		}, next},
		"2FA deleted by an administrator": {func(t *testing.T, c *cast, _ string) {
			c.Reset(c.user, "x")
		}, porticotest.Password},
		"log-ins ended by an administrator": {func(t *testing.T, c *cast, _ string) {
			must(t, c.Users.EndSessions(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID))
		}, porticotest.Password},
		"role": {func(t *testing.T, c *cast, _ string) {
			must(t, c.Users.Edit(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID,
				portico.User{FirstName: "U", LastName: "T", Email: "ulla@example.com", Role: portico.RoleHelpDesk}))
		}, porticotest.Password},
		"suspension": {func(t *testing.T, c *cast, _ string) {
			must(t, c.Users.Suspend(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID))
		}, ""},
		"suspension and return": {func(t *testing.T, c *cast, _ string) {
			must(t, c.Users.Suspend(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID))
			_, err := c.Users.Reactivate(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID)
			must(t, err)
		}, porticotest.Password},
		"this wasn't me": {func(t *testing.T, c *cast, _ string) {
			b := c.Client()
			for _, m := range c.Mails("ulla@example.com") {
				if link := m.Link("/not-me/"); link != "" {
					b.Fill(b.Get(link), "This wasn't me")
					return
				}
			}
			t.Fatal("no link")
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCast(t)
			c.allowRemembering(t)
			owner := c.as(c.user)
			key, _ := c.enrol(t, owner)
			step := func() { c.Clock.Advance(30 * time.Second) }
			step()
			remembered := c.rememberedBy(t, key)
			if p := remembered.Login("ulla", porticotest.Password, ""); !p.Has("Hello Ulla") {
				t.Fatal(p.Text())
			}
			remembered.Post("/logout")
			step()
			must(t, c.Users.SendPasswordLink(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID))
			mails := c.Mails("ulla@example.com")
			link := mails[len(mails)-1].Link("/password/")
			second := porticotest.Start(t, c.Dir, c.Clock)
			path := link[strings.LastIndex(link, "/password/"):]
			pending := second.Client()
			pending.Login("ulla", porticotest.Password, "")
			elsewhere := second.Client()
			elsewhere.SetCookie("portico_session", owner.Cookie("portico_session"))
			if !in(elsewhere) {
				t.Fatal("no session in the second program")
			}
			before := c.Account(c.user.ID).Epoch
			event.do(t, c, link)
			step()
			// A raised epoch also ends what another program has just read.
			if after := c.Account(c.user.ID).Epoch; after <= before {
				t.Errorf("epoch %d, before %d", after, before)
			}
			if in(owner) || in(elsewhere) {
				t.Error("a session goes on")
			}
			if pending.Post("/login/code", "code", c.Code(key, 0)); in(pending) {
				t.Error("a pending login goes on")
			}
			if p := second.Client().Get(path); p.Status != 410 {
				t.Errorf("a mailed link: %d", p.Status)
			}
			p := remembered.Login("ulla", porticotest.Password, "")
			if name != "2FA deleted by an administrator" && p.Has("Hello") {
				t.Errorf("a remembered browser: %s", p.Text())
			}
			fresh := second.Client()
			got := fresh.Login("ulla", event.password, "")
			if open := got.Has("Enter your code") || got.Has("Hello"); open != (event.password != "") {
				t.Errorf("logging in anew: %s", got.Text())
			}
		})
	}
}

// TestC18_DeletedUserIdNotReused checks that a person who was withdrawn and
// invited again gets another ID.
func TestC18_DeletedUserIdNotReused(t *testing.T) {
	c := newCast(t)
	b := c.as(c.admin)
	id := func() string {
		p := b.Fill(b.Get(access+"/new"), "Create user", "First name", "Eve", "Last name", "Il", "E-mail", "eve@example.com")
		path, _, _ := strings.Cut(p.Path, "?")
		return path
	}
	first := id()
	link := c.Mails("eve@")[0].Link("/activate/")
	b.Post(first + "/withdraw")
	if second := id(); second == first || b.Get(first).Status != 404 {
		t.Errorf("%s and %s", first, second)
	}
	if p := c.Client().Get(link); p.Status != 410 {
		t.Errorf("the first one's link: %d", p.Status)
	}
}

// TestC18_SessionsAreListedAndEnded tests the page of one's own sessions.
func TestC18_SessionsAreListedAndEnded(t *testing.T) {
	c := newCast(t)
	one, two, three := c.as(c.user), c.as(c.user), c.as(c.user)
	stranger := c.as(c.help)
	p := one.Get("/account/sessions")
	if strings.Count(p.Body, `name="session"`) != 2 || !p.Has("(this one)") || p.Has("Remembered browsers") {
		t.Fatalf("%s", p.Text())
	}
	// Another person's session is out of reach.
	theirs, _, err := c.Auth.DevicesOf(t.Context(), c.help.ID)
	must(t, err)
	one.Post("/account/sessions/end", "session", theirs[0].ID)
	if !in(stranger) {
		t.Error("another person's session was ended")
	}
	if p := one.Fill(p, "End"); p.Path != "/account/sessions?done=session-ended" || in(two) == in(three) || !in(one) {
		t.Errorf("%s: %v %v %v", p.Path, in(one), in(two), in(three))
	}
	one.Fill(one.Get("/account/sessions"), "End all others")
	if in(two) || in(three) || !in(one) {
		t.Errorf("%v %v %v", in(one), in(two), in(three))
	}
}

// TestC18_PolicyTimesActOnSessions checks that shorter times end existing
// sessions, whether the customer's own policy or the provider's defaults set
// them, and that times longer than the portal's limits have no effect.
func TestC18_PolicyTimesActOnSessions(t *testing.T) {
	for name, of := range map[string]func(*cast) portico.CustomerID{
		"own":      func(c *cast) portico.CustomerID { return c.acme.ID },
		"defaults": func(*cast) portico.CustomerID { return portico.ProviderID },
	} {
		t.Run(name, func(t *testing.T) {
			c := newCast(t)
			idle, old, admin := c.as(c.user), c.as(c.user), c.as(c.admin)
			c.decide(t, of(c), portico.Policy{SessionHours: 1, IdleMinutes: 5})
			for range 10 { // 40 minutes in all
				c.Clock.Advance(4 * time.Minute)
				if !in(old) || !in(admin) {
					t.Fatal("ended too early")
				}
			}
			if in(idle) {
				t.Error("40 minutes unused")
			}
			for range 5 {
				c.Clock.Advance(4 * time.Minute)
				in(old)
			}
			if in(old) {
				t.Error("an hour old")
			}
			c.decide(t, of(c), portico.Policy{SessionHours: 24, IdleMinutes: 60})
			admin = c.as(c.admin)
			c.Clock.Advance(30 * time.Minute)
			if in(admin) {
				t.Error("an administrator's session is longer than the portal's")
			}
		})
	}
}

// TestC18_NotMeForgetsBrowsers checks that "This wasn't me" ends known devices,
// so that the thief's browser shares the failures of unknown browsers again.
func TestC18_NotMeForgetsBrowsers(t *testing.T) {
	const next = "seven quiet rivers meet"
	c := newCast(t)
	thief := c.as(c.user)
	thief.Post("/account/profile", "first_name", "Ulla", "last_name", "Tester", "email", "thief@example.net")
	b := c.Client()
	b.Fill(b.Get(c.lastMail("ulla@example.com").Link("/not-me/")), "This wasn't me")
	b.Fill(b.Get(c.lastMail("ulla@example.com").Link("/password/")), "Save password", "Password", next)
	for range 10 {
		c.Client().Login("ulla", "not the password at all", "")
	}
	if p := thief.Login("ulla", next, ""); p.Status != 429 {
		t.Errorf("the thief's browser is known still: %d %s", p.Status, p.Text())
	}
}
