package web_test

import (
	"regexp"
	"strings"
	"testing"

	"portico"
	"portico/internal/porticotest"
)

// withoutMail is an option for a portal without a mail server.
func withoutMail(p *porticotest.Portal) { p.NoMail = true }

var oneTimeLink = regexp.MustCompile(`/(activate|password|unlock|not-me|email)/[\w-]{20,}`)

// TestActivationLinkIsShownOnce checks that without a mail server the
// administrator who invites somebody is shown the activation link, once, and
// that each new one ends the earlier ones.
func TestActivationLinkIsShownOnce(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, withoutMail)
	alice := c.as(c.admin)
	page := alice.Fill(alice.Get(access+"/new"), "Create user", "First name", "Fay", "Last name", "Guest", "Email", "fay@example.com")
	if !page.Has("no email is sent") || page.Has("on its way") || oneTimeLink.MatchString(page.Body) {
		t.Fatalf("after the user was created: %s", page.Text())
	}
	show := func() string {
		t.Helper()
		p := alice.Fill(alice.Get(page.Path), "Show a new activation link")
		link := oneTimeLink.FindString(p.TestID("activation-link"))
		if p.Status != 200 || !strings.HasPrefix(link, "/activate/") || p.TestID("activation-link") != c.URL+link {
			t.Fatalf("%d, no link: %s", p.Status, p.Text())
		}
		return link
	}
	first, second := show(), show()
	if p := alice.Get(page.Path); oneTimeLink.MatchString(p.Body) {
		t.Errorf("shown again: %s", p.Text())
	}
	if p := c.Client().Get(first); p.Status != 410 {
		t.Errorf("the earlier link: %d", p.Status)
	}
	visitor := c.Client()
	if p := visitor.Fill(visitor.Get(second), "Activate", "Login ID", "fay.guest", "Password", "seven quiet rivers meet"); p.Status != 200 {
		t.Errorf("the link: %d %s", p.Status, p.Text())
	}
	if p := alice.Post(path(page) + "/invite"); oneTimeLink.MatchString(p.Body) || p.Status != 409 {
		t.Errorf("of an active user: %d %s", p.Status, p.Text())
	}
	if len(c.Mails("fay@")) != 0 {
		t.Error("a link that was shown is in a file as well")
	}
}

// TestActivationLinkIsShownToFew checks who is not shown one: those who may not
// invite, and everybody where there is a mail server.
func TestActivationLinkIsShownToFew(t *testing.T) {
	if testing.Short() {
		return // long
	}
	for name, option := range map[string]func(*porticotest.Portal){"without a mail server": withoutMail, "with a mail server": func(*porticotest.Portal) {}} {
		c := newFixture(t, option)
		alice := c.as(c.admin)
		page := alice.Fill(alice.Get(access+"/new"), "Create user", "First name", "Fay", "Last name", "Guest", "Email", "fay@example.com")
		invite := path(page) + "/invite"
		others := map[string]*porticotest.Client{"the help desk": c.as(c.help), "a user": c.as(c.user), "another customer": c.as(c.other), "nobody": c.Client()}
		if name == "with a mail server" {
			others["the administrator"] = alice
		}
		for who, b := range others {
			if p := b.Post(invite); oneTimeLink.MatchString(p.Body) {
				t.Errorf("%s, to %s: %s, want not oneTimeLink.MatchString(p.Body)", name, who, p.Text())
			}
		}
	}
}

// TestOtherLinksAreNeverShown checks that without a mail server no page shows a
// password link, an unlock link or one of "This wasn't me", or says that it is
// mailed.
func TestOtherLinksAreNeverShown(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, withoutMail)
	alice := c.as(c.admin)
	ulla := access + "/" + string(c.user.ID)
	if alice.Get(ulla).Has("Send a password link") {
		t.Error("a button to mail a password link, without a mail server")
	}
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{ResetCode: true}})
	c.Enrol(c.user)
	pages := map[string]*porticotest.Page{
		"password link":      alice.Post(ulla + "/password-link"),
		"forgotten password": c.Client().Post("/login/forgot", "login_id", "hedda"),
		"2FA reset":          alice.Post(ulla+"/two-factor/delete", "reason", "lost phone", "hand_over", "no"),
		"new address":        c.as(c.help).Post("/account/profile", "first_name", "Hedda", "last_name", "Tester", "email", "hedda@example.net"),
		"invitations":        alice.Post(access+"/selected/apply", "action", "invite", "id."+string(c.user.ID), "1"),
	}
	stranger := c.Client()
	for range 12 { // until an unlock link is due
		pages["guessed password"] = stranger.Post("/login", "login_id", "alice", "password", "wrong password here")
	}
	links := c.links("hedda@", "/not-me/")
	if len(links) == 0 {
		t.Fatal("no mail with a link for This wasn't me")
	}
	pages["This wasn't me"] = c.Client().Post(links[len(links)-1])
	for name, p := range pages {
		if p.Has("on its way") || p.Has("on their way") || p.Has("emailed") || oneTimeLink.MatchString(p.Text()) {
			t.Errorf(`%s: %d %s, want no text "on its way", no text "on their way", no text "emailed", not oneTimeLink.MatchString(p.Text())`, name, p.Status, p.Text())
		}
	}
}
