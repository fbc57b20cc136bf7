package web_test

import (
	"context"
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/store"
)

// TestC18_RevocationMatrix checks that each event ends everything issued before
// it: sessions, pending logins, remembered devices and mailed links, also in
// another program over the same data.
func TestC18_RevocationMatrix(t *testing.T) {
	const next = "seven quiet rivers meet"
	events := map[string]struct {
		do       func(t *testing.T, c *fixture, link string)
		password string // afterwards; "" if nobody can log in
	}{
		"password by mail": {func(t *testing.T, c *fixture, link string) {
			b := c.Client()
			b.Fill(b.Get(link), "Save password", "Password", next)
		}, next},
		"2FA deleted by an administrator": {func(t *testing.T, c *fixture, _ string) {
			c.Reset(c.user, "x")
		}, porticotest.Password},
		"log-ins ended by an administrator": {func(t *testing.T, c *fixture, _ string) {
			must(t, c.Users.EndSessions(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID))
		}, porticotest.Password},
		"role": {func(t *testing.T, c *fixture, _ string) {
			must(t, c.Users.Edit(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID,
				portico.User{FirstName: "U", LastName: "T", Email: "ulla@example.com", Role: portico.RoleHelpDesk}))
		}, porticotest.Password},
		"login ID": {func(t *testing.T, c *fixture, _ string) {
			must(t, c.Users.Edit(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID,
				portico.User{LoginID: "ursula", FirstName: "U", LastName: "T", Email: "ulla@example.com", Role: portico.RoleUser}))
		}, porticotest.Password},
		"suspension": {func(t *testing.T, c *fixture, _ string) {
			must(t, c.Users.Suspend(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID))
		}, ""},
		"suspension and return": {func(t *testing.T, c *fixture, _ string) {
			must(t, c.Users.Suspend(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID))
			_, err := c.Users.Reactivate(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID)
			must(t, err)
		}, porticotest.Password},
		"this wasn't me": {func(t *testing.T, c *fixture, _ string) {
			b := c.Client()
			for _, m := range c.Mails("ulla@example.com") {
				if link := m.Link("/not-me/"); link != "" {
					b.Fill(b.Get(link), "This wasn't me")
					return
				}
			}
			t.Fatal("no link")
		}, ""},
	}
	for _, name := range porticotest.Some(events, 3) {
		event := events[name]
		t.Run(name, func(t *testing.T) {
			c := newFixture(t)
			c.allowRemembering(t)
			owner := c.as(c.user)
			key, _ := c.enrol(t, owner)
			step := func() { c.Clock.Advance(30 * time.Second) }
			step()
			remembered := c.rememberedBy(t, key)
			if p := remembered.Login("ulla", porticotest.Password, ""); !p.Has("Hello Ulla") {
				t.Fatalf(`logging in as ulla: got %s, want the text "Hello Ulla"`, p.Text())
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
			if !isLoggedIn(elsewhere) {
				t.Fatal("no session in the second program")
			}
			before := c.Account(c.user.ID).Epoch
			event.do(t, c, link)
			step()
			// A raised epoch also ends what another program has just read.
			if after := c.Account(c.user.ID).Epoch; after <= before {
				t.Errorf("epoch %d, before %d", after, before)
			}
			if isLoggedIn(owner) || isLoggedIn(elsewhere) {
				t.Error("a session goes on")
			}
			if pending.Post("/login/code", "code", c.Code(key, 0)); isLoggedIn(pending) {
				t.Error("a pending login goes on")
			}
			if p := second.Client().Get(path); p.Status != 410 {
				t.Errorf("a mailed link: %d", p.Status)
			}
			login := c.Account(c.user.ID).LoginID
			p := remembered.Login(login, porticotest.Password, "")
			if name != "2FA deleted by an administrator" && p.Has("Hello") {
				t.Errorf("a remembered browser: %s", p.Text())
			}
			fresh := second.Client()
			got := fresh.Login(login, event.password, "")
			if open := got.Has("Enter your code") || got.Has("Hello"); open != (event.password != "") {
				t.Errorf("logging in anew: %s", got.Text())
			}
		})
	}
}

// TestC18_DeletedUserIdNotReused checks that a person who was withdrawn and
// invited again gets another ID.
func TestC18_DeletedUserIdNotReused(t *testing.T) {
	c := newFixture(t)
	b := c.as(c.admin)
	id := func() string {
		p := b.Fill(b.Get(access+"/new"), "Create user", "First name", "Eve", "Last name", "Il", "Email", "eve@example.com")
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
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	one, two, three := c.as(c.user), c.as(c.user), c.as(c.user)
	stranger := c.as(c.help)
	p := one.Get("/account/sessions")
	if strings.Count(p.Body, `name="session"`) != 2 || !p.Has("(this one)") || p.Has("Remembered browsers") {
		t.Fatalf("GET /account/sessions: got %s, want strings.Count(p.Body, `name=\"session\"`) 2, the text \"(this one)\", no text \"Remembered browsers\"", p.Text())
	}
	// Another person's session is out of reach.
	theirs, _, err := c.Auth.DevicesOf(t.Context(), c.help.ID)
	must(t, err)
	one.Post("/account/sessions/end", "session", theirs[0].ID)
	if !isLoggedIn(stranger) {
		t.Error("another person's session was ended")
	}
	if p := one.Fill(p, "End session"); p.Path != "/account/sessions?done=session-ended" || isLoggedIn(two) == isLoggedIn(three) || !isLoggedIn(one) {
		t.Errorf(`%s: %v %v %v, want path "/account/sessions?done=session-ended", isLoggedIn(two) other than isLoggedIn(three), isLoggedIn(one)`, p.Path, isLoggedIn(one), isLoggedIn(two), isLoggedIn(three))
	}
	one.Fill(one.Get("/account/sessions"), "Log out everywhere else")
	if isLoggedIn(two) || isLoggedIn(three) || !isLoggedIn(one) {
		t.Errorf("got %v %v %v, want no session, no session, isLoggedIn(one)", isLoggedIn(one), isLoggedIn(two), isLoggedIn(three))
	}
}

// TestC18_NotMeForgetsBrowsers checks that "This wasn't me" ends known devices,
// so that the thief's browser shares the failures of unknown browsers again.
func TestC18_NotMeForgetsBrowsers(t *testing.T) {
	if testing.Short() {
		return // long
	}
	const next = "seven quiet rivers meet"
	c := newFixture(t)
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

// TestC18_EpochAloneEnds checks that sessions, pending logins and links with an
// old epoch do not work, even if another program stored them after everything
// was ended.
func TestC18_EpochAloneEnds(t *testing.T) {
	c := newFixture(t)
	key := c.Enrol(c.user)
	hash := func(token string) []byte {
		h := sha256.Sum256([]byte(token))
		return h[:]
	}
	for name, behind := range map[string]int64{"current": 0, "stale": 1} {
		must(t, c.DB.Update(context.Background(), portico.CommandLine(), func(tx *store.Tx) error {
			a, err := tx.Account(c.user.ID)
			if err != nil {
				return err
			}
			a.Epoch -= behind
			if err := tx.CreateSession("s-"+name, hash("session-"+name), a, portico.Origin{}, true, false); err != nil {
				return err
			}
			if err := tx.CreatePending(hash("pending-"+name), hash("browser"), a, tx.Now.Add(time.Minute)); err != nil {
				return err
			}
			return tx.PutLink(hash("link-"+name), store.LinkPassword, a, tx.Now.Add(time.Minute))
		}))
		b := c.Client()
		b.SetCookie("portico_session", "session-"+name)
		b.SetCookie("portico_login", "pending-"+name)
		b.SetCookie("portico_browser", "browser")
		counts := name == "current"
		if got := b.Get("/account").Has("Log out"); got != counts {
			t.Errorf("%s session: %v", name, got)
		}
		if got := b.Get("/password/link-"+name).Status == 200; got != counts {
			t.Errorf("%s link: %v", name, got)
		}
		if got := b.Get("/login/code").Has("Enter your code"); got != counts {
			t.Errorf("%s pending log-in: %v", name, got)
		}
		fresh := c.Client()
		fresh.SetCookie("portico_login", "pending-"+name)
		fresh.SetCookie("portico_browser", "browser")
		if got := fresh.Post("/login/code", "code", c.Code(key, 0)).Has("Hello"); got != counts {
			t.Errorf("code of a %s pending log-in: %v", name, got)
		}
		c.Clock.Advance(30 * time.Second)
	}
}

// TestC18_StatusAloneEnds checks that nothing works for an account that is not
// active, even if nothing was ended.
func TestC18_StatusAloneEnds(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	key := c.Enrol(c.user)
	b, pending := c.asWith(c.user, key), c.pend(c.user)
	must(t, c.Users.SendPasswordLink(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID))
	link := c.Mails("ulla@example.com")[0].Link("/password/")
	c.Clock.Advance(30 * time.Second)
	set := func(s portico.Status) {
		must(t, c.DB.Update(context.Background(), portico.CommandLine(), func(tx *store.Tx) error {
			u := c.user
			u.Status = s
			return tx.SaveProfile(c.acme.ID, u)
		}))
	}
	for _, status := range []portico.Status{portico.Suspended, portico.Invited} {
		set(status)
		if isLoggedIn(b) {
			t.Errorf("%q: a session", status)
		}
		if p := pending.Get("/login/code"); p.Has("Enter your code") {
			t.Errorf("%q: a pending log-in", status)
		}
		if p := c.Client().Get(link); p.Status != 410 {
			t.Errorf("%q: a password link: %d", status, p.Status)
		}
		if p := c.Client().Login("ulla", porticotest.Password, ""); p.Status != 422 {
			t.Errorf("%q: a new log-in: %d", status, p.Status)
		}
	}
	if set(portico.Active); !isLoggedIn(b) {
		t.Error("the session had ended otherwise")
	}
}
