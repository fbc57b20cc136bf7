package web_test

import (
	"net/http"
	"strings"
	"testing"

	"portico"
)

// TestListKeepsItsPlace checks that what is done to somebody from a filtered and
// searched list leads back to that list, at the person's row, and names them.
func TestListKeepsItsPlace(t *testing.T) {
	if testing.Short() {
		return // long
	}
	const list = access + "?desc=1&filter=2fa-enabled&q=tester&sort=login-id"
	c := newFixture(t)
	c.Enrol(c.user)
	c.Enrol(c.help)
	b := c.as(c.admin)
	if b.Get(list).Row("ulla@") == "" {
		t.Fatal("the list does not hold Ulla")
	}
	person, ask := access+"/"+string(c.user.ID), access+"/"+string(c.user.ID)+"/two-factor/delete"
	if p := b.Get(person); !strings.HasPrefix(p.Link("Administration and Access"), "/administration/access") || !strings.Contains(p.Body, `href="`+strings.ReplaceAll(list, "&", "&amp;")+"#u-"+string(c.user.ID)+`"`) {
		t.Errorf("the way back from the person's page: got %s", p.Body[:min(len(p.Body), 4000)])
	}
	if p := b.Get(ask); p.Link("Cancel") != list+"#u-"+string(c.user.ID) {
		t.Errorf("Cancel: got %q", p.Link("Cancel"))
	}
	p := b.Post(ask, "reason", "new phone")
	if p.Path != list+"&done=reset-done" || p.Row("henry@")+p.Row(c.help.Email) == "" {
		t.Errorf("after the reset: got %s, want %s", p.Path, list+"&done=reset-done")
	}
	if !p.Has("The 2FA setup of Ulla Tester (ulla) was deleted.") {
		t.Errorf("after the reset: got %s, want Ulla's name", p.Text())
	}
	b.HTTP.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if to := b.Post(person + "/delete").Header.Get("Location"); !strings.HasPrefix(to, list+"&done=user-deleted") {
		t.Errorf("after the deletion: got %s", to)
	}
}

// TestListPlaceIsOfOneList checks that the place in one customer's list is not
// taken for another's, nor kept after the log-out.
func TestListPlaceIsOfOneList(t *testing.T) {
	c := newFixture(t)
	b := c.operator()
	b.Get("/customers/acme/access?filter=suspended")
	invited, err := c.Users.Invite(t.Context(), portico.CommandLine(), c.globex.ID, portico.User{FirstName: "Gina", Email: "gina@example.com", Role: portico.RoleUser})
	must(t, err)
	if p := b.Post("/customers/globex/access/" + string(invited.ID) + "/withdraw"); p.Path != "/customers/globex/access?done=invitation-withdrawn" {
		t.Errorf("another customer's list: got %s", p.Path)
	}
	b.Post("/logout")
	for _, cookie := range []string{"portico_list", "portico_notice"} {
		if v := b.Cookie(cookie); v != "" {
			t.Errorf("%s after the log-out: got %q", cookie, v)
		}
	}
}

// TestNoticesNameWhom checks that the sentence after each change of a person says
// who it was.
func TestNoticesNameWhom(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	page := access + "/" + string(c.user.ID)
	for _, step := range []struct {
		path   string
		fields []string
		want   string
	}{
		{page + "/password-link", nil, "A link to choose a new password is on its way to Ulla Tester."},
		{page + "/end-sessions", nil, "Ulla Tester was logged out everywhere."},
		{page + "/suspend", nil, "Ulla Tester was suspended"},
		{page + "/reactivate", nil, "Ulla Tester can log in again."},
		{page, []string{"login_id", "ulla", "first_name", "Ursula", "last_name", "Tester", "email", "ulla@example.com", "role", "user"}, "The changes to Ursula Tester were saved."},
		{access + "/new", []string{"first_name", "Fay", "last_name", "Guest", "email", "fay@example.com", "role", "user"}, "Fay Guest was created"},
		{access + "/selected/apply", []string{"action", "add-label", "label", "Night shift", "id." + string(c.user.ID), "1"}, "The labels were changed: Ursula Tester."},
		{page + "/delete", nil, "Ursula Tester was deleted."},
	} {
		if p := b.Post(step.path, step.fields...); !p.Has(step.want) {
			t.Errorf("POST %s: got %s %s, want %q", step.path, p.Path, p.Text(), step.want)
		}
	}
	// A link cannot make a page name somebody.
	if p := b.Get(page[:len(access)] + "?done=suspended"); p.Has("Ursula") && p.Has("Ursula Tester was suspended") {
		t.Errorf("a link names somebody: %s", p.Text())
	}
}
