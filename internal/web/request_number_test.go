package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"portico/internal/porticotest"
)

// requestNumber is on every page of an error, and differs on each.
var requestNumber = regexp.MustCompile(`Number: \w+`)

// TestEveryErrorHasTheNumberOfItsRequest checks that every response has the
// number of its request in a header, every page of an error also in its text,
// and that the log finds the request by it.
func TestEveryErrorHasTheNumberOfItsRequest(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c, hold, release := slow(t)
	b, out := c.as(c.user), c.Client()
	foreign := func() *porticotest.Page {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.URL+"/logout", nil)
		must(t, err)
		r.Header.Set("Origin", "https://elsewhere.example")
		return b.Do(r)
	}
	seen := map[string]string{}
	check := func(did string, status int, p *porticotest.Page) {
		t.Helper()
		number := p.Header.Get("X-Request-ID")
		if p.Status != status || number == "" || seen[number] != "" {
			t.Errorf("%s: got status %d and the number %q (of %q before), want %d and a new number", did, p.Status, number, seen[number], status)
		}
		seen[number] = did
		if status >= 400 && !p.Has("Number: "+number) {
			t.Errorf("%s: the page does not show the number %s: %s", did, number, p.Text())
		}
		if logs := c.Logs.String(); !strings.Contains(logs, "id="+number) {
			t.Errorf("%s: the log has no line with the number %s", did, number)
		}
	}
	check("a page", 200, b.Get("/account"))
	check("no such page", 404, b.Get("/nothing"))
	check("no such page, without a session", 404, out.Get("/nothing"))
	check("a page for administrators", 403, b.Get("/administration/access"))
	check("another method", 405, b.Get("/logout"))
	check("a form of another site", 403, foreign())
	check("a link that is no longer valid", 410, out.Get("/activate/AAAAAAAAAAAAAAAAAAAAAAAAAA"))
	c.Web.RequestTimeout = 300 * time.Millisecond
	hold()
	c.Clock.Advance(time.Minute)
	check("not ready", 503, out.Get("/readyz"))
	check("a change while the database takes none", 503, out.Post("/login", "login_id", c.user.LoginID, "password", porticotest.Password))
	release()
	c.behind(t, `ALTER TABLE sessions RENAME TO gone`)
	check("a failure of the portal", 500, b.Get("/account"))
}
