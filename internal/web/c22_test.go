package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/store"
)

// forgottenLink requests a password link and returns it.
func (c *cast) forgottenLink(t *testing.T) string {
	t.Helper()
	b := c.Client()
	b.Fill(b.Get("/login/forgot"), "Send link", "Login ID", "ulla")
	mails := c.Mails("ulla@example.com")
	link := mails[len(mails)-1].Link("/password/")
	if link == "" {
		t.Fatal("no link")
	}
	return link
}

// TestC22_ResetDoesNotLogInNorDropFactor checks that a mailed password link
// changes nothing but the password.
func TestC22_ResetDoesNotLogInNorDropFactor(t *testing.T) {
	c := newCast(t)
	owner := c.as(c.user)
	key, _ := c.enrol(t, owner)
	c.Clock.Advance(30 * time.Second)
	b := c.Client()
	p := b.Fill(b.Get(c.forgottenLink(t)), "Save password", "Password", "seven quiet rivers meet")
	if p.Path != "/login?done=password-saved" || in(b) || in(owner) {
		t.Errorf("%s, in %v, the owner's session %v", p.Path, in(b), in(owner))
	}
	if n, err := c.DB.Read(t.Context()).RecoveryCodesLeft(c.user.ID); n != 10 || err != nil {
		t.Errorf("%d recovery codes left", n)
	}
	if p := b.Login("ulla", "seven quiet rivers meet", ""); !p.Has("Enter your code") {
		t.Errorf("%s", p.Text())
	}
	if p := b.Post("/login/code", "code", c.Code(key, 0)); !p.Has("Hello Ulla") {
		t.Errorf("%s", p.Text())
	}
	mails := c.Mails("ulla@example.com")
	if m := mails[len(mails)-1]; m.Subject != "Your password was changed" || m.Link("/not-me/") == "" {
		t.Errorf("%+v", m)
	}
}

// TestC22_ResetTokenOnceExpiryBinding checks that a password link works once,
// for thirty minutes, and only for the password that it was made for.
func TestC22_ResetTokenOnceExpiryBinding(t *testing.T) {
	c := newCast(t)
	b := c.Client()
	link := c.forgottenLink(t)
	c.Clock.Advance(portico.ForgottenTime - time.Second)
	if p := b.Get(link); p.Status != 200 {
		t.Errorf("in its time: %d", p.Status)
	}
	c.Clock.Advance(time.Second)
	if p := b.Get(link); p.Status != 410 {
		t.Errorf("after thirty minutes: %d", p.Status)
	}
	one, two := c.forgottenLink(t), c.forgottenLink(t)
	b.Fill(b.Get(one), "Save password", "Password", "seven quiet rivers meet")
	for name, used := range map[string]string{"used": one, "of the old password": two} {
		if p := b.Get(used); p.Status != 410 {
			t.Errorf("%s: %d", name, p.Status)
		}
		if p := b.Post(strings.TrimPrefix(used, c.URL), "password", "another long password here"); p.Status != 410 {
			t.Errorf("%s, posted: %d", name, p.Status)
		}
	}
}

// TestC22_LinksAreOfOneKind checks that a link works only at the address of its
// own kind.
func TestC22_LinksAreOfOneKind(t *testing.T) {
	c := newCast(t)
	b := c.Client()
	c.as(c.admin).Fill(c.as(c.admin).Get(access+"/new"), "Create user", "First name", "Eve", "Last name", "Il", "E-mail", "eve@example.com")
	c.changeOwnAddress(c.as(c.user), c.user, "ursula@example.com") // notifies the previous address
	c.as(c.user).Post("/account/profile", "first_name", "Ulla", "last_name", "Tester", "email", "ulrike@example.com")
	tokens := map[string]string{}
	add := func(path, link string) { tokens[path] = link[strings.LastIndex(link, "/")+1:] }
	add("/activate/", c.Mails("eve@")[0].Link("/activate/"))
	add("/not-me/", c.Mails("ulla@")[0].Link("/not-me/"))
	add("/email/", c.Mails("ulrike@")[0].Link("/email/"))
	b.Post("/login/forgot", "login_id", "ulla")
	add("/password/", c.lastMail("ursula@").Link("/password/"))
	must(t, c.DB.Update(t.Context(), portico.CommandLine(), func(tx *store.Tx) error {
		a, err := tx.Account(c.user.ID)
		if err != nil {
			return err
		}
		token, _, err := tx.IssueLink(store.LinkUnlock, a, time.Hour)
		add("/unlock/", "/unlock/"+token)
		return err
	}))
	hash := c.Account(c.user.ID).PasswordHash
	for made, token := range tokens {
		for path := range tokens {
			if path == made {
				continue
			}
			if p := b.Get(path + token); p.Status != 410 {
				t.Errorf("a link of %s at %s: %d", made, path, p.Status)
			}
			if p := b.Post(path+token, "password", "seven quiet rivers meet", "login_id", "ulla-2"); p.Status != 410 {
				t.Errorf("a link of %s posted to %s: %d", made, path, p.Status)
			}
		}
	}
	for path, token := range tokens {
		if p := b.Get(path + token); p.Status != 200 {
			t.Errorf("a link at its own address %s: %d", path, p.Status)
		}
	}
	if a := c.Account(c.user.ID); a.PasswordHash != hash || a.PasswordExpired {
		t.Error("the account was changed")
	}
}

