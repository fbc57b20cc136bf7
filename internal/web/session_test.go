package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
)

// TestC17_PlantedCookieNotAdopted checks that tokens planted before a log-in
// are useless after it, and that a token which an attacker knows does not
// become the person's.
func TestC17_PlantedCookieNotAdopted(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
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
		t.Fatalf(`POST /login/code: got %s, want the text "Hello Ulla"`, p.Text())
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
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.user)
	var before string
	rotated := func(step string) {
		t.Helper()
		now := b.Cookie("portico_session")
		old := c.Client()
		old.SetCookie("portico_session", before)
		if now == before || before != "" && isLoggedIn(old) || !isLoggedIn(b) {
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
	c := newFixture(t)
	b := c.as(c.user)
	first := c.copied(b, "portico_session")
	if p := b.Post("/login", "login_id", "alice", "password", porticotest.Password); !p.Has("Hello Alice") || isLoggedIn(first) {
		t.Errorf("the first goes on: %v", isLoggedIn(first))
	}
}

// TestC17_TokensComeInCookiesAlone checks that a session token is accepted in a
// cookie only, and not in an address, another header or a form. So no link can
// plant a token, and no log contains one.
func TestC17_TokensComeInCookiesAlone(t *testing.T) {
	c := newFixture(t)
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
			t.Errorf("%s: %d, want status other than 204", name, p.Status)
		}
	}
	if p := c.Client().Post("/account/sessions/end-others", "portico_session", token); p.Path == "/account/sessions?done=sessions-ended" {
		t.Error("the form")
	}
}

// TestC17_BrowserRenewedWithTwoFactor: enabling 2FA gives the browser another
// token too, under which it is known for codes; the one before is worth nothing.
func TestC17_BrowserRenewedWithTwoFactor(t *testing.T) {
	if testing.Short() {
		return // long
	}
	for _, forgotten := range []bool{false, true} {
		c := newFixture(t)
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

// TestC18_PolicyTimesActOnSessions checks that shorter times end existing
// sessions, whether the customer's own policy or the provider's defaults set
// them, and that times longer than the portal's limits have no effect.
func TestC18_PolicyTimesActOnSessions(t *testing.T) {
	for name, of := range map[string]func(*fixture) portico.CustomerID{
		"own":      func(c *fixture) portico.CustomerID { return c.acme.ID },
		"defaults": func(*fixture) portico.CustomerID { return portico.ProviderID },
	} {
		t.Run(name, func(t *testing.T) {
			c := newFixture(t)
			idle, old, admin := c.as(c.user), c.as(c.user), c.as(c.admin)
			c.decide(t, of(c), portico.Policy{SessionHours: 1, IdleMinutes: 5})
			for range 10 { // 40 minutes in all
				c.Clock.Advance(4 * time.Minute)
				if !isLoggedIn(old) || !isLoggedIn(admin) {
					t.Fatal("ended too early")
				}
			}
			if isLoggedIn(idle) {
				t.Error("40 minutes unused")
			}
			for range 5 {
				c.Clock.Advance(4 * time.Minute)
				isLoggedIn(old)
			}
			if isLoggedIn(old) {
				t.Error("an hour old")
			}
			c.decide(t, of(c), portico.Policy{SessionHours: 24, IdleMinutes: 60})
			admin = c.as(c.admin)
			c.Clock.Advance(30 * time.Minute)
			if isLoggedIn(admin) {
				t.Error("an administrator's session is longer than the portal's")
			}
		})
	}
}

func TestC17_SessionFixationAndFlags(t *testing.T) {
	c := newFixture(t)
	b := c.Client()
	b.SetCookie("portico_session", "planted-by-somebody")
	b.Login("ulla", porticotest.Password, "")
	first := b.Cookie("portico_session")
	if first == "planted-by-somebody" || len(first) < 43 {
		t.Fatalf("the session is %q", first)
	}
	if p := b.Post("/login", "login_id", "alice", "password", porticotest.Password); !p.Has("Hello Alice") {
		t.Fatalf(`POST /login: got %s, want the text "Hello Alice"`, p.Text())
	}
	old := c.Client()
	old.SetCookie("portico_session", first)
	if !denied(try(old, "GET", "/account")) {
		t.Error("the session of the person before goes on in the same browser")
	}
	req, err := http.NewRequest("POST", c.URL+"/login", strings.NewReader("login_id=ulla&password="+porticotest.Password))
	must(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	fresh := c.Client()
	fresh.HTTP.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for _, cookie := range fresh.Do(req).Header.Values("Set-Cookie") {
		if !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") || !strings.Contains(cookie, "Path=/") {
			t.Errorf("cookie without flags: %s", cookie)
		}
	}
}

// TestC18_IdleAndAbsoluteTimeout checks that the sessions of users end after an
// hour without use and after a day, and those of the other roles after half of
// that.
func TestC18_IdleAndAbsoluteTimeout(t *testing.T) {
	if testing.Short() {
		return // long
	}
	for _, who := range []struct {
		login         string
		overall, idle time.Duration
	}{{"ulla", 24 * time.Hour, time.Hour}, {"hedda", 12 * time.Hour, 30 * time.Minute}, {"alice", 12 * time.Hour, 30 * time.Minute}} {
		c := newFixture(t)
		b := c.Client()
		b.Login(who.login, porticotest.Password, "")
		c.Clock.Advance(who.idle - time.Second)
		if !b.Get("/account").Has("Log out") {
			t.Errorf("%s: ended before idle for %v", who.login, who.idle)
		}
		c.Clock.Advance(who.idle)
		if !denied(try(b, "GET", "/account")) {
			t.Errorf("%s: goes on after idle for %v", who.login, who.idle)
		}
		b.Login(who.login, porticotest.Password, "")
		for spent := time.Duration(0); spent+who.idle/2 < who.overall; spent += who.idle / 2 {
			if !b.Get("/account").Has("Log out") {
				t.Fatalf("%s: ended after %v of use", who.login, spent)
			}
			c.Clock.Advance(who.idle / 2)
		}
		if !b.Get("/account").Has("Log out") { // in use until the end
			t.Errorf("%s: ended before %v of use", who.login, who.overall)
		}
		c.Clock.Advance(who.idle / 2)
		if !denied(try(b, "GET", "/account")) {
			t.Errorf("%s: goes on after %v of use", who.login, who.overall)
		}
	}
}

func TestC18_LogoutServerSide(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.user)
	stolen := c.Client()
	stolen.SetCookie("portico_session", b.Cookie("portico_session"))
	if p := b.Post("/logout"); p.Path != "/login?done=logged-out" {
		t.Fatalf(`POST /logout: got %v, want path "/login?done=logged-out"`, p.Path)
	}
	if !denied(try(stolen, "GET", "/account")) {
		t.Error("a copied cookie outlives the log-out")
	}
}
