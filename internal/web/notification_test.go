package web_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/store"
)

// TestC22_OldAddressIsToldOfSuspendedPeopleToo checks that the previous address
// is notified of a change even if the person is suspended meanwhile. The link
// in that mail notifies the other administrators.
func TestC22_OldAddressIsToldOfSuspendedPeopleToo(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	at := access + "/" + string(c.user.ID)
	b.Post(at + "/suspend")
	b.Post(at, "first_name", "Ulla", "last_name", "Tester", "email", "mallory@example.net", "role", "user")
	b.Post(at + "/reactivate")
	if a := c.Account(c.user.ID); a.Email != "mallory@example.net" || a.Status != portico.Active {
		t.Fatalf(`c.Account(c.user.ID): got %+v, want a.Email "mallory@example.net", status %v`, a.User, portico.Active)
	}
	c.User(c.acme.ID, "anna", portico.RoleAdministrator)
	m := c.lastMail("ulla@example.com")
	b = c.Client()
	b.Fill(b.Get(m.Link("/not-me/")), "This wasn't me")
	if got := c.lastMail("anna@").Subject; m.Subject != "Your email address was replaced" || !strings.Contains(got, "Ulla Tester (ulla)") {
		t.Errorf(`got %s; %s, want subject "Your email address was replaced", "Ulla Tester (ulla)" in got`, m.Subject, got)
	}
}

// TestC22_EveryChangeIsTold checks that each change of an account's protection
// notifies the person, with a link to report unauthorized activity.
func TestC22_EveryChangeIsTold(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.user)
	c.enrol(t, b)
	told := func(subject string) {
		t.Helper()
		if m := c.lastMail("ulla@example.com"); m.Subject != subject || m.Link("/not-me/") == "" {
			t.Errorf("%q, not %q", m.Subject, subject)
		}
		c.Clock.Advance(30 * time.Second)
	}
	told("Two-factor authentication was enabled")
	b.Post(disable)
	told("Two-factor authentication was disabled")
	b.Post(remove)
	told("Your 2FA setup was deleted")
	c.enrol(t, b)
	told("Two-factor authentication was enabled")
	b.Post(enable, "move", "1")
	b.Post(confirm, "code", c.Code(keyOn(t, b.Get(enable)), 0))
	told("Two-factor authentication was moved to a new phone")
	b.Post("/account/password", "password", porticotest.Password, "new_password", "seven quiet rivers meet")
	told("Your password was changed")
	b.Post("/account/profile", "first_name", "Ulla", "last_name", "Tester", "email", "ursula@example.com")
	told("A new email address was entered")
}

// TestC28_EmergencyMailNotSilenced checks that strangers who request links for
// a person cannot suppress the mail that "This wasn't me" sends, nor the
// person's own mails.
func TestC28_EmergencyMailNotSilenced(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.changeOwnAddress(c.as(c.user), c.user, "thief@example.net")
	for range 5 {
		c.Client().Post("/login/forgot", "login_id", "ulla")
		c.Auth.Wait()
	}
	p := c.press(c.lastMail("ulla@").Link("/not-me/"), "")
	if !p.Has("We have emailed you a link to choose a new one") {
		t.Errorf(`c.press(c.lastMail("ulla@").Link("/not-me/"), ""): got %s, want the text "We have emailed you a link to choose a new one"`, p.Text())
	}
	if link := c.lastMail("ulla@").Link("/password/"); link == "" || c.press(link, stolen).Path != "/login?done=password-saved" {
		t.Error("no link was mailed")
	}
	// The limit on links that strangers request must never leave a person without a
	// link that works.
	for range 8 {
		for range 4 {
			c.Client().Post("/login/forgot", "login_id", "hedda")
			c.Auth.Wait()
		}
		links := c.links("hedda@", "/password/")
		if p := c.Client().Get(links[len(links)-1]); p.Status != 200 {
			t.Errorf("the last of %d links: %d", len(links), p.Status)
		}
		c.Clock.Advance(11 * time.Minute)
	}
}

// TestC28_PageSaysMailedOnlyIfQueued checks that a page says that a mail is on
// its way if and only if the mail was queued.
func TestC28_PageSaysMailedOnlyIfQueued(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	says := func(p *porticotest.Page) bool {
		for _, words := range []string{"on its way", "on their way", "was emailed to you", "have emailed you", "were told", "we emailed to your new"} {
			if p.Has(words) {
				return true
			}
		}
		return false
	}
	alice := c.as(c.admin)
	at := access + "/" + string(c.user.ID)
	var eve portico.User
	steps := []struct {
		name string
		does func() *porticotest.Page
		to   string // recipient; "" for none
	}{
		{"invitation", func() *porticotest.Page {
			p := alice.Post(access+"/new", "first_name", "Eve", "last_name", "Il", "email", "eve@example.com", "role", "user")
			eve.ID = portico.UserID(strings.TrimPrefix(path(p), access+"/"))
			return p
		}, "eve@"},
		{"invitation again", func() *porticotest.Page { return alice.Post(access + "/" + string(eve.ID) + "/invite") }, "eve@"},
		{"password link", func() *porticotest.Page { return alice.Post(at + "/password-link") }, "ulla@"},
		{"new address", func() *porticotest.Page {
			return c.as(c.user).Post("/account/profile", "first_name", "Ulla", "last_name", "Tester", "email", "ursula@example.com")
		}, "ursula@"},
		{"profile without a new address", func() *porticotest.Page {
			return c.as(c.user).Post("/account/profile", "first_name", "Ursula", "last_name", "Tester", "email", "ulla@example.com")
		}, ""},
		{"this wasn't me", func() *porticotest.Page { return c.press(c.links("ulla@", "/not-me/")[0], "") }, "ulla@"},
		{"log-in with the ended password", func() *porticotest.Page { return c.Client().Login("ulla", porticotest.Password, "") }, "ulla@"},
		{"again", func() *porticotest.Page { return c.Client().Login("ulla", porticotest.Password, "") }, "ulla@"},
		{"reactivation of a frozen account", func() *porticotest.Page {
			alice.Post(at + "/suspend")
			return alice.Post(at + "/reactivate")
		}, "ulla@"},
	}
	for _, s := range steps {
		c.Clock.Advance(time.Second)
		before := len(c.Mails(s.to))
		p := s.does()
		queued := s.to != "" && len(c.Mails(s.to)) > before
		if said := says(p); said != (s.to != "") || queued != (s.to != "") {
			t.Errorf("%s: said %v, queued %v: %d %s", s.name, said, queued, p.Status, p.Text())
		}
	}
}

