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

// tell mails somebody of a change, and returns the link that says "This wasn't
// me".
func (c *cast) tell(u portico.User, kind mail.Kind) string {
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

// notMe reads the page of a link, presses its button, and reads what it says
// then.
func (c *cast) notMe(link string) (before, after string) {
	c.T.Helper()
	b := c.Client()
	page := b.Get(link)
	return page.Text(), b.Fill(page, "This wasn't me").Text()
}

// TestC28_ForgottenMailsAgain: "Forgotten password" mails another link when
// something has ended those that it mailed before, and says nothing untrue.
func TestC28_ForgottenMailsAgain(t *testing.T) {
	for name, end := range map[string]func(c *cast) (mailbox string){
		"log-ins ended": func(c *cast) string {
			c.as(c.admin).Post(access + "/" + string(c.user.ID) + "/end-sessions")
			return "ulla@"
		},
		"address changed": func(c *cast) string {
			c.repair(c.as(c.admin), c.user, "new@example.com")
			return "new@"
		},
		"link used": func(c *cast) string {
			c.press(c.links("ulla@", "/password/")[0], stolen)
			return "ulla@"
		},
		"customer suspended for a time": func(c *cast) string {
			must(t, c.Customers.Suspend(t.Context(), portico.CommandLine(), c.acme.ID))
			c.Clock.Advance(time.Second)
			must(t, c.Customers.Reactivate(t.Context(), portico.CommandLine(), c.acme.ID))
			c.Clock.Advance(time.Second)
			return "ulla@"
		},
		"each used by log-ins with an ended password": func(c *cast) string {
			c.notMe(c.tell(c.user, mail.PasswordChanged))
			return "ulla@"
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCast(t)
			c.forget("ulla", 0, 5)
			if n := len(c.working(c.links("ulla@", "/password/"))); n != 3 {
				t.Fatalf("%d links", n)
			}
			mailbox := end(c)
			before := len(c.links(mailbox, "/password/"))
			if strings.HasPrefix(name, "each used") { // the mail after "This wasn't me" was not read, and ends too
				c.as(c.admin).Post(access + "/" + string(c.user.ID) + "/end-sessions")
			}
			c.forget("ulla", 1, 5)
			links := c.links(mailbox, "/password/")
			if len(links) != before+3 || len(c.working(links)) != 3 {
				t.Errorf("%d links more, %d work", len(links)-before, len(c.working(links)))
			}
		})
	}
}

