package web_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
)

const policyPath = "/administration/policy"

func (c *fixture) policyOf(t *testing.T, id portico.CustomerID) portico.Customer {
	t.Helper()
	of, err := c.DB.Read(t.Context()).Customer(id)
	must(t, err)
	return of
}

// TestPolicyIsPreviewed checks that the people whom a requirement for 2FA
// affects are shown by name before the policy is saved, and that nothing is
// saved before that.
func TestPolicyIsPreviewed(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.Enrol(c.admin)
	c.EnrolDisabled(c.User(c.acme.ID, "victor", portico.RoleUser))
	c.Enrol(c.User(c.acme.ID, "wanda", portico.RoleUser))
	must(t, c.Users.Suspend(t.Context(), portico.CommandLine(), c.acme.ID, c.User(c.acme.ID, "xaver", portico.RoleUser).ID))
	key := c.Enrol(c.User(c.acme.ID, "anton", portico.RoleAdministrator))
	b := c.Client()
	b.Login("anton", porticotest.Password, c.Code(key, 0))
	b.Fill(b.Get(policyPath), "Save passwords and sessions", "Minimum password length", "20")
	p := b.Fill(b.Get(policyPath), "Save 2FA", "Users, 2FA required from", "2026-12-03")
	if p.Status != 200 || !c.policyOf(t, c.acme.ID).Policy.Require.User.IsZero() {
		t.Fatalf("saved before it was seen: %d", p.Status)
	}
	if !p.Has("Users: 2FA is required from 3 December 2026. Until now it was optional. 2 users have no 2FA.") || p.Has("You do not have 2FA yourself") || p.Has("Help desk:") {
		t.Errorf(`pressing "Save": got %s, want the text "Users: 2FA is required from 3 December 2026. Until now it was optional. 2 users have no 2FA.", no text "You do not have 2FA yourself", no text "Help desk:"`, p.Text())
	}
	if p.Row("ulla") == "" || p.Row("victor") == "" || p.Row("wanda") != "" || p.Row("xaver") != "" || p.Row("hedda") != "" || p.Row("greta") != "" {
		t.Errorf(`got %s, want some p.Row("ulla"), some p.Row("victor"), p.Row("wanda") "", p.Row("xaver") "", p.Row("hedda") "", p.Row("greta") ""`, p.Text())
	}
	if p.Link("Show the whole list") != access+"?filter=2fa-not-enabled" {
		t.Errorf(`got %s, want p.Link("Show the whole list") %q`, p.Link("Show the whole list"), access+"?filter=2fa-not-enabled")
	}
	if p := b.Fill(p, "Save the policy"); p.Path != policyPath+"?done=policy-saved" || p.Value("Users, 2FA required from") != "2026-12-03" {
		t.Errorf(`pressing "Save the policy": got %s %s, want path %q, p.Value("Users, 2FA required from") "2026-12-03"`, p.Path, p.Text(), policyPath+"?done=policy-saved")
	}
	want := portico.Policy{PasswordLength: 20, Require: portico.Requirement{User: time.Date(2026, 12, 3, 0, 0, 0, 0, time.UTC)}}
	if got := c.policyOf(t, c.acme.ID); !got.OwnPolicy || got.Policy != want {
		t.Errorf("c.policyOf(t, c.acme.ID): got %+v, want got.OwnPolicy, got.Policy %v", got.Policy, want)
	}
	if e := c.Events(c.acme.ID)[0]; e.Action != portico.PolicyChanged || e.Details != "2FA for users: required from 3 December 2026" {
		t.Errorf(`got %+v, want e.Action %v, e.Details "2FA for users: required from 3 December 2026"`, e, portico.PolicyChanged)
	}
	// Changes to other rules are saved at once. Relaxing a requirement is shown
	// first too.
	if p := b.Fill(b.Get(policyPath), "Save passwords and sessions", "Minimum password length", ""); p.Path != policyPath+"?done=policy-saved" {
		t.Errorf(`pressing "Save": got %s %s, want path %q`, p.Path, p.Text(), policyPath+"?done=policy-saved")
	}
	// A time of day, which the page cannot set, is no change of the date.
	c.decide(t, c.acme.ID, from(time.Date(2026, 12, 3, 9, 30, 0, 0, time.UTC)))
	if p := b.Fill(b.Get(policyPath), "Save passwords and sessions", "Minimum password length", "16"); p.Path != policyPath+"?done=policy-saved" || c.policyOf(t, c.acme.ID).Policy.Require.User.Hour() != 9 {
		t.Errorf(`pressing "Save": got %s %s, want path %q, c.policyOf(t, c.acme.ID).Policy.Require.User.Hour() 9`, p.Path, p.Text(), policyPath+"?done=policy-saved")
	}
	p = b.Fill(b.Get(policyPath), "Save 2FA", "Users, 2FA required from", "")
	if !p.Has("Users: 2FA becomes optional. Until now it was required from 3 December 2026, 09:30.") || !p.Has("Nobody has to set anything up") {
		t.Errorf(`pressing "Save": got %s, want the text "Users: 2FA becomes optional. Until now it was required from 3 December 2026, 09:30.", the text "Nobody has to set anything up"`, p.Text())
	}
}

