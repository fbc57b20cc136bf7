package web_test

import (
	"fmt"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
)

// alarming returns a portal behind a proxy with two customers and an operator.
// The function wrong sends a wrong code for the i-th account of a customer from
// a network.
func alarming(t *testing.T) (c *cast, wrong func(customer portico.Customer, i, network int)) {
	t.Helper()
	p := porticotest.New(t, porticotest.Behind)
	c = &cast{Portal: p, acme: p.Customer("acme", "Acme Telecom")}
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
func (c *cast) failing(network string, n int) (status int) {
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
