package web_test

import (
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/mail"
	"portico/internal/porticotest"
	"portico/internal/store"
)

// TestC28_NamesAdvertiseNothing checks that names in mails to strangers cannot
// contain links, and that nothing else in those mails can be chosen.
func TestC28_NamesAdvertiseNothing(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	const ad = "Win now https://evil.example/x or www.evil.example, me@evil.example"
	alice := c.as(c.admin)
	alice.Post("/account/profile", "first_name", ad, "last_name", ad, "email", "alice@example.com")
	alice.Post(access+"/new", "first_name", ad, "last_name", ad, "email", "eve@example.com", "role", "user")
	alice.Post("/account/profile", "first_name", ad, "last_name", ad, "email", "stranger@example.com")
	c.repair(alice, c.user, "ursula@example.com")
	c.Enrol(c.help)
	c.askFor(alice, c.help, "Reason", ad)
	c.press(c.lastMail("alice@").Link("/not-me/"), "")
	n := 0
	for _, m := range c.Mails("@") {
		n++
		if strings.Contains(m.To+m.Subject+m.Text+m.HTML, "evil.example") || len(m.Subject) > 200 {
			t.Errorf("%s: %s\n%s, want no \"evil.example\" in m.To+m.Subject+m.Text+m.HTML, at most 200 for len(m.Subject)", m.To, m.Subject, m.Text)
		}
	}
	if n < 6 {
		t.Errorf("%d mails", n)
	}
}

// TestC28_AuthenticatorsAdvertiseNothing checks the same of the names of
// authenticators, in the mails about each change of one.
func TestC28_AuthenticatorsAdvertiseNothing(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.user)
	c.enrol(t, b)
	const called = "call http://evil.example now"
	p := b.Fill(b.Get("/account"), "Add an authenticator app")
	b.Fill(p, "Submit", "Name", called, "Enter the code here", c.Code(keyOn(t, p), 0))
	first := b.Get(b.Get("/account").RowLink("Authenticator app", "Rename"))
	b.Fill(first, "Save", "Name", called+" too")
	b.Fill(b.Get(b.Get("/account").Link("Delete "+called+" too")), "Delete "+called+" too")
	for _, subject := range []string{"was added", "was renamed", "was deleted"} {
		if !c.mailed(subject, "call http: evil. example now") {
			t.Errorf("no mail that an authenticator %s holds its name without a link", subject)
		}
	}
	for _, m := range c.Mails("@") {
		if strings.Contains(m.Subject+m.Text+m.HTML, "evil.example") {
			t.Errorf("%s: %s, want no \"evil.example\"", m.Subject, m.Text)
		}
	}
}

// tell mails somebody of a change, and returns the link that says "This wasn't
// me".
func (c *fixture) tell(u portico.User, kind mail.Kind) string {
	c.T.Helper()
	err := c.DB.Update(c.T.Context(), portico.System(portico.Origin{}), func(tx *store.Tx) error {
		a, err := tx.Account(u.ID)
		if err != nil {
			return err
		}
		return c.Auth.Notify(tx, kind, a, portico.System(portico.Origin{}), "")
	})
	if err != nil {
		c.T.Fatal(err)
	}
	return c.lastMail(u.Email).Link("/not-me/")
}

// TestC28_MailsSayWhatIsSo: a mail with a link to choose a password says how the
// present password stands, and what to do for somebody who did not ask for it.
func TestC28_MailsSayWhatIsSo(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	check := func(name string, goesOn, ignore bool) {
		t.Helper()
		m := c.lastMail("ulla@")
		if m.Link("/password/") == "" {
			t.Fatalf(`%s: %s, want some m.Link("/password/")`, name, m.Text)
		}
		if strings.Contains(m.Text, "keeps working") != goesOn || strings.Contains(m.Text, "disabled") == goesOn || strings.Contains(m.Text, "ignore this email") != ignore {
			t.Errorf(`%s: %s, want strings.Contains(m.Text, "keeps working") %v, strings.Contains(m.Text, "disabled") other than %v, strings.Contains(m.Text, "ignore this email") %v`, name, m.Text, goesOn, goesOn, ignore)
		}
	}
	c.forget("ulla", 0, 1)
	check("forgotten", true, true)
	alice := c.as(c.admin)
	at := access + "/" + string(c.user.ID)
	alice.Post(at + "/password-link")
	check("by an administrator", true, false)
	c.notMe(c.tell(c.user, mail.PasswordChanged))
	check("this wasn't me", false, false)
	c.Clock.Advance(time.Second)
	c.Client().Login("ulla", porticotest.Password, "")
	check("log-in with an ended password", false, false)
	c.Clock.Advance(time.Hour)
	c.forget("ulla", 1, 1)
	check("forgotten, after it ended", false, true)
	alice = c.as(c.admin)
	alice.Post(at + "/suspend")
	alice.Post(at + "/reactivate")
	check("reactivated", false, false)
}
