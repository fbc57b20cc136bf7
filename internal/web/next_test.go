package web_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"portico/internal/porticotest"
)

// TestLoginLeadsBackToTheWholeAddress checks that the address that a proxy
// appends to the link of the login page arrives whole, with or without 2FA and
// after a log-in that took too long, and that it is still one of this host.
func TestLoginLeadsBackToTheWholeAddress(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	long := "/application/x?q=" + strings.Repeat("a", 1500) + "&b=2"
	for link, want := range map[string]string{
		"/application/x?a=1&b=2":                         "/application/x?a=1&b=2",
		"/application/x?a=1&b=2&c=%2Fd%26e":              "/application/x?a=1&b=2&c=%2Fd%26e",
		"/application/x?q=a+b%20c&q=d":                   "/application/x?q=a+b%20c&q=d",
		"/application/x?to=https://evil.example/?x=1&y=": "/application/x?to=https://evil.example/?x=1&y=",
		"/application/a%2Fb%23c?d=1":                     "/application/a%2Fb%23c?d=1",
		"/application/a%2Fb%25":                          "/application/a%2Fb%25",
		"/application/a&b":                               "/application/a&b",
		"/application/x?next=/y&next=/z":                 "/application/x?next=/y&next=/z",
		"/application/x?a;b=1&c=2":                       "/application/x?a;b=1&c=2",
		`/application/x?file=C:\a&b=2`:                   "/application/x?file=C:%5Ca&b=2",
		long:                                             long,
		url.QueryEscape("/application/x?a=1&b=2"):        "/application/x?a=1&b=2",
		"/application/x%3Fa=1%26b=2":                     "/application/x?a=1&b=2", // only what needs it is encoded
		"/account":                                       "/account",
		"//evil.example/?a=1&b=2":                        "",
		`/\evil.example/?a=1&b=2`:                        "",
		"/%2F/evil.example?a=1&b=2":                      "",
		"https://evil.example/?a=1&b=2":                  "",
		"/login?a=1&b=2":                                 "",
	} {
		p := c.Client().Do(request(t, c.Node, "/login?next="+link))
		if got := leads(p); got != want {
			t.Errorf("the login page for %s leads to %q, want %q", link, got, want)
		}
	}
	const deep = "/application/x?a=1&b=2&c=3"
	key := c.Enrol(c.user)
	b := c.Client()
	b.HTTP.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	to := b.Post("/login", "login_id", "ulla", "password", porticotest.Password, "next", deep).Header.Get("Location")
	if got := leads(b.Get(to)); got != deep {
		t.Errorf("the page for the code, %s, leads to %q, want %q", to, got, deep)
	}
	if got := b.Post("/login/code", "code", c.Code(key, 0), "next", deep).Header.Get("Location"); got != deep {
		t.Errorf("the code leads to %q, want %q", got, deep)
	}
	late := c.Client()
	late.HTTP.CheckRedirect = b.HTTP.CheckRedirect
	late.SetCookie("portico_login", "over")
	for name, p := range map[string]*porticotest.Page{
		"the code":          late.Post("/login/code", "code", "123456", "next", deep),
		"the recovery code": late.Post("/login/recovery", "recovery_code", "AAAA-AAAA-AAAA-AAAA", "next", deep),
	} {
		if got := leads(c.Client().Get(p.Header.Get("Location"))); got != deep {
			t.Errorf("%s, too late, leads to %s and then to %q, want %q", name, p.Header.Get("Location"), got, deep)
		}
	}
}

var nextField = regexp.MustCompile(`name="next" value="([^"]*)"`)

// leads returns the address that a page of the log-in leads to.
func leads(p *porticotest.Page) string {
	found := nextField.FindStringSubmatch(p.Body)
	if found == nil {
		return "a page without the field"
	}
	return html.UnescapeString(found[1])
}

// request returns a GET for an address that is sent as it is.
func request(t *testing.T, node, address string) *http.Request {
	t.Helper()
	path, query, _ := strings.Cut(address, "?")
	r, err := http.NewRequest(http.MethodGet, "http://"+node+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.URL.RawQuery = query
	return r
}
