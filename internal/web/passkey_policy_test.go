package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/passkey/passkeytest"
	"portico/internal/porticotest"
	"portico/internal/web"
)

// passkeysFor returns a policy with one rule about passkeys for every role.
func passkeysFor(use portico.PasskeyUse, from time.Time) portico.Policy {
	rule := portico.PasskeyRule{Use: use, From: from}
	return portico.Policy{Passkeys: portico.PasskeyPolicy{User: rule, HelpDesk: rule, Administrator: rule, Operator: rule}}
}

// requirePasskeys requires passkeys of everybody in acme from now on.
func (c *fixture) requirePasskeys(t *testing.T) {
	t.Helper()
	c.decide(t, c.acme.ID, passkeysFor(portico.PasskeysRequired, c.Clock.Now()))
}

// withAppAndPasskey gives the user an app and a passkey, and returns a session too.
func (c *fixture) withAppAndPasskey(t *testing.T) (app []byte, codes []string, key *passkeytest.Authenticator, b *porticotest.Client) {
	t.Helper()
	b = c.as(c.user)
	app, codes = c.enrol(t, b)
	key = c.key(t)
	c.addPasskey(t, b, key)
	c.Clock.Advance(time.Minute)
	return app, codes, key, b
}

// TestC23_RequiredPasskeyRefusesCodes checks that where a passkey is required, no code
// of an app logs in or confirms, that it is not even looked at, and that passkeys and
// recovery codes still do.
func TestC23_RequiredPasskeyRefusesCodes(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	app, codes, key, session := c.withAppAndPasskey(t)
	c.requirePasskeys(t)
	b, options := c.pendWithPasskey(t)
	if p := b.Get("/login/code"); p.Has("Enter the code here") || !p.Has("Use a recovery code") {
		t.Errorf("the second step asks for a code: %s", p.Text())
	}
	used := c.Authenticators(c.user)[0].LastStep
	for what, code := range map[string]string{"right": c.Code(app, 0), "wrong": c.wrongCode(app)} {
		if p := b.Post("/login/code", "code", code); p.Status != 422 || !strings.Contains(p.Alert(), "requires your passkey") || isLoggedIn(b) {
			t.Errorf("a %s code: %d %s", what, p.Status, p.Text())
		}
	}
	if got := c.Authenticators(c.user)[0].LastStep; got != used {
		t.Errorf("the code was used up: step %d, want %d", got, used)
	}
	if n := c.events(portico.LoginRefused, "a code in place of the required passkey"); n != 2 {
		t.Errorf("%d events, want 2", n)
	}
	if b.Post("/login/passkey", "passkey", string(key.Get(options))); !isLoggedIn(b) {
		t.Error("the passkey does not log in")
	}
	c.behind(t, `UPDATE sessions SET confirmed_at = 0`)
	if p := session.Get("/confirm"); p.Has("Enter the code here") || optionsOn(p) == nil {
		t.Errorf("the confirmation asks for a code: %s", p.Text())
	}
	session.Post("/confirm", "password", porticotest.Password, "code", c.Code(app, 0))
	if p := session.Get("/account/password"); p.Path == "/account/password" {
		t.Error("a code confirms")
	}
	session.Post("/confirm", "passkey", string(key.Get(optionsOn(session.Get("/confirm")))))
	if p := session.Get("/account/password"); p.Path != "/account/password" {
		t.Errorf("the passkey does not confirm: %s", p.Text())
	}
	b = c.Client()
	if whole(b, key.Get(loginOptions(b))); !isLoggedIn(b) {
		t.Error("the passkey alone does not log in")
	}
	b = c.pend(c.user)
	if b.Post("/login/recovery", "recovery_code", codes[0]); !isLoggedIn(b) {
		t.Error("a recovery code does not log in")
	}
}

