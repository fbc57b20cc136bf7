package web_test

import (
	"strings"
	"testing"
)

// TestPasskeysOfAnotherHostAreTold checks what people read whose passkeys were made while
// the portal had another host: at the second step and on the Account page.
func TestPasskeysOfAnotherHostAreTold(t *testing.T) {
	if testing.Short() {
		return // long
	}
	const told = "made for portal.before.example and do not work at this address"
	c := newPasskeyFixture(t)
	if p := c.pend(c.user).Get("/login/code"); p.Has("made for") {
		t.Errorf("of a passkey that works here: %s", p.Text())
	}
	c.behind(t, `UPDATE authenticators SET rp_id = 'portal.before.example'`)
	if p := c.pend(c.user).Get("/login/code"); !p.Has(told) || !p.Has("Use a recovery code") || p.Has("Enter the code here") || optionsOn(p) != nil {
		t.Errorf("the second step without an app: %s", p.Text())
	}
	p := c.session.Get("/account")
	if !p.Has(told) || !strings.Contains(p.Row("Passkey"), "does not work at this address") || !p.Has("Add a passkey") {
		t.Errorf("the Account page: %s", p.Text())
	}

	c.AddApp(c.user)
	if p := c.pend(c.user).Get("/login/code"); !p.Has(told) || !p.Has("Enter the code here") {
		t.Errorf("the second step with an app: %s", p.Text())
	}
	c.addPasskey(t, c.session, c.fixture.key(t))
	if p := c.pend(c.user).Get("/login/code"); p.Has(told) || optionsOn(p) == nil {
		t.Errorf("the second step with a passkey that works here: %s", p.Text())
	}
	if p := c.session.Get("/account"); !p.Has(told) {
		t.Errorf("the Account page with a passkey that works here: %s", p.Text())
	}

	at := newFixture(t) // an IP address
	at.Enrol(at.user)
	at.behind(t, `UPDATE authenticators SET kind = 'passkey', rp_id = 'portal.before.example'`)
	if p := at.pend(at.user).Get("/login/code"); !p.Has(told) {
		t.Errorf("the second step where no passkey works: %s", p.Text())
	}
}
