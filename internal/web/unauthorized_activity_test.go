package web_test

import (
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/mail"
	"portico/internal/porticotest"
	"portico/internal/store"
)

// TestC22_NotMeFreezes checks that "This wasn't me" ends everything issued,
// rejects the old password, restores the email address, notifies the
// administrators, and logs nobody in. Opening the page alone must do nothing.
func TestC22_NotMeFreezes(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	thief := c.as(c.user)
	c.changeOwnAddress(thief, c.user, "thief@example.net")
	m := c.Mails("ulla@example.com")[1:]
	if len(m) != 1 || m[0].Subject != "Your email address was changed" {
		t.Fatalf(`got %+v, want 1 of m, subject "Your email address was changed"`, m)
	}
	b := c.Client()
	page := b.Get(m[0].Link("/not-me/"))
	if !isLoggedIn(thief) || c.Account(c.user.ID).PasswordExpired {
		t.Fatal("opening the page did it")
	}
	// What the thief does next must not end the link.
	thief.Post("/account/password", "password", porticotest.Password, "new_password", "seven quiet rivers meet")
	p := b.Fill(page, "This wasn't me")
	if !p.Has("Your account is safe now") || isLoggedIn(b) || isLoggedIn(thief) {
		t.Fatalf(`pressing "This wasn't me": got %s, want the text "Your account is safe now", no session, no session`, p.Text())
	}
	a := c.Account(c.user.ID)
	if !a.PasswordExpired || a.Email != "ulla@example.com" {
		t.Errorf(`c.Account(c.user.ID): got %+v, want a.PasswordExpired, a.Email "ulla@example.com"`, a.User)
	}
	if p := thief.Login("ulla", "seven quiet rivers meet", ""); p.Status != 422 || isLoggedIn(thief) || !strings.Contains(p.Alert(), "We disabled this password") {
		t.Errorf("the thief's password: %d %s", p.Status, p.Alert())
	}
	if p := thief.Login("ulla", porticotest.Password, ""); p.Status != 422 || strings.Contains(p.Alert(), "We disabled this password") {
		t.Errorf("a wrong password is told too much: %s", p.Alert())
	}
	leads := c.Mails("alice@example.com")
	if len(leads) != 1 || !strings.Contains(leads[0].Subject, "Ulla Tester (ulla) says") || len(c.Mails("greta@")) != 0 {
		t.Errorf(`c.Mails("alice@example.com"): got %+v, want 1 of leads, "Ulla Tester (ulla) says" in leads[0].Subject, 0 of c.Mails("greta@")`, leads)
	}
	if c.events(portico.UnauthorizedActivityReported, "") != 1 {
		t.Error("not in the log")
	}
	mails := c.Mails("ulla@example.com")
	link := ""
	for _, m := range mails {
		if l := m.Link("/password/"); l != "" {
			link = l
		}
	}
	b.Fill(b.Get(link), "Save password", "Password", "eight loud mountains part")
	if p := b.Login("ulla", "eight loud mountains part", ""); !p.Has("Hello Ulla") {
		t.Errorf("with a new password: %s", p.Text())
	}
	if p := b.Get(m[0].Link("/not-me/")); p.Status != 410 {
		t.Errorf("twice: %d", p.Status)
	}
}

// notMe reads the page of a link, presses its button, and reads what it says
// then.
func (c *fixture) notMe(link string) (before, after string) {
	c.T.Helper()
	b := c.Client()
	page := b.Get(link)
	return page.Text(), b.Fill(page, "This wasn't me").Text()
}

// TestC28_NotMeWhileSuspended: while the customer or the person is suspended,
// no link is promised that would not work, nor another way that mails nothing.
func TestC28_NotMeWhileSuspended(t *testing.T) {
	for name, suspend := range map[string]func(*fixture) error{
		"customer": func(c *fixture) error {
			return c.Customers.Suspend(t.Context(), portico.CommandLine(), c.acme.ID)
		},
		"person": func(c *fixture) error {
			return c.Users.Suspend(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newFixture(t)
			link := c.tell(c.user, mail.PasswordChanged)
			must(t, suspend(c))
			c.Clock.Advance(time.Second)
			before, after := c.notMe(link)
			for _, text := range []string{before, after} {
				if strings.Contains(text, "you will get an email") || strings.Contains(text, "on its way") || strings.Contains(text, "in an hour") {
					t.Errorf(`got %s, want no "you will get an email" in text, no "on its way" in text, no "in an hour" in text`, text)
				}
			}
			if !strings.Contains(after, "suspended") || len(c.links("ulla@", "/password/")) != 0 {
				t.Errorf(`c.notMe(link): got %s, want "suspended" in after, 0 of c.links("ulla@", "/password/")`, after)
			}
		})
	}
}

