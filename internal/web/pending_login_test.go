package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/web"
)

// TestC01_PendTokenIsNotASession checks that the token of a pending login gives
// no access, whatever it is sent as.
func TestC01_PendTokenIsNotASession(t *testing.T) {
	c := newFixture(t)
	c.Enrol(c.user)
	token := c.pend(c.user).Cookie("portico_login")
	for _, name := range []string{"portico_session", "portico_browser", "session", "__Host-portico_session"} {
		b := c.Client()
		b.SetCookie(name, token)
		if isLoggedIn(b) {
			t.Errorf("it is a session as %s", name)
		}
	}
	for name, value := range map[string]string{
		"Authorization": "Bearer " + token, "X-Api-Key": token, "X-Auth-Token": token, "Cookie2": "portico_session=" + token,
	} {
		for _, path := range []string{"/account", "/session", "/administration/access"} {
			r, err := http.NewRequest("GET", c.URL+path, nil)
			must(t, err)
			r.Header.Set(name, value)
			b := c.Client()
			b.HTTP.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			if !denied(b.Do(r)) {
				t.Errorf("%s opens %s", name, path)
			}
		}
	}
	query := c.Client()
	if !denied(try(query, "GET", "/account?portico_session="+token)) {
		t.Error("it opens in the address")
	}
}

func TestC01_PendExpires(t *testing.T) {
	c := newFixture(t)
	key := c.Enrol(c.user)
	b := c.pend(c.user)
	c.Clock.Advance(portico.PendingLoginTTL - 1e9)
	if p := b.Get("/login/code"); !p.Has("Enter your code") {
		t.Errorf("before its time: %s", p.Text())
	}
	c.Clock.Advance(1e9)
	for _, path := range []string{"/login/code", "/login/recovery"} {
		if p := c.copied(b, "portico_login", "portico_browser").Get(path); p.Path != "/login?done=login-over" {
			t.Errorf("%s after five minutes: %s", path, p.Path)
		}
	}
	if p := b.Post("/login/code", "code", c.Code(key, 0)); p.Path != "/login?done=login-over" || isLoggedIn(b) {
		t.Errorf("after five minutes: %s", p.Path)
	}
}

// TestC01_PendLeaksNothing checks that the pages between password and code
// reveal nothing about the account.
func TestC01_PendLeaksNothing(t *testing.T) {
	c := newFixture(t)
	c.Enrol(c.admin)
	b := c.pend(c.admin)
	for _, path := range []string{"/login/code", "/login/recovery", "/login", "/nowhere"} {
		p := b.Get(path)
		for _, word := range []string{"Alice", "Tester", "@example.com", "Administrator", string(c.admin.ID)} {
			if strings.Contains(p.Body, word) {
				t.Errorf("%s tells %q", path, word)
			}
		}
	}
}

func TestC01_CodeWithoutPassword(t *testing.T) {
	c := newFixture(t)
	key := c.Enrol(c.user)
	for _, path := range []string{"/login/code", "/login/recovery"} {
		b := c.Client()
		if p := b.Post(path, "code", c.Code(key, 0), "login_id", "ulla", "recovery_code", "AAAA-AAAA-AAAA-AAAA"); p.Has("Hello") || isLoggedIn(b) {
			t.Errorf(`%s: %s, want no text "Hello", no session`, path, p.Text())
		}
		b.SetCookie("portico_login", "made-up")
		if p := b.Post(path, "code", c.Code(key, 0)); p.Has("Hello") || isLoggedIn(b) {
			t.Errorf("%s with a made-up token: %s", path, p.Text())
		}
	}
	if p := c.Client().Post("/login", "login_id", "ulla", "password", "", "code", c.Code(key, 0)); p.Has("Enter your code") {
		t.Error("an empty password leads on")
	}
}

// TestC01_OnlyCodeAndRecoveryArePending checks which routes are open between
// password and code.
func TestC01_OnlyCodeAndRecoveryArePending(t *testing.T) {
	for _, r := range web.RouteTable() {
		open := strings.HasSuffix(r.Pattern, " /login/code") || strings.HasSuffix(r.Pattern, " /login/recovery") || r.Pattern == "POST /login/passkey"
		if (r.Tag == "pending") != open {
			t.Errorf("%s is tagged %s", r.Pattern, r.Tag)
		}
	}
}

func TestC04_OwnCodeForVictimPend(t *testing.T) {
	c := newFixture(t)
	c.Enrol(c.user)
	own := c.Enrol(c.help)
	b := c.pend(c.user)
	if p := b.Post("/login/code", "code", c.Code(own, 0)); p.Has("Log out") || isLoggedIn(b) {
		t.Error("another person's code opens")
	}
}

func TestC04_BodyUserIdIgnored(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.Enrol(c.user)
	own := c.Enrol(c.help)
	b := c.pend(c.help)
	p := b.Post("/login/code?user="+string(c.user.ID), "code", c.Code(own, 0),
		"login_id", "ulla", "user", string(c.user.ID), "user_id", string(c.user.ID), "account", "ulla")
	if !p.Has("Hello Hedda") {
		t.Errorf(`POST %s: got %s, want the text "Hello Hedda"`, "/login/code?user="+string(c.user.ID), p.Text())
	}
}

