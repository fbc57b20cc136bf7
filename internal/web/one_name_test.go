package web_test

import (
	"slices"
	"strings"
	"testing"

	"portico"
	"portico/internal/porticotest"
)

// TestOneWordNames gives one-word names on every form that has a last name, and
// looks at what shows them.
func TestOneWordNames(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	form := b.Get(access + "/new")
	if !strings.Contains(form.Body, `<label for="last_name">Last name</label> <span class="soft small">optional</span>`) {
		t.Errorf("the form does not say that the last name is optional: %s", form.Text())
	}
	if p := b.Fill(form, "Create user", "First name", "Suharto", "Last name", "  ", "Email", "suharto@example.com"); p.Status != 200 || !p.Has("Suharto was created") {
		t.Fatalf("creating: %d %s", p.Status, p.Text())
	}
	if p := b.Fill(form, "Create user", "First name", "X", "Last name", "\u200b", "Email", "x@example.com"); p.Status != 422 || !p.Has("Enter the last name, or leave it empty.") {
		t.Errorf("an invisible last name: %d %s", p.Status, p.Text())
	}
	if p := b.Fill(form, "Create user", "First name", "", "Last name", "Suharto", "Email", "x@example.com"); p.Status != 422 || !p.Has("Enter the first name.") {
		t.Errorf("a last name alone: %d %s", p.Status, p.Text())
	}
	mail := c.Mails("suharto@example.com")[0]
	if !strings.Contains(mail.Text, "Suharto,") || strings.Contains(mail.Text, "Suharto ,") {
		t.Errorf("the mail: %s", mail.Text)
	}
	n := c.Client()
	activation := n.Get(mail.Link("/activate/"))
	if !activation.Has("Suharto") || strings.Contains(activation.Text(), "Suharto ,") {
		t.Errorf("the activation page: %s", activation.Text())
	}
	n.Fill(activation, "Activate", "Login ID", "suharto", "Password", porticotest.Password)
	b2 := c.Client()
	page := b2.Login("suharto", porticotest.Password, "")
	if !page.Has("Hello Suharto") || !strings.Contains(page.Body, `<span class="initials" aria-hidden="true" dir="auto">S</span>`) {
		t.Errorf("the start page: %s", page.Body)
	}
	if p := b2.Fill(b2.Get("/account/profile"), "Save", "First name", "Suharto II"); !p.Has("Your profile was saved.") {
		t.Errorf("the profile: %s", p.Text())
	}
	// An administrator takes a last name away.
	address := b.Get(access).RowLink("ulla@", "Ulla Tester")
	if p := b.Fill(b.Get(address), "Save", "Last name", ""); p.Status != 200 || c.Account(c.user.ID).Name() != "Ulla" {
		t.Errorf("editing: %d %q %s", p.Status, c.Account(c.user.ID).Name(), p.Text())
	}
	if n := c.events(portico.UserEdited, "last name"); n != 1 {
		t.Errorf("%d events of the changed last name", n)
	}
	p := sendFile(b, "login_id,first_name,last_name,email,role\nmadonna,Madonna,,madonna@example.com,user\nteller,Teller,  ,teller@example.com,user\n")
	if p = b.Fill(p, "Start import"); c.people() != 6 {
		t.Errorf("importing: %s", p.Text())
	}
	var names []string
	for _, id := range listed(b.Get(access)) {
		names = append(names, c.Account(portico.UserID(id)).Name())
	}
	if want := []string{"Alice Tester", "Hedda Tester", "Madonna", "Suharto II", "Teller", "Ulla"}; !slices.Equal(names, want) {
		t.Errorf("listed: %q, want %q", names, want)
	}
	if file := b.Get(access + ".csv?q=madonna").Body; !strings.Contains(file, "madonna,Madonna,,madonna@example.com,") {
		t.Errorf("the file: %s", file)
	}
}

// TestSetUpWithOneName creates the first person of a portal with one name.
func TestSetUpWithOneName(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	p := porticotest.New(t)
	b := p.Client()
	done := b.Fill(b.Get("/setup/"+porticotest.SetupToken), "Create", "Customer", "Acme", "Short name of the customer", "acme", "First name", "Cher", "Last name", "",
		"Email", "cher@example.com", "Login ID", "cher", "Password", porticotest.Password)
	if done.Status != 200 {
		t.Fatalf(`pressing "Create": got %d %s, want status 200`, done.Status, done.Text())
	}
	if page := p.Client().Login("cher", porticotest.Password, ""); !page.Has("Hello Cher") {
		t.Errorf("the first log-in: %s", page.Text())
	}
}