// TestC22_HostHeaderPoisoning checks that links in mails begin with the
// configured base URL, whatever the request contains.
func TestC22_HostHeaderPoisoning(t *testing.T) {
	c := newCast(t)
	r, err := http.NewRequest("POST", c.URL+"/login/forgot", strings.NewReader("login_id=ulla"))
	must(t, err)
	r.Host = "evil.example"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Forwarded-Host", "evil.example")
	r.Header.Set("Forwarded", "host=evil.example")
	c.Client().Do(r)
	m := c.Mails("ulla@example.com")
	if len(m) != 1 || strings.Contains(m[0].Text+m[0].HTML, "evil") || !strings.HasPrefix(m[0].Link("/password/"), c.URL) {
		t.Errorf("%+v", m)
	}
}

// TestC22_ArrayEmailParam checks that nothing in the request sets the
// recipient.
func TestC22_ArrayEmailParam(t *testing.T) {
	c := newCast(t)
	b := c.Client()
	b.Post("/login/forgot", "login_id", "ulla", "email", "evil@example.net", "to", "evil@example.net")
	b.Post("/login/forgot", "login_id", "ulla", "login_id", "greta")
	b.Post("/login/forgot", "login_id", "ulla,greta")
	b.Post("/login/forgot", "login_id[]", "ulla")
	if len(c.Mails("evil")) != 0 || len(c.Mails("greta@")) != 0 || len(c.Mails("ulla@")) != 1 {
		t.Errorf("%d %d %d", len(c.Mails("evil")), len(c.Mails("greta@")), len(c.Mails("ulla@")))
	}
}

// TestC22_NotMeFreezes checks that "This wasn't me" ends everything issued,
// rejects the old password, restores the e-mail address, notifies the
// administrators, and logs nobody in. Opening the page alone must do nothing.
func TestC22_NotMeFreezes(t *testing.T) {
	c := newCast(t)
	thief := c.as(c.user)
	c.changeOwnAddress(thief, c.user, "thief@example.net")
	m := c.Mails("ulla@example.com")[1:]
	if len(m) != 1 || m[0].Subject != "Your e-mail address was changed" {
		t.Fatalf("%+v", m)
	}
	b := c.Client()
	page := b.Get(m[0].Link("/not-me/"))
	if !in(thief) || c.Account(c.user.ID).PasswordExpired {
		t.Fatal("opening the page did it")
	}
	// What the thief does next must not end the link.
	thief.Post("/account/password", "password", porticotest.Password, "new_password", "seven quiet rivers meet")
	p := b.Fill(page, "This wasn't me")
	if !p.Has("Your account is safe now") || in(b) || in(thief) {
		t.Fatalf("%s", p.Text())
	}
	a := c.Account(c.user.ID)
	if !a.PasswordExpired || a.Email != "ulla@example.com" {
		t.Errorf("%+v", a.User)
	}
	if p := thief.Login("ulla", "seven quiet rivers meet", ""); p.Status != 422 || in(thief) || !strings.Contains(p.Alert(), "has ended") {
		t.Errorf("the thief's password: %d %s", p.Status, p.Alert())
	}
	if p := thief.Login("ulla", porticotest.Password, ""); p.Status != 422 || strings.Contains(p.Alert(), "has ended") {
		t.Errorf("a wrong password is told too much: %s", p.Alert())
	}
	leads := c.Mails("alice@example.com")
	if len(leads) != 1 || !strings.Contains(leads[0].Subject, "Ulla Tester (ulla) says") || len(c.Mails("greta@")) != 0 {
		t.Errorf("%+v", leads)
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

// TestC22_OldAddressIsToldOfSuspendedPeopleToo checks that the previous address
// is notified of a change even if the person is suspended meanwhile. The link
// in that mail notifies the other administrators.
func TestC22_OldAddressIsToldOfSuspendedPeopleToo(t *testing.T) {
	c := newCast(t)
	b := c.as(c.admin)
	at := access + "/" + string(c.user.ID)
	b.Post(at + "/suspend")
	b.Post(at, "first_name", "Ulla", "last_name", "Tester", "email", "mallory@example.net", "role", "user")
	b.Post(at + "/reactivate")
	if a := c.Account(c.user.ID); a.Email != "mallory@example.net" || a.Status != portico.Active {
		t.Fatalf("%+v", a.User)
	}
	c.User(c.acme.ID, "anna", portico.RoleAdministrator)
	m := c.lastMail("ulla@example.com")
	b = c.Client()
	b.Fill(b.Get(m.Link("/not-me/")), "This wasn't me")
	if got := c.lastMail("anna@").Subject; m.Subject != "Your e-mail address was replaced" || !strings.Contains(got, "Ulla Tester (ulla)") {
		t.Errorf("%s; %s", m.Subject, got)
	}
}

// TestC22_EveryChangeIsTold checks that each change of an account's protection
// notifies the person, with a link to report unauthorized activity.
func TestC22_EveryChangeIsTold(t *testing.T) {
	c := newCast(t)
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
	told("A new e-mail address was entered")
}

// TestC22_LaterLinkEndsTheEarlier checks that only the last link of a kind that
// an administrator has sent works.
func TestC22_LaterLinkEndsTheEarlier(t *testing.T) {
	c := newCast(t)
	b := c.as(c.admin)
	eve := path(b.Fill(b.Get(access+"/new"), "Create user", "First name", "Eve", "Last name", "Il", "E-mail", "eve@example.com"))
	ulla := access + "/" + string(c.user.ID)
	b.Post(ulla + "/password-link")
	for to, one := range map[string]struct{ again, link string }{
		"eve@": {eve + "/invite", "/activate/"}, "ulla@": {ulla + "/password-link", "/password/"},
	} {
		first := c.lastMail(to).Link(one.link)
		b.Post(one.again)
		next := c.lastMail(to).Link(one.link)
		if was, is := c.Client().Get(first).Status, c.Client().Get(next).Status; was != 410 || is != 200 {
			t.Errorf("%s: the first %d, the second %d", to, was, is)
		}
	}
}
