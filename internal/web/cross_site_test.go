package web_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/store"
	"portico/internal/web"
)

// TestC14_NoLinkSaysThatSomethingWasDone checks that a page says that something
// was done only if the portal itself redirected to it. A log-in or a
// confirmation in between removes the notice from a link.
func TestC14_NoLinkSaysThatSomethingWasDone(t *testing.T) {
	c := newFixture(t)
	link := url.QueryEscape("/account?done=deleted")
	b := c.Client()
	p := b.Fill(b.Get("/login?next="+link), "Log in", "Login ID", "ulla", "Password", porticotest.Password)
	if path(p) != "/account" || strings.Contains(p.Path, "done") {
		t.Errorf("after a log-in: %s", p.Path)
	}
	if p := b.Fill(b.Get("/confirm?next="+link), "Confirm", "Password", porticotest.Password); path(p) != "/account" || strings.Contains(p.Path, "done") {
		t.Errorf("after a confirmation: %s", p.Path)
	}
	if p := b.Get("/login?next=" + link); strings.Contains(p.Path, "done") {
		t.Errorf("while logged in: %s", p.Path)
	}
	if got := web.LocalPath("/administration/audit?person=a+b&done=x&action=y"); got != "/administration/audit?action=y&person=a+b" {
		t.Errorf("the rest of the address: %s", got)
	}
}

