package web_test

import (
	"net/http"
	"strings"
	"testing"

	"portico/internal/porticotest"
	"portico/internal/web"
)

func TestC03_BasicAuthRejectedEverywhere(t *testing.T) {
	c := newFixture(t)
	for _, r := range web.RouteTable() {
		method, path := fill(r.Pattern, c.user.ID)
		if method != "GET" || r.Tag == "public" {
			continue
		}
		req, err := http.NewRequest(method, c.URL+path, nil)
		must(t, err)
		req.SetBasicAuth("alice", porticotest.Password)
		b := c.Client()
		b.HTTP.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		if !denied(b.Do(req)) {
			t.Errorf("c.Client(): got %s, want denied(b.Do(req))", r.Pattern)
		}
	}
}

// TestC03_OnlyOnePasswordRoute sends a login ID and a password to every POST
// route, and checks that only one begins a log-in.
func TestC03_OnlyOnePasswordRoute(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	for _, r := range web.RouteTable() {
		method, path := fill(r.Pattern, c.user.ID)
		if method != "POST" {
			continue
		}
		b := c.Client()
		b.Post(path, "login_id", "ulla", "password", porticotest.Password, "username", "ulla", "grant_type", "password")
		begun := b.Cookie("portico_session") != "" || b.Cookie("portico_login") != ""
		if begun != (r.Pattern == "POST /login") {
			t.Errorf("%s begins a log-in: %v", r.Pattern, begun)
		}
	}
}

// TestC03_EveryLoginRouteChallengesEnrolledUser checks that no path to a
// session skips the second factor.
func TestC03_EveryLoginRouteChallengesEnrolledUser(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	_, codes := c.enrol(t, c.as(c.user))
	c.Clock.Advance(30e9)

	b := c.Client()
	if p := b.Login("ulla", porticotest.Password, ""); !p.Has("Enter your code") || isLoggedIn(b) {
		t.Error("log-in page")
	}
	b = c.Client()
	b.Fill(b.Get("/login/forgot"), "Send link", "Login ID", "ulla")
	mails := c.Mails("ulla@example.com")
	link := mails[len(mails)-1].Link("/password/")
	b.Fill(b.Get(link), "Save password", "Password", "seven quiet rivers meet")
	if isLoggedIn(b) {
		t.Error("a mailed link logs in")
	}
	if p := b.Login("ulla", "seven quiet rivers meet", ""); !p.Has("Enter your code") || isLoggedIn(b) {
		t.Error("after a mailed link the code is not asked for")
	}
	if p := b.Post("/login/recovery", "recovery_code", "AAAA-AAAA-AAAA-AAAA"); p.Has("Hello") || isLoggedIn(b) {
		t.Error("any recovery code does")
	}
	if p := b.Post("/login/recovery", "recovery_code", codes[0]); !isLoggedIn(b) {
		t.Errorf("the right recovery code: %s", p.Text())
	}
	notMe := c.Client()
	for _, m := range c.Mails("ulla@example.com") {
		if link := m.Link("/not-me/"); link != "" {
			notMe.Fill(notMe.Get(link), "This wasn't me")
			break
		}
	}
	if isLoggedIn(notMe) {
		t.Error("\"This wasn't me\" logs in")
	}
}

// TestC03_LinksLogNobodyIn checks that links lead only to the log-in page, even
// if the password that was just chosen would be enough to log in. The page has
// the login ID already. Only the first password of an account logs in by a link
// (TestC03_ActivationLogsInAsNextDecides).
func TestC03_LinksLogNobodyIn(t *testing.T) {
	c := newFixture(t)
	b := c.Client()
	p := b.Fill(b.Get(c.forgottenLink(t)), "Save password", "Password", "seven quiet rivers meet")
	if isLoggedIn(b) || !strings.HasPrefix(p.Path, "/login?") || p.Value("Login ID") != "ulla" {
		t.Errorf("a password link: got %s with the login ID %q, want the log-in page with ulla", p.Path, p.Value("Login ID"))
	}
	empty := porticotest.New(t)
	b = empty.Client()
	p = b.Post("/setup/"+porticotest.SetupToken, "kind", "operator", "first_name", "Olga", "last_name", "Olsen",
		"email", "olga@example.com", "login_id", "olga", "password", porticotest.Password)
	if isLoggedIn(b) || p.Path != "/login?done=portal-ready" || p.Value("Login ID") != "olga" {
		t.Errorf("the link that sets the portal up: got %s with the login ID %q, want the log-in page with olga", p.Path, p.Value("Login ID"))
	}
}
