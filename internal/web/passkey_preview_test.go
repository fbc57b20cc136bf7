package web_test

import (
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
)

// TestDateWithoutRequiredPasskey checks that a day that is entered where no passkey is
// required is refused rather than dropped, and that the day of a rule that ends is no
// obstacle.
func TestDateWithoutRequiredPasskey(t *testing.T) {
	c := newFixture(t, porticotest.Named)
	b := c.as(c.admin)
	for _, use := range []string{"allowed", "second"} {
		p := b.Fill(b.Get(policyPath), "Save passkeys", "Users, passkeys are", use, "Users, passkey required from", "2026-12-03")
		if p.Status != 422 || !strings.Contains(p.Text(), "Choose “required” for this date, or clear it.") || p.Value("Users, passkey required from") != "2026-12-03" {
			t.Errorf("%s with a date: %d %s", use, p.Status, p.Text())
		}
		if c.policyOf(t, c.acme.ID).OwnPolicy {
			t.Fatal("the policy has become the customer's own")
		}
	}
	c.decide(t, c.acme.ID, passkeysFor(portico.PasskeysRequired, c.Clock.Now().Add(48*time.Hour)))
	page := b.Get(policyPath)
	b.Fill(b.Fill(page, "Save passkeys", "Users, passkeys are", "allowed"), "Save the policy")
	if got := c.policyOf(t, c.acme.ID).Policy.Passkeys.User; got != (portico.PasskeyRule{}) {
		t.Errorf("a rule that ends: %+v", got)
	}
}
