package web_test

import (
	"fmt"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/store"
)

// alarming returns a portal behind a proxy with two customers and an operator.
// The function wrong sends a wrong code for the i-th account of a customer from
// a network.
func alarming(t *testing.T) (c *fixture, wrong func(customer portico.Customer, i, network int)) {
	t.Helper()
	p := porticotest.New(t, porticotest.Behind)
	c = &fixture{Portal: p, acme: p.Customer("acme", "Acme Telecom")}
	c.globex = p.Customer("globex", "Globex")
	p.User(portico.ProviderID, "olga", portico.RoleOperator)
	return c, func(customer portico.Customer, i, network int) {
		t.Helper()
		u := p.User(customer.ID, fmt.Sprintf("%s%d", customer.Slug, i), portico.RoleUser)
		key := p.Enrol(u)
		b := p.Client()
		b.From = fmt.Sprintf("198.51.%d.7", network)
		if got := b.Login(u.LoginID, porticotest.Password, c.wrongCode(key)); got.Status != 422 {
			t.Fatalf("a wrong code: %d", got.Status)
		}
	}
}

// failing makes n failed log-ins from a network and returns the status of the
// last.
func (c *fixture) failing(network string, n int) (status int) {
	b := c.Client()
	b.From = network
	for i := range n {
		status = b.Login(fmt.Sprintf("nobody-%d", i), "not a password at all", "").Status
	}
	return status
}

// TestC09_InstanceAlarm checks that wrong codes for more than twenty accounts
// of several customers within an hour send one alert to the operators. The
// limits become ten times stricter for the networks that the codes came from,
// and for no others.
func TestC09_InstanceAlarm(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c, wrong := alarming(t)
	for i := range 25 {
		wrong([]portico.Customer{c.acme, c.globex}[i%2], i, i)
		if told := len(c.Mails("olga@")) > 0; told != (i >= 20) {
			t.Fatalf("after %d accounts: %v", i+1, told)
		}
	}
	if n := len(c.Mails("olga@")); n != 1 {
		t.Errorf("%d mails", n)
	}
	if status := c.failing("198.51.3.9", 4); status != 429 {
		t.Errorf("the fourth failure of an address in a network that wrong codes came from: %d", status)
	}
	if status := c.failing("203.0.113.9", 20); status != 422 {
		t.Errorf("the twentieth failure of an address elsewhere: %d", status)
	}
	c.Clock.Advance(61 * time.Minute)
	if status := c.failing("198.51.3.9", 4); status != 422 {
		t.Errorf("after the alarm: %d", status)
	}
}

// told counts the mails to the user with a subject.
func (c *fixture) told(subject string) (n int) {
	for _, m := range c.Mails("ulla@") {
		if m.Subject == subject {
			n++
		}
	}
	return n
}

// unanswered makes an attempt that is counted and ends in an error, as one does
// whose client hangs up or for which there is no room.
func (c *fixture) unanswered(t *testing.T, try func() *porticotest.Page) {
	t.Helper()
	var secret []byte
	hash := c.Account(c.user.ID).PasswordHash
	if c.Account(c.user.ID).TwoFactor == portico.TwoFactorEnabled {
		c.spoil(t, c.user, func(f *store.Authenticator) { secret, f.Secret = f.Secret, []byte("broken") })
		defer c.spoil(t, c.user, func(f *store.Authenticator) { f.Secret = secret })
	} else {
		c.behind(t, "UPDATE users SET password_hash = 'broken' WHERE id = $1", c.user.ID)
		defer c.behind(t, "UPDATE users SET password_hash = $1 WHERE id = $2", hash, c.user.ID)
	}
	if p := try(); p.Status != 500 {
		t.Fatalf("try(): got %d %s, want status 500", p.Status, p.Text())
	}
}