// TestC04_PendFromOtherBrowserRejected checks that a copied cookie of a pending
// login is useless without the cookie of the browser itself.
func TestC04_PendFromOtherBrowserRejected(t *testing.T) {
	c := newFixture(t)
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
		if p := thief.Post("/login/code", "code", c.Code(key, 0)); p.Path != "/login?done=login-over" || isLoggedIn(thief) {
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
	c := newFixture(t)
	c.Enrol(c.admin)
	for _, next := range []string{"hedda", "alice"} {
		b, elsewhere := c.as(c.user), c.as(c.user)
		before := c.copied(b, "portico_session")
		b.Post("/login", "login_id", next, "password", porticotest.Password)
		if isLoggedIn(before) || !isLoggedIn(elsewhere) {
			t.Errorf("%s logs in: the session before %v, another one %v", next, isLoggedIn(before), isLoggedIn(elsewhere))
		}
	}
}

// TestC01_PendSingleUse checks that a pending login accepts one right code,
// checks at most five, and expires after five minutes.
func TestC01_PendSingleUse(t *testing.T) {
	c := newFixture(t)
	key := c.Enrol(c.user)
	b := c.Client()
	b.Login("ulla", porticotest.Password, "")
	twice := c.copied(b, "portico_login", "portico_browser") // as a thief who has copied all cookies
	if p := b.Post("/login/code", "code", c.Code(key, 0)); !p.Has("Hello Ulla") {
		t.Fatalf(`POST /login/code: got %s, want the text "Hello Ulla"`, p.Text())
	}
	c.Clock.Advance(time.Minute)
	if p := twice.Post("/login/code", "code", c.Code(key, 0)); !p.Has("took too long or had too many wrong codes") {
		t.Errorf("a used log-in goes on: %s", p.Text())
	}

	b = c.Client()
	b.Login("ulla", porticotest.Password, "")
	pend := b.Cookie("portico_login")
	for i := 1; i <= portico.CodesPerLogin; i++ {
		if p := b.Post("/login/code", "code", "000000"); strings.HasPrefix(p.Path, "/login?done=login-over") != (i == portico.CodesPerLogin) {
			t.Errorf("after wrong code %d: %s", i, p.Path)
		}
	}
	b.SetCookie("portico_login", pend)
	if p := b.Post("/login/code", "code", c.Code(key, 0)); p.Path != "/login?done=login-over" {
		t.Errorf("a sixth code is looked at: %s %s", p.Path, p.Text())
	}

	late := c.Client()
	late.Login("ulla", porticotest.Password, "")
	c.Clock.Advance(portico.PendingLoginTTL)
	if p := late.Post("/login/code", "code", c.Code(key, 0)); p.Path != "/login?done=login-over" {
		t.Errorf("after five minutes: %s", p.Text())
	}
}

// TestC04_TwoTabsTwoUsers checks that the pending login determines the account,
// not the request, and that a new log-in in a browser replaces the previous
// one.
func TestC04_TwoTabsTwoUsers(t *testing.T) {
	c := newFixture(t)
	ulla, alice := c.Enrol(c.user), c.Enrol(c.admin)
	b := c.Client()
	b.Login("ulla", porticotest.Password, "")
	replaced := c.copied(b, "portico_login", "portico_browser")
	b.Login("alice", porticotest.Password, "")
	if p := b.Post("/login/code", "code", c.Code(ulla, 0), "login_id", "ulla", "user", string(c.user.ID)); p.Has("Log out") {
		t.Error("the code of another tab's person opens")
	}
	if p := replaced.Post("/login/code", "code", c.Code(ulla, 0)); p.Has("Log out") {
		t.Error("a replaced log-in goes on")
	}
	if p := b.Post("/login/code", "code", c.Code(alice, 0)); !p.Has("Hello Alice") {
		t.Errorf("alice's own code: %s", p.Text())
	}
}

// TestC01_PendingDeniedOnEveryRoute requests every route without a session and
// with a pending login, and checks that only the routes tagged for that are
// open.
func TestC01_PendingDeniedOnEveryRoute(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.Enrol(c.admin)
	pending := c.Client()
	if p := pending.Login("alice", porticotest.Password, ""); !p.Has("Enter your code") {
		t.Fatalf(`logging in as alice: got %s, want the text "Enter your code"`, p.Text())
	}
	// The token of a pending login is not a session, whatever cookie it is in.
	planted := c.Client()
	planted.SetCookie("portico_session", pending.Cookie("portico_login"))
	for _, r := range web.RouteTable() {
		method, path := fill(r.Pattern, c.user.ID)
		for who, b := range map[string]*porticotest.Client{"nobody": c.Client(), "pending": pending, "planted": planted} {
			p := try(b, method, path)
			open := r.Tag == "public" || r.Tag == "pending" && who == "pending"
			if !open && !denied(p) {
				t.Errorf("%s as %s: %d %s, want not (!open && !denied(p))", r.Pattern, who, p.Status, p.Header.Get("Location"))
			}
			if p.Status >= 500 {
				t.Errorf("%s as %s: %d, want not p.Status >= 500", r.Pattern, who, p.Status)
			}
			if b.Cookie("portico_session") != "" && who != "planted" {
				t.Fatalf("%s as %s gives a session", r.Pattern, who)
			}
		}
	}
}