// TestPolicyPreviewIsShort checks that the preview names at most fifty people
// and counts all.
func TestPolicyPreviewIsShort(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	for i := range 60 {
		c.User(c.acme.ID, fmt.Sprintf("crowd%02d", i), portico.RoleUser)
	}
	b := c.as(c.admin)
	p := b.Fill(b.Get(policyPath), "Save 2FA", "Users, 2FA required from", "2026-11-20")
	if !p.Has("61 users have no 2FA.") || !p.Has("These are the first 50.") || strings.Count(p.Body, "<tr")-1 != 50 || !p.Has("As soon as you save this, those without 2FA can only") {
		t.Errorf(`pressing "Save": got %s, want the text "61 users have no 2FA.", the text "These are the first 50.", strings.Count(p.Body, "<tr")-1 50, the text "As soon as you save this, those without 2FA can only"`, p.Text())
	}
}

// TestPolicyTakesNoNonsense checks that invalid values are reported field by
// field, together with what was typed.
func TestPolicyTakesNoNonsense(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	good := b.Get(policyPath)
	save := func(label string) string {
		switch {
		case strings.HasSuffix(label, "required from"):
			return "Save 2FA"
		case label == "Keep events for (months)":
			return "Save audit log"
		}
		return "Save passwords and sessions"
	}
	for label, values := range map[string][]string{
		"Users, 2FA required from":           {"2999-01-01", "0001-01-01", "soon", "2026-13-01", "2026-12-03T10:00"},
		"Minimum password length":            {"7", "65", "0", "-1", "ten", "1e1"},
		"Maximum session length (hours)":     {"0", "25", "1.5"},
		"Log out after inactivity (minutes)": {"4", "61"},
		"Keep events for (months)":           {"2", "121"},
	} {
		for _, typed := range values {
			p := b.Fill(good, save(label), label, typed)
			if p.Status != 422 || p.Alert() == "" || p.Value(label) != typed {
				t.Errorf("%s %q: %d %q, %q stands there", label, typed, p.Status, p.Alert(), p.Value(label))
			}
		}
	}
	p := b.Fill(good, "Save passwords and sessions", "Minimum password length", "7", "Maximum session length (hours)", "99", "Log out after inactivity (minutes)", "never")
	if strings.Count(p.Body, `aria-invalid="true"`) != 3 || c.policyOf(t, c.acme.ID).OwnPolicy {
		t.Errorf("pressing \"Save\": got %s, want strings.Count(p.Body, `aria-invalid=\"true\"`) 3, not c.policyOf(t, c.acme.ID).OwnPolicy", p.Text())
	}
}

