package web_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
)

// TestLoginIDIsChanged checks what follows when an administrator changes a
// login ID: the person is mailed and logged out, the earlier one lets nobody in,
// and everything finds the person by the new one.
func TestLoginIDIsChanged(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	theirs, alice := c.as(c.user), c.as(c.admin)
	page := access + "/" + string(c.user.ID)
	p := alice.Get(page)
	if p.Value("Login ID") != "ulla" {
		t.Fatalf("the form shows %q", p.Value("Login ID"))
	}
	if p := alice.Fill(p, "Save", "Login ID", "Ursula.O'Neill@acme.example", "Email", "new@example.com"); p.Path != page+"?done=user-saved" || !p.Has("Ursula.O'Neill@acme.example") {
		t.Fatalf("%s %s", p.Path, p.Text())
	}
	if isLoggedIn(theirs) {
		t.Error("a session goes on under another name")
	}
	if p := c.Client().Login("ulla", porticotest.Password, ""); p.Status != 422 {
		t.Errorf("the earlier login ID: %d", p.Status)
	}
	b := c.Client()
	if p := b.Login("ursula.o'neill@ACME.example", porticotest.Password, ""); !p.Has("Hello Ulla") {
		t.Errorf("the new one: %s", p.Text())
	}
	if got, err := url.PathUnescape(b.Get("/session").Header.Get("Portico-Login-ID")); err != nil || got != "Ursula.O'Neill@acme.example" {
		t.Errorf("for a proxy: %q %v", got, err)
	}
	m := c.Mails("ulla@example.com") // the address before, which the same form replaces
	if len(m) == 0 || m[0].Subject != "Your login ID was changed" || !strings.Contains(m[0].Text, "is now Ursula.O'Neill@acme.example") ||
		!strings.Contains(m[0].Text, "By: Alice Tester") || m[0].Link("/not-me/") == "" {
		t.Errorf("the mail: %+v", m)
	}
	if c.events(portico.LoginIDChanged, "From ulla to Ursula.O'Neill@acme.example") != 1 {
		t.Error("the change is not in the log")
	}
	if p := alice.Get(access + "?q=ursula"); !p.Has("Ursula.O'Neill@acme.example") {
		t.Errorf("not found: %s", p.Text())
	}
	if p := alice.Get(access + "?q=ulla"); !p.Has("Ulla Tester") { // by her name
		t.Errorf("not found by name: %s", p.Text())
	}
	// The same in capitals is the same login ID, and is not held back from her.
	if p := alice.Fill(alice.Get(page), "Save", "Login ID", "URSULA.O'NEILL@acme.example"); p.Status != 200 || c.Account(c.user.ID).LoginKey != "ursula.o'neill@acme.example" {
		t.Errorf("in capitals: %d %s", p.Status, p.Alert())
	}
}

