package web_test

import (
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
)

// TestC25_PolicyOfAnotherIsNotUndone checks that a form whose page is older than the policy
// changes nothing, not even after its preview, and keeps what was typed.
func TestC25_PolicyOfAnotherIsNotUndone(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	alice, aron := c.as(c.admin), c.as(c.User(c.acme.ID, "aron", portico.RoleAdministrator))
	page := alice.Get(policyPath)
	preview := alice.Fill(page, "Save 2FA", "Users, 2FA required from", "2026-12-03")
	if p := aron.Fill(aron.Get(policyPath), "Save rules for resets", "Waiting period (hours), Administrators", "24"); p.Path != policyPath+"?done=reset-rules-saved" {
		t.Fatalf("the rule of another: %d %s", p.Status, p.Text())
	}
	want := portico.Policy{Resets: portico.ResetPolicy{Administrator: portico.ResetRule{DelayHours: 24}}}
	var p *porticotest.Page
	for what, refused := range map[string]*porticotest.Page{
		"the preview": alice.Fill(preview, "Save the policy"),
		"the section": alice.Fill(page, "Save rules for resets", "Waiting period (hours), Users", "5"),
		"the reset":   alice.Post(policyPath, "defaults", "yes", "was", "another", "seen", "yes"),
	} {
		if refused.Status != 422 || !refused.Has("The policy was changed by somebody else meanwhile.") || c.policyOf(t, c.acme.ID).Policy != want {
			t.Errorf("%s: %d %s, and the policy %+v", what, refused.Status, refused.Text(), c.policyOf(t, c.acme.ID).Policy)
		}
		if strings.Index(refused.Body, `id="alert"`) > strings.Index(refused.Body, `id="two-factor"`) {
			t.Errorf("%s: it is said below the sections, out of sight", what)
		}
		if what == "the preview" {
			p = refused
		}
	}
	if p.Value("Users, 2FA required from") != "2026-12-03" || p.Value("Waiting period (hours), Administrators") != "24" {
		t.Errorf("the form after it: %s", p.Text())
	}
	alice.Fill(alice.Fill(p, "Save 2FA"), "Save the policy")
	want.Require.User = time.Date(2026, 12, 3, 0, 0, 0, 0, time.UTC)
	if got := c.policyOf(t, c.acme.ID).Policy; got != want {
		t.Errorf("saved again: %+v, want %+v", got, want)
	}
	if err := c.Customers.SavePolicy(t.Context(), c.Actor(c.admin), c.acme.ID, &portico.Policy{}, &portico.Policy{}); !portico.Conflict.Is(err) || c.policyOf(t, c.acme.ID).Policy != want {
		t.Errorf("another policy than the one that was read: %v", err)
	}
}

// TestGivingUpAPolicyIsPreviewed checks that the page before a customer's own policy is
// given up names every rule that changes, and that nothing has changed by then.
func TestGivingUpAPolicyIsPreviewed(t *testing.T) {
	c := newFixture(t)
	own := portico.Policy{AuditMonths: 36, PasswordLength: 20, HelpDeskSeesAudit: true, Resets: portico.ResetPolicy{Administrator: portico.ResetRule{TwoPeople: true}}}
	c.decide(t, portico.ProviderID, portico.Policy{AuditMonths: 3, RememberBrowsers: true})
	c.decide(t, c.acme.ID, own)
	b := c.as(c.admin)
	p := b.Fill(b.Get(policyPath), "Reset to the provider's defaults")
	for _, rule := range []string{
		"Acme Telecom gives up its own policy", "Older events of the audit log are permanently deleted.", "audit log is kept: 3 months",
		"Remember this browser: allowed", "password length: 15 characters", "audit log for the help desk: not allowed", "resets of administrators: at once",
		"the stricter rule still applies for 24 hours",
	} {
		if !p.Has(rule) {
			t.Errorf("the preview lacks %q: %s", rule, p.Text())
		}
	}
	if got := c.policyOf(t, c.acme.ID); !got.OwnPolicy || got.Policy != own {
		t.Fatalf("given up before it was seen: %+v", got)
	}
	if b.Fill(p, "Save the policy"); c.policyOf(t, c.acme.ID).OwnPolicy {
		t.Error("the policy was not given up")
	}
}

// TestShorterLogIsPreviewed checks that events are not deleted before somebody has read
// that they will be.
func TestShorterLogIsPreviewed(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	for _, months := range []string{"36", "3"} {
		p := b.Fill(b.Get(policyPath), "Save audit log", "Keep events for (months)", months)
		if p.Status != 200 || !p.Has("Older events of the audit log are permanently deleted.") || !p.Has("audit log is kept: "+months+" months") {
			t.Fatalf("%s months: %d %s", months, p.Status, p.Text())
		}
		b.Fill(p, "Save the policy")
	}
	if p := b.Fill(b.Get(policyPath), "Save audit log", "Keep events for (months)", "24"); p.Path != policyPath+"?done=policy-saved" {
		t.Errorf("a longer log: %s %d %s", p.Path, p.Status, p.Text())
	}
}

