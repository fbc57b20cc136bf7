package web_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/auth"
	"portico/internal/porticotest"
)

// from returns a browser at an address.
func (c *cast) from(address string) *visitor {
	return &visitor{c.T.(*testing.T), c, auth.Visit{Origin: portico.Origin{Address: address}}}
}

// TestC10_MonthsOfAStranger simulates a stranger at one address who tries
// passwords for three months, each as soon as the previous response allows it. The
// person can log in with a new browser in another network every time, and with
// the known device.
func TestC10_MonthsOfAStranger(t *testing.T) {
	c := newCast(t)
	known := c.from("192.0.2.1")
	if in, _, _ := known.login(porticotest.Password, ""); !in {
		t.Fatal("the person's first log-in")
	}
	const days = 91
	start, every := c.Clock.Now(), 18*time.Hour
	tried, looked, visits, got, ofKnown := 0, 0, 0, 0, 0
	personAt, strangerAt := start.Add(every), start
	for now := start; now.Before(start.Add(days * 24 * time.Hour)); now = c.Clock.Now() {
		if next := minTime(personAt, strangerAt); next.After(now) {
			c.Clock.Advance(next.Sub(now))
			continue
		}
		if !personAt.After(now) {
			visits++
			if in, _, _ := c.from(fmt.Sprintf("203.0.%d.5", visits)).login(porticotest.Password, ""); in {
				got++
			}
			if in, _, _ := known.login(porticotest.Password, ""); in {
				ofKnown++
			}
			personAt = now.Add(every)
			continue
		}
		tried++
		_, _, wait := c.from("198.51.100.7").login("not the password", "")
		if wait == 0 {
			looked++
		}
		strangerAt = now.Add(max(wait, time.Second))
	}
	if got != visits || ofKnown != visits || visits < 100 {
		t.Errorf("the person got in %d times of %d with a new browser, %d with the known one", got, visits, ofKnown)
	}
	if looked > 100+days*24+days*3 || looked < days {
		t.Errorf("%d of %d passwords were looked at", looked, tried)
	}
}

// TestC10_NewNetworksHaveAShare checks that strangers from many networks can
// also use up the share of new networks, of which each has little, and that no
// more passwords are checked than documented.
func TestC10_NewNetworksHaveAShare(t *testing.T) {
	c := newCast(t)
	looked := 0
	for i := range 200 {
		for range 10 {
			if _, _, wait := c.from(fmt.Sprintf("10.%d.%d.7", i/250, i%250)).login("not the password", ""); wait == 0 {
				looked++
			}
		}
		c.Clock.Advance(time.Second)
	}
	if looked != 100+10 {
		t.Errorf("%d passwords were looked at within minutes", looked)
	}
	c.Clock.Advance(24*time.Hour + time.Minute) // nobody has failed for a day
	for i := range 3 {
		if _, _, wait := c.from("10.0.0.7").login("not the password", ""); wait != 0 {
			t.Errorf("attempt %d a day later waits for %v", i, wait)
		}
	}
}

// TestC10_RefusedAttemptsCountForTheirSource checks that a source which keeps
// trying while it has to wait is rejected for all accounts.
func TestC10_RefusedAttemptsCountForTheirSource(t *testing.T) {
	c := newCast(t)
	c.User(c.acme.ID, "walter", portico.RoleUser)
	for range 10 + 25 {
		c.from("198.51.100.7").login("not the password", "")
	}
	b := auth.Visit{Origin: portico.Origin{Address: "198.51.100.7"}}
	if _, err := c.Auth.Login(t.Context(), b, "walter", porticotest.Password); !portico.TooMany.Is(err) {
		t.Errorf("the source is heard about somebody else: %v", err)
	}
}