// TestC28_NotMeTellsSomebody: where there is no other administrator, the
// operators are told if the customer grants them access; the page says who is.
func TestC28_NotMeTellsSomebody(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
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
	if !strings.Contains(before, "The administrators of Acme Telecom will be told") || !strings.Contains(after, "The administrators of Acme Telecom were told") || told("alice@") != 1 || told("olga@") != 0 {
		t.Errorf("a user: %s\n%s", before, after)
	}
	before, after = c.notMe(c.tell(c.admin, mail.PasswordChanged))
	if strings.Contains(before+after, "The administrators of") || !strings.Contains(before, "Your provider will be told") || !strings.Contains(after, "Your provider was told") || told("olga@") != 1 {
		t.Errorf("the only administrator: %s\n%s", before, after)
	}
	if text := c.lastMail("olga@").Text; !strings.Contains(text, "Acme Telecom") || !strings.Contains(text, "/customers/acme/audit") {
		t.Errorf(`got %s, want "Acme Telecom" in text, "/customers/acme/audit" in text`, text)
	}
	must(t, c.Customers.RevokeProviderAccess(t.Context(), c.Actor(c.other), c.globex.ID))
	before, after = c.notMe(c.tell(c.other, mail.PasswordChanged))
	if strings.Contains(before, "will be told") || !strings.Contains(before, "nobody else") || !strings.Contains(after, "nobody else to tell. Talk to your provider") || told("olga@") != 1 {
		t.Errorf("without access: %s\n%s", before, after)
	}
	before, after = c.notMe(c.tell(olga, mail.PasswordChanged))
	if strings.Contains(before, "will be told") || strings.Contains(after, "were told") || !strings.Contains(before, "nobody else") {
		t.Errorf("the only operator: %s\n%s", before, after)
	}
}

// TestC28_NotMeLeavesTheAuthenticator: "This wasn't me" deletes no setup, and
// says so to somebody who did not make the present one, on its pages and in its mails.
func TestC28_NotMeLeavesTheAuthenticator(t *testing.T) {
	if testing.Short() {
		return // long
	}
	const ask = "an administrator to delete"
	c := newFixture(t)
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
		if !strings.Contains(before, "not be deleted") || !strings.Contains(after, ask) || !strings.Contains(text, ask) {
			t.Errorf("got %s\n%s\n%s, want \"not deleted\" in before, %v in after, %v in text", before, after, text, ask, ask)
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

// TestC28_NotMeOfASuspendedUserEndsThePassword: a report ends the password also
// while the user is suspended, or it would work again after the reactivation.
func TestC28_NotMeOfASuspendedUserEndsThePassword(t *testing.T) {
	c := newFixture(t)
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

// TestC28_NotMeEndsEverything checks that "This wasn't me" ends the thief's
// session, the password, and the known device, in which the thief could
// continue to guess.
func TestC28_NotMeEndsEverything(t *testing.T) {
	c := newFixture(t)
	thief := c.as(c.user)
	hash := sha256.Sum256([]byte(thief.Cookie("portico_browser")))
	known := func() bool {
		_, err := c.DB.Read(t.Context()).Browser(c.user.ID, hash[:])
		return err == nil
	}
	thief.Post("/account/profile", "first_name", "Ulla", "last_name", "Tester", "email", "thief@example.net")
	confirm := c.lastMail("thief@").Link("/email/")
	if !known() || !isLoggedIn(thief) {
		t.Fatal("the browser is not known to begin with")
	}
	c.press(c.lastMail("ulla@").Link("/not-me/"), "")
	if known() {
		t.Error("the browser is known")
	}
	if isLoggedIn(thief) {
		t.Error("the session lives")
	}
	if p := thief.Login("ulla", porticotest.Password, ""); isLoggedIn(thief) {
		t.Errorf("the password lets in: %s", p.Path)
	}
	if p := c.press(confirm, ""); p.Status != 410 || c.Account(c.user.ID).Email != "ulla@example.com" {
		t.Errorf("the new address can be confirmed: %d", p.Status)
	}
}

// TestC28_AddressAloneEnds checks that a link which another program has stored
// after the address was changed does not work, although its row exists.
func TestC28_AddressAloneEnds(t *testing.T) {
	c := newFixture(t)
	for name, spoil := range map[string]func(a *store.Account){
		"current":         func(*store.Account) {},
		"another address": func(a *store.Account) { a.Email = "thief@example.net" },
		"another version": func(a *store.Account) { a.AddressVersion++ },
	} {
		for kind, path := range map[store.LinkKind]string{store.LinkPassword: "/password/", store.LinkUnlock: "/unlock/", store.LinkEmail: "/email/"} {
			token := string(kind) + strings.ReplaceAll(name, " ", "-")
			hash := sha256.Sum256([]byte(token))
			must(t, c.DB.Update(t.Context(), portico.System(portico.Origin{}), func(tx *store.Tx) error {
				a, err := tx.Account(c.user.ID)
				if err != nil {
					return err
				}
				spoil(&a)
				return tx.PutLink(hash[:], kind, a, tx.Now.Add(time.Hour))
			}))
			// A link for a new address is mailed to that one, so only the version must
			// match.
			want := map[bool]int{true: 200, false: 410}[name == "current" || kind == store.LinkEmail && name == "another address"]
			if p := c.Client().Get(path + token); p.Status != want {
				t.Errorf("%s, %s: %d, want %d", kind, name, p.Status, want)
			}
		}
	}
}
