package web_test

import (
	"testing"

	"portico/internal/porticotest"
)

func TestC04_OwnCodeForVictimPend(t *testing.T) {
	c := newCast(t)
	c.Enrol(c.user)
	own := c.Enrol(c.help)
	b := c.pend(c.user)
	if p := b.Post("/login/code", "code", c.Code(own, 0)); p.Has("Log out") || in(b) {
		t.Error("another person's code opens")
	}
}

func TestC04_BodyUserIdIgnored(t *testing.T) {
	c := newCast(t)
	c.Enrol(c.user)
	own := c.Enrol(c.help)
	b := c.pend(c.help)
	p := b.Post("/login/code?user="+string(c.user.ID), "code", c.Code(own, 0),
		"login_id", "ulla", "user", string(c.user.ID), "user_id", string(c.user.ID), "account", "ulla")
	if !p.Has("Hello Hedda") {
		t.Errorf("%s", p.Text())
	}
}

// TestC04_PendFromOtherBrowserRejected checks that a copied cookie of a pending
// login is useless without the cookie of the browser itself.
func TestC04_PendFromOtherBrowserRejected(t *testing.T) {
	c := newCast(t)
	key := c.Enrol(c.user)
	b := c.pend(c.user)
	if b.Cookie("portico_browser") == "" {
		t.Fatal("the browser has no cookie of its own")
	}
	other := c.Client()
	other.Login("hedda", porticotest.Password, "") // so that it has a browser cookie, but another one
	other.Post("/logout")
	other.SetCookie("portico_login", b.Cookie("portico_login"))
	for name, thief := range map[string]*porticotest.Client{"without": c.copied(b, "portico_login"), "with another": other} {
		if p := thief.Post("/login/code", "code", c.Code(key, 0)); p.Path != "/login?done=login-over" || in(thief) {
			t.Errorf("%s browser cookie: %s", name, p.Path)
		}
	}
	if p := b.Post("/login/code", "code", c.Code(key, 0)); !p.Has("Hello Ulla") {
		t.Errorf("the browser itself: %s", p.Text())
	}
}

// TestC04_NewLoginEndsTheOldSession checks that a new log-in in a browser ends
// the session that this browser had, and no other one. It does so at once,
// whether or not a code follows.
func TestC04_NewLoginEndsTheOldSession(t *testing.T) {
	c := newCast(t)
	c.Enrol(c.admin)
	for _, next := range []string{"hedda", "alice"} {
		b, elsewhere := c.as(c.user), c.as(c.user)
		before := c.copied(b, "portico_session")
		b.Post("/login", "login_id", next, "password", porticotest.Password)
		if in(before) || !in(elsewhere) {
			t.Errorf("%s logs in: the session before %v, another one %v", next, in(before), in(elsewhere))
		}
	}
}
