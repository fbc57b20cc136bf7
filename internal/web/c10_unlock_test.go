package web_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"portico"
	"portico/internal/auth"
	"portico/internal/porticotest"
)

// hammer has strangers try passwords on somebody until a network that is new
// has to wait too. Each call comes from other networks.
func (c *cast) hammer(loginID string, call int) {
	c.T.Helper()
	for i := range 200 {
		origin := portico.Origin{Address: fmt.Sprintf("%d.%d.%d.7", 20+call/250, call%250, i)}
		_, err := c.Auth.Login(c.T.Context(), auth.Visit{Origin: origin}, loginID, "not the password")
		if portico.TooMany.Is(err) {
			return
		}
		if !portico.Invalid.Is(err) {
			c.T.Fatal(err)
		}
	}
	c.T.Fatal("strangers never have to wait")
}

// addressOf is an address in a network of its own.
func addressOf(n int) string { return fmt.Sprintf("10.%d.%d.7", n/250, n%250) }

// forget asks for a link in somebody's name, each time from another network.
func (c *cast) forget(loginID string, call, times int) {
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
func (c *cast) working(links []string) (work []string) {
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
	for name, end := range map[string]func(c *cast, u portico.User, known *porticotest.Client) (mailbox, password string){
		"password chosen by a link": func(c *cast, u portico.User, _ *porticotest.Client) (string, string) {
			links := c.links("vera@", "/password/")
			c.press(links[len(links)-1], stolen)
			return "vera@", stolen
		},
		"password changed in a session": func(c *cast, u portico.User, known *porticotest.Client) (string, string) {
			known.Login("vera", porticotest.Password, "")
			if p := known.Post("/account/password", "password", porticotest.Password, "new_password", stolen); p.Status != 200 {
				t.Error(p.Text())
			}
			return "vera@", stolen
		},
		"address changed": func(c *cast, u portico.User, _ *porticotest.Client) (string, string) {
			c.repair(c.as(c.admin), u, "new-vera@example.com")
			return "new-vera@", porticotest.Password
		},
		"log-ins ended": func(c *cast, u portico.User, _ *porticotest.Client) (string, string) {
			c.as(c.admin).Post(access + "/" + string(u.ID) + "/end-sessions")
			return "vera@", porticotest.Password
		},
		"customer suspended for a time": func(c *cast, u portico.User, _ *porticotest.Client) (string, string) {
			must(t, c.Customers.Suspend(t.Context(), portico.CommandLine(), c.acme.ID))
			c.Clock.Advance(time.Second)
			must(t, c.Customers.Reactivate(t.Context(), portico.CommandLine(), c.acme.ID))
			c.Clock.Advance(time.Second)
			return "vera@", porticotest.Password
		},
		"each used": func(c *cast, u portico.User, _ *porticotest.Client) (string, string) {
			for _, link := range c.links("vera@", "/unlock/") {
				c.press(link, "")
			}
			return "vera@", porticotest.Password
		},
	} {
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
	c := newCast(t)
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
				t.Fatal(err)
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
