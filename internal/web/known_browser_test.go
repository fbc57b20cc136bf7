package web_test

import (
	"fmt"
	"testing"

	"portico"
	"portico/internal/porticotest"
)

// TestC09_KnownToOneIsKnownToOneAlone checks that a known device of one person
// gives no further guesses at the password of another.
func TestC09_KnownToOneIsKnownToOneAlone(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.help)
	b.Post("/logout")
	for i := range 10 {
		if p := b.Login("ulla", "not the password at all", ""); p.Status != 422 {
			t.Fatalf("guess %d: %d", i, p.Status)
		}
	}
	if p := b.Login("ulla", porticotest.Password, ""); p.Status != 429 {
		t.Errorf("another guess: %d", p.Status)
	}
	if p := b.Login("hedda", porticotest.Password, ""); !p.Has("Hello Hedda") {
		t.Errorf("the one who is known: %s", p.Text())
	}
}

// TestC09_PasswordMakesNoBrowserKnownForCodes checks that a browser which
// logged in by password alone, before 2FA was set up, has no more guesses at
// codes than an unknown browser.
func TestC09_PasswordMakesNoBrowserKnownForCodes(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	thief := c.as(c.user)
	key, _ := c.enrol(t, c.as(c.user))
	for i := range 5 {
		thief.Login("ulla", porticotest.Password, "")
		if p := thief.Post("/login/code", "code", c.wrongCode(key)); p.Status != 422 && p.Path != "/login?done=login-over" {
			t.Fatalf("guess %d: %d", i, p.Status)
		}
	}
	thief.Login("ulla", porticotest.Password, "")
	if p := thief.Post("/login/code", "code", c.wrongCode(key)); p.Status != 429 {
		t.Errorf("another guess: %d %s", p.Status, p.Text())
	}
}

// TestC09_KnownBrowserEndsAfterTenFailures checks that a person who knows the
// password has ten guesses at codes in a known device, and after those only the
// guesses that any browser has. Neither the password nor a log-in without a
// code gives new ones.
func TestC09_KnownBrowserEndsAfterTenFailures(t *testing.T) {
	if testing.Short() {
		return // long
	}
	for name, guess := range map[string]func(b *porticotest.Client, wrong string) *porticotest.Page{
		"log-in": func(b *porticotest.Client, wrong string) *porticotest.Page {
			b.Login("ulla", porticotest.Password, "")
			return b.Post("/login/code", "code", wrong)
		},
		"confirmation": func(b *porticotest.Client, wrong string) *porticotest.Page {
			return b.Post("/confirm", "password", porticotest.Password, "code", wrong)
		},
		"confirmation after a log-in without a code": func(b *porticotest.Client, wrong string) *porticotest.Page {
			b.Post("/logout")
			if p := b.Login("ulla", porticotest.Password, ""); p.Has("Hello Ulla") {
				return b.Post("/confirm", "password", porticotest.Password, "code", wrong)
			}
			return b.Post("/login/code", "code", wrong)
		},
	} {
		c := newFixture(t)
		c.allowRemembering(t)
		key := c.Enrol(c.user)
		b := c.pend(c.user)
		b.Post("/login/code", "code", c.Code(key, 0), "remember", "yes")
		if name == "log-in" {
			b.Fill(b.Get("/account/sessions"), "Forget")
			b.Post("/logout")
		}
		looked := 0
		for looked < 50 && guess(b, c.wrongCode(key)).Status != 429 {
			looked++
		}
		if looked != 10+5 {
			t.Errorf("%s: %d codes were looked at", name, looked)
		}
	}
}

// hammered returns a portal behind a proxy in which strangers from many
// networks have tried passwords of a person, who has one known device.
func hammered(t *testing.T, role portico.Role) (c *fixture, u portico.User, known *porticotest.Client) {
	t.Helper()
	p := porticotest.New(t, porticotest.Behind)
	c = &fixture{Portal: p, acme: p.Customer("acme", "Acme Telecom")}
	u = p.User(c.acme.ID, "vera", role)
	known = p.Client()
	known.From = "192.0.2.1"
	if got := known.Login("vera", porticotest.Password, ""); !got.Has("Hello Vera") {
		t.Fatalf(`logging in as vera: got %s, want the text "Hello Vera"`, got.Text())
	}
	known.Post("/logout")
	for i := range 120 {
		s := p.Client()
		s.From = fmt.Sprintf("198.51.%d.7", i/5)
		s.Login("vera", fmt.Sprintf("not the password %d", i), "")
	}
	return c, u, known
}

func strangerCannotLock(t *testing.T, role portico.Role) {
	c, u, known := hammered(t, role)
	if p := known.Login("vera", porticotest.Password, ""); !p.Has("Hello Vera") {
		t.Errorf("a known browser is kept out: %s", p.Text())
	}
	fresh := c.Client()
	fresh.From = "203.0.113.5"
	p := fresh.Login("vera", porticotest.Password, "")
	if p.Status != 429 {
		t.Fatalf("a new browser: %d %s", p.Status, p.Text())
	}
	// The mailed link unlocks a new browser.
	mails := c.Mails("vera@example.com")
	if len(mails) != 1 || mails[0].Subject != "Someone is guessing your password" {
		t.Fatalf("mails: %+v", mails)
	}
	p = fresh.Fill(fresh.Get(mails[0].Link("/unlock/")), "Use this browser")
	if p.Path != "/login?done=browser-known" || isLoggedIn(fresh) {
		t.Errorf(`pressing "Use this browser": got %s, want path "/login?done=browser-known", no session`, p.Path)
	}
	if p := fresh.Login("vera", porticotest.Password, ""); !p.Has("Hello Vera") {
		t.Errorf("after the mailed link: %s", p.Text())
	}
	// Strangers never reach the step for codes.
	attempts, err := c.Auth.AttemptsOf(t.Context(), u.ID)
	must(t, err)
	for _, a := range attempts {
		if a.What == "codes" {
			t.Errorf(`got %+v, want a.What other than "codes"`, a)
		}
	}
}

func TestC10_StrangerCannotLockTrustedBrowser(t *testing.T) {
	if testing.Short() {
		return // long
	}
	strangerCannotLock(t, portico.RoleUser)
}

func TestC10_StrangerCannotLockAdmin(t *testing.T) {
	if testing.Short() {
		return // long
	}
	strangerCannotLock(t, portico.RoleAdministrator)
}
