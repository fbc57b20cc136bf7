package web_test

import (
	"net/http"
	"testing"
	"time"

	"portico/internal/porticotest"
)

// TestC17_PlantedCookieNotAdopted checks that tokens planted before a log-in
// are useless after it, and that a token which an attacker knows does not
// become the person's.
func TestC17_PlantedCookieNotAdopted(t *testing.T) {
	c := newCast(t)
	key := c.Enrol(c.user)
	attacker := c.as(c.help)
	b := c.Client()
	for _, name := range []string{"portico_session", "portico_login", "portico_browser"} {
		b.SetCookie(name, "planted-"+name)
	}
	planted := attacker.Cookie("portico_browser")
	b.SetCookie("portico_browser", planted) // a valid one of the attacker's
	b.Login("ulla", porticotest.Password, "")
	if got := b.Cookie("portico_login"); got == "planted-portico_login" || got == "" {
		t.Errorf("pending login %q", got)
	}
	if p := b.Post("/login/code", "code", c.Code(key, 0)); !p.Has("Hello Ulla") {
		t.Fatal(p.Text())
	}
	if got := b.Cookie("portico_session"); got == "planted-portico_session" || len(got) != 43 {
		t.Errorf("session %q", got)
	}
	if b.Cookie("portico_browser") == planted {
		t.Fatal("the planted browser cookie stays")
	}
	c.exhaust(t, c.user, key)
	thief := c.Client()
	thief.SetCookie("portico_browser", planted)
	thief.Login("ulla", porticotest.Password, "")
	if p := thief.Post("/login/code", "code", c.wrongCode(key)); p.Status != 429 {
		t.Errorf("the planted browser is known: %d", p.Status)
	}
}

// TestC17_IdRotatesAtEachStep checks that log-in, code, confirmation and each
// change of protection issue a new token and end the previous one.
func TestC17_IdRotatesAtEachStep(t *testing.T) {
	c := newCast(t)
	b := c.as(c.user)
	var before string
	rotated := func(step string) {
		t.Helper()
		now := b.Cookie("portico_session")
		old := c.Client()
		old.SetCookie("portico_session", before)
		if now == before || before != "" && in(old) || !in(b) {
			t.Errorf("%s: the token stays", step)
		}
		before = now
	}
	rotated("log-in")
	key, _ := c.enrol(t, b)
	rotated("enabling")
	c.Clock.Advance(time.Minute)
	b.Post("/confirm", "password", porticotest.Password, "code", c.Code(key, 0))
	rotated("confirming")
	b.Post(disable)
	rotated("disabling")
	b.Post("/account/password", "password", porticotest.Password, "new_password", "seven quiet rivers meet")
	rotated("the password")
	b.Post(remove)
	rotated("deleting")
	b.Post("/login", "login_id", "ulla", "password", "seven quiet rivers meet")
	rotated("logging in again")
}

// TestC17_ReauthAsOtherUserNewSession checks that a log-in of another person in
// the same browser makes a new session and ends the first one.
func TestC17_ReauthAsOtherUserNewSession(t *testing.T) {
	c := newCast(t)
	b := c.as(c.user)
	first := c.copied(b, "portico_session")
	if p := b.Post("/login", "login_id", "alice", "password", porticotest.Password); !p.Has("Hello Alice") || in(first) {
		t.Errorf("the first goes on: %v", in(first))
	}
}

// TestC17_TokensComeInCookiesAlone checks that a session token is accepted in a
// cookie only, and not in an address, another header or a form. So no link can
// plant a token, and no log contains one.
func TestC17_TokensComeInCookiesAlone(t *testing.T) {
	c := newCast(t)
	token := c.as(c.user).Cookie("portico_session")
	for _, path := range []string{"/account?portico_session=" + token, "/session?portico_session=" + token, "/account?session=" + token, "/account;portico_session=" + token} {
		if p := try(c.Client(), "GET", path); p.Status == 200 || p.Status == 204 {
			t.Errorf("the address: %d", p.Status)
		}
	}
	for name, value := range map[string]string{"Authorization": "Bearer " + token, "portico_session": token, "X-Session-Token": token} {
		r, err := http.NewRequest("GET", c.URL+"/session", nil)
		must(t, err)
		r.Header.Set(name, value)
		if p := c.Client().Do(r); p.Status == 204 {
			t.Errorf("%s: %d", name, p.Status)
		}
	}
	if p := c.Client().Post("/account/sessions/end-others", "portico_session", token); p.Path == "/account/sessions?done=sessions-ended" {
		t.Error("the form")
	}
}

// TestC17_BrowserRenewedWithTwoFactor: enabling 2FA gives the browser another
// token too, under which it is known for codes; the one before is worth nothing.
func TestC17_BrowserRenewedWithTwoFactor(t *testing.T) {
	for _, forgotten := range []bool{false, true} {
		c := newCast(t)
		b := c.as(c.user)
		if forgotten {
			b.SetCookie("portico_browser", "")
		}
		before := c.copied(b, "portico_browser")
		key, _ := c.enrol(t, b)
		if b.Cookie("portico_browser") == before.Cookie("portico_browser") || b.Cookie("portico_browser") == "" {
			t.Fatal("the browser's token stays")
		}
		c.Clock.Advance(time.Minute)
		c.exhaust(t, c.user, key)
		code := func(b *porticotest.Client) int {
			b.Login("ulla", porticotest.Password, "")
			return b.Post("/login/code", "code", c.wrongCode(key)).Status
		}
		if status := code(before); status != 429 {
			t.Errorf("the token before: %d", status)
		}
		b.Post("/logout")
		if status := code(b); status != 422 {
			t.Errorf("the browser is not known for codes: %d", status)
		}
	}
}
