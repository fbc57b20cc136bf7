package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/auth"
	"portico/internal/porticotest"
	"portico/internal/store"
	"portico/internal/web"
)

const required = "/account/two-factor/required"

// decide stores a policy.
func (c *fixture) decide(t *testing.T, of portico.CustomerID, p portico.Policy) {
	t.Helper()
	must(t, c.Customers.SavePolicy(t.Context(), portico.CommandLine(), of, nil, &p))
}

// from returns a policy that requires 2FA of everybody from a time on.
func from(at time.Time) portico.Policy {
	return portico.Policy{Require: portico.Requirement{User: at, HelpDesk: at, Administrator: at, Operator: at}}
}

// TestC25_RequiredPolicyBlocksAllButEnrol requests every route as people who
// must set up 2FA. All routes redirect to the page that says so, except for the
// public ones, the set-up and the log-out.
func TestC25_RequiredPolicyBlocksAllButEnrol(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	olga := c.User(portico.ProviderID, "olga", portico.RoleOperator)
	c.decide(t, c.acme.ID, from(c.Clock.Now()))
	c.decide(t, portico.ProviderID, from(c.Clock.Now().Add(-time.Hour)))
	before := len(c.Events(c.acme.ID))
	for _, u := range []portico.User{c.user, c.help, c.admin, olga} {
		b := c.Client()
		if p := b.Login(u.LoginID, porticotest.Password, ""); p.Path != required || !p.Has("Log out") || p.Has("Administration") || p.Link("Account") != "" {
			t.Fatalf(`%s: %s %s, want path %v, the text "Log out", no text "Administration", p.Link("Account") ""`, u.LoginID, p.Path, p.Text(), required)
		}
		walked := 0
		for _, r := range web.RouteTable() {
			method, path := fill(r.Pattern, c.other.ID)
			p := try(b, method, path)
			switch {
			case r.Tag == "public" || r.Tag == "pending" || path == "/login":
				continue
			case path == "/session":
				if p.Status != http.StatusUnauthorized {
					t.Errorf("%s as %s: %d, want status %v", r.Pattern, u.Role, p.Status, http.StatusUnauthorized)
				}
			case r.Tag == "enrol":
				if r.Need != "" || !strings.HasPrefix(path, "/account/two-factor/") && path != "/confirm" && path != "/logout" && path != newPasskey {
					t.Errorf("%s is open before 2FA is set up", r.Pattern)
				}
				if path == "/logout" {
					b.Login(u.LoginID, porticotest.Password, "")
				}
			case p.Status != http.StatusSeeOther || p.Header.Get("Location") != required || strings.Contains(p.Body, "<main"):
				t.Errorf("%s as %s: got %d to %q, want 303 to %q and no page", r.Pattern, u.Role, p.Status, p.Header.Get("Location"), required)
			default:
				walked++
			}
		}
		if walked < 40 {
			t.Errorf("only %d routes were walked", walked)
		}
	}
	for _, e := range c.Events(c.acme.ID)[:len(c.Events(c.acme.ID))-before] {
		switch e.Action {
		case portico.LoginDone, portico.LogoutDone, portico.TwoFactorStarted, portico.ConfirmRefused:
		default:
			t.Errorf("the walk has done: %s", e.Action)
		}
	}
}

// TestC25_EnrollingOpensEverything checks that after the set-up the same
// session has full access, and that recovery codes are shown.
func TestC25_EnrollingOpensEverything(t *testing.T) {
	c := newFixture(t)
	c.decide(t, c.acme.ID, from(c.Clock.Now()))
	b := c.as(c.user)
	c.Clock.Advance(portico.ConfirmationTTL)
	p := b.Fill(b.Get("/"), "Set up Two Factor Authentication")
	if !strings.HasPrefix(p.Path, "/confirm") {
		t.Fatalf("an old session starts the set-up without a confirmation: %s", p.Path)
	}
	p = b.Fill(p, "Confirm", "Password", porticotest.Password)
	key := keyOn(t, p)
	if p.Switch() != "false" || strings.Contains(p.Body, `action="`+disable) {
		t.Errorf("before the code is accepted: got a switch that is on, or leads to nothing, want it off: %s", p.Text())
	}
	if p := b.Fill(p, "Submit", "Enter the code here", c.wrongCode(key)); p.Status != 422 || b.Get("/").Path != required {
		t.Fatalf("a wrong code opens: %d", p.Status)
	}
	p = b.Fill(p, "Submit", "Enter the code here", c.Code(key, 0))
	if codes := recoveryPattern.FindAllString(p.Body, -1); p.Path != "/account?done=enabled" || len(codes) != portico.RecoveryCodes {
		t.Errorf("%s with %d recovery codes", p.Path, len(codes))
	}
	if p := b.Get("/"); !p.Has("Hello Ulla") || try(b, "GET", "/session").Status != 204 || b.Get(required).Path != "/account" {
		t.Errorf("after the set-up: %s", p.Text())
	}
}

