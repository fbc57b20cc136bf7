package web_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/auth"
	"portico/internal/porticotest"
)

// TestC10_UnlockLinkAgain checks the link that unlocks a browser while
// strangers keep a password waiting. A person can request it again a few times
// a day, it works as long as the strangers continue, and the responses are the
// same as for an unknown login ID.
func TestC10_UnlockLinkAgain(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c, _, _ := hammered(t, portico.RoleUser)
	unlocks := func() (links []string) {
		for _, m := range c.Mails("vera@example.com") {
			if link := m.Link("/unlock/"); link != "" {
				links = append(links, link)
			}
		}
		return links
	}
	if n := len(unlocks()); n != 1 {
		t.Fatalf("%d links after a hundred failures", n)
	}
	for i := range 8 {
		b := c.Client()
		b.From = fmt.Sprintf("203.0.%d.5", i)
		real := b.Fill(b.Get("/login/forgot"), "Send link", "Login ID", "vera")
		none := b.Fill(b.Get("/login/forgot"), "Send link", "Login ID", "nobody at all")
		if real.Status != none.Status || strings.ReplaceAll(real.Text(), "vera", "nobody at all") != none.Text() {
			t.Errorf("%q is not %q", real.Text(), none.Text())
		}
	}
	if n := len(unlocks()); n != 5 {
		t.Errorf("%d links in all", n)
	}
	// Strangers continue for three days; the first link stays valid.
	s := c.Client()
	s.From = "198.51.1.7"
	for range 3 * 24 {
		c.Clock.Advance(time.Hour)
		if p := s.Login("vera", "not the password", ""); p.Status != 422 {
			t.Fatalf("the hourly attempt: %d", p.Status)
		}
	}
	fresh := c.Client()
	fresh.From = "198.51.1.8"
	if p := fresh.Login("vera", porticotest.Password, ""); p.Status != 429 {
		t.Fatalf("a new browser in a network that failed: %d", p.Status)
	}
	fresh.Fill(fresh.Get(unlocks()[0]), "Use this browser")
	if p := fresh.Login("vera", porticotest.Password, ""); !p.Has("Hello Vera") {
		t.Errorf("by the first link, three days later: %s", p.Text())
	}
	// Nobody tries for more than a day: the links end with the lock.
	c.Clock.Advance(25 * time.Hour)
	if p := c.Client().Get(unlocks()[1]); p.Status != 410 {
		t.Errorf("a link after the lock: %d", p.Status)
	}
}

// TestC10_NoGlobalBucket checks that attempts on one account or from one
// address do not affect others.
func TestC10_NoGlobalBucket(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c, _, _ := hammered(t, portico.RoleUser)
	c.User(c.acme.ID, "walter", portico.RoleUser)
	b := c.Client()
	b.From = "203.0.113.5"
	if p := b.Login("walter", porticotest.Password, ""); !p.Has("Hello Walter") {
		t.Errorf("somebody else: %s", p.Text())
	}
	loud := c.Client()
	loud.From = "198.51.200.9"
	for i := range 40 {
		loud.Login(fmt.Sprintf("nobody-%d", i), "not a password at all", "")
	}
	b.Post("/logout")
	b.From = "198.51.200.9" // a known device behind the same address
	if p := b.Login("walter", porticotest.Password, ""); !p.Has("Hello Walter") {
		t.Errorf("behind a loud address: %s", p.Text())
	}
}

// hammer has strangers try passwords on somebody until a network that is new
// has to wait too. Each call comes from other networks.
func (c *fixture) hammer(loginID string, call int) {
	c.T.Helper()
	for i := range 200 {
		origin := portico.Origin{Address: fmt.Sprintf("%d.%d.%d.7", 20+call/250, call%250, i)}
		_, err := c.Auth.Login(c.T.Context(), auth.Visit{Origin: origin}, loginID, "not the password")
		if portico.TooMany.Is(err) {
			return
		}
		if !portico.Invalid.Is(err) {
			c.T.Fatalf("got %v, want the error portico.Invalid", err)
		}
	}
	c.T.Fatal("strangers never have to wait")
}

// addressOf is an address in a network of its own.
func addressOf(n int) string { return fmt.Sprintf("10.%d.%d.7", n/250, n%250) }

// forget asks for a link in somebody's name, each time from another network.
func (c *fixture) forget(loginID string, call, times int) {
	c.T.Helper()
	for i := range times {
		origin := portico.Origin{Address: fmt.Sprintf("%d.%d.%d.9", 120+call/250, call%250, i)}
		if err := c.Auth.Forgotten(c.T.Context(), auth.Visit{Origin: origin}, loginID); err != nil {
			c.T.Fatal(err)
		}
		c.Auth.Wait()
	}
}

// working are those of some links that still work.
func (c *fixture) working(links []string) (work []string) {
	for _, link := range links {
		if c.Client().Get(link).Status == 200 {
			work = append(work, link)
		}
	}
	return work
}

