package web_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/web"
)

// TestC05_MethodAndOverrideVariants checks that no other method, and no header
// that overrides the method, gives access to a route.
func TestC05_MethodAndOverrideVariants(t *testing.T) {
	c := newCast(t)
	c.Enrol(c.user)
	for _, r := range web.RouteTable() {
		_, path := fill(r.Pattern, c.user.ID)
		if r.Tag == "public" {
			continue
		}
		for _, method := range []string{"HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "get", "POST"} {
			req, err := http.NewRequest(method, c.URL+path, nil)
			must(t, err)
			req.Header.Set("X-HTTP-Method-Override", "GET")
			req.Header.Set("X-Method-Override", "POST")
			b := c.Client()
			b.HTTP.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			if p := b.Do(req); p.Status == 200 || p.Status == 204 || p.Status >= 500 && p.Status != 501 {
				t.Errorf("%s %s: %d", method, path, p.Status)
			}
		}
	}
}

// TestC05_MethodDoesNotSkipTheGuard checks that headers and parameters cannot
// override the method or the path of a request with a session, and that HEAD is
// guarded like GET.
func TestC05_MethodDoesNotSkipTheGuard(t *testing.T) {
	c := newCast(t)
	c.Enrol(c.user)
	b := c.as(c.help)
	b.HTTP.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	ask := func(method, path string, header ...string) *porticotest.Page {
		r, err := http.NewRequest(method, c.URL+path, nil)
		must(t, err)
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		return b.Do(r)
	}
	for _, override := range []string{"X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"} {
		for _, path := range []string{"/logout", "/logout?_method=POST", "/logout?method=POST"} {
			if p := ask("GET", path, override, "POST"); p.Status != 405 || !in(b) {
				t.Errorf("GET %s with %s: %d", path, override, p.Status)
			}
		}
	}
	for _, header := range []string{"X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Path"} {
		if p := ask("GET", "/nowhere", header, "/account"); p.Status != 404 {
			t.Errorf("%s: %d %s", header, p.Status, p.Text())
		}
	}
	c.Clock.Advance(portico.ConfirmedTime)
	for _, r := range web.RouteTable() {
		method, path := fill(r.Pattern, c.user.ID)
		if method != "GET" || strings.HasPrefix(path, "/login") || r.Tag == "public" {
			continue
		}
		if get, head := ask("GET", path), ask("HEAD", path); get.Status != head.Status || get.Header.Get("Location") != head.Header.Get("Location") {
			t.Errorf("%s: GET %d, HEAD %d", path, get.Status, head.Status)
		}
	}
}

// TestC05_AbsoluteFormAndSmuggling sends requests that HTTP libraries do not
// send.
func TestC05_AbsoluteFormAndSmuggling(t *testing.T) {
	c := newCast(t)
	host := strings.TrimPrefix(c.URL, "http://")
	for name, request := range map[string]string{
		"absolute form":  "GET http://" + host + "/account HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n",
		"other host":     "GET http://evil.example/account HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n",
		"double slashes": "GET //account HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n",
		"dots":           "GET /login/../account HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n",
		"encoded":        "GET /%61ccount HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n",
		"smuggled": "POST /login HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n" +
			"0\r\n\r\nGET /account HTTP/1.1\r\nHost: " + host + "\r\n\r\n",
		"two hosts": "GET /account HTTP/1.1\r\nHost: " + host + "\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
	} {
		conn, err := net.Dial("tcp", host)
		must(t, err)
		_, err = fmt.Fprint(conn, request)
		must(t, err)
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		must(t, err)
		if res.StatusCode == 200 && name != "smuggled" || res.StatusCode >= 500 || strings.Contains(res.Header.Get("Location"), "evil") {
			t.Errorf("%s: %d to %q", name, res.StatusCode, res.Header.Get("Location"))
		}
		must(t, res.Body.Close())
		must(t, conn.Close())
	}
}

// TestC05_NothingAfterChunks checks that the connection is closed after a
// chunked body if a proxy might see the end of that body elsewhere, because of
// a Content-Length beside it or because of HTTP/1.0. Otherwise what follows
// could be taken for a request of another client (RFC 9112, 6.1).
func TestC05_NothingAfterChunks(t *testing.T) {
	c := newCast(t)
	host := strings.TrimPrefix(c.URL, "http://")
	next := "GET /healthz HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"
	for name, test := range map[string]struct {
		headers string
		answers int
	}{
		"both":     {"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", 1},
		"chunks":   {"Transfer-Encoding: chunked\r\n", 1},
		"HTTP/1.0": {"Transfer-Encoding: chunked\r\nConnection: keep-alive\r\n", 1},
		"length":   {"Content-Length: 5\r\n", 2},
	} {
		version := "HTTP/1.1"
		if name == "HTTP/1.0" {
			version = name
		}
		conn, err := net.Dial("tcp", host)
		must(t, err)
		must(t, conn.SetDeadline(time.Now().Add(time.Minute)))
		_, err = fmt.Fprint(conn, "POST /login "+version+"\r\nHost: "+host+"\r\nContent-Type: application/x-www-form-urlencoded\r\n"+test.headers+"\r\n0\r\n\r\n"+next)
		must(t, err)
		all, err := io.ReadAll(conn)
		if n := strings.Count(string(all), "HTTP/1."); err != nil && n == 0 || n != test.answers {
			t.Errorf("%s: %d answers, %v\n%s", name, n, err, all)
		}
		must(t, conn.Close())
	}
}

// TestC05_NoExemptionsByShape checks that neither the spelling of an address
// nor a header gives access to a page.
func TestC05_NoExemptionsByShape(t *testing.T) {
	c := newCast(t)
	for _, path := range []string{
		"/account/", "//account", "/./account", "/login/../account", "/%61ccount", "/account%2f", "/account;x", "/Account", "/static/../account", "/account?static=1", "/healthz/../account",
	} {
		if p := c.Client().Get(path); p.Has("Two Factor Authentication") {
			t.Errorf("%s opens: %s", path, p.Path)
		}
	}
	for name, value := range map[string]string{
		"X-Forwarded-For": "127.0.0.1", "X-Original-URL": "/login", "X-Rewrite-URL": "/login", "X-HTTP-Method-Override": "GET", "Authorization": "Basic YWxpY2U6eA==",
		"User-Agent": "internal-health-check", "X-Remote-User": "alice", "Portico-Login-ID": "alice",
		"Accept": "application/json", "Content-Type": "application/json", "X-Requested-With": "XMLHttpRequest", "Upgrade": "websocket",
	} {
		r, err := http.NewRequest("GET", c.URL+"/account", nil)
		must(t, err)
		r.Header.Set(name, value)
		b := c.Client()
		b.HTTP.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		if p := b.Do(r); !denied(p) {
			t.Errorf("%s opens: %d", name, p.Status)
		}
	}
}
