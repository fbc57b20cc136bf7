package web_test

import (
	"strings"
	"testing"

	"portico/internal/porticotest"
)

// TestClientAddressBehindProxies checks that the address of a session is the
// client's, in whatever form a load balancer writes it, and that the log warns
// once of a header that cannot be read.
func TestClientAddressBehindProxies(t *testing.T) {
	if testing.Short() {
		return // long
	}
	p := porticotest.New(t, porticotest.Behind)
	u := p.User(p.Customer("acme", "Acme Telecom").ID, "ulla", "user")
	const warning = "the header of a trusted proxy cannot be read"
	for from, want := range map[string]string{
		"203.0.113.7": "203.0.113.7", "203.0.113.8:51008": "203.0.113.8", "198.51.100.1, [2001:db8::7]:443": "2001:db8::7", `"203.0.113.9"`: "203.0.113.9",
	} {
		b := p.Client()
		b.From = from
		b.Login(u.LoginID, porticotest.Password, "")
		if page := b.Get("/account/sessions"); !page.Has(want) {
			t.Errorf("behind a proxy that writes %q, the sessions are:\n%s", from, page.Text())
		}
	}
	if strings.Contains(p.Logs.String(), warning) {
		t.Errorf("the log warns of headers that were read:\n%s", p.Logs)
	}
	if s := p.Client().Get("/healthz"); s.Status != 200 || strings.Contains(p.Logs.String(), warning) {
		t.Error("the log warns of a health check")
	}
	for range 3 {
		for _, from := range []string{"", "unknown", "203.0.113.7, _hidden"} {
			b := p.Client()
			b.From = from
			b.Get("/login")
		}
	}
	if n := strings.Count(p.Logs.String(), warning); n != 2 {
		t.Errorf("%d warnings of a header that is missing and one that is strange, want one each:\n%s", n, p.Logs)
	}
}
