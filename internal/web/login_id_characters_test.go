package web_test

import (
	"net/url"
	"strings"
	"testing"

	"portico"
	"portico/internal/porticotest"
)

// addresses are login IDs that hold what email addresses hold, and more than 64
// characters.
var addresses = []string{
	"o'neill@acme.example",
	"sales/ann@acme.example",
	"!#$%&'*+-/=?^_`{|}~@acme.example",
	"=sum(a1)@acme.example",
	"../../ann",
	strings.Repeat("a", 64) + "@" + strings.Repeat(strings.Repeat("b", 46)+".", 4) + "c",
	strings.Repeat("ü", 100) + "@acme.example",
}

// TestC11_AddressesAreLoginIDs checks that people can choose such a login ID,
// and that it is the same wherever it goes: the check of proxies, files, filters,
// imports, the name of the file with recovery codes.
func TestC11_AddressesAreLoginIDs(t *testing.T) {
	if testing.Short() {
		return // long
	}
	for i, id := range addresses {
		if i%porticotest.Amount(1, 3) != 0 {
			continue
		}
		c := newFixture(t)
		admin := c.as(c.admin)
		admin.Fill(admin.Get(access+"/new"), "Create user", "First name", "Eve", "Last name", "Il", "Email", "eve@example.com")
		link, err := url.Parse(c.Mails("eve@")[0].Link("/activate/"))
		must(t, err)
		b := c.Client()
		if p := b.Fill(b.Get(link.Path), "Activate", "Login ID", id, "Password", "seven quiet rivers meet"); p.Path != "/?done=activated" {
			t.Errorf("activating %q: %d %s", id, p.Status, p.Alert())
			continue
		}
		b = c.Client()
		if p := b.Fill(b.Get("/login"), "Log in", "Login ID", id, "Password", "seven quiet rivers meet"); !p.Has("Hello Eve") {
			t.Errorf("logging in as %q: %s", id, p.Text())
			continue
		}
		said := b.Get("/session").Header.Get("Portico-Login-ID")
		if got, err := url.PathUnescape(said); err != nil || got != id || strings.ContainsAny(said, "/'\"; ") {
			t.Errorf("for a proxy: got %q, %v, want %q", said, err, id)
		}
		if key, _ := c.enrol(t, b); key == nil {
			t.Errorf("%q has no key", id)
		}
		file := b.Post("/account/recovery-codes") // shown anew, with a file
		_, name, _ := strings.Cut(b.Get("/account/recovery-codes/file").Header.Get("Content-Disposition"), "UTF-8''")
		if plain, err := url.PathUnescape(name); err != nil || len(plain) > 255 || plain == "" || strings.ContainsAny(plain, `/\ `) {
			t.Errorf("the file of %q is named %q: %d", id, plain, file.Status)
		}
		if p := admin.Get("/administration/audit?person=" + url.QueryEscape(id)); p.Status != 200 || !p.Has("Eve Il") {
			t.Errorf("the audit log about %q: %d %s", id, p.Status, p.Alert())
		}
		if csv := admin.Get(access + ".csv").Body; strings.Contains(csv, "\n=") || strings.Contains(csv, "\n\"=") {
			t.Errorf("%q is a formula: %s", id, csv)
		}
		quoted := `"` + strings.ReplaceAll(id, `"`, `""`) + `"`
		if p := sendFile(admin, "login_id,first_name,last_name,email,role\n"+quoted+",Eva,Il,eve@example.com,user\n"); !p.Has("0 to create, 1 to update") {
			t.Errorf("an import with %q: %s", id, p.Text())
		}
		if u, err := c.Users.FindByLogin(t.Context(), portico.CommandLine(), strings.ToUpper(id)); err != nil || u.LoginID != id {
			t.Errorf("looked up %q: %q %v", id, u.LoginID, err)
		}
	}
}

// TestRefusedLoginIDsAreExplained checks that each place where a login ID is
// typed names the character that it cannot have, and that nothing typed is lost.
func TestRefusedLoginIDsAreExplained(t *testing.T) {
	if testing.Short() {
		return // long
	}
	const typed, want = "ann:lee", "Leave the character : out of the login ID."
	c := newFixture(t)
	admin := c.as(c.admin)
	admin.Fill(admin.Get(access+"/new"), "Create user", "First name", "Eve", "Last name", "Il", "Email", "eve@example.com")
	link, err := url.Parse(c.Mails("eve@")[0].Link("/activate/"))
	must(t, err)
	b := c.Client()
	if p := b.Fill(b.Get(link.Path), "Activate", "Login ID", typed, "Password", "seven quiet rivers meet"); p.Status != 422 || p.Alert() != want || p.Value("Login ID") != typed {
		t.Errorf("at the activation: %d %q %q", p.Status, p.Alert(), p.Value("Login ID"))
	}
	if p := sendFile(admin, "login_id,first_name,last_name,email,role\n"+typed+",Ann,Lee,ann@example.com,user\n"); !p.Has(want) {
		t.Errorf("in an import: %s", p.Text())
	}
	if _, err := c.Users.Create(t.Context(), portico.CommandLine(), c.acme.ID, portico.User{
		LoginID: typed, FirstName: "Ann", LastName: "Lee", Email: "ann@example.com", Role: portico.RoleUser,
	}, porticotest.Password); err == nil || portico.ErrorOf(err).Message.String() != want {
		t.Errorf("by the command line: %v", err)
	}
}
