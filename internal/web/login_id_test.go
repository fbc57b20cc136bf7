package web_test

import (
	"net/url"
	"strings"
	"testing"

	"portico"
	"portico/internal/porticotest"
)

// TestC11_EmailIsNoLogin checks that an account has only one name to log in
// with, so that no failures are counted separately.
func TestC11_EmailIsNoLogin(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	if p := c.Client().Login("ulla@example.com", porticotest.Password, ""); p.Status != 422 {
		t.Errorf("logging in as ulla@example.com: got %d, want status 422", p.Status)
	}
	// All spellings of a login ID share one count of failures.
	for i, id := range []string{"ulla", "ULLA", " ulla", "ｕｌｌａ", "Ulla ", "uLLa", "ulla", "ULLA", "ulla", "ulla"} {
		if p := c.Client().Login(id, "not the password at all", ""); p.Status != 422 {
			t.Fatalf("%d: %d, want status 422", i, p.Status)
		}
	}
	if p := c.Client().Login("ULLA", porticotest.Password, ""); p.Status != 429 {
		t.Errorf("an eleventh spelling: %d", p.Status)
	}
}

// TestC11_CollidingCreate409 checks that nobody can take a login ID that looks
// like another one.
func TestC11_CollidingCreate409(t *testing.T) {
	c := newFixture(t)
	admin := c.as(c.admin)
	admin.Fill(admin.Get(access+"/new"), "Create user", "First name", "Eve", "Last name", "Il", "Email", "eve@example.com")
	link := c.Mails("eve@")[0].Link("/activate/")
	u, err := url.Parse(link)
	must(t, err)
	b := c.Client()
	for _, id := range []string{"ulla", "ULLA", "ｕｌｌａ", " ulla ", "greta"} {
		p := b.Fill(b.Get(u.Path), "Activate", "Login ID", id, "Password", "seven quiet rivers meet")
		if p.Status != 422 || p.Value("Login ID") != id && p.Value("Login ID") != "ulla" || p.Alert() != "This login ID is taken. Choose another one." {
			t.Errorf(`%q: %d %q %q, want status 422, not (p.Value("Login ID") != id && p.Value("Login ID") != "ulla"), p.Alert() "This login ID is taken. Choose another one."`, id, p.Status, p.Alert(), p.Value("Login ID"))
		}
	}
}

// TestC11_MixedScriptsAreRefused checks that no new login ID can mix letters of
// several scripts, and that a person who already has such a login ID can still
// log in with it.
func TestC11_MixedScriptsAreRefused(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	const mixed = "аlice" // the first letter is Cyrillic
	admin := c.as(c.admin)
	admin.Fill(admin.Get(access+"/new"), "Create user", "First name", "Eve", "Last name", "Il", "Email", "eve@example.com")
	u, err := url.Parse(c.Mails("eve@")[0].Link("/activate/"))
	must(t, err)
	b := c.Client()
	if p := b.Fill(b.Get(u.Path), "Activate", "Login ID", mixed, "Password", "seven quiet rivers meet"); p.Status != 422 || !strings.Contains(p.Alert(), "one script") {
		t.Errorf("activation: %d %s", p.Status, p.Alert())
	}
	_, err = c.Users.Create(t.Context(), portico.CommandLine(), c.acme.ID, portico.User{
		LoginID: mixed, FirstName: "A", LastName: "B", Email: "a@example.com", Role: portico.RoleUser,
	}, porticotest.Password)
	if !portico.Invalid.Is(err) {
		t.Errorf("command: %v", err)
	}
	file := "login_id,first_name,last_name,email,role\n" + mixed + ",A,B,a@example.com,user\n"
	if p := sendFile(admin, file); !p.Has("0 to create") || !p.Has("one script") {
		t.Errorf("import: %s", p.Text())
	}
	// A login ID from before the rule.
	c.behind(t, `UPDATE users SET login_id = $1, login_key = $2 WHERE id = $3`, mixed, mixed, c.user.ID)
	if p := c.Client().Login(mixed, porticotest.Password, ""); !p.Has("Log out") {
		t.Errorf("an old login ID: %s", p.Text())
	}
	if p := sendFile(admin, "login_id,first_name,last_name,email,role\n"+mixed+",Ursula,Tester,ulla@example.com,user\n"); !p.Has("0 to create, 1 to update") {
		t.Errorf("an old login ID in an import: %s", p.Text())
	}
}

// TestC11_EveryWayMakesTheSameName checks that a login ID is found in any
// spelling, however the account was created and whatever spelling was used.
func TestC11_EveryWayMakesTheSameName(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.User(c.acme.ID, "VICTOR", portico.RoleUser)
	if p := c.Client().Login("victor", porticotest.Password, ""); !p.Has("Hello VICTOR") {
		t.Errorf("made by the command line: %s", p.Text())
	}
	if u, err := c.Users.FindByLogin(t.Context(), portico.CommandLine(), "ULLA"); err != nil || u.ID != c.user.ID {
		t.Errorf("looked up: %v %v", u.ID, err)
	}
	b := c.as(c.admin)
	people := c.people()
	p := sendFile(b, "login_id,first_name,last_name,email,role\nULLA,Ursula,Tester,ulla@example.com,user\n")
	b.Fill(p, "Start import")
	if a := c.Account(c.user.ID); a.FirstName != "Ursula" || c.people() != people {
		t.Errorf("imported: %q, %d people of %d", a.FirstName, c.people(), people)
	}
	first := porticotest.New(t)
	first.Client().Post("/setup/"+porticotest.SetupToken, "kind", "operator", "first_name", "Olga", "last_name", "Olsen",
		"email", "olga@example.com", "login_id", "OLGA", "password", porticotest.Password)
	if p := first.Client().Login("olga", porticotest.Password, ""); !p.Has("Hello Olga") {
		t.Errorf("the first person: %s", p.Text())
	}
}
