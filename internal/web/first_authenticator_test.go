package web_test

import (
	"strings"
	"testing"

	"portico"
	"portico/internal/passkey/passkeytest"
	"portico/internal/porticotest"
)

// TestFirstAuthenticatorIsNamed checks that mail and event about the first authenticator
// say what it is, and that those about kept ones do not say that they are an app.
func TestFirstAuthenticatorIsNamed(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	c.enrol(t, c.as(c.user))
	if c.events(portico.TwoFactorEnabledBy, "Authenticator app") != 1 || !c.mailed("was enabled", "with this authenticator: Authenticator app. ") {
		t.Errorf("an app: %+v", c.Mails("ulla@"))
	}
	b := c.as(c.help)
	key := c.key(t)
	b.Post(newPasskey, "name", "Work laptop", "passkey", string(key.Create(optionsOn(b.Get(newPasskey)))))
	const named = `Passkey "Work laptop"`
	m := c.Mails("hedda@")
	if c.events(portico.TwoFactorEnabledBy, named) != 1 || !strings.Contains(m[len(m)-1].Text, "with this authenticator: "+named+". ") {
		t.Errorf("a passkey: %+v", m)
	}
	b.Post(disable)
	page := b.Fill(b.Get("/account"), "Two Factor Authentication")
	b.Post(confirm, "passkey", string(key.Get(optionsOn(page))))
	m = c.Mails("hedda@")
	if text := m[len(m)-1].Text; !strings.Contains(text, "From the next log-in, you need your authenticator.") {
		t.Errorf("a kept passkey: %s", text)
	}
}

// TestRefusedSetupIsCalledWhatItIs checks that the audit log says of a refused passkey,
// as of a wrong code, no more than what is so.
func TestRefusedSetupIsCalledWhatItIs(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	b := c.as(c.user)
	made := c.key(t).Create(optionsOn(b.Get(newPasskey)), func(d *passkeytest.Draft) { d.Origin = "https://evil.example" })
	if p := b.Post(newPasskey, "passkey", string(made)); p.Status != 422 || c.events(portico.TwoFactorRefused, "") != 1 {
		t.Fatalf("a passkey of another origin: %d %s", p.Status, p.Text())
	}
	key := keyOn(t, b.Fill(b.Get("/account"), "Two Factor Authentication"))
	b.Post(confirm, "code", c.wrongCode(key))
	p := c.as(c.admin).Get(auditPath)
	if n := strings.Count(p.Text(), "entered a wrong code or used a refused passkey while setting up 2FA"); n != 2 {
		t.Errorf("the audit log says it %d times: %s", n, p.Text())
	}
}
