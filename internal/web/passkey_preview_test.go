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
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	b := c.as(c.admin)
	for _, use := range []string{"allowed", "second"} {
		p := b.Fill(b.Get(policyPath), "Save 2FA", "Users, passkeys are", use, "Users, passkey required from", "2026-12-03")
		if p.Status != 422 || !strings.Contains(p.Text(), "Choose “required” for this date, or clear it.") || p.Value("Users, passkey required from") != "2026-12-03" {
			t.Errorf("%s with a date: %d %s", use, p.Status, p.Text())
		}
		if c.policyOf(t, c.acme.ID).OwnPolicy {
			t.Fatal("the policy has become the customer's own")
		}
	}
	c.decide(t, c.acme.ID, passkeysFor(portico.PasskeysRequired, c.Clock.Now().Add(48*time.Hour)))
	page := b.Get(policyPath)
	b.Fill(b.Fill(page, "Save 2FA", "Users, passkeys are", "allowed"), "Save the policy")
	if got := c.policyOf(t, c.acme.ID).Policy.Passkeys.User; got != (portico.PasskeyRule{}) {
		t.Errorf("a rule that ends: %+v", got)
	}
}

// TestPreviewOfAnEndedRequirement checks that the preview says so when passkeys are no
// longer required, and what becomes of 2FA, which they bring along.
func TestPreviewOfAnEndedRequirement(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	c.withPasskey(t)
	policy := passkeysFor(portico.PasskeysRequired, time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC))
	policy.Require.HelpDesk = time.Date(2026, 12, 9, 0, 0, 0, 0, time.UTC)
	c.decide(t, c.acme.ID, policy)
	b := c.as(c.admin)
	for use, want := range map[string]string{
		"second":  "Users: a passkey counts only after the password, and is no longer required. 1 user has a passkey.",
		"allowed": "Users: a passkey is allowed, and not required.",
	} {
		p := b.Fill(b.Get(policyPath), "Save 2FA", "Users, passkeys are", use, "Help desk, passkeys are", use)
		for _, text := range []string{
			want, "Users: 2FA becomes optional. Until now it was required from 1 December 2026.",
			"Help desk: 2FA is required from 9 December 2026. Until now it was required from 1 December 2026. 1 member of the help desk has no 2FA.",
		} {
			if !p.Has(text) {
				t.Errorf("%s: want %q in %s", use, text, p.Text())
			}
		}
	}
	p := b.Fill(b.Get(policyPath), "Save 2FA", "Help desk, 2FA required from", "")
	if p.Has("2FA becomes optional") || c.policyOf(t, c.acme.ID).Policy.Require != (portico.Requirement{}) {
		t.Errorf("2FA stays required with the passkey: %s", p.Text())
	}
	if p := b.Get(policyPath); !p.Has("From the date on, 2FA is required, an authenticator app is not enough") {
		t.Errorf("the section of 2FA: %s", p.Text())
	}
}

// TestPreviewOfSeveralDays checks that the preview tells those who are exempt their own
// day, and does not say of everybody what holds for one role.
func TestPreviewOfSeveralDays(t *testing.T) {
	c := newFixture(t, porticotest.Named)
	must(t, c.Users.Exempt(t.Context(), portico.CommandLine(), c.acme.ID, c.admin.ID, time.Date(2026, 12, 3, 0, 0, 0, 0, time.UTC), "waits for a key"))
	b := c.as(c.admin)
	p := b.Fill(b.Get(policyPath), "Save 2FA", "Administrators, passkeys are", "required", "Administrators, passkey required from", "2026-11-23",
		"Users, passkeys are", "required", "Users, passkey required from", "2026-12-05")
	if !p.Has("You do not have a passkey yourself. Add one on your Account page before 3 December 2026.") {
		t.Errorf("the exempt administrator: %s", p.Text())
	}
	if !p.Has("From the day of their role, those without a passkey can only add one or log out. Where that day has come, this holds as soon as you save") || p.Has("As soon as you save this") || p.Has("From that date") {
		t.Errorf("two days: %s", p.Text())
	}
	p = b.Fill(b.Get(policyPath), "Save 2FA", "Administrators, 2FA required from", "2026-11-23", "Users, 2FA required from", "2026-12-05")
	if !p.Has("You do not have 2FA yourself. Set it up on your Account page before 3 December 2026.") ||
		!p.Has("From the day of their role, those without 2FA can only set it up or log out. Where that day has come, this holds as soon as you save") || p.Has("As soon as you save this") || p.Has("From that date") {
		t.Errorf("two days of 2FA: %s", p.Text())
	}
}
