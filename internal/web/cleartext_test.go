package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"portico/internal/porticotest"
)

// TestOpenedOverClearText checks that a portal whose base URL is https says so
// where a browser has opened it over http, in place of a log-in that leads to
// the log-in page again, and that nothing is said over https.
func TestOpenedOverClearText(t *testing.T) {
	if testing.Short() {
		return // long
	}
	const base, sentence = "https://portal.example.com", "Open this portal at https://portal.example.com"
	p := porticotest.New(t, func(p *porticotest.Portal) { p.URL = base })
	u := p.User(p.Customer("acme", "Acme Telecom").ID, "ulla", "user")
	b := porticotest.NewClient(t, "http://"+p.Node)
	b.HTTP.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	send := func(method, path string, headers ...string) *porticotest.Page {
		t.Helper()
		body := strings.NewReader(url.Values{"login_id": {u.LoginID}, "password": {porticotest.Password}, "code": {"123456"}}.Encode())
		r, err := http.NewRequest(method, "http://"+p.Node+path, body)
		must(t, err)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for i := 0; i+1 < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		return b.Do(r)
	}
	for _, path := range []string{"/login", "/login/code", "/login/forgot", "/activate/x", "/logout"} {
		got := send("POST", path, "Origin", "http://"+p.Node)
		if got.Status != 403 || !got.Has(sentence) || got.Link("Open "+base) != base || len(got.Header["Set-Cookie"]) > 0 {
			t.Errorf("a form to %s over http: %d %s", path, got.Status, got.Text())
		}
	}
	for name, headers := range map[string][]string{"directly": nil, "behind a proxy without TLS": {"X-Forwarded-Proto", "http"}} {
		if got := send("GET", "/login", headers...); got.Status != 200 || !got.Has(sentence) || got.Link(base) != base || !got.Has("Password") {
			t.Errorf("the login page over http, %s: %d %s", name, got.Status, got.Text())
		}
	}
	for name, headers := range map[string][]string{
		"a browser": {"Sec-Fetch-Site", "none"}, "an old browser behind a proxy": {"X-Forwarded-Proto", "https"},
		"a browser behind two proxies": {"Sec-Fetch-Site", "none", "X-Forwarded-Proto", "http"},
	} {
		if got := send("GET", "/login", headers...); got.Has("Open this portal at") {
			t.Errorf("the login page for %s over https: %s", name, got.Text())
		}
	}
	for name, headers := range map[string][]string{
		"a browser": {"Origin", "https://" + p.Node, "Sec-Fetch-Site", "same-origin"}, "a program": nil,
		"a browser behind two proxies": {"Origin", "https://" + p.Node, "X-Forwarded-Proto", "http"},
	} {
		if got := send("POST", "/login", headers...); got.Status != 303 || got.Header.Get("Location") != "/" {
			t.Errorf("%s over https: %d %s %s", name, got.Status, got.Header.Get("Location"), got.Text())
		}
	}
	if got := send("GET", "/healthz", "X-Forwarded-Proto", "http"); got.Status != 200 {
		t.Errorf("a health check over http: %d", got.Status)
	}
	clear := newFixture(t) // a base URL of http
	if got := clear.Client().Get("/login"); got.Has("Open this portal at") {
		t.Errorf("the login page of a portal without TLS: %s", got.Text())
	}
}
