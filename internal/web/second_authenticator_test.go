package web_test

import (
	"strings"
	"testing"

	"portico/internal/porticotest"
)

// TestASecondAuthenticatorIsRecommended checks that the page after the set-up of a
// passkey, and Account from then on, recommend another authenticator, until there is one.
func TestASecondAuthenticatorIsRecommended(t *testing.T) {
	if testing.Short() {
		return // long
	}
	const advice = "Your passkey is your only authenticator"
	recommended := func(p *porticotest.Page) bool {
		return p.Has(advice) && strings.Contains(p.Body, `<a href="`+newPasskey+`">`)
	}
	c := newFixture(t, porticotest.Named)
	b := c.as(c.user)
	first := b.Get(newPasskey)
	if b.Get("/account").Has(advice) {
		t.Error("recommended without an authenticator")
	}
	p := b.Post(newPasskey, "passkey", string(c.key(t).Create(optionsOn(first))))
	if len(recoveryPattern.FindAllString(p.Body, -1)) == 0 || !recommended(p) || !p.Has("or an authenticator app") {
		t.Fatalf("with the recovery codes: %s", p.Text())
	}
	if p = b.Fill(p, "I have saved my recovery codes"); !recommended(p) || !recommended(b.Get("/account")) {
		t.Errorf("after the recovery codes: %s", p.Text())
	}
	c.requirePasskeys(t)
	if p := b.Get("/account"); !recommended(p) || p.Has("or an authenticator app") {
		t.Errorf("where an app does not count: %s", p.Text())
	}
	if p := c.addPasskey(t, b, c.key(t)); p.Has(advice) {
		t.Errorf("with two passkeys: %s", p.Text())
	}
}

// TestNoSecondAuthenticatorIsRecommended checks that nothing is recommended beside an
// app, nor while a lost passkey can be replaced.
func TestNoSecondAuthenticatorIsRecommended(t *testing.T) {
	if testing.Short() {
		return // long
	}
	const advice = "only authenticator"
	c := newFixture(t, porticotest.Named)
	b, _ := c.recoveredPasskey(t)
	if p := b.Get("/account"); p.Has(advice) || !p.Has("Lost your passkey") {
		t.Errorf("while it can be replaced: %s", p.Text())
	}
	c = newFixture(t, porticotest.Named)
	b = c.as(c.user)
	app := keyOn(t, b.Fill(b.Get("/account"), "Two Factor Authentication"))
	p := b.Post(confirm, "code", c.Code(app, 0))
	if p.TwoFactorStatus() != "Enabled" || p.Has(advice) || b.Get("/account").Has(advice) {
		t.Errorf("with an app alone: %s", p.Text())
	}
}