// TestC09_NoticeNotSkipped: somebody who knows the password and hangs up at the
// failure at which the person is told does not prevent that the person is told,
// once for each row of failures.
func TestC09_NoticeNotSkipped(t *testing.T) {
	if testing.Short() {
		return // long
	}
	const subject = "Attempts failed after your password was entered"
	c := newFixture(t)
	key := c.Enrol(c.user)
	guess := func() *porticotest.Page {
		c.T.Helper()
		b := c.pend(c.user)
		return b.Post("/login/code", "code", c.wrongCode(key))
	}
	row := func(name string, first int) {
		t.Helper()
		before := c.told(subject)
		for range first {
			guess()
		}
		c.unanswered(t, guess)
		if n := c.told(subject); n != before {
			t.Errorf("%s: told %d times before anybody knows that the last one was wrong", name, n-before)
		}
		c.Clock.Advance(8 * time.Minute)
		c.unanswered(t, guess)
		if n := c.told(subject); n != before+1 {
			t.Errorf("%s: told %d times when the next one is not answered either", name, n-before)
		}
		for range 3 {
			c.Clock.Advance(8 * time.Minute)
			guess()
		}
		if n := c.told(subject); n != before+1 {
			t.Errorf("%s: told %d times", name, n-before)
		}
	}
	owner := func() {
		t.Helper()
		c.Clock.Advance(time.Hour)
		b := c.pend(c.user)
		if p := b.Post("/login/code", "code", c.Code(key, 0)); !p.Has("Hello Ulla") {
			t.Fatalf(`POST /login/code: got %s, want the text "Hello Ulla"`, p.Text())
		}
	}
	row("five in a row", 4)
	owner()
	// A day later, with successes between the failures.
	c.Clock.Advance(25 * time.Hour)
	for range 3 {
		for range 3 {
			guess()
		}
		owner()
	}
	before := c.told(subject)
	c.unanswered(t, guess)
	for range 2 {
		c.Clock.Advance(8 * time.Minute)
		guess()
		owner()
	}
	if n := c.told(subject); n != before+1 {
		t.Errorf("ten in a day: told %d times", n-before)
	}
	// Another password that is known too.
	c.Clock.Advance(25 * time.Hour)
	row("again", 4)
}

// TestC09_HundredthNotSkipped: the link that lets a browser in is mailed when
// the passwords have to wait, also when nobody waits for the answer.
func TestC09_HundredthNotSkipped(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := &fixture{Portal: porticotest.New(t, porticotest.Behind)}
	c.acme = c.Customer("acme", "Acme Telecom")
	c.user = c.User(c.acme.ID, "ulla", portico.RoleUser)
	n := 0
	try := func() *porticotest.Page {
		n++
		b := c.Client()
		b.From = addressOf(n)
		return b.Login("ulla", "not the password", "")
	}
	for range 98 {
		try()
	}
	for range 6 {
		if n < 100 {
			c.unanswered(t, try)
		} else {
			try()
		}
	}
	if got := c.told("Someone is guessing your password"); got != 1 {
		t.Errorf("told %d times", got)
	}
}

// TestC09_AlertSentOnNthFailure checks that at five wrong codes the person gets
// one mail, the log records it, and the pages of the person's sessions warn.
func TestC09_AlertSentOnNthFailure(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	key := c.Enrol(c.user)
	owner := c.asWith(c.user, key)
	alerts := func() (n int) {
		for _, m := range c.Mails("ulla@example.com") {
			if m.Subject == "Attempts failed after your password was entered" && m.Link("/not-me/") != "" {
				n++
			}
		}
		return n
	}
	for i := range 4 {
		c.pend(c.user).Post("/login/code", "code", c.wrongCode(key))
		if alerts() != 0 || owner.Get("/account").Has("Attempts failed after your password was entered") {
			t.Fatalf("told after %d", i+1)
		}
	}
	c.pend(c.user).Post("/login/code", "code", c.wrongCode(key))
	if alerts() != 1 || c.events(portico.CodeGuessing, "") != 1 {
		t.Errorf("%d mails, %d events", alerts(), c.events(portico.CodeGuessing, ""))
	}
	for _, path := range []string{"/", "/account"} {
		if !owner.Get(path).Has("Attempts failed after your password was entered") {
			t.Errorf("%s says nothing", path)
		}
	}
	c.Clock.Advance(30 * time.Second)
	c.pend(c.user).Post("/login/code", "code", c.wrongCode(key))
	if alerts() != 1 {
		t.Errorf("%d mails after six", alerts())
	}
}

// TestC10_OneCustomerRaisesNoAlarm checks that failures in one customer make no
// limit stricter for others, even if a person elsewhere mistypes a code.
func TestC10_OneCustomerRaisesNoAlarm(t *testing.T) {
	if testing.Short() {
		return // long
	}
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
	if testing.Short() {
		return // long: twenty-five users
	}
	c, _ := alarming(t)
	for i := range 25 {
		customer := []portico.Customer{c.acme, c.globex}[i%2]
		u := c.User(customer.ID, fmt.Sprintf("right%d", i), portico.RoleUser)
		b := c.Client()
		b.From = fmt.Sprintf("198.51.%d.7", i)
		if p := b.Login(u.LoginID, porticotest.Password, c.Code(c.Enrol(u), 0)); !p.Has("Log out") {
			t.Fatalf(`logging in as %v: got %s, want the text "Log out"`, u.LoginID, p.Text())
		}
	}
	if n := len(c.Mails("olga@")); n != 0 {
		t.Errorf("%d alarms", n)
	}
}