// TestC23_WithoutThePasskeyOnlyItsPage checks that from the day on, somebody without a
// passkey can add one or log out, in sessions from before too, and that this opens
// everything.
func TestC23_WithoutThePasskeyOnlyItsPage(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	app := c.Enrol(c.user)
	before := c.asWith(c.user, app)
	c.Clock.Advance(time.Minute)
	c.requirePasskeys(t)
	b := c.pend(c.user)
	if p := b.Post("/login/code", "code", c.Code(app, 0)); p.Path != required || !p.Has("requires a passkey for your role") || p.Has("Set up Two Factor") {
		t.Fatalf("a code opens %s: %s", p.Path, p.Text())
	}
	for _, r := range web.RouteTable() {
		method, path := fill(r.Pattern, c.other.ID)
		if r.Tag == "public" || r.Tag == "pending" || r.Tag == "enrol" {
			continue
		}
		for what, b := range map[string]*porticotest.Client{"new": b, "earlier": before} {
			p := try(b, method, path)
			if path == "/session" && p.Status == http.StatusUnauthorized {
				continue
			}
			if p.Status != http.StatusSeeOther || p.Header.Get("Location") != required {
				t.Errorf("%s in the %s session: %d to %q", r.Pattern, what, p.Status, p.Header.Get("Location"))
			}
		}
	}
	for _, form := range [][]string{{enable, "move", "1"}, {enable}} {
		b.Post(form[0], form[1:]...)
		if p := b.Get(required); p.Path != required || b.Get(enable).Has("Scan the QR code") {
			t.Errorf("%v begins a set-up: %s", form, p.Text())
		}
	}
	if p := c.addPasskey(t, b, c.key(t)); !strings.HasPrefix(p.Path, "/account?done=") || p.Has("Add an authenticator app") || !p.Has("codes of an app are not accepted") {
		t.Errorf("after the passkey was added: %s %s", p.Path, p.Text())
	}
	if !isLoggedIn(b) {
		t.Error("the session is not complete")
	}
	b = c.pend(c.user)
	if b.Post("/login/code", "code", c.Code(app, 1)); isLoggedIn(b) {
		t.Error("the app still logs in")
	}
}

// TestC23_RecoveryCodeOpensItsPage checks that a recovery code, too, opens the page
// that adds a passkey alone, and that it is enough there: the person may have no other.
func TestC23_RecoveryCodeOpensItsPage(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	_, codes := c.enrol(t, c.as(c.user))
	b := c.pend(c.user)
	b.Post("/login/recovery", "recovery_code", codes[0])
	if p := b.Get(newPasskey); optionsOn(p) != nil && strings.Contains(string(optionsOn(p)), "pubKeyCredParams") {
		t.Errorf("a recovery code adds a passkey that is not required: %s", p.Text())
	}
	c.requirePasskeys(t)
	b = c.pend(c.user)
	if p := b.Post("/login/recovery", "recovery_code", codes[1]); p.Path != required {
		t.Fatalf("a recovery code opens %s: %s", p.Path, p.Text())
	}
	c.addPasskey(t, b, c.key(t))
	if !isLoggedIn(b) {
		t.Error("the session is not complete")
	}
}

// TestC23_PasskeyOfAnotherAddress checks that a passkey of another RP ID, and one that
// is switched off, do not count as having one.
func TestC23_PasskeyOfAnotherAddress(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	app, _, key, session := c.withAppAndPasskey(t)
	c.requirePasskeys(t)
	if !isLoggedIn(session) {
		t.Fatal("with a passkey the session does not go on")
	}
	b := c.Client()
	options := loginOptions(b)
	c.behind(t, `UPDATE authenticators SET rp_id = 'old.example' WHERE kind = 'passkey'`)
	if p := session.Get("/"); p.Path != required {
		t.Errorf("a passkey of another address counts: %s", p.Path)
	}
	if whole(b, key.Get(options)); isLoggedIn(b) {
		t.Error("a passkey of another address logs in")
	}
	b = c.pend(c.user)
	if p := b.Post("/login/code", "code", c.Code(app, 0)); p.Path != required {
		t.Errorf("a code opens %s: %s", p.Path, p.Text())
	}
}

// TestC23_SecondFactorOnly checks that a passkey is no whole log-in where the policy
// says so, whatever it verifies, that the person is told why, and that nothing of it
// changes; as second step and to confirm it counts.
func TestC23_SecondFactorOnly(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newPasskeyFixture(t)
	c.decide(t, c.acme.ID, passkeysFor(portico.PasskeysSecond, time.Time{}))
	at := places["whole log-in"]
	b, options := at.begin(c)
	if p := c.refuses("a whole log-in", at, b, c.key.Get(options)); !strings.Contains(p.Alert(), "asks for your password first") {
		t.Errorf("it does not say why: %q", p.Alert())
	}
	b, options = at.begin(c)
	if p := c.refuses("a forged one", at, b, c.key.Get(options, func(d *passkeytest.Draft) { d.Key = c.key.NewKey() })); strings.Contains(p.Alert(), "password first") {
		t.Errorf("somebody without the passkey is told the policy: %q", p.Alert())
	}
	if n := c.events(portico.LoginRefused, "passkey: the policy asks for the password first"); n != 1 {
		t.Errorf("%d events, want 1", n)
	}
	for _, name := range []string{"second step", "confirmation"} {
		b, options := places[name].begin(c)
		c.accepts("at the "+name, places[name], b, c.key.Get(options))
	}
	if p := c.session.Get("/account"); !p.Has("You log in with your password and a passkey.") {
		t.Errorf("the Account page: %s", p.Text())
	}
}

