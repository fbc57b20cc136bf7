package web_test

import (
	"net/http"
	"strings"
	"testing"

	"portico/internal/porticotest"
	"portico/internal/web"
)

// forged sends a form as a browser on another site does.
func forged(t *testing.T, c *cast, b *porticotest.Client, path, body string, headers ...string) *porticotest.Page {
	t.Helper()
	r, err := http.NewRequest("POST", c.URL+path, strings.NewReader(body))
	must(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return b.Do(r)
}

func TestC14_CrossSiteOriginRejected(t *testing.T) {
	c := newCast(t)
	b := c.as(c.user)
	for _, headers := range [][]string{
		{"Origin", "https://evil.example"},
		{"Origin", "null"},
		{"Origin", strings.Replace(c.URL, "127.0.0.1", "evil.127.0.0.1", 1)},
		{"Sec-Fetch-Site", "same-site"},
		{"Sec-Fetch-Site", "cross-site", "Origin", c.URL},
	} {
		if p := forged(t, c, b, "/logout", "", headers...); p.Status != 403 {
			t.Errorf("%v: %d", headers, p.Status)
		}
	}
	if p := forged(t, c, b, "/account/profile", "first_name=X", "Sec-Fetch-Site", "same-origin", "Origin", c.URL); p.Status == 403 {
		t.Error("the portal's own form is refused")
	}
}

// TestC14_LoginCSRF: nobody can be logged in to somebody else's account from
// another site.
func TestC14_LoginCSRF(t *testing.T) {
	c := newCast(t)
	b := c.Client()
	p := forged(t, c, b, "/login", "login_id=ulla&password="+porticotest.Password, "Sec-Fetch-Site", "cross-site")
	if p.Status != 403 || b.Cookie("portico_session") != "" || b.Cookie("portico_browser") != "" {
		t.Errorf("%d", p.Status)
	}
}

func TestC14_LogoutCSRF(t *testing.T) {
	c := newCast(t)
	b := c.as(c.user)
	for _, site := range []string{"cross-site", "same-site"} {
		forged(t, c, b, "/logout", "", "Sec-Fetch-Site", site)
	}
	try(b, "GET", "/logout")
	if !in(b) {
		t.Error("logged out from elsewhere")
	}
}

func TestC14_CORSNeverReflects(t *testing.T) {
	c := newCast(t)
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

// TestC14_OnlyForms: a body of another kind is not read.
func TestC14_OnlyForms(t *testing.T) {
	c := newCast(t)
	for _, kind := range []string{"application/json", "text/plain", "multipart/form-data; boundary=x", ""} {
		b := c.Client()
		r, err := http.NewRequest("POST", c.URL+"/login", strings.NewReader("login_id=ulla&password="+porticotest.Password))
		must(t, err)
		r.Header.Set("Content-Type", kind)
		if p := b.Do(r); p.Status != 415 || b.Cookie("portico_session") != "" {
			t.Errorf("%q: %d", kind, p.Status)
		}
	}
}