// TestC10_UnlockLinkAfterTheOthersEnded: strangers use up the mails with a link
// that lets a browser in, and then something ends those links. Another one is
// mailed, and no more than the limit of it.
func TestC10_UnlockLinkAfterTheOthersEnded(t *testing.T) {
	if testing.Short() {
		return // long: a portal for each way
	}
	ends := map[string]func(c *fixture, u portico.User, known *porticotest.Client) (mailbox, password string){
		"password chosen by a link": func(c *fixture, u portico.User, _ *porticotest.Client) (string, string) {
			links := c.links("vera@", "/password/")
			c.press(links[len(links)-1], stolen)
			return "vera@", stolen
		},
		"password changed in a session": func(c *fixture, u portico.User, known *porticotest.Client) (string, string) {
			known.Login("vera", porticotest.Password, "")
			if p := known.Post("/account/password", "password", porticotest.Password, "new_password", stolen); p.Status != 200 {
				t.Errorf("POST /account/password: got %s, want status 200", p.Text())
			}
			return "vera@", stolen
		},
		"address changed": func(c *fixture, u portico.User, _ *porticotest.Client) (string, string) {
			c.repair(c.as(c.admin), u, "new-vera@example.com")
			return "new-vera@", porticotest.Password
		},
		"log-ins ended": func(c *fixture, u portico.User, _ *porticotest.Client) (string, string) {
			c.as(c.admin).Post(access + "/" + string(u.ID) + "/end-sessions")
			return "vera@", porticotest.Password
		},
		"customer suspended for a time": func(c *fixture, u portico.User, _ *porticotest.Client) (string, string) {
			must(t, c.Customers.Suspend(t.Context(), portico.CommandLine(), c.acme.ID))
			c.Clock.Advance(time.Second)
			must(t, c.Customers.Reactivate(t.Context(), portico.CommandLine(), c.acme.ID))
			c.Clock.Advance(time.Second)
			return "vera@", porticotest.Password
		},
		"each used": func(c *fixture, u portico.User, _ *porticotest.Client) (string, string) {
			for _, link := range c.links("vera@", "/unlock/") {
				c.press(link, "")
			}
			return "vera@", porticotest.Password
		},
	}
	for _, name := range porticotest.Some(ends, 6) {
		end := ends[name]
		t.Run(name, func(t *testing.T) {
			c, u, known := hammered(t, portico.RoleUser)
			c.admin = c.User(c.acme.ID, "alice", portico.RoleAdministrator)
			c.forget("vera", 0, 8)
			if n := len(c.working(c.links("vera@", "/unlock/"))); n != 5 {
				t.Fatalf("%d links", n)
			}
			mailbox, password := end(c, u, known)
			before := c.links("vera@", "/unlock/")
			if n := len(c.working(before)); n != 0 {
				t.Fatalf("%d links still work", n)
			}
			c.hammer("vera", 1)
			c.forget("vera", 1, 8)
			links := c.links("vera@", "/unlock/")
			work := c.working(links)
			if len(work) == 0 || len(links) > len(before)+5 {
				t.Fatalf("%d links more, of which %d work", len(links)-len(before), len(work))
			}
			if mails := c.Mails(mailbox); len(mails) == 0 {
				t.Errorf("nothing was mailed to %s", mailbox)
			}
			fresh := c.Client()
			fresh.From = "203.0.113.5"
			fresh.Fill(fresh.Get(work[0]), "Use this browser")
			if p := fresh.Login("vera", password, ""); !p.Has("Hello Vera") {
				t.Errorf("by the new link: %s", p.Text())
			}
		})
	}
}

// TestC10_AYearAgainstTheMails: strangers from many networks keep an account's
// passwords waiting for a year and use up every mail that can be asked for. The
// person, who reads mails, and whose links end by one change or another, gets in
// with a new browser each time.
func TestC10_AYearAgainstTheMails(t *testing.T) {
	if testing.Short() {
		return // simulation
	}
	c := newFixture(t)
	c.User(c.acme.ID, "vera", portico.RoleUser)
	vera, err := c.DB.Read(t.Context()).AccountByLogin("vera")
	must(t, err)
	password, address := porticotest.Password, vera.Email
	var unlocks, passwords []string
	read := func() {
		for _, m := range c.Mails("@") {
			if link := m.Link("/unlock/"); link != "" {
				unlocks = append(unlocks, filepath.Base(link))
			}
			if link := m.Link("/password/"); link != "" {
				passwords = append(passwords, filepath.Base(link))
			}
		}
		must(t, os.RemoveAll(filepath.Join(c.Dir, "outbox")))
	}
	changes := []func(n int){
		func(n int) { // by the newest link
			password = fmt.Sprintf("seven quiet rivers %d", n)
			must(t, c.Auth.SetPasswordByLink(t.Context(), portico.Origin{}, passwords[len(passwords)-1], password))
		},
		func(n int) { // an administrator corrects the address
			address = fmt.Sprintf("vera%d@example.com", n)
			must(t, c.Users.Edit(t.Context(), portico.CommandLine(), c.acme.ID, vera.ID, portico.User{
				FirstName: vera.FirstName, LastName: vera.LastName, Email: address, Role: vera.Role,
			}))
		},
		func(int) { must(t, c.Users.EndSessions(t.Context(), portico.CommandLine(), c.acme.ID, vera.ID)) },
	}
	got, visits := 0, 0
	for ; visits < 14; visits++ {
		c.hammer("vera", 2*visits)
		c.forget("vera", 2*visits, 6)
		read()
		changes[visits%len(changes)](visits)
		c.hammer("vera", 2*visits+1)
		c.forget("vera", 2*visits+1, 6)
		read()
		person := auth.Visit{Origin: portico.Origin{Address: "192.0.2.1"}}
		for i := len(unlocks) - 1; i >= 0 && person.BrowserToken == ""; i-- {
			person.BrowserToken, err = c.Auth.Unlock(t.Context(), person, unlocks[i])
			if err != nil && !portico.Gone.Is(err) {
				t.Fatalf("got %v, want not (err != nil && !portico.Gone.Is(err))", err)
			}
		}
		if out, err := c.Auth.Login(t.Context(), person, "vera", password); err == nil && out.Step == auth.StepDone {
			got++
		}
		c.Clock.Advance(28 * 24 * time.Hour)
	}
	if got != visits {
		t.Errorf("the person got in %d times of %d", got, visits)
	}
}