// TestC23_RequiredPasskeyIsNoApp checks that nobody sets up, adds or brings back an app
// where a passkey is required, and that the last passkey stays.
func TestC23_RequiredPasskeyIsNoApp(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	kept, _, key, session := c.withAppAndPasskey(t)
	session.Post(disable)
	begun := c.as(c.help)
	app := keyOn(t, begun.Fill(begun.Get("/account"), "Two Factor Authentication"))
	c.requirePasskeys(t)

	if begun.Post(confirm, "code", c.Code(app, 0)); len(c.Authenticators(c.help)) > 0 {
		t.Error("a set-up from before ends with an app")
	}
	none := c.as(c.admin)
	if p := none.Get("/"); p.Path != required || !p.Has("Add a passkey") || p.Has("Set up Two Factor Authentication") {
		t.Errorf("somebody without 2FA: %s %s", p.Path, p.Text())
	}
	if p := none.Post(enable); p.Status != 403 {
		t.Errorf("the set-up of an app begins: %d %s", p.Status, p.Text())
	}
	if p := c.addPasskey(t, none, c.key(t)); p.TwoFactorStatus() != "Enabled" || !isLoggedIn(none) {
		t.Errorf("the required set-up: %s", p.Text())
	}
	if p := none.Post("/account/authenticators"); p.Status != 403 {
		t.Errorf("an app is added: %d %s", p.Status, p.Text())
	}
	only := c.Authenticators(c.admin)[0].ID
	other := c.key(t)
	c.addPasskey(t, none, other)
	none.Post("/account/authenticators/" + only + "/delete")
	none.Post("/account/authenticators/" + c.Authenticators(c.admin)[0].ID + "/delete")
	if n := len(c.Authenticators(c.admin)); n != 1 {
		t.Errorf("%d passkeys, want 1", n)
	}
	for _, path := range []string{disable, remove} {
		if p := none.Post(path); p.Status != 403 {
			t.Errorf("%s: %d %s", path, p.Status, p.Text())
		}
	}

	// The kept setup: the app beside a passkey brings nothing back.
	b := c.as(c.user)
	p := b.Post(enable)
	if p.Has("Enter the code here") {
		t.Errorf("a code is asked for: %s", p.Text())
	}
	options := optionsOn(p)
	if p := b.Post(confirm, "code", c.Code(kept, 0)); p.Status != 422 || c.Account(c.user.ID).TwoFactor != portico.TwoFactorDisabled {
		t.Errorf("a code brings the setup back: %d %s", p.Status, p.Text())
	}
	if b.Post(confirm, "passkey", string(key.Get(options))); !isLoggedIn(b) {
		t.Error("the kept passkey does not bring the setup back")
	}
}

// TestC23_LastPasskeyBesideAnApp checks that the last passkey stays also where an app
// would keep 2FA enabled.
func TestC23_LastPasskeyBesideAnApp(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	_, _, _, session := c.withAppAndPasskey(t)
	c.requirePasskeys(t)
	c.behind(t, `UPDATE sessions SET confirmed_at = `+"("+`SELECT MAX(seen_at) FROM sessions)`)
	app, passkey := c.Authenticators(c.user)[0], c.Authenticators(c.user)[1]
	if p := session.Post("/account/authenticators/" + passkey.ID + "/delete"); p.Status != 403 || !strings.Contains(p.Text(), "your only one") {
		t.Errorf("the last passkey: %d %s", p.Status, p.Text())
	}
	if session.Post("/account/authenticators/" + app.ID + "/delete"); len(c.Authenticators(c.user)) != 1 || c.Authenticators(c.user)[0].ID != passkey.ID {
		t.Errorf("left: %+v", c.Authenticators(c.user))
	}
}