// TestC10_UnlockLinkAgain checks the link that unlocks a browser while
// strangers keep a password waiting. A person can request it again a few times
// a day, it works as long as the strangers continue, and the responses are the
// same as for an unknown login ID.
func TestC10_UnlockLinkAgain(t *testing.T) {
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

// TestC10_OneCustomerRaisesNoAlarm checks that failures in one customer make no
// limit stricter for others, even if a person elsewhere mistypes a code.
func TestC10_OneCustomerRaisesNoAlarm(t *testing.T) {
	c, wrong := alarming(t)
	wrong(c.globex, 0, 200)
	for i := range 30 {
		wrong(c.acme, i, i)
	}
	if n := len(c.Mails("olga@")); n != 0 {
		t.Errorf("%d alarms", n)
	}
	for _, network := range []string{"198.51.200.9", "203.0.113.9", "198.51.3.9"} {
		if status := c.failing(network, 20); status != 422 {
			t.Errorf("the twentieth failure in %s: %d", network, status)
		}
	}
}

// TestC10_RightCodesRaiseNoAlarm checks that log-ins with right codes do not
// count.
func TestC10_RightCodesRaiseNoAlarm(t *testing.T) {
	c, _ := alarming(t)
	for i := range 25 {
		customer := []portico.Customer{c.acme, c.globex}[i%2]
		u := c.User(customer.ID, fmt.Sprintf("right%d", i), portico.RoleUser)
		b := c.Client()
		b.From = fmt.Sprintf("198.51.%d.7", i)
		if p := b.Login(u.LoginID, porticotest.Password, c.Code(c.Enrol(u), 0)); !p.Has("Log out") {
			t.Fatal(p.Text())
		}
	}
	if n := len(c.Mails("olga@")); n != 0 {
		t.Errorf("%d alarms", n)
	}
}

// TestC10_HashesOfAnAccountAreBounded checks that a password or a link makes
// the portal hash only a limited number of times per hour, and that this
// affects nobody else, and not the same person in another browser.
func TestC10_HashesOfAnAccountAreBounded(t *testing.T) {
	c := newCast(t)
	b := c.as(c.user)
	refused := func(name string, least int, try func() *porticotest.Page) {
		t.Helper()
		for i := range 301 {
			if p := try(); p.Status == 429 {
				if i < least {
					t.Errorf("%s: the %d. is refused", name, i)
				}
				return
			}
		}
		t.Errorf("%s: nothing is refused", name)
	}
	refused("log-in", 200, func() *porticotest.Page {
		return b.Post("/login", "login_id", "ulla", "password", porticotest.Password)
	})
	b = c.as(c.user)
	refused("confirmation", 200, func() *porticotest.Page { return b.Post("/confirm", "password", porticotest.Password) })
	if p := c.as(c.user).Get("/account"); p.Status != 200 {
		t.Errorf("the same person in another browser: %d", p.Status)
	}
	admin := c.as(c.admin)
	admin.Fill(admin.Get("/administration/access/new"), "Create user", "First name", "Irene", "Last name", "Ivers", "E-mail", "irene@example.com")
	link := c.Mails("irene@")[0].Link("/activate/")
	refused("activation", 9, func() *porticotest.Page {
		return c.Client().Post(link, "login_id", "ulla", "password", "seven quiet rivers meet")
	})
}

// TestC10_RecoveryCodesCostNoHash checks that new recovery codes can be made
// any number of times, because they need no password hash.
func TestC10_RecoveryCodesCostNoHash(t *testing.T) {
	c := newCast(t)
	b := c.as(c.user)
	c.enrol(t, b)
	for range 3 {
		if p := b.Post("/account/recovery-codes"); len(recoveryPattern.FindAllString(p.Body, -1)) != portico.RecoveryCodes {
			t.Fatal(p.Text())
		}
	}
	set, err := c.DB.Read(t.Context()).RecoverySet(c.user.ID)
	if err != nil || set.Hashing != "sha256" {
		t.Errorf("hashed as %q: %v", set.Hashing, err)
	}
}