// TestPreviewCanBeChanged checks that Change leads back to the form as it was typed, and
// saves nothing.
func TestPreviewCanBeChanged(t *testing.T) {
	c := newFixture(t, porticotest.Named)
	b := c.as(c.admin)
	p := b.Fill(b.Get(policyPath), "Save 2FA", "Help desk, passkeys are", "second", "Administrators, 2FA required from", "2027-02-02", "Users, passkeys are", "required", "Users, passkey required from", "2027-03-03")
	p = b.Fill(p, "Change")
	if p.Status != 200 || p.Value("Help desk, passkeys are") != "second" || p.Value("Administrators, 2FA required from") != "2027-02-02" || p.Value("Users, passkeys are") != "required" ||
		p.Value("Users, passkey required from") != "2027-03-03" || p.Alert() != "" || c.policyOf(t, c.acme.ID).OwnPolicy {
		t.Errorf("the form: %d %s", p.Status, p.Text())
	}
	if p := b.Fill(p, "Save 2FA"); !p.Has("Users: a passkey is required from 3 March 2027.") {
		t.Errorf("saved from there: %s", p.Text())
	}
}

// TestPasskeyBringsTwoFactor checks that every place that says from when 2FA is required
// says the day of a passkey where that comes first.
func TestPasskeyBringsTwoFactor(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	b := c.as(c.admin)
	p := b.Fill(b.Get(policyPath), "Save 2FA", "Users, 2FA required from", "2027-01-20", "Users, passkeys are", "required", "Users, passkey required from", "2026-12-20")
	b.Fill(p, "Save the policy")
	says := func(when string) {
		t.Helper()
		if p := b.Get(policyPath); !p.Has("In force from 20 December 2026, as a passkey is 2FA.") {
			t.Errorf("%s: the policy: %s", when, p.Text())
		}
		if p := b.Get(access + "/" + string(c.user.ID)); !p.Has("The policy requires 2FA from 20 December 2026 (UTC). It requires a passkey from 20 December 2026 (UTC).") {
			t.Errorf("%s: the user's page: %s", when, p.Text())
		}
	}
	says("a later date")
	if e := c.Events(c.acme.ID)[0]; e.Details != "rules of its own hold; 2FA for users: required from 20 December 2026; passkeys of users: required from 20 December 2026" {
		t.Errorf("the event: %s", e.Details)
	}
	b.Fill(b.Get(policyPath), "Save 2FA", "Users, 2FA required from", "")
	says("no date")
	if e := c.Events(c.acme.ID)[0]; e.Action == portico.PolicyChanged && e.Details != "" && e.Details != "rules of its own hold; 2FA for users: required from 20 December 2026; passkeys of users: required from 20 December 2026" {
		t.Errorf("the event of no change in force: %s", e.Details)
	}
}

// TestDatesOfAnotherZoneSayTheirTime checks that a date that was chosen in another zone
// says when it begins in the reader's, also in UTC.
func TestDatesOfAnotherZoneSayTheirTime(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.decide(t, c.acme.ID, portico.Policy{Require: portico.Requirement{User: time.Date(2026, 12, 3, 5, 0, 0, 0, time.UTC)}}) // midnight in New York
	for zone, want := range map[string]string{newYork: "", tokyo: "begins at 14:00", "": "begins at 05:00"} {
		p := inZone(c.as(c.admin), zone).Get(policyPath)
		if p.Has("begins at") != (want != "") || !p.Has(want) {
			t.Errorf("%q: %s, want %q", zone, p.Text(), want)
		}
		if p := inZone(c.as(c.user), zone).Get("/"); zone == "" && !p.Has("3 December, 05:00") {
			t.Errorf("the banner in UTC: %s", p.Text())
		}
	}
	b := c.as(c.admin)
	review := b.Fill(b.Get(policyPath), "Save 2FA", "Users, 2FA required from", "2026-12-10")
	refused := b.Fill(b.Get(policyPath), "Save 2FA", "Users, 2FA required from", "9999-12-10")
	for what, p := range map[string]*porticotest.Page{"to be changed": b.Fill(review, "Change"), "refused": refused} {
		if p.Has("begins at") || !strings.HasSuffix(p.Value("Users, 2FA required from"), "-12-10") {
			t.Errorf("%s: a date that begins at midnight: %s", what, p.Text())
		}
	}
}
