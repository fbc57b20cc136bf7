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

// cast is a customer with a person in each role, and a person of another
// customer.
type cast struct {
	*porticotest.Portal
	acme, globex             portico.Customer
	user, help, admin, other portico.User
}

func newCast(t *testing.T, options ...func(*porticotest.Portal)) *cast {
	t.Helper()
	// Each cast has its own portal, so the tests can run in parallel. Only the
	// first cast of a test calls Parallel.
	if _, again := parallel.LoadOrStore(t.Name(), true); !again {
		t.Parallel()
	}
	p := porticotest.New(t, options...)
	c := &cast{Portal: p, acme: p.Customer("acme", "Acme Telecom"), globex: p.Customer("globex", "Globex")}
	c.user = p.User(c.acme.ID, "ulla", portico.RoleUser)
	c.help = p.User(c.acme.ID, "hedda", portico.RoleHelpDesk)
	c.admin = p.User(c.acme.ID, "alice", portico.RoleAdministrator)
	c.other = p.User(c.globex.ID, "greta", portico.RoleAdministrator)
	return c
}

// parallel holds the names of the tests that run in parallel.
var parallel sync.Map

// as returns a browser in which a person has logged in.
func (c *cast) as(u portico.User) *porticotest.Client {
	c.T.Helper()
	b := c.Client()
	if p := b.Login(u.LoginID, porticotest.Password, ""); p.Status != 200 || !p.Has("Log out") {
		c.T.Fatalf("%s cannot log in: %s", u.LoginID, p.Text())
	}
	return b
}

// fill replaces the wildcards of a pattern by values.
func fill(pattern string, u portico.UserID) (method, path string) {
	method, path, _ = strings.Cut(pattern, " ")
	path = strings.NewReplacer("{$}", "", "{user}", string(u), "{slug}", "acme", "{import}", string(u), "{reset}", string(u), "{token}", "no-such-token").Replace(path)
	return method, path
}

// try sends a request to a route as a page of the portal would, and does not
// follow redirects.
func try(b *porticotest.Client, method, path string) *porticotest.Page {
	b.HTTP.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	defer func() { b.HTTP.CheckRedirect = nil }()
	if method == "POST" {
		return b.Post(path)
	}
	return b.Get(path)
}

// denied reports whether a response is a 401 or redirects to the login page.
func denied(p *porticotest.Page) bool {
	to := p.Header.Get("Location")
	return p.Status == 401 || p.Status == 303 && (to == "/login" || strings.HasPrefix(to, "/login?next="))
}

// TestC01_PendingDeniedOnEveryRoute requests every route without a session and
// with a pending login, and checks that only the routes tagged for that are
// open.
func TestC01_PendingDeniedOnEveryRoute(t *testing.T) {
	c := newCast(t)
	c.Enrol(c.admin)
	pending := c.Client()
	if p := pending.Login("alice", porticotest.Password, ""); !p.Has("Enter your code") {
		t.Fatal(p.Text())
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

// TestC15_RoutesByRole requests the administration's routes in each role.
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
				// Another customer's person does not exist here.
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

// TestEveryRouteIsGuarded checks that every route has a tag, and every
// administration route a permission.
func TestEveryRouteIsGuarded(t *testing.T) {
	known := map[string]bool{"public": true, "pending": true, "enrol": true, "full": true, "confirmed": true}
	for _, r := range web.RouteTable() {
		if !known[r.Tag] {
			t.Errorf("%s has the tag %q", r.Pattern, r.Tag)
		}
		if (strings.Contains(r.Pattern, "/administration/") || strings.Contains(r.Pattern, "/customers")) == (r.Need == "") {
			t.Errorf("%s needs %q", r.Pattern, r.Need)
		}
		// Routes that weaken an account's protection need a recent confirmation.
		if strings.HasPrefix(r.Pattern, "POST") && (strings.Contains(r.Pattern, "two-factor/d") || strings.HasSuffix(r.Pattern, "/account/password")) && r.Tag != "confirmed" {
			t.Errorf("%s is tagged %s", r.Pattern, r.Tag)
		}
	}
}

// TestHeadersOnEveryRoute checks that every page, including errors, forbids
// what the pages do not use, and is not cached.
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

// TestC14_GetNeverMutates requests all pages and compares the audit log and an
// account before and after. Only the downloads of the list of people may be
// recorded in the log.
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
