package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"portico"
	"portico/internal/porticotest"
)

// TestPublicPagesOpenedOverClearText checks that every page that is opened
// without a session says where the portal is to be opened, if it was opened over
// http and the base URL is https, and leads to the same page there.
func TestPublicPagesOpenedOverClearText(t *testing.T) {
	if testing.Short() {
		return // long
	}
	const base, sentence = "https://portal.example.com", "Open this portal at https://portal.example.com"
	p := porticotest.New(t, func(p *porticotest.Portal) { p.URL = base })
	b := porticotest.NewClient(t, "http://"+p.Node)
	get := func(path string, headers ...string) *porticotest.Page {
		t.Helper()
		r, err := http.NewRequest("GET", "http://"+p.Node+path, nil)
		must(t, err)
		for i := 0; i+1 < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		return b.Do(r)
	}
	check := func(path string) {
		t.Helper()
		if got := get(path); got.Status != 200 || !got.Has(sentence) || got.Link(base) != base+path {
			t.Errorf("%s over http: %d %q %s", path, got.Status, got.Link(base), got.Text())
		}
		if got := get(path, "Sec-Fetch-Site", "none"); got.Status != 200 || got.Has("Open this portal at") {
			t.Errorf("%s over https: %d %s", path, got.Status, got.Text())
		}
	}
	check("/setup/" + porticotest.SetupToken) // while the database is empty
	c := p.Customer("acme", "Acme Telecom")
	u := p.User(c.ID, "ulla", portico.RoleUser)
	_, err := p.Users.Invite(t.Context(), portico.CommandLine(), c.ID, portico.User{FirstName: "Eve", LastName: "Il", Email: "eve@example.com", Role: portico.RoleUser})
	must(t, err)
	must(t, p.Users.SendPasswordLink(t.Context(), portico.CommandLine(), c.ID, u.ID))
	for to, kind := range map[string]string{"eve@": "/activate/", "ulla@": "/password/"} {
		link, err := url.Parse(p.Mails(to)[0].Link(kind))
		must(t, err)
		check(link.Path)
	}
	check("/login/forgot")
	if got := get("/activate/nonsense"); got.Status == 200 || !got.Has(sentence) {
		t.Errorf("a link that does not work, over http: %d %s", got.Status, got.Text())
	}
}
