package web_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/web"
)

// cast is a customer with somebody in each role, and a person of another one.
type cast struct {
	*porticotest.Portal
	acme, globex             portico.Customer
	user, help, admin, other portico.User
}

func newCast(t *testing.T) *cast {
	t.Helper()
	// Each cast has a portal of its own, and so the tests run side by side. Of
	// one test, only the first cast says so.
	if _, again := parallel.LoadOrStore(t.Name(), true); !again {
		t.Parallel()
	}
	p := porticotest.New(t)
	c := &cast{Portal: p, acme: p.Customer("acme", "Acme Telecom"), globex: p.Customer("globex", "Globex")}
	c.user = p.User(c.acme.ID, "ulla", portico.RoleUser)
	c.help = p.User(c.acme.ID, "hedda", portico.RoleHelpDesk)
	c.admin = p.User(c.acme.ID, "alice", portico.RoleAdministrator)
	c.other = p.User(c.globex.ID, "greta", portico.RoleAdministrator)
	return c
}

// parallel holds the names of the tests that run side by side.
var parallel sync.Map

// as is a browser in which somebody has logged in.
func (c *cast) as(u portico.User) *porticotest.Client {
	c.T.Helper()
	b := c.Client()
	if p := b.Login(u.LoginID, porticotest.Password, ""); p.Status != 200 || !p.Has("Log out") {
		c.T.Fatalf("%s cannot log in: %s", u.LoginID, p.Text())
	}
	return b
}

// fill puts values into the wildcards of a pattern.
func fill(pattern string, u portico.UserID) (method, path string) {
	method, path, _ = strings.Cut(pattern, " ")
	path = strings.NewReplacer("{$}", "", "{user}", string(u), "{slug}", "acme", "{import}", string(u), "{reset}", string(u), "{token}", "no-such-token").Replace(path)
	return method, path
}

// try sends a request to a route as a page of the portal would, and does not
// follow where it leads.
func try(b *porticotest.Client, method, path string) *porticotest.Page {
	b.HTTP.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	defer func() { b.HTTP.CheckRedirect = nil }()
	if method == "POST" {
		return b.Post(path)
	}
	return b.Get(path)
}

// denied reports whether an answer is the login page or a 401, and nothing
// else.
func denied(p *porticotest.Page) bool {
	to := p.Header.Get("Location")
	return p.Status == 401 || p.Status == 303 && (to == "/login" || strings.HasPrefix(to, "/login?next="))
}

// TestC01_PendingDeniedOnEveryRoute walks the route table as nobody and as
// somebody between password and code: only what is tagged for them opens.
func TestC01_PendingDeniedOnEveryRoute(t *testing.T) {
	c := newCast(t)
	c.Enrol(c.admin)
	pending := c.Client()
	if p := pending.Login("alice", porticotest.Password, ""); !p.Has("Enter your code") {
		t.Fatal(p.Text())
	}
	// A pending token is not a session, wherever it is put.
	planted := c.Client()
	planted.SetCookie("portico_session", pending.Cookie("portico_login"))
	for _, r := range web.RouteTable() {
		method, path := fill(r.Pattern, c.user.ID)
		for who, b := range map[string]*porticotest.Client{"nobody": c.Client(), "pending": pending, "planted": planted} {
			p := try(b, method, path)
			open := r.Tag == "public" || r.Tag == "pending" && who == "pending"
			if !open && !denied(p) {
				t.Errorf("%s as %s: %d %s", r.Pattern, who, p.Status, p.Header.Get("Location"))
			}
			if p.Status >= 500 {
				t.Errorf("%s as %s: %d", r.Pattern, who, p.Status)
			}
			if b.Cookie("portico_session") != "" && who != "planted" {
				t.Fatalf("%s as %s gives a session", r.Pattern, who)
			}
		}
	}
}

// TestC15_RoutesByRole walks the administration's routes in each role.
func TestC15_RoutesByRole(t *testing.T) {
	c := newCast(t)
	for _, u := range []portico.User{c.user, c.help, c.admin} {
		b := c.as(u)
		for _, r := range web.RouteTable() {
			if r.Need == "" {
				continue
			}
			method, path := fill(r.Pattern, c.other.ID)
			p := try(b, method, path)
			switch {
			case !u.Role.Can(r.Need) || r.Enters:
				if p.Status != 403 {
					t.Errorf("%s as %s: %d, not 403", r.Pattern, u.Role, p.Status)
				}
			case strings.Contains(r.Pattern, "{user}"), strings.Contains(r.Pattern, "{import}"):
				// Another customer's person does not exist.
				if p.Status != 404 {
					t.Errorf("%s on another customer's person: %d, not 404", r.Pattern, p.Status)
				}
			case p.Status >= 500 || p.Status == 403:
				t.Errorf("%s as %s: %d", r.Pattern, u.Role, p.Status)
			}
		}
	}
	if got := c.Account(c.other.ID); got.Status != portico.Active || got.Epoch != 1 {
		t.Errorf("another customer's person was changed: %+v", got.User)
	}
}

// TestEveryRouteIsGuarded: no route without a tag, and none in administration
// without a permission.
func TestEveryRouteIsGuarded(t *testing.T) {
	known := map[string]bool{"public": true, "pending": true, "enrol": true, "full": true, "confirmed": true}
	for _, r := range web.RouteTable() {
		if !known[r.Tag] {
			t.Errorf("%s has the tag %q", r.Pattern, r.Tag)
		}
		if (strings.Contains(r.Pattern, "/administration/") || strings.Contains(r.Pattern, "/customers")) == (r.Need == "") {
			t.Errorf("%s needs %q", r.Pattern, r.Need)
		}
		// What weakens somebody's protection asks for a fresh confirmation.
		if strings.HasPrefix(r.Pattern, "POST") && (strings.Contains(r.Pattern, "two-factor/d") || strings.HasSuffix(r.Pattern, "/account/password")) && r.Tag != "confirmed" {
			t.Errorf("%s is tagged %s", r.Pattern, r.Tag)
		}
	}
}

// TestHeadersOnEveryRoute: every answer, errors included, forbids what the
// pages do not use and is not kept.
func TestHeadersOnEveryRoute(t *testing.T) {
	c := newCast(t)
	b := c.as(c.admin)
	paths := []string{"/nowhere", "/static/none.css"}
	for _, r := range web.RouteTable() {
		if method, path := fill(r.Pattern, c.user.ID); method == "GET" {
			paths = append(paths, path)
		}
	}
	for _, path := range paths {
		h := try(b, "GET", path).Header
		if !strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none'") || strings.Contains(h.Get("Content-Security-Policy"), "unsafe") ||
			h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "same-origin" ||
			h.Get("Cross-Origin-Opener-Policy") != "same-origin" || h.Get("Cache-Control") != "no-store" || h.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %v", path, h)
		}
	}
}

// TestC14_EveryMutationNeedsSameOrigin sends every POST as another site would.
func TestC14_EveryMutationNeedsSameOrigin(t *testing.T) {
	c := newCast(t)
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

// TestC14_GetNeverMutates walks all pages and compares what stands in the
// audit log and the accounts before and after. That the list of people was
// downloaded is the one thing that reading leaves in the log.
func TestC14_GetNeverMutates(t *testing.T) {
	c := newCast(t)
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
