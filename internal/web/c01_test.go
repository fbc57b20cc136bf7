package web_test

import (
	"net/http"
	"strings"
	"testing"

	"portico"
	"portico/internal/web"
)

// TestC01_PendTokenIsNotASession checks that the token of a pending login gives
// no access, whatever it is sent as.
func TestC01_PendTokenIsNotASession(t *testing.T) {
	c := newCast(t)
	c.Enrol(c.user)
	token := c.pend(c.user).Cookie("portico_login")
	for _, name := range []string{"portico_session", "portico_browser", "session", "__Host-portico_session"} {
		b := c.Client()
		b.SetCookie(name, token)
		if in(b) {
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
	c := newCast(t)
	key := c.Enrol(c.user)
	b := c.pend(c.user)
	c.Clock.Advance(portico.PendingLoginTime - 1e9)
	if p := b.Get("/login/code"); !p.Has("Enter your code") {
		t.Errorf("before its time: %s", p.Text())
	}
	c.Clock.Advance(1e9)
	for _, path := range []string{"/login/code", "/login/recovery"} {
		if p := c.copied(b, "portico_login", "portico_browser").Get(path); p.Path != "/login?done=login-over" {
			t.Errorf("%s after five minutes: %s", path, p.Path)
		}
	}
	if p := b.Post("/login/code", "code", c.Code(key, 0)); p.Path != "/login?done=login-over" || in(b) {
		t.Errorf("after five minutes: %s", p.Path)
	}
}

// TestC01_PendLeaksNothing checks that the pages between password and code
// reveal nothing about the account.
func TestC01_PendLeaksNothing(t *testing.T) {
	c := newCast(t)
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
	c := newCast(t)
	key := c.Enrol(c.user)
	for _, path := range []string{"/login/code", "/login/recovery"} {
		b := c.Client()
		if p := b.Post(path, "code", c.Code(key, 0), "login_id", "ulla", "recovery_code", "AAAA-AAAA-AAAA-AAAA"); p.Has("Hello") || in(b) {
			t.Errorf("%s: %s", path, p.Text())
		}
		b.SetCookie("portico_login", "made-up")
		if p := b.Post(path, "code", c.Code(key, 0)); p.Has("Hello") || in(b) {
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
		open := strings.HasSuffix(r.Pattern, " /login/code") || strings.HasSuffix(r.Pattern, " /login/recovery")
		if (r.Tag == "pending") != open {
			t.Errorf("%s is tagged %s", r.Pattern, r.Tag)
		}
	}
}