// TestC23_NoBrowserIsRememberedForAPasskey checks that a remembered browser asks again
// where a passkey is required, and remembers no more.
func TestC23_NoBrowserIsRememberedForAPasskey(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	c.allowRemembering(t)
	app, _, _, _ := c.withAppAndPasskey(t)
	b := c.rememberedBy(t, app)
	policy := passkeysFor(portico.PasskeysRequired, c.Clock.Now())
	policy.RememberBrowsers = true
	c.decide(t, c.acme.ID, policy)
	p := b.Login("ulla", porticotest.Password, "")
	if p.Path != "/login/code" || isLoggedIn(b) || p.Has("Remember this browser") {
		t.Errorf("a remembered browser opens %s: %s", p.Path, p.Text())
	}
}

// TestC25_LastAdministratorAddsAPasskey checks that the only administrator, who has an
// app and requires passkeys from now on, is warned first, can log in again, and can
// add a passkey.
func TestC25_LastAdministratorAddsAPasskey(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	app := c.Enrol(c.admin)
	b := c.asWith(c.admin, app)
	p := b.Fill(b.Get(policyPath), "Save 2FA", "Administrators, passkeys are", "required", "Administrators, passkey required from", "2026-11-23")
	if !p.Has("You do not have a passkey yourself. As soon as you save this") || !p.Has("Administrators: a passkey is required from 23 November 2026. 1 administrator has no passkey.") || p.Row("alice") == "" {
		t.Fatalf("no warning: %s", p.Text())
	}
	if p = b.Fill(p, "Save the policy"); p.Path != required {
		t.Fatalf("saving leads to %s: %s", p.Path, p.Text())
	}
	b.Fill(p, "Log out")
	c.Clock.Advance(time.Minute)
	b = c.asWith(c.admin, app)
	key := c.key(t)
	c.addPasskey(t, b, key)
	if p := b.Get(policyPath); p.Path != policyPath || p.Value("Administrators, passkeys are") != "required" || p.Value("Administrators, passkey required from") != "2026-11-23" {
		t.Errorf("the policy: %s %s", p.Path, p.Text())
	}
	if e := c.Events(c.acme.ID); c.events(portico.PolicyChanged, "rules of its own hold; 2FA for administrators: required from 23 November 2026; passkeys of administrators: required from 23 November 2026") != 1 {
		t.Errorf("events: %+v", e[0])
	}
}

// TestPasskeyPolicyIsPreviewed checks what is shown before a rule about passkeys is
// saved, by how many people it is about, and that an exemption counts.
func TestPasskeyPolicyIsPreviewed(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	c.withPasskey(t)
	c.Enrol(c.User(c.acme.ID, "victor", portico.RoleUser))
	c.User(c.acme.ID, "wanda", portico.RoleUser)
	b := c.as(c.admin)
	page := b.Get(policyPath)
	p := b.Fill(page, "Save 2FA", "Users, passkeys are", "required", "Users, passkey required from", "2026-12-03")
	if !p.Has("Users: a passkey is required from 3 December 2026. 2 users have no passkey.") || p.Row("victor") == "" || p.Row("wanda") == "" || p.Row("ulla") != "" ||
		p.Has("Help desk:") || p.Has("yourself") || !p.Has("From that date, those without a passkey can only add one") {
		t.Errorf("the preview: %s", p.Text())
	}
	if c.policyOf(t, c.acme.ID).OwnPolicy {
		t.Fatal("saved before it was seen")
	}
	b.Fill(p, "Save the policy")
	if p := c.as(c.User(c.acme.ID, "xaver", portico.RoleUser)).Get("/"); !p.Has("A passkey is required from 3 December: 10 days left. Add one") {
		t.Errorf("no banner: %s", p.Text())
	}
	if p := c.as(c.help).Get("/"); p.Has("is required from") {
		t.Errorf("a banner for another role: %s", p.Text())
	}
	p = b.Fill(b.Get(policyPath), "Save 2FA", "Users, passkeys are", "second", "Users, passkey required from", "")
	if !p.Has("Users: a passkey counts only after the password, and is no longer required. 1 user has a passkey.") {
		t.Errorf("the preview of the second step alone: %s", p.Text())
	}
	if b.Fill(p, "Save the policy"); c.policyOf(t, c.acme.ID).Policy.Passkeys != (portico.PasskeyPolicy{User: portico.PasskeyRule{Use: portico.PasskeysSecond}}) {
		t.Errorf("saved: %+v", c.policyOf(t, c.acme.ID).Policy)
	}
	for typed, field := range map[[2]string]string{
		{"required", ""}: "passkeys_from_user", {"required", "soon"}: "passkeys_from_user", {"required", "2999-01-01"}: "passkeys_from_user", {"never", ""}: "passkeys_user", {"", ""}: "passkeys_user",
	} {
		p := b.Fill(b.Get(policyPath), "Save 2FA", "Users, passkeys are", typed[0], "Users, passkey required from", typed[1])
		if p.Status != 422 || strings.Count(p.Body, `aria-invalid="true"`) != 1 || !strings.Contains(p.Body, `name="`+field+`"`) || p.Value("Users, passkey required from") != typed[1] {
			t.Errorf("%q: %d %s", typed, p.Status, p.Text())
		}
	}
	// A form without these fields changes none of them.
	b.Post(policyPath, "password_length", "20", "seen", "yes")
	if got := c.policyOf(t, c.acme.ID).Policy; got.Passkeys.User.Use != portico.PasskeysSecond || got.PasswordLength != 20 {
		t.Errorf("a form without passkeys: %+v", got)
	}
}