// TestC28_MailsSayWhatIsSo: a mail with a link to choose a password says how the
// present password stands, and what to do for somebody who did not ask for it.
func TestC28_MailsSayWhatIsSo(t *testing.T) {
	c := newCast(t)
	check := func(name string, goesOn, ignore bool) {
		t.Helper()
		m := c.lastMail("ulla@")
		if m.Link("/password/") == "" {
			t.Fatalf("%s: %s", name, m.Text)
		}
		if strings.Contains(m.Text, "goes on to work") != goesOn || strings.Contains(m.Text, "lets nobody in") == goesOn || strings.Contains(m.Text, "ignore this mail") != ignore {
			t.Errorf("%s: %s", name, m.Text)
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

// TestC28_NotMeWhileSuspended: while the customer or the person is suspended,
// no link is promised that would not work, nor another way that mails nothing.
func TestC28_NotMeWhileSuspended(t *testing.T) {
	for name, suspend := range map[string]func(*cast) error{
		"customer": func(c *cast) error {
			return c.Customers.Suspend(t.Context(), portico.CommandLine(), c.acme.ID)
		},
		"person": func(c *cast) error {
			return c.Users.Suspend(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCast(t)
			link := c.tell(c.user, mail.PasswordChanged)
			must(t, suspend(c))
			c.Clock.Advance(time.Second)
			before, after := c.notMe(link)
			for _, text := range []string{before, after} {
				if strings.Contains(text, "you get a mail") || strings.Contains(text, "on its way") || strings.Contains(text, "in an hour") {
					t.Errorf("%s", text)
				}
			}
			if !strings.Contains(after, "suspended") || len(c.links("ulla@", "/password/")) != 0 {
				t.Errorf("%s", after)
			}
		})
	}
}

// TestC28_NotMeTellsSomebody: where there is no other administrator, the
// operators are told if the customer grants them access; the page says who is.
func TestC28_NotMeTellsSomebody(t *testing.T) {
	c := newCast(t)
	olga := c.User(portico.ProviderID, "olga", portico.RoleOperator)
	told := func(mailbox string) (n int) {
		for _, m := range c.Mails(mailbox) {
			if strings.Contains(m.Subject, "this wasn't me") {
				n++
			}
		}
		return n
	}
	before, after := c.notMe(c.tell(c.user, mail.PasswordChanged))
	if !strings.Contains(before, "The administrators of Acme Telecom are told") || !strings.Contains(after, "The administrators of Acme Telecom were told") || told("alice@") != 1 || told("olga@") != 0 {
		t.Errorf("a user: %s\n%s", before, after)
	}
	before, after = c.notMe(c.tell(c.admin, mail.PasswordChanged))
	if strings.Contains(before+after, "The administrators of") || !strings.Contains(before, "Your provider is told") || !strings.Contains(after, "Your provider was told") || told("olga@") != 1 {
		t.Errorf("the only administrator: %s\n%s", before, after)
	}
	if text := c.lastMail("olga@").Text; !strings.Contains(text, "Acme Telecom") || !strings.Contains(text, "/customers/acme/audit") {
		t.Errorf("%s", text)
	}
	must(t, c.Customers.RevokeProviderAccess(t.Context(), c.Actor(c.other), c.globex.ID))
	before, after = c.notMe(c.tell(c.other, mail.PasswordChanged))
	if strings.Contains(before, "is told") || strings.Contains(before, "are told") || !strings.Contains(before, "nobody else") || !strings.Contains(after, "nobody else. Talk to your provider") || told("olga@") != 1 {
		t.Errorf("without access: %s\n%s", before, after)
	}
	before, after = c.notMe(c.tell(olga, mail.PasswordChanged))
	if strings.Contains(before, "are told") || strings.Contains(after, "were told") || !strings.Contains(before, "nobody else") {
		t.Errorf("the only operator: %s\n%s", before, after)
	}
}

// TestC28_NotMeLeavesTheAuthenticator: "This wasn't me" deletes no setup, and
// says so to somebody who did not make the present one, on its pages and in its mails.
func TestC28_NotMeLeavesTheAuthenticator(t *testing.T) {
	const ask = "an administrator to delete"
	c := newCast(t)
	old := c.tell(c.help, mail.PasswordChanged)
	c.enrol(t, c.as(c.user))
	about := c.lastMail("ulla@").Link("/not-me/")
	for _, link := range []string{about, c.tell(c.user, mail.PasswordChanged)} {
		if link != about { // the button ended those of this address
			c.Clock.Advance(time.Hour)
			link = c.tell(c.user, mail.PasswordChanged)
		}
		before, after := c.notMe(link)
		text := c.lastMail("ulla@").Text
		if !strings.Contains(before, "not deleted") || !strings.Contains(after, ask) || !strings.Contains(text, ask) {
			t.Errorf("%s\n%s\n%s", before, after, text)
		}
		if text := c.lastMail("alice@").Text; !strings.Contains(text, "2FA setup") {
			t.Errorf("the administrator: %s", text)
		}
		if c.Account(c.user.ID).TwoFactor != portico.TwoFactorEnabled {
			t.Error("the setup is gone")
		}
	}
	// One that was there for long is the person's own; and there may be none.
	if before, after := c.notMe(old); strings.Contains(before+after, "2FA setup") {
		t.Errorf("without 2FA: %s\n%s", before, after)
	}
	c.Enrol(c.admin)
	c.Clock.Advance(15 * 24 * time.Hour)
	if before, after := c.notMe(c.tell(c.admin, mail.PasswordChanged)); strings.Contains(before+after, "2FA setup") {
		t.Errorf("an old setup: %s\n%s", before, after)
	}
}

// TestEndedLinksSayWhatToDo: the page of a link that no longer works names a way
// that leads on from that kind of link.
func TestEndedLinksSayWhatToDo(t *testing.T) {
	c := newCast(t)
	for path, want := range map[string]string{
		"/activate/": "Ask your administrator for a new one", "/password/": "Forgotten password", "/unlock/": "Forgotten password",
		"/email/": "Account page", "/not-me/": "administrator",
	} {
		p := c.Client().Get(path + "no-such-token")
		if p.Status != 410 || !p.Has(want) || !p.Has("or was ended by a change") || path != "/activate/" && p.Has("for a new one") {
			t.Errorf("%s: %d %s", path, p.Status, p.Text())
		}
	}
}

// TestC28_NotMeOfASuspendedUserEndsThePassword: a report ends the password also
// while the user is suspended, or it would work again after the reactivation.
func TestC28_NotMeOfASuspendedUserEndsThePassword(t *testing.T) {
	c := newCast(t)
	link := c.tell(c.user, mail.PasswordChanged)
	must(t, c.Users.Suspend(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID))
	c.notMe(link)
	_, err := c.Users.Reactivate(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID)
	must(t, err)
	b := c.Client()
	if p := b.Login(c.user.LoginID, porticotest.Password, ""); p.Has("Log out") {
		t.Errorf("the reported password logs in after the reactivation: %s", p.Text())
	}
	if link := c.lastMail(c.user.Email).Link("/password/"); link == "" {
		t.Error("no link to choose a new password was mailed at the reactivation")
	}
}