// forged sends a form as a browser on another site would.
func forged(t *testing.T, c *fixture, b *porticotest.Client, path, body string, headers ...string) *porticotest.Page {
	t.Helper()
	r, err := http.NewRequest("POST", c.URL+path, strings.NewReader(body))
	must(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return b.Do(r)
}

// TestC14_RefusalOfAnotherSiteIsLogged checks that the log says why a form was
// refused: behind a proxy that changes the Host header, all are.
func TestC14_RefusalOfAnotherSiteIsLogged(t *testing.T) {
	c := newFixture(t)
	b := c.Client()
	if p := forged(t, c, b, "/login", "", "Origin", "https://portal.example.com"); p.Status != http.StatusForbidden {
		t.Fatalf("POST /login with another origin: got %d, want 403", p.Status)
	}
	for _, want := range []string{`level=WARN msg="refused as from another site"`, "origin=https://portal.example.com", "host=" + c.Node} {
		if !strings.Contains(c.Logs.String(), want) {
			t.Errorf("the log after a form with another origin: got %s, want %q in it", c.Logs, want)
		}
	}
}

func TestC14_CrossSiteOriginRejected(t *testing.T) {
	c := newFixture(t)
	b := c.as(c.user)
	for _, headers := range [][]string{
		{"Origin", "https://evil.example"},
		{"Origin", "null"},
		{"Origin", strings.Replace(c.URL, "127.0.0.1", "evil.127.0.0.1", 1)},
		{"Sec-Fetch-Site", "same-site"},
		{"Sec-Fetch-Site", "cross-site", "Origin", c.URL},
	} {
		if p := forged(t, c, b, "/logout", "", headers...); p.Status != 403 {
			t.Errorf("%v: %d, want status 403", headers, p.Status)
		}
	}
	if p := forged(t, c, b, "/account/profile", "first_name=X", "Sec-Fetch-Site", "same-origin", "Origin", c.URL); p.Status == 403 {
		t.Error("the portal's own form is refused")
	}
}

// TestC14_LoginCSRF checks that another site cannot log a browser in to an
// account.
func TestC14_LoginCSRF(t *testing.T) {
	c := newFixture(t)
	b := c.Client()
	p := forged(t, c, b, "/login", "login_id=ulla&password="+porticotest.Password, "Sec-Fetch-Site", "cross-site")
	if p.Status != 403 || b.Cookie("portico_session") != "" || b.Cookie("portico_browser") != "" {
		t.Errorf(`forged: got %d, want status 403, b.Cookie("portico_session") "", b.Cookie("portico_browser") ""`, p.Status)
	}
}

func TestC14_LogoutCSRF(t *testing.T) {
	c := newFixture(t)
	b := c.as(c.user)
	for _, site := range []string{"cross-site", "same-site"} {
		forged(t, c, b, "/logout", "", "Sec-Fetch-Site", site)
	}
	try(b, "GET", "/logout")
	if !isLoggedIn(b) {
		t.Error("logged out from elsewhere")
	}
}

func TestC14_CORSNeverReflects(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	for _, r := range web.RouteTable() {
		_, path := fill(r.Pattern, c.user.ID)
		for _, method := range []string{"GET", "OPTIONS"} {
			req, err := http.NewRequest(method, c.URL+path, nil)
			must(t, err)
			req.Header.Set("Origin", "https://evil.example")
			req.Header.Set("Access-Control-Request-Method", "POST")
			for name := range b.Do(req).Header {
				if strings.HasPrefix(name, "Access-Control") {
					t.Errorf("%s %s answers %s", method, path, name)
				}
			}
		}
	}
}

// TestC14_OnlyForms checks that bodies of other media types are not read.
func TestC14_OnlyForms(t *testing.T) {
	c := newFixture(t)
	for _, kind := range []string{"application/json", "text/plain", "multipart/form-data; boundary=x", ""} {
		b := c.Client()
		r, err := http.NewRequest("POST", c.URL+"/login", strings.NewReader("login_id=ulla&password="+porticotest.Password))
		must(t, err)
		r.Header.Set("Content-Type", kind)
		if p := b.Do(r); p.Status != 415 || b.Cookie("portico_session") != "" {
			t.Errorf(`%q: %d, want status 415, b.Cookie("portico_session") ""`, kind, p.Status)
		}
	}
}

// TestC14_OpeningALinkDoesNothing checks that opening a mailed link changes
// nothing, because mail programs and their scanners open links. The change
// needs the button on its page.
func TestC14_OpeningALinkDoesNothing(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	admin := c.as(c.admin)
	admin.Fill(admin.Get(access+"/new"), "Create user", "First name", "Eve", "Last name", "Il", "Email", "eve@example.com")
	c.as(c.user).Post("/account/profile", "first_name", "Ulla", "last_name", "Tester", "email", "ursula@example.com")
	links := []string{c.lastMail("eve@").Link("/activate/"), c.lastMail("ulla@").Link("/not-me/"), c.lastMail("ursula@").Link("/email/")}
	c.Client().Post("/login/forgot", "login_id", "ulla")
	links = append(links, c.lastMail("ulla@").Link("/password/"))
	must(t, c.DB.Update(t.Context(), portico.CommandLine(), func(tx *store.Tx) error {
		a, err := tx.Account(c.user.ID)
		if err != nil {
			return err
		}
		token, _, err := tx.IssueLink(store.LinkUnlock, a, time.Hour)
		links = append(links, c.URL+"/unlock/"+token)
		return err
	}))
	before := c.Contents()
	for _, link := range links {
		for _, method := range []string{"HEAD", "GET"} {
			r, err := http.NewRequest(method, link, nil)
			must(t, err)
			b := c.Client()
			if p := b.Do(r); p.Status != 200 || len(p.Header.Values("Set-Cookie")) != 0 {
				t.Errorf(`%s %s: %d, want status 200, 0 of p.Header.Values("Set-Cookie")`, method, link, p.Status)
			}
		}
	}
	if !maps.Equal(before, c.Contents()) {
		t.Error("opening the links has changed something")
	}
}

// TestC14_EveryMutationNeedsSameOrigin sends every POST as another site would.
func TestC14_EveryMutationNeedsSameOrigin(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	for _, r := range web.RouteTable() {
		method, path := fill(r.Pattern, c.user.ID)
		if method != "POST" {
			continue
		}
		for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
			req, err := http.NewRequest("POST", c.URL+path, strings.NewReader("reason=x"))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Header.Set(name, value)
			if p := b.Do(req); p.Status != 403 {
				t.Errorf("%s with %s %s: %d", r.Pattern, name, value, p.Status)
			}
		}
	}
	if !b.Get("/account").Has("Log out") {
		t.Error("another site has logged alice out")
	}
}

// TestC14_GetNeverMutates requests all pages and compares the audit log and an
// account before and after. Only the downloads of the list of people may be
// recorded in the log.
func TestC14_GetNeverMutates(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.Enrol(c.user)
	b := c.as(c.admin)
	before := len(c.Events(c.acme.ID))
	for _, r := range web.RouteTable() {
		if method, path := fill(r.Pattern, c.user.ID); method == "GET" {
			try(b, method, path)
		}
	}
	if after := len(c.Events(c.acme.ID)) - c.events(portico.PeopleExported, ""); after != before {
		t.Errorf("%d events before, %d after", before, after)
	}
	if a := c.Account(c.user.ID); a.TwoFactor != portico.TwoFactorEnabled || a.Status != portico.Active {
		t.Errorf("changed: %+v", a.User)
	}
}
