package web_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/web"
)

// TestC05_MethodAndOverrideVariants checks that no other method, and no header
// that overrides the method, gives access to a route.
func TestC05_MethodAndOverrideVariants(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
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
				t.Errorf("%s %s: %d, want status other than 200, status other than 204, not (p.Status >= 500 && p.Status != 501)", method, path, p.Status)
			}
		}
	}
}

// TestC05_MethodDoesNotSkipTheGuard checks that headers and parameters cannot
// override the method or the path of a request with a session, and that HEAD is
// guarded like GET.
func TestC05_MethodDoesNotSkipTheGuard(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
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
			if p := ask("GET", path, override, "POST"); p.Status != 405 || !isLoggedIn(b) {
				t.Errorf("GET %s with %s: %d", path, override, p.Status)
			}
		}
	}
	for _, header := range []string{"X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Path"} {
		if p := ask("GET", "/nowhere", header, "/account"); p.Status != 404 {
			t.Errorf("%s: %d %s, want status 404", header, p.Status, p.Text())
		}
	}
	c.Clock.Advance(portico.ConfirmationTTL)
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
// send, each with a second request behind it on the same connection. A proxy
// may see another end of an ambiguous request than the portal does: such a
// request is the last of its connection.
func TestC05_AbsoluteFormAndSmuggling(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	host := strings.TrimPrefix(c.URL, "http://")
	own := "Host: " + host + "\r\n"
	const login, denied, healthy = "303 /login?next=%2Faccount", "400", "200"
	for name, test := range map[string]struct {
		request string
		want    []string // status and Location of each answer; the last answer closes the connection
	}{
		"absolute form":       {"GET http://" + host + "/account HTTP/1.1\r\n" + own + "\r\n", []string{login, healthy}},
		"other host":          {"GET http://evil.example/account HTTP/1.1\r\n" + own + "\r\n", []string{login, healthy}},
		"double slashes":      {"GET //account HTTP/1.1\r\n" + own + "\r\n", []string{"307 /account", healthy}},
		"dots":                {"GET /login/../account HTTP/1.1\r\n" + own + "\r\n", []string{"307 /account", healthy}},
		"encoded":             {"GET /%61ccount HTTP/1.1\r\n" + own + "\r\n", []string{"303 /login?next=%2F%2561ccount", healthy}},
		"two hosts":           {"GET /account HTTP/1.1\r\n" + own + "Host: evil.example\r\n\r\n", []string{denied}},
		"no host":             {"GET /account HTTP/1.1\r\n\r\n", []string{denied}},
		"tunnel":              {"CONNECT evil.example:443 HTTP/1.1\r\n" + own + "Connection: close\r\n\r\n", []string{"405"}},
		"HTTP/2 in the clear": {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", []string{"404"}},
		"body of a GET":       {"GET /healthz HTTP/1.1\r\n" + own + "Content-Length: 5\r\n\r\n0\r\n\r\n", []string{healthy, healthy}},
		"chunks and length":   {"POST /login HTTP/1.1\r\n" + own + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", []string{"415"}},
		"folded header":       {"POST /login HTTP/1.1\r\n" + own + "X-A: b\r\n Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", []string{"415", healthy}},
		"two lengths":         {"POST /login HTTP/1.1\r\n" + own + "Content-Length: 0\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", []string{denied}},
		"length with a sign":  {"POST /login HTTP/1.1\r\n" + own + "Content-Length: +5\r\n\r\n0\r\n\r\n", []string{denied}},
		"space before colon":  {"POST /login HTTP/1.1\r\n" + own + "Content-Length : 5\r\n\r\n0\r\n\r\n", []string{denied}},
		"two encodings":       {"POST /login HTTP/1.1\r\n" + own + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", []string{"501"}},
		"unknown encoding":    {"POST /login HTTP/1.1\r\n" + own + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", []string{"501"}},
		"odd chunk size":      {"POST /login HTTP/1.1\r\n" + own + "Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n", []string{"415"}},
	} {
		got := answersTo(t, host, test.request+"GET /healthz HTTP/1.1\r\n"+own+"Connection: close\r\n\r\n")
		if !slices.Equal(got, test.want) {
			t.Errorf("%s, and GET /healthz behind it: answers %q, want %q; the log:\n%s", name, got, test.want, c.Logs)
		}
	}
}

// answersTo sends bytes on a connection of their own and returns the status and
// the Location of every answer until the portal closes it.
func answersTo(t *testing.T, host, sent string) (out []string) {
	t.Helper()
	conn, err := net.Dial("tcp", host)
	must(t, err)
	defer func() { _ = conn.Close() }() // closed by the portal already
	_, err = fmt.Fprint(conn, sent)
	must(t, err)
	for answers := bufio.NewReader(conn); ; {
		res, err := http.ReadResponse(answers, nil)
		if errors.Is(err, io.ErrUnexpectedEOF) { // no further answer
			return out
		}
		must(t, err)
		_, err = io.Copy(io.Discard, res.Body)
		must(t, errors.Join(err, res.Body.Close()))
		out = append(out, strings.TrimSpace(fmt.Sprint(res.StatusCode, " ", res.Header.Get("Location"))))
	}
}

// TestC05_NothingAfterChunks checks that the connection is closed after a
// chunked body if a proxy might see the end of that body elsewhere, because of
// a Content-Length beside it or because of HTTP/1.0. Otherwise what follows
// could be taken for a request of another client (RFC 9112, 6.1).
func TestC05_NothingAfterChunks(t *testing.T) {
	c := newFixture(t)
	host := strings.TrimPrefix(c.URL, "http://")
	for name, test := range map[string]struct {
		version, headers string
		want             []string
	}{
		"both":     {"HTTP/1.1", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", []string{"422"}},
		"chunks":   {"HTTP/1.1", "Transfer-Encoding: chunked\r\n", []string{"422"}},
		"HTTP/1.0": {"HTTP/1.0", "Transfer-Encoding: chunked\r\nConnection: keep-alive\r\n", []string{"422"}},
		"length":   {"HTTP/1.1", "Content-Length: 5\r\n", []string{"422", "200"}},
	} {
		got := answersTo(t, host, "POST /login "+test.version+"\r\nHost: "+host+"\r\nContent-Type: application/x-www-form-urlencoded\r\n"+test.headers+"\r\n0\r\n\r\n"+
			"GET /healthz HTTP/1.1\r\nHost: "+host+"\r\nConnection: close\r\n\r\n")
		if !slices.Equal(got, test.want) {
			t.Errorf("POST /login with %s, and GET /healthz behind it: answers %q, want %q", name, got, test.want)
		}
	}
}

// TestC05_NoExemptionsByShape checks that neither the spelling of an address
// nor a header gives access to a page.
func TestC05_NoExemptionsByShape(t *testing.T) {
	c := newFixture(t)
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
