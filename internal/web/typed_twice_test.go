package web_test

import (
	"strings"
	"testing"

	"portico"
	"portico/internal/porticotest"
)

// TestActivationReportsAllFields checks that an activation says everything that
// is wrong at once, and that a login ID which is taken makes nobody think up
// another password.
func TestActivationReportsAllFields(t *testing.T) {
	c := newFixture(t)
	_, err := c.Users.Invite(t.Context(), portico.CommandLine(), c.acme.ID, portico.User{FirstName: "Fay", Email: "fay@example.com", Role: portico.RoleUser})
	must(t, err)
	link, b := c.lastMail("fay@").Link("/activate/"), c.Client()
	p := b.Post(link, "login_id", "x", "password", "short")
	if !p.Has("3 to 64 characters") || !p.Has("Choose a longer password") || p.Alert() != "Correct the fields that are marked below." {
		t.Errorf("both wrong: got %s", p.Text())
	}
	p = b.Post(link, "login_id", "ulla", "password", "seven quiet rivers meet")
	if !p.Has("Enter the same password again") || strings.Contains(p.Body, "seven quiet") {
		t.Errorf("the login ID alone is wrong: got %s", p.Text())
	}
	if p := b.Post(link, "login_id", "fay", "password", "short"); p.Has("Enter the same password again") {
		t.Errorf("the password is wrong: got %s", p.Text())
	}
}

// TestSetupReportsAllFields checks that the first set-up says everything that is
// wrong at once.
func TestSetupReportsAllFields(t *testing.T) {
	p := porticotest.New(t).Client().Post("/setup/"+porticotest.SetupToken, "kind", "administrator", "customer_slug", "A B", "login_id", "x", "password", "short", "email", "a@")
	for _, want := range []string{"customer_slug", "customer_name", "first_name", "email", "login_id", "password"} {
		if !strings.Contains(p.Body, `id="`+want+`-wrong"`) {
			t.Errorf("%s: nothing says that it is wrong: %s", want, p.Text())
		}
	}
}

// TestSetupOfAnOperatorSaysWhatBecomesOfTheCustomer checks that somebody who has
// filled in a customer and chooses the operator learns that none was created.
func TestSetupOfAnOperatorSaysWhatBecomesOfTheCustomer(t *testing.T) {
	if testing.Short() {
		return // long
	}
	b := porticotest.New(t).Client()
	if p := b.Get("/setup/" + porticotest.SetupToken); !p.Has("No customer is created now") {
		t.Errorf("the page: got %s", p.Text())
	}
	p := b.Post("/setup/"+porticotest.SetupToken, "kind", "operator", "customer_name", "Acme", "customer_slug", "acme",
		"first_name", "Olga", "last_name", "Oberg", "email", "olga@example.com", "login_id", "olga", "password", porticotest.Password)
	if !p.Has("No customer was created") {
		t.Errorf("after the set-up: got %s", p.Text())
	}
}