// TestChangedLoginIDIsRefused checks which login IDs nobody can be given, and
// that nothing that was typed is lost.
func TestChangedLoginIDIsRefused(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	alice := c.as(c.admin)
	page := access + "/" + string(c.user.ID)
	for typed, want := range map[string]string{
		"hedda": "This login ID is taken. Choose another one.", // a colleague's
		"ＨＥＤＤＡ": "This login ID is taken. Choose another one.",
		"greta": "This login ID is taken. Choose another one.", // another customer's
		"":      "Enter a login ID.",
		"u:lla": "Leave the character : out of the login ID.",
		"аlice": "Enter a login ID in the letters of one script. Letters of several scripts can look alike.", // a Cyrillic а
		"ul":    "Enter a login ID of 3 to 64 characters, or an email address.",
	} {
		p := alice.Fill(alice.Get(page), "Save", "Login ID", typed, "First name", "Ursula")
		if p.Status != 422 || p.Alert() != want || p.Value("Login ID") != typed || p.Value("First name") != "Ursula" {
			t.Errorf("%q: got %d %q, form %q, want %q", typed, p.Status, p.Alert(), p.Value("Login ID"), want)
		}
	}
	if a := c.Account(c.user.ID); a.LoginID != "ulla" || a.FirstName != "Ulla" || a.Epoch != 1 {
		t.Errorf("changed: %+v", a.User)
	}
	// A form of before, without the field, changes nothing about it.
	if p := alice.Post(page, "first_name", "Ursula", "last_name", "T", "email", "ulla@example.com", "role", "user"); p.Status != 200 || c.Account(c.user.ID).LoginID != "ulla" {
		t.Errorf("without the field: %d %s", p.Status, p.Alert())
	}
	if p := c.as(c.help).Post(page, "login_id", "mine", "first_name", "U", "last_name", "T", "email", "ulla@example.com", "role", "user"); p.Status != 403 {
		t.Errorf("by the help desk: %d", p.Status)
	}
	if p := alice.Post(access+"/"+string(c.admin.ID), "login_id", "mine", "first_name", "A", "last_name", "T", "email", "a@example.com", "role", "administrator"); p.Status != 403 {
		t.Errorf("one's own: %d", p.Status)
	}
	// New administrators leave the login IDs of others above user alone.
	c.Clock.Advance(8 * 24 * time.Hour)
	nora := c.as(c.User(c.acme.ID, "nora", portico.RoleAdministrator))
	if p := nora.Fill(nora.Get(access+"/"+string(c.help.ID)), "Save", "Login ID", "hedda.new"); p.Status != 403 || c.Account(c.help.ID).LoginID != "hedda" {
		t.Errorf("by a new administrator: %d", p.Status)
	}
}

// TestC21_ChangesTellFewTakenLoginIDs checks that a customer can find out by
// changes of login IDs, too, of at most a hundred a day that others use them.
func TestC21_ChangesTellFewTakenLoginIDs(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	alice := c.as(c.admin)
	page := access + "/" + string(c.user.ID)
	post := func(login string) *porticotest.Page {
		return alice.Post(page, "login_id", login, "first_name", "U", "last_name", "T", "email", "ulla@example.com", "role", "user")
	}
	for i := range 100 {
		if p := post("greta"); p.Status != 422 || !strings.Contains(p.Alert(), "is taken") {
			t.Fatalf("%d: %d %s", i, p.Status, p.Alert())
		}
	}
	if n := c.events(portico.LoginIDTaken, "for one user"); n != 100 {
		t.Errorf("%d in the log, want 100", n)
	}
	for _, login := range []string{"greta", "nobody.has.this"} {
		if p := post(login); p.Status != 429 {
			t.Errorf("%s: %d %s", login, p.Status, p.Alert())
		}
	}
	c.Clock.Advance(24 * time.Hour)
	alice = c.as(c.admin)
	for i, login := range []string{"nobody.has.this", "nor.this"} {
		if p := post(login); p.Status != 200 {
			t.Errorf("the next day, %s", fmt.Sprint(i, p.Status, p.Alert()))
		}
	}
}

// TestProposedLoginIDIsChanged checks that another proposal for somebody invited
// leaves the invitation as it is, and is not mailed: nobody has logged in with it.
func TestProposedLoginIDIsChanged(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	u, err := c.Users.Invite(t.Context(), portico.CommandLine(), c.acme.ID, portico.User{LoginID: "rita", FirstName: "Rita", LastName: "S", Email: "rita@example.com", Role: portico.RoleUser})
	must(t, err)
	link, err := url.Parse(c.lastMail("rita@").Link("/activate/"))
	must(t, err)
	alice := c.as(c.admin)
	alice.Fill(alice.Get(access+"/"+string(u.ID)), "Save", "Login ID", "rita.s")
	b := c.Client()
	if p := b.Get(link.Path); p.Status != 200 || p.Value("Login ID") != "rita.s" || len(c.Mails("rita@")) != 1 {
		t.Errorf("the invitation: %d %q, %d mails", p.Status, p.Value("Login ID"), len(c.Mails("rita@")))
	}
}
