package web_test

import (
	"strings"
	"testing"
	"time"

	"portico"
)

// TestPolicySectionsAreSavedAlone checks that saving a section of the policy
// keeps every other section as it is, also where the fields of the others arrive
// with it.
func TestPolicySectionsAreSavedAlone(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	was := portico.Policy{
		RememberBrowsers: true, Require: portico.Requirement{User: time.Date(2026, 12, 3, 9, 30, 0, 0, time.UTC)}, PasswordLength: 20, SessionHours: 8,
		IdleMinutes: 20, HelpDeskSeesAudit: true, AuditMonths: 24, Resets: portico.ResetPolicy{User: portico.ResetRule{TwoPeople: true, DelayHours: 5}, OncePerDay: true, PerHour: 7},
	}
	for button, section := range map[string]struct {
		fields []string
		change func(*portico.Policy)
	}{
		"Save 2FA":                    {[]string{"Users, 2FA required from", "2026-12-03"}, func(*portico.Policy) {}},
		"Save passwords and sessions": {[]string{"Minimum password length", "16"}, func(p *portico.Policy) { p.PasswordLength = 16 }},
		"Save audit log":              {[]string{"Keep events for (months)", ""}, func(p *portico.Policy) { p.AuditMonths = 0 }},
		"Save rules for resets":       {[]string{"Waiting period (hours), Users", "6", "Maximum resets per administrator and hour", ""}, func(p *portico.Policy) { p.Resets.User.DelayHours, p.Resets.PerHour = 6, 0 }},
	} {
		c.decide(t, c.acme.ID, was)
		want := was
		section.change(&want)
		if p := b.Fill(b.Get(policyPath), button, section.fields...); p.Path != policyPath+"?done=policy-saved" && p.Path != policyPath+"?done=reset-rules-saved" {
			t.Fatalf("pressing %q: got %s %s, want the policy saved", button, p.Path, p.Text())
		}
		if got := c.policyOf(t, c.acme.ID).Policy; got != want {
			t.Errorf("pressing %q: got the policy %+v, want %+v", button, got, want)
		}
	}
	c.decide(t, c.acme.ID, was)
	b.Post(policyPath, "section", "passwords", "password_length", "20", "session_hours", "8", "idle_minutes", "20", "audit_months", "3", "reset_per_hour", "99", "require_user", "")
	if got := c.policyOf(t, c.acme.ID).Policy; got != was {
		t.Errorf("fields of other sections: got the policy %+v, want %+v", got, was)
	}
	if p := b.Post(policyPath, "section", "nothing", "password_length", "30"); p.Status != 422 || c.policyOf(t, c.acme.ID).Policy != was {
		t.Errorf("an unknown section: got %d %s, want 422 and no change", p.Status, p.Text())
	}
}

// TestPolicyShowsWhatIsInForce checks that the fields hold the values in force,
// and where they come from, and that saving them as they are shown makes no rule
// of its own out of the portal's limits.
func TestPolicyShowsWhatIsInForce(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	for _, source := range []string{"Provider&#39;s default", "Own"} {
		if source == "Own" {
			c.decide(t, c.acme.ID, portico.Policy{AuditMonths: 24})
		}
		p := b.Get(policyPath)
		for label, want := range map[string]string{"Minimum password length": "15", "Maximum session length (hours)": "24", "Log out after inactivity (minutes)": "60"} {
			if p.Value(label) != want {
				t.Errorf("%s: got %q, want the value in force, %s", label, p.Value(label), want)
			}
		}
		if n := strings.Count(p.Body, `<span class="tag quiet">`+source+`</span>`); n != 4 {
			t.Errorf("got the source %q in %d sections, want it in 4", source, n)
		}
	}
	events := len(c.Events(c.acme.ID))
	b.Fill(b.Get(policyPath), "Save passwords and sessions")
	if got := c.policyOf(t, c.acme.ID).Policy; got != (portico.Policy{AuditMonths: 24}) || len(c.Events(c.acme.ID)) != events {
		t.Errorf("saved as shown: got %+v, want no change and no event", got)
	}
	olga := c.operator()
	if p := olga.Get(policyPath); strings.Contains(p.Body, `class="tag quiet"`) || p.Has("Reset to the provider's defaults") {
		t.Errorf("the defaults themselves: got %s, want no source", p.Text())
	}
}