// TestC25_SetupRunsOut checks that an expired set-up leads back to the page
// that requires it.
func TestC25_SetupRunsOut(t *testing.T) {
	c := newFixture(t)
	c.decide(t, c.acme.ID, from(c.Clock.Now()))
	b := c.as(c.user)
	key := keyOn(t, b.Fill(b.Get("/"), "Set up Two Factor Authentication"))
	c.Clock.Advance(portico.EnrolmentTTL)
	if p := b.Post(confirm, "code", c.Code(key, 0)); p.Path != required+"?done=setup-over" || !p.Has("or has expired") {
		t.Errorf(`POST %v: got %s %s, want path %q, the text "or has expired"`, confirm, p.Path, p.Text(), required+"?done=setup-over")
	}
}

// TestC25_PolicyAppliesToExistingSessionsAndKeys checks that existing sessions
// have no more access than new ones from the date on which 2FA is required.
// There are no API keys to test.
func TestC25_PolicyAppliesToExistingSessionsAndKeys(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	key := c.Enrol(c.help)
	without, with := c.as(c.user), c.asWith(c.help, key)
	c.decide(t, c.acme.ID, from(c.Clock.Now().Add(20*time.Minute)))
	if !without.Get("/").Has("Hello Ulla") {
		t.Error("stopped before the day")
	}
	c.Clock.Advance(20*time.Minute - time.Second)
	if p := without.Get("/account"); p.Path != "/account" {
		t.Errorf("a second before: %s", p.Path)
	}
	c.Clock.Advance(time.Second)
	for _, path := range []string{"/", "/account", "/account/password", "/account/sessions"} {
		if p := without.Get(path); p.Path != required {
			t.Errorf("a session from before opens %s", p.Path)
		}
	}
	if p := try(without, "GET", "/session"); p.Status != 401 || p.Header.Get("Portico-Login-ID") != "" || p.Body != "" {
		t.Errorf("GET /session: %d %v", p.Status, p.Header)
	}
	if p := with.Get(access); p.Path != access {
		t.Errorf("stopped with 2FA: %s", p.Path)
	}
	// A policy takes effect at once, also while people are logged in.
	greta := c.as(c.other)
	c.decide(t, c.globex.ID, from(c.Clock.Now()))
	if p := greta.Get(access); p.Path != required {
		t.Errorf("after the policy was saved: %s", p.Path)
	}
	c.decide(t, c.globex.ID, portico.Policy{})
	if p := greta.Get(access); p.Path != access {
		t.Errorf("after it was taken back: %s", p.Path)
	}
}

// TestC25_NoOtherWayIn checks that a reset by an administrator, a remembered
// device, a recovery code and a new password give access to nothing but the
// set-up.
func TestC25_NoOtherWayIn(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.allowRemembering(t)
	key := c.Enrol(c.user)
	remembered := c.rememberedBy(t, key)
	policy := from(c.Clock.Now())
	policy.RememberBrowsers = true
	c.decide(t, c.acme.ID, policy)
	if p := remembered.Login("ulla", porticotest.Password, ""); !p.Has("Hello Ulla") {
		t.Fatalf("a remembered browser of somebody with 2FA: %s", p.Text())
	}
	c.Reset(c.user, "x")
	for name, b := range map[string]*porticotest.Client{"new": c.Client(), "remembered": remembered} {
		if p := b.Login("ulla", porticotest.Password, ""); p.Path != required || b.Get("/").Path != required {
			t.Errorf("%s browser after a reset: %s", name, p.Path)
		}
	}
	must(t, c.Users.SendPasswordLink(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID))
	mails := c.Mails("ulla@")
	b := c.Client()
	b.Fill(b.Get(mails[len(mails)-1].Link("/password/")), "Save password", "Password", "seven quiet rivers meet")
	if p := b.Login("ulla", "seven quiet rivers meet", ""); p.Path != required || b.Get("/account").Path != required {
		t.Errorf("after a new password: %s", p.Path)
	}
	// With a disabled setup, the log-in asks for no code and accepts no recovery
	// code.
	c.EnrolDisabled(c.help)
	b = c.as(c.help)
	if p := b.Post("/login/recovery", "recovery_code", "AAAA-BBBB-CCCC-DDDD"); p.Path != required || b.Get("/").Path != required {
		t.Errorf("a recovery code: %s", p.Path)
	}
}