// TestC28_NotMeSaysWhatWasMailed checks that the page of "This wasn't me" does
// not claim that a link was mailed or administrators were notified if that is
// not so.
func TestC28_NotMeSaysWhatWasMailed(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	tell := func(u portico.User) string {
		must(t, c.DB.Update(t.Context(), portico.System(portico.Origin{}), func(tx *store.Tx) error {
			a, err := tx.Account(u.ID)
			if err != nil {
				return err
			}
			return c.Auth.Notify(tx, "password-changed", a, portico.System(portico.Origin{}), "")
		}))
		return c.lastMail(u.Email).Link("/not-me/")
	}
	// The only administrator: nobody is left to notify.
	if p := c.press(tell(c.admin), ""); p.Has("were told") || !p.Has("We have emailed you a link to choose a new one") {
		t.Errorf(`c.press(tell(c.admin), ""): got %s, want no text "were told", the text "We have emailed you a link to choose a new one"`, p.Text())
	}
	// Too many links.
	for n := 1; n <= 6; n++ {
		before := len(c.links("ulla@", "/password/"))
		p := c.press(tell(c.user), "")
		queued := len(c.links("ulla@", "/password/")) > before
		if p.Has("We have emailed you a link to choose a new one") != queued || n == 1 != queued && n < 3 && !queued {
			t.Errorf("press %d: queued %v: %s", n, queued, p.Text())
		}
		if n == 6 && (queued || !p.Has("We could not email you a link to choose a new password")) {
			t.Errorf("without bound: %s", p.Text())
		}
	}
	// Suspended by an administrator meanwhile.
	link := tell(c.help)
	must(t, c.Users.Suspend(t.Context(), portico.CommandLine(), c.acme.ID, c.help.ID))
	if p := c.press(link, ""); p.Has("We have emailed you a link to choose a new one") || len(c.links("hedda@", "/password/")) > 0 {
		t.Errorf(`c.press(link, ""): got %s, want no text "We have emailed you a link to choose a new one", at most 0 for len(c.links("hedda@", "/password/"))`, p.Text())
	}
}

// TestC28_InvitationsAreBounded checks that the administrators of a customer
// can make the portal mail only a number of strangers per hour, with any form,
// and that an import waits when the limit is reached.
func TestC28_InvitationsAreBounded(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	alice := c.as(c.admin)
	file := "login_id,first_name,last_name,email,role\n"
	for n := range 1100 {
		file += fmt.Sprintf("p%04d,P,Q,p%04d@example.net,user\n", n, n)
	}
	p := alice.Fill(sendFile(alice, file, "invite", "1"), "Start import")
	c.works()
	c.works()
	if n := c.people(); n != 1003 {
		t.Fatalf("%d people: %s", n, p.Text())
	}
	invite := func() *porticotest.Page {
		return alice.Post(access+"/new", "first_name", "Eve", "last_name", "Il", "email", "eve@example.com", "role", "user")
	}
	for name, p := range map[string]*porticotest.Page{
		"invitation": invite(), "another address": c.repair(alice, c.user, "ursula@example.com"),
		"password link": alice.Post(access + "/" + string(c.user.ID) + "/password-link"),
	} {
		if p.Status != 429 || p.Header.Get("Retry-After") == "" {
			t.Errorf(`%s: %d %s, want status 429, some p.Header.Get("Retry-After")`, name, p.Status, p.Text())
		}
	}
	if got := c.Account(c.user.ID).Email; got != "ulla@example.com" {
		t.Errorf(`got %s, want "ulla@example.com"`, got)
	}
	greta := c.as(c.other)
	if p := greta.Post(access+"/new", "first_name", "Eve", "last_name", "Il", "email", "eve@example.com", "role", "user"); p.Status != 200 {
		t.Errorf("another customer: %d", p.Status)
	}
	c.Clock.Advance(time.Hour)
	c.works()
	if n := c.people(); n != 1103 {
		t.Errorf("%d people an hour later", n)
	}
	alice = c.as(c.admin)
	if p := invite(); p.Status != 200 {
		t.Errorf("an hour later: %d", p.Status)
	}
}
