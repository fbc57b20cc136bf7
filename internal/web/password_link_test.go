package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/mail"
	"portico/internal/porticotest"
	"portico/internal/store"
)

// TestC22_PasswordLink checks that a password link works once and changes
// nothing but the password.
func TestC22_PasswordLink(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	key := c.Enrol(c.user)
	b := c.as(c.help)
	p := b.Fill(b.Get(access+"/"+string(c.user.ID)), "Send a password link")
	if !p.Has("on its way") {
		t.Fatalf(`pressing "Send a password link": got %s, want the text "on its way"`, p.Text())
	}
	link := c.Mails("ulla@example.com")[0].Link("/password/")
	theirs := c.Client()
	theirs.Login("ulla", porticotest.Password, c.Code(key, 0))
	n := c.Client()
	const next = "seven quiet rivers meet"
	if p := n.Fill(n.Get(link), "Save password", "Password", "short"); p.Status != 422 {
		t.Errorf(`pressing "Save password": got %d, want status 422`, p.Status)
	}
	if p := n.Fill(n.Get(link), "Save password", "Password", next); p.Path != "/login?done=password-saved" || n.Cookie("portico_session") != "" {
		t.Errorf("%s, session %q", p.Path, n.Cookie("portico_session"))
	}
	if p := n.Get(link); p.Status != 410 {
		t.Errorf("twice: %d", p.Status)
	}
	if !denied(try(theirs, "GET", "/account")) {
		t.Error("a session outlives the new password")
	}
	c.Clock.Advance(portico.PendingLoginTTL / 5)
	if p := n.Login("ulla", next, ""); !p.Has("Enter your code") {
		t.Errorf("the code is no longer asked for: %s", p.Text())
	}
	// A link also ends when the password that it was made for changes.
	b.Post(access + "/" + string(c.user.ID) + "/password-link")
	mails := c.Mails("ulla@example.com")
	link = mails[len(mails)-1].Link("/password/")
	n.Post("/login/code", "code", c.Code(key, 0))
	n.Fill(n.Get("/account/password"), "Save password", "Current password", next, "New password", porticotest.Password)
	if p := c.Client().Get(link); p.Status != 410 {
		t.Errorf("the link outlives a change of password: %d", p.Status)
	}
}

// forgottenLink requests a password link and returns it.
func (c *fixture) forgottenLink(t *testing.T) string {
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
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	owner := c.as(c.user)
	key, _ := c.enrol(t, owner)
	c.Clock.Advance(30 * time.Second)
	b := c.Client()
	p := b.Fill(b.Get(c.forgottenLink(t)), "Save password", "Password", "seven quiet rivers meet")
	if p.Path != "/login?done=password-saved" || isLoggedIn(b) || isLoggedIn(owner) {
		t.Errorf("%s, in %v, the owner's session %v", p.Path, isLoggedIn(b), isLoggedIn(owner))
	}
	if n, err := c.DB.Read(t.Context()).RecoveryCodesLeft(c.user.ID); n != 10 || err != nil {
		t.Errorf("%d recovery codes left", n)
	}
	if p := b.Login("ulla", "seven quiet rivers meet", ""); !p.Has("Enter your code") {
		t.Errorf(`logging in as ulla: got %s, want the text "Enter your code"`, p.Text())
	}
	if p := b.Post("/login/code", "code", c.Code(key, 0)); !p.Has("Hello Ulla") {
		t.Errorf(`POST /login/code: got %s, want the text "Hello Ulla"`, p.Text())
	}
	mails := c.Mails("ulla@example.com")
	if m := mails[len(mails)-1]; m.Subject != "Your password was changed" || m.Link("/not-me/") == "" {
		t.Errorf(`got %+v, want subject "Your password was changed", some m.Link("/not-me/")`, m)
	}
}