// TestPolicyOfTheProvider checks that operators set the defaults, and that the
// people of customers are counted in the preview but not named. A customer can
// set its own policy and go back to the defaults.
func TestPolicyOfTheProvider(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	olga := c.as(c.User(portico.ProviderID, "olga", portico.RoleOperator))
	c.decide(t, c.globex.ID, portico.Policy{})
	p := olga.Get(policyPath)
	if !p.Has("The defaults for every customer") || p.Value("Operators, 2FA required from") != "" {
		t.Fatalf(`GET %v: got %s, want the text "The defaults for every customer", p.Value("Operators, 2FA required from") ""`, policyPath, p.Text())
	}
	p = olga.Fill(p, "Save 2FA", "Users, 2FA required from", "2026-12-03", "Administrators, 2FA required from", "2026-12-04", "Operators, 2FA required from", "2026-12-05")
	if !p.Has("1 user has no 2FA.") || !p.Has("1 administrator has no 2FA.") || !p.Has("1 operator has no 2FA.") || !p.Has("You do not have 2FA yourself") || p.Row("ulla") != "" || p.Row("olga") == "" {
		t.Errorf(`pressing "Save": got %s, want the text "1 user has no 2FA.", the text "1 administrator has no 2FA.", the text "1 operator has no 2FA.", the text "You do not have 2FA yourself", p.Row("ulla") "", some p.Row("olga")`, p.Text())
	}
	olga.Fill(p, "Save the policy")
	alice := c.as(c.admin)
	p = alice.Get(policyPath)
	if !p.Has("uses the provider's defaults") || p.Value("Users, 2FA required from") != "2026-12-03" || p.Has("Operators, 2FA required") || p.Has("Reset to the provider's defaults") {
		t.Errorf(`GET %v: got %s, want the text "uses the provider's defaults", p.Value("Users, 2FA required from") "2026-12-03", no text "Operators, 2FA required", no text "Reset to the provider's defaults"`, policyPath, p.Text())
	}
	p = alice.Fill(p, "Save passwords and sessions", "Maximum session length (hours)", "8")
	if got := c.policyOf(t, c.acme.ID); !got.OwnPolicy || got.Policy.SessionHours != 8 || got.Policy.Require.User.IsZero() || !p.Has("Reset to the provider's defaults") {
		t.Errorf(`c.policyOf(t, c.acme.ID): got %+v %s, want got.OwnPolicy, got.Policy.SessionHours 8, not got.Policy.Require.User.IsZero(), the text "Reset to the provider's defaults"`, got, p.Text())
	}
	p = alice.Fill(p, "Save 2FA", "Users, 2FA required from", "")
	p = alice.Fill(p, "Save the policy")
	p = alice.Fill(p, "Reset to the provider's defaults")
	if !p.Has("Users: 2FA is required from 3 December 2026.") || !c.policyOf(t, c.acme.ID).OwnPolicy {
		t.Fatalf(`pressing "Reset to the provider's defaults": got %s, want the text "Users: 2FA is required from 3 December 2026.", c.policyOf(t, c.acme.ID).OwnPolicy`, p.Text())
	}
	alice.Fill(p, "Save the policy")
	if got := c.policyOf(t, c.acme.ID); got.OwnPolicy || got.Policy.Require.User.IsZero() {
		t.Errorf("c.policyOf(t, c.acme.ID): got %+v, want not got.OwnPolicy, not got.Policy.Require.User.IsZero()", got)
	}
	// An operator can set the policy inside a customer, as its administrators can.
	p = olga.Fill(olga.Get("/customers/acme/policy"), "Save passwords and sessions", "Maximum session length (hours)", "6")
	if got := c.policyOf(t, c.acme.ID); p.Path != "/customers/acme/policy?done=policy-saved" || !got.OwnPolicy || got.Policy.SessionHours != 6 {
		t.Errorf(`c.policyOf(t, c.acme.ID): got %s %+v, want path "/customers/acme/policy?done=policy-saved", got.OwnPolicy, got.Policy.SessionHours 6`, p.Path, got)
	}
	// The defaults themselves have no defaults.
	if p := olga.Post(policyPath, "defaults", "yes", "seen", "yes"); p.Status != 422 && p.Status != 409 {
		t.Errorf("POST %v: got %d, want not (p.Status != 422 && p.Status != 409)", policyPath, p.Status)
	}
	if got := c.policyOf(t, portico.ProviderID); got.Policy.Require.User.IsZero() {
		t.Error("the defaults are gone")
	}
}

// TestHelpDeskSeesTheAuditLog checks that the help desk sees the audit log only
// if the customer's policy allows it.
func TestHelpDeskSeesTheAuditLog(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.help)
	for _, allowed := range []bool{false, true, false} {
		c.decide(t, c.acme.ID, portico.Policy{HelpDeskSeesAudit: allowed})
		if p := b.Get("/administration/audit"); (p.Status == 200) != allowed || (p.Link("Audit log") != "") != allowed {
			t.Errorf("allowed %v: %d, the menu has %q", allowed, p.Status, p.Link("Audit log"))
		}
		if p := c.as(c.user).Get("/administration/audit"); p.Status != 403 {
			t.Errorf("a user: %d", p.Status)
		}
	}
}

