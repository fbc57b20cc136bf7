package web_test

import (
	"net/url"
	"testing"

	"portico/internal/porticotest"
)

// TestC11_EmailIsNoLogin: an account has one name to log in with, so that
// there are no two to be counted apart.
func TestC11_EmailIsNoLogin(t *testing.T) {
	c := newCast(t)
	if p := c.Client().Login("ulla@example.com", porticotest.Password, ""); p.Status != 422 {
		t.Errorf("%d", p.Status)
	}
	// Spellings of one login ID share what is counted.
	for i, id := range []string{"ulla", "ULLA", " ulla", "ｕｌｌａ", "Ulla ", "uLLa", "ulla", "ULLA", "ulla", "ulla"} {
		if p := c.Client().Login(id, "not the password at all", ""); p.Status != 422 {
			t.Fatalf("%d: %d", i, p.Status)
		}
	}
	if p := c.Client().Login("ULLA", porticotest.Password, ""); p.Status != 429 {
		t.Errorf("an eleventh spelling: %d", p.Status)
	}
}

// TestC11_CollidingCreate409: nobody can take a name that looks like another's.
func TestC11_CollidingCreate409(t *testing.T) {
	c := newCast(t)
	admin := c.as(c.admin)
	admin.Fill(admin.Get(access+"/new"), "Create user", "First name", "Eve", "Last name", "Il", "E-mail", "eve@example.com")
	link := c.Mails("eve@")[0].Link("/activate/")
	u, err := url.Parse(link)
	must(t, err)
	b := c.Client()
	for _, id := range []string{"ulla", "ULLA", "ｕｌｌａ", " ulla ", "greta"} {
		p := b.Fill(b.Get(u.Path), "Activate", "Login ID", id, "Password", "seven quiet rivers meet")
		if p.Status != 422 || p.Value("Login ID") != id && p.Value("Login ID") != "ulla" || p.Alert() != "This login ID is taken. Choose another one." {
			t.Errorf("%q: %d %q %q", id, p.Status, p.Alert(), p.Value("Login ID"))
		}
	}
}