// TestPasskeysAreRequiredOfNobodyExempt checks that an exemption from 2FA is one from
// passkeys too, and ends by itself.
func TestPasskeysAreRequiredOfNobodyExempt(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	app := c.Enrol(c.user)
	until := c.Clock.Now().Add(24 * time.Hour)
	c.requirePasskeys(t)
	must(t, c.Users.Exempt(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID, until, "waits for a key"))
	b := c.asWith(c.user, app)
	if p := b.Get("/"); !isLoggedIn(b) || !p.Has("A passkey is required from 09:00 tomorrow") {
		t.Errorf("exempt: %s", p.Text())
	}
	c.Clock.Advance(24 * time.Hour)
	b = c.pend(c.user)
	if p := b.Post("/login/code", "code", c.Code(app, 0)); p.Path != required {
		t.Errorf("after the exemption: %s", p.Path)
	}
}

// TestC25_PasskeysCannotBeRequiredAtAnAddress checks that nobody requires passkeys where
// none work, and that such a rule from before locks nobody out, while 2FA stays required.
func TestC25_PasskeysCannotBeRequiredAtAnAddress(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	if p := b.Get(policyPath); !p.Has("Passkeys do not work at this address") || p.Has("Administrators, passkeys are") {
		t.Errorf("the policy page: %s", p.Text())
	}
	p := b.Post(policyPath, "section", "two-factor", "passkeys_user", "required", "passkeys_from_user", "2026-11-23", "seen", "yes")
	if p.Status != 422 && p.Status != 409 || c.policyOf(t, c.acme.ID).OwnPolicy {
		t.Errorf("required: %d %s", p.Status, p.Text())
	}
	c.behind(t, `UPDATE customers SET policy = '{"passkeys":{"user":{"use":"required","from":"2026-11-01T00:00:00Z"}}}' WHERE id = $1`, c.acme.ID)
	b = c.as(c.user)
	if p := b.Get("/"); p.Path != required || !p.Has("requires Two Factor Authentication") {
		t.Errorf("without 2FA: %s %s", p.Path, p.Text())
	}
	key := keyOn(t, b.Fill(b.Get(required), "Set up Two Factor Authentication"))
	if b.Post(confirm, "code", c.Code(key, 0)); !isLoggedIn(b) {
		t.Error("an app is not enough where no passkey works")
	}
}

// TestC02_UnknownUseOfPasskeys checks that nobody gets in by a policy that says
// something unknown about passkeys.
func TestC02_UnknownUseOfPasskeys(t *testing.T) {
	c := newPasskeyFixture(t)
	c.behind(t, `UPDATE customers SET policy = '{"passkeys":{"user":{"use":"never"}}}' WHERE id = $1`, c.acme.ID)
	b := c.Client()
	if p := whole(b, c.key.Get(loginOptions(b))); p.Status != 500 {
		t.Errorf("a log-in: %d %s", p.Status, p.Text())
	}
	if p := c.session.Get("/account"); p.Status != 500 {
		t.Errorf("a session: %d %s", p.Status, p.Text())
	}
}