// TestC22_ResetTokenOnceExpiryBinding checks that a password link works once,
// for thirty minutes, and only for the password that it was made for.
func TestC22_ResetTokenOnceExpiryBinding(t *testing.T) {
	c := newFixture(t)
	b := c.Client()
	link := c.forgottenLink(t)
	c.Clock.Advance(portico.ForgottenLinkTTL - time.Second)
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
			t.Errorf("%s: %d, want status 410", name, p.Status)
		}
		if p := b.Post(strings.TrimPrefix(used, c.URL), "password", "another long password here"); p.Status != 410 {
			t.Errorf("%s, posted: %d", name, p.Status)
		}
	}
}

// TestC22_LinksAreOfOneKind checks that a link works only at the address of its
// own kind.
func TestC22_LinksAreOfOneKind(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.Client()
	c.as(c.admin).Fill(c.as(c.admin).Get(access+"/new"), "Create user", "First name", "Eve", "Last name", "Il", "Email", "eve@example.com")
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
	c := newFixture(t)
	r, err := http.NewRequest("POST", c.URL+"/login/forgot", strings.NewReader("login_id=ulla"))
	must(t, err)
	r.Host = "evil.example"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Forwarded-Host", "evil.example")
	r.Header.Set("Forwarded", "host=evil.example")
	c.Client().Do(r)
	m := c.Mails("ulla@example.com")
	if len(m) != 1 || strings.Contains(m[0].Text+m[0].HTML, "evil") || !strings.HasPrefix(m[0].Link("/password/"), c.URL) {
		t.Errorf(`c.Mails("ulla@example.com"): got %+v, want 1 of m, no "evil" in m[0].Text+m[0].HTML, m[0].Link("/password/") to begin with %v`, m, c.URL)
	}
}

// TestC22_ArrayEmailParam checks that nothing in the request sets the
// recipient.
func TestC22_ArrayEmailParam(t *testing.T) {
	c := newFixture(t)
	b := c.Client()
	b.Post("/login/forgot", "login_id", "ulla", "email", "evil@example.net", "to", "evil@example.net")
	b.Post("/login/forgot", "login_id", "ulla", "login_id", "greta")
	b.Post("/login/forgot", "login_id", "ulla,greta")
	b.Post("/login/forgot", "login_id[]", "ulla")
	if len(c.Mails("evil")) != 0 || len(c.Mails("greta@")) != 0 || len(c.Mails("ulla@")) != 1 {
		t.Errorf(`got %d %d %d, want 0 of c.Mails("evil"), 0 of c.Mails("greta@"), 1 of c.Mails("ulla@")`, len(c.Mails("evil")), len(c.Mails("greta@")), len(c.Mails("ulla@")))
	}
}

// TestC22_LaterLinkEndsTheEarlier checks that only the last link of a kind that
// an administrator has sent works.
func TestC22_LaterLinkEndsTheEarlier(t *testing.T) {
	c := newFixture(t)
	b := c.as(c.admin)
	eve := path(b.Fill(b.Get(access+"/new"), "Create user", "First name", "Eve", "Last name", "Il", "Email", "eve@example.com"))
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

// TestC28_ForgottenMailsAgain: "Forgotten login ID or password" mails another link when
// something has ended those that it mailed before, and says nothing untrue.
func TestC28_ForgottenMailsAgain(t *testing.T) {
	for name, end := range map[string]func(c *fixture) (mailbox string){
		"log-ins ended": func(c *fixture) string {
			c.as(c.admin).Post(access + "/" + string(c.user.ID) + "/end-sessions")
			return "ulla@"
		},
		"address changed": func(c *fixture) string {
			c.repair(c.as(c.admin), c.user, "new@example.com")
			return "new@"
		},
		"link used": func(c *fixture) string {
			c.press(c.links("ulla@", "/password/")[0], stolen)
			return "ulla@"
		},
		"customer suspended for a time": func(c *fixture) string {
			must(t, c.Customers.Suspend(t.Context(), portico.CommandLine(), c.acme.ID))
			c.Clock.Advance(time.Second)
			must(t, c.Customers.Reactivate(t.Context(), portico.CommandLine(), c.acme.ID))
			c.Clock.Advance(time.Second)
			return "ulla@"
		},
		"each used by log-ins with an ended password": func(c *fixture) string {
			c.notMe(c.tell(c.user, mail.PasswordChanged))
			return "ulla@"
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newFixture(t)
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