// TestBannerCountsTheDays checks that the days left are counted by the server's
// clock and the calendar in UTC.
func TestBannerCountsTheDays(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.Enrol(c.admin)
	c.EnrolDisabled(c.help)
	day := func(n int) time.Time { return time.Date(2026, 11, 23+n, 0, 0, 0, 0, time.UTC) }
	b, help := c.as(c.user), c.as(c.help)
	for at, want := range map[time.Time]string{
		day(10):                    "Two Factor Authentication is required from 3 December: 10 days left. Set it up",
		day(2):                     "Two Factor Authentication is required from 25 November: 2 days left. Set it up",
		day(1):                     "Two Factor Authentication is required from tomorrow. Set it up",
		day(1).Add(23 * time.Hour): "Two Factor Authentication is required from 23:00 tomorrow. Set it up",
		day(0).Add(23 * time.Hour): "Two Factor Authentication is required from 23:00 today. Set it up",
		day(400):                   "Two Factor Authentication is required from 28 December 2027: 400 days left. Set it up",
		{}:                         "",
	} {
		c.decide(t, c.acme.ID, from(at))
		for _, path := range []string{"/", "/account", "/account/sessions", "/nowhere"} {
			p := b.Get(path)
			if want == "" && p.Has("is required") || !p.Has(want) {
				t.Errorf("%v on %s: not %q but %s", at, path, want, p.Text())
			}
		}
		if p := help.Get("/"); want != "" && (!p.Has("is required") || p.Link("Enable it") != "/account") {
			t.Errorf("switched off: %s", p.Text())
		}
	}
	c.decide(t, c.acme.ID, from(day(3)))
	if p := b.Get("/"); p.Link("Set it up") != "/account" {
		t.Errorf(`GET /: got %s, want p.Link("Set it up") "/account"`, p.Text())
	}
	if p := c.asWith(c.user, c.Enrol(c.user)).Get("/"); p.Has("is required") {
		t.Errorf("with 2FA: %s", p.Text())
	}
}

// TestPasswordMinimumIsShown checks that each page on which a password is
// chosen shows the minimum length that applies.
func TestPasswordMinimumIsShown(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	key := c.Enrol(c.admin)
	policy := from(c.Clock.Now())
	policy.Require.User = time.Time{}
	policy.PasswordLength = 9
	c.decide(t, c.acme.ID, policy)
	for who, want := range map[string]string{"alice": "At least 9 characters", "ulla": "At least 15 characters"} {
		b := c.Client()
		code := ""
		if who == "alice" {
			code = c.Code(key, 0)
		}
		b.Login(who, porticotest.Password, code)
		p := b.Get("/account/password")
		if !p.Has(want) {
			t.Errorf("%s: %s, want the text %v", who, p.Text(), want)
		}
		p = b.Fill(p, "Save password", "Current password", porticotest.Password, "New password", "bzwukfmqpt")
		if taken := p.Path == "/account?done=password-changed"; taken != (who == "alice") || !taken && !p.Has(want) {
			t.Errorf("%s with ten characters: %s", who, p.Text())
		}
	}
	b := c.as(c.User(c.acme.ID, "berta", portico.RoleUser))
	must(t, c.Users.SendPasswordLink(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID))
	if p := b.Get(c.Mails("ulla@")[0].Link("/password/")); !p.Has("At least 15 characters") {
		t.Errorf(`GET c.Mails("ulla@")[0].Link("/password/"): got %s, want the text "At least 15 characters"`, p.Text())
	}
	c.decide(t, c.acme.ID, portico.Policy{PasswordLength: 30})
	_, err := c.Users.Invite(t.Context(), portico.CommandLine(), c.acme.ID, portico.User{FirstName: "I", LastName: "N", Email: "in@example.com", Role: portico.RoleUser})
	must(t, err)
	if p := b.Get(c.Mails("in@")[0].Link("/activate/")); !p.Has("At least 30 characters") {
		t.Errorf(`GET c.Mails("in@")[0].Link("/activate/"): got %s, want the text "At least 30 characters"`, p.Text())
	}
}