// TestC25_EnrolOnlySessionCannotReplaceFactor checks that a person who knows
// only the password of an account with a disabled setup cannot read, delete or
// replace that setup. They can only enable it, with a code of the phone.
func TestC25_EnrolOnlySessionCannotReplaceFactor(t *testing.T) {
	c := newFixture(t)
	key := c.EnrolDisabled(c.user)
	authenticator := func() store.Authenticator { return c.Authenticators(c.user)[0] }
	before := authenticator()
	c.decide(t, c.acme.ID, from(c.Clock.Now()))
	b := c.as(c.user)
	for _, fields := range [][]string{nil, {"move", "1"}} {
		if p := b.Post(enable, fields...); p.TestID("setup-key") != "" || strings.Contains(p.Body, "otpauth:") || !p.Has("Your setup was kept") {
			t.Errorf("%v begins a new setup: %s", fields, p.Text())
		}
	}
	for _, path := range []string{remove, disable} {
		if p := b.Post(path); p.Path != required {
			t.Errorf("%s: %s, want path %v", path, p.Path, required)
		}
	}
	ses, err := c.Auth.Authenticate(t.Context(), auth.Visit{SessionToken: b.Cookie("portico_session")})
	must(t, err)
	if _, err := c.Auth.DeleteTwoFactor(t.Context(), ses); !portico.Forbidden.Is(err) {
		t.Errorf("past the guard: %v", err)
	}
	if p := b.Post(confirm, "code", c.wrongCode(key)); p.Status != 422 {
		t.Errorf("a wrong code: %d", p.Status)
	}
	if f := authenticator(); f.ID != before.ID || string(f.Secret) != string(before.Secret) || f.Enabled {
		t.Errorf("the setup was changed: %+v", f)
	}
	if p := b.Post(confirm, "code", c.Code(key, 0)); p.TwoFactorStatus() != "Enabled" || string(authenticator().Secret) != string(before.Secret) {
		t.Errorf("the right code: %s", p.Text())
	}
}

// TestC25_LastAdministratorIsNotLockedOut checks that the only administrator,
// who has no 2FA and requires 2FA from now on, is warned first, can log in
// again, and can set up 2FA.
func TestC25_LastAdministratorIsNotLockedOut(t *testing.T) {
	c := newFixture(t)
	b := c.as(c.admin)
	p := b.Fill(b.Get(policyPath), "Save 2FA", "Administrators, 2FA required from", "2026-11-23")
	if !p.Has("You do not have 2FA yourself. As soon as you save this") {
		t.Fatalf(`pressing "Save": got %s, want the text "You do not have 2FA yourself. As soon as you save this"`, p.Text())
	}
	if p = b.Fill(p, "Save the policy"); p.Path != required {
		t.Fatalf(`pressing "Save the policy": got %s, want path %v`, p.Path, required)
	}
	if b.Fill(p, "Log out"); isLoggedIn(b) {
		t.Fatal("not logged out")
	}
	b = c.as(c.admin)
	key := keyOn(t, b.Fill(b.Get(access), "Set up Two Factor Authentication"))
	b.Post(confirm, "code", c.Code(key, 0))
	if p := b.Get(policyPath); p.Path != policyPath || p.Value("Administrators, 2FA required from") != "2026-11-23" {
		t.Errorf(`GET %v: got %s, want path %v, p.Value("Administrators, 2FA required from") "2026-11-23"`, policyPath, p.Path, policyPath)
	}
}

// TestC25_ProvidersDefaultsHold checks that the provider's defaults apply at
// once to customers without a policy of their own, and to no others.
func TestC25_ProvidersDefaultsHold(t *testing.T) {
	c := newFixture(t)
	acme, globex := c.as(c.admin), c.as(c.other)
	c.decide(t, c.globex.ID, portico.Policy{})
	defaults := from(c.Clock.Now())
	defaults.Require.Operator = time.Time{}
	c.decide(t, portico.ProviderID, defaults)
	if p := acme.Get("/"); p.Path != required {
		t.Errorf("without rules of its own: %s", p.Path)
	}
	if p := globex.Get("/"); p.Path != "/" {
		t.Errorf("with rules of its own: %s", p.Path)
	}
	must(t, c.Customers.SavePolicy(t.Context(), portico.CommandLine(), c.globex.ID, nil, nil))
	if p := globex.Get("/"); p.Path != required {
		t.Errorf("back at the defaults: %s", p.Path)
	}
}
