package web_test

import (
	"fmt"
	"strings"
	"testing"

	"portico"
)

// TestC28_NewAddressCountsOnceOpened checks that the present address stays
// until the button behind the link is pressed, that both addresses get a mail,
// and that the person can cancel the change on the Account page.
func TestC28_NewAddressCountsOnceOpened(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.user)
	p := b.Fill(b.Get("/account/profile"), "Save", "Email", "ursula@example.com")
	if !p.Has("ursula@example.com becomes your address") || c.Account(c.user.ID).Email != "ulla@example.com" {
		t.Fatalf(`pressing "Save": got %s, want the text "ursula@example.com becomes your address", c.Account(c.user.ID).Email "ulla@example.com"`, p.Text())
	}
	asked, confirm := c.lastMail("ulla@"), c.lastMail("ursula@")
	if asked.Link("/not-me/") == "" || strings.Contains(confirm.Text, "ulla") && strings.Contains(confirm.Text, "login ID") {
		t.Errorf("got %s\n%s, want some asked.Link(\"/not-me/\"), not (strings.Contains(confirm.Text, \"ulla\") && strings.Contains(confirm.Text, \"login ID\"))", asked.Text, confirm.Text)
	}
	stranger := c.Client()
	page := stranger.Get(confirm.Link("/email/"))
	if c.Account(c.user.ID).Email != "ulla@example.com" {
		t.Fatal("opening the page did it")
	}
	if p := stranger.Fill(page, "Confirm this address"); !p.Has("is confirmed") || isLoggedIn(stranger) {
		t.Errorf(`pressing "Confirm this address": got %s, want the text "is confirmed", no session`, p.Text())
	}
	if got := c.Account(c.user.ID).Email; got != "ursula@example.com" {
		t.Errorf(`got %s, want "ursula@example.com"`, got)
	}
	if m := c.lastMail("ulla@"); m.Subject != "Your email address was changed" || m.Link("/not-me/") == "" {
		t.Errorf(`c.lastMail("ulla@"): got %+v, want subject "Your email address was changed", some m.Link("/not-me/")`, m)
	}
	if p := c.press(confirm.Link("/email/"), ""); p.Status != 410 {
		t.Errorf("twice: %d", p.Status)
	}
	// Cancelled, replaced by another one, and expired.
	b.Fill(b.Get("/account/profile"), "Save", "Email", "one@example.com")
	c.lastMail("one@")
	if p := b.Fill(b.Get("/account"), "Cancel the new address"); p.Has("one@example.com") {
		t.Errorf(`pressing "Cancel the new address": got %s, want no text "one@example.com"`, p.Text())
	}
	b.Fill(b.Get("/account/profile"), "Save", "Email", "two@example.com")
	c.lastMail("two@")
	b.Fill(b.Get("/account/profile"), "Save", "Email", "three@example.com")
	c.Clock.Advance(portico.EmailLinkTTL)
	for _, box := range []string{"one@", "two@", "three@"} {
		if p := c.press(c.lastMail(box).Link("/email/"), ""); p.Status != 410 {
			t.Errorf("%s: %d, want status 410", box, p.Status)
		}
	}
	if got := c.Account(c.user.ID).Email; got != "ursula@example.com" {
		t.Errorf(`got %s, want "ursula@example.com"`, got)
	}
	// The number of mails to strangers is limited.
	b = c.as(c.user)
	refused := false
	for n := range 8 {
		p := b.Post("/account/profile", "first_name", "U", "last_name", "T", "email", fmt.Sprintf("s%d@example.net", n))
		refused = refused || p.Status == 429
	}
	if n := len(c.Mails("@example.net")); !refused || n > 5 {
		t.Errorf("%d mails to strangers", n)
	}
}
