package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/web"
)

// TestC26_XSSInNamesOn2FAPages checks that markup in names is escaped on every
// page and in every mail.
func TestC26_XSSInNamesOn2FAPages(t *testing.T) {
	if testing.Short() {
		return // long
	}
	p := porticotest.New(t)
	const evil = `<img src=x onerror=alert(1)>`
	acme := p.Customer("acme", `Acme "><script>alert(2)</script>`)
	c := &fixture{Portal: p, acme: acme}
	create := func(id string, role portico.Role) portico.User {
		u, err := p.Users.Create(context.Background(), portico.CommandLine(), acme.ID, portico.User{
			LoginID: id, FirstName: evil, LastName: `"'` + "`", Email: id + "@example.com", Role: role, Labels: []string{evil},
		}, porticotest.Password)
		must(t, err)
		return u
	}
	c.user, c.admin = create("ulla", portico.RoleUser), create("alice", portico.RoleAdministrator)
	admin := p.Client()
	admin.Login("alice", porticotest.Password, "")
	b := p.Client()
	b.Login("ulla", porticotest.Password, "")
	var bodies []string
	setup := b.Fill(b.Get("/account"), "Two Factor Authentication")
	bodies = append(bodies, setup.Body)
	u, err := url.Parse(setup.Link("Open in my authenticator app"))
	must(t, err)
	if u.Scheme != "otpauth" || u.Host != "totp" || strings.Contains(u.String(), "<") {
		t.Errorf(`url.Parse(setup.Link("Open in my authenticator app")): got %s, want u.Scheme "otpauth", u.Host "totp", no "<" in u.String()`, u)
	}
	bodies = append(bodies, b.Post(confirm, "code", c.Code(keyOn(t, setup), 0)).Body)
	for _, r := range web.RouteTable() {
		if method, path := fill(r.Pattern, c.user.ID); method == "GET" {
			for _, page := range []*porticotest.Page{admin.Get(path), b.Get(path)} {
				if strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") {
					bodies = append(bodies, page.Body)
				}
			}
		}
	}
	for _, m := range p.Mails("@") {
		bodies = append(bodies, m.HTML)
	}
	for _, body := range bodies {
		if strings.Contains(body, "<img src=x") || strings.Contains(body, "<script>alert") {
			t.Fatal("markup goes through")
		}
	}
}

// TestC26_NobodyWritesIntoMails checks that a stranger who requests a link for
// a person cannot put text into the mail.
func TestC26_NobodyWritesIntoMails(t *testing.T) {
	c := newFixture(t)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.URL+"/login/forgot", strings.NewReader("login_id=ulla"))
	must(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("User-Agent", "Firefox/1 - Your account was attacked. Secure it now: https://portal.example.net/help")
	res, err := c.Client().HTTP.Do(r)
	must(t, err)
	must(t, res.Body.Close())
	m := c.lastMail("ulla@")
	if strings.Contains(m.Text+m.HTML, "example.net") || !strings.Contains(m.Text, "Browser: Firefox") {
		t.Errorf(`c.lastMail("ulla@"): got %d %s, want no "example.net" in m.Text+m.HTML, "Browser: Firefox" in m.Text`, res.StatusCode, m.Text)
	}
}

// TestC26_NextStaysHereEverywhere checks that every form and page which
// redirects to an address from the request stays in the portal.
func TestC26_NextStaysHereEverywhere(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	key, codes := c.enrol(t, c.as(c.user))
	still := func(b *porticotest.Client) *porticotest.Client {
		b.HTTP.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		return b
	}
	for i, next := range []string{"https://evil.example", "//evil.example", `/\evil.example`, "evil.example"} {
		c.Clock.Advance(30 * time.Second)
		owner := c.as(c.help)
		confirmed := still(owner).Post("/confirm", "password", porticotest.Password, "next", next)
		for name, p := range map[string]*porticotest.Page{
			"code":         still(c.pend(c.user)).Post("/login/code", "code", c.Code(key, 0), "next", next),
			"recovery":     still(c.pend(c.user)).Post("/login/recovery", "recovery_code", codes[i], "next", next),
			"confirmation": confirmed,
			"logged in":    still(c.as(c.admin)).Get("/login?next=" + url.QueryEscape(next)),
		} {
			to, err := url.Parse(p.Header.Get("Location"))
			must(t, err)
			if p.Status != http.StatusSeeOther || to.Host != "" || to.Path != "/" && to.Path != "/account" {
				t.Errorf("%s: %q leads to %q, %d", name, next, to, p.Status)
			}
		}
	}
	// A reset code redirects as its form says, too.
	c.resetsAt(t, portico.ResetPolicy{HelpDesk: portico.ResetRule{ResetCode: true}})
	c.Enrol(c.help)
	c.askFor(c.as(c.admin), c.help)
	b := c.Client()
	b.Login("hedda", porticotest.Password, "")
	p := still(b).Post("/login/recovery", "recovery_code", recoveryPattern.FindString(c.lastMail("hedda@").Text), "next", "https://evil.example")
	if p.Status != http.StatusSeeOther || p.Header.Get("Location") != "/" {
		t.Errorf("a reset code leads to %q, %d", p.Header.Get("Location"), p.Status)
	}
}

func TestC26_LogInjection(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	r, err := http.NewRequest("GET", c.URL+"/no%0Alevel=ERROR%20msg=forged", nil)
	must(t, err)
	r.Header.Set("User-Agent", "evil level=ERROR msg=forged")
	c.Client().Do(r)
	c.Client().Login("level=ERROR\nmsg=forged", "x", "")
	if log := c.Logs.String(); strings.Contains(log, "forged") {
		t.Errorf(`c.Logs.String(): got %v, want no "forged" in log`, log)
	}
}

func TestC26_OpenRedirectNext(t *testing.T) {
	c := newFixture(t)
	for next, want := range map[string]string{
		"/account": "/account", "/administration/access?after=x": "/administration/access?after=x", "": "/",
		"https://evil.example": "/", "//evil.example": "/", `/\evil.example`: "/", "/%2F/evil": "/",
		"javascript:alert(1)": "/", "/login": "/", "/logout": "/", "/account\r\nX: y": "/", "account": "/",
	} {
		b := c.Client()
		b.HTTP.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		if got := b.Post("/login", "login_id", "ulla", "password", porticotest.Password, "next", next).Header.Get("Location"); got != want {
			t.Errorf("%q leads to %q, want %q", next, got, want)
		}
	}
}
