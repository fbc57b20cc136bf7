package web_test

import (
	"regexp"
	"strings"
	"testing"

	"portico"
	"portico/internal/passkey/passkeytest"
	"portico/internal/porticotest"
)

// recoveredPasskey returns a browser in which somebody whose only authenticator is a
// passkey has logged in by recovery code, and the codes that are left.
func (c *fixture) recoveredPasskey(t *testing.T) (*porticotest.Client, []string) {
	t.Helper()
	b := c.as(c.user)
	p := b.Post(newPasskey, "passkey", string(c.key(t).Create(optionsOn(b.Get(newPasskey)))))
	codes := recoveryPattern.FindAllString(p.Body, -1)
	b.Fill(p, "I have saved my recovery codes")
	b = c.pend(c.user)
	if b.Post("/login/recovery", "recovery_code", codes[0]); !isLoggedIn(b) {
		t.Fatal("the recovery code does not log in")
	}
	return b, codes[1:]
}

// TestConfirmWithoutApp checks that somebody whose passkey is lost, and who has no
// app, can confirm with a recovery code on the page, and is asked for no app's code.
func TestConfirmWithoutApp(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	b, codes := c.recoveredPasskey(t)
	ask := b.Get("/account/password")
	if !ask.Has("Recovery code") || !strings.Contains(ask.Body, `name="recovery_code"`) {
		t.Errorf("the page has no field for a recovery code: %s", ask.Text())
	}
	p := b.Post("/confirm", "password", porticotest.Password, "next", "/account/password")
	if p.Status != 422 || strings.Contains(p.Text(), "authenticator app") || !p.Has("one of your recovery codes") {
		t.Errorf("without a code: %d %s", p.Status, p.Text())
	}
	if p := b.Post("/confirm", "password", porticotest.Password, "recovery_code", codes[0], "next", "/account/password"); p.Path != "/account/password" {
		t.Errorf("with a recovery code: %d %s", p.Status, p.Text())
	}
}

// TestLostPasskeyIsReplacedByAnother checks that after a log-in by recovery code, a new
// passkey takes the place of the lost one without another code.
func TestLostPasskeyIsReplacedByAnother(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	b, codes := c.recoveredPasskey(t)
	old := c.Authenticators(c.user)[0].ID
	page := b.Fill(b.Get("/account"), "Replace with a passkey")
	if !page.Has("It replaces Passkey") || !page.Has("You get new recovery codes") {
		t.Fatalf("the page does not say what happens: %s %s", page.Path, page.Text())
	}
	key := c.key(t)
	p := b.Post(newPasskey, "replaces", old, "passkey", string(key.Create(optionsOn(page))))
	if n := len(recoveryPattern.FindAllString(p.Body, -1)); p.Path != "/account?done=passkey-replaced" || n != portico.RecoveryCodes {
		t.Fatalf("replacing: %s, %d codes, %s", p.Path, n, p.Text())
	}
	if left := c.Authenticators(c.user); len(left) != 1 || left[0].ID == old || !left[0].Enabled {
		t.Errorf("left: %+v", left)
	}
	if !c.mailed("A passkey of your account was replaced", "Passkey, in place of Passkey") {
		t.Error("no mail tells of it")
	}
	b.Fill(p, "I have saved my recovery codes")
	if p := b.Get(newPasskey); !strings.HasPrefix(p.Path, "/confirm") {
		t.Errorf("another one without a confirmation: %s", p.Path)
	}
	again := c.Client()
	if p := whole(again, key.Get(loginOptions(again))); !isLoggedIn(again) {
		t.Errorf("the new passkey: %s", p.Text())
	}
	if again := c.pend(c.user); again.Post("/login/recovery", "recovery_code", codes[0]).Status != 422 {
		t.Error("a code from before still works")
	}
}

// TestC13_LostRequiredPasskeyTakesOneCode checks that where a passkey is required, too,
// one recovery code is all that replaces the lost one, and that the page offers nothing
// that would ask for another code.
func TestC13_LostRequiredPasskeyTakesOneCode(t *testing.T) {
	for name, withApp := range map[string]bool{"alone": false, "beside an app": true} {
		t.Run(name, func(t *testing.T) {
			c := newFixture(t, porticotest.Named)
			var codes []string
			if withApp {
				_, codes, _, _ = c.withAppAndPasskey(t)
			} else {
				b := c.as(c.user)
				p := b.Post(newPasskey, "passkey", string(c.key(t).Create(optionsOn(b.Get(newPasskey)))))
				codes = recoveryPattern.FindAllString(p.Body, -1)
				b.Fill(p, "I have saved my recovery codes")
			}
			c.requirePasskeys(t)
			b := c.pend(c.user)
			p := b.Post("/login/recovery", "recovery_code", codes[0])
			if p.Path != "/account?done=recovered" || !p.Has("Until then you need no other code for this") || p.Has("Add a passkey") {
				t.Fatalf("after the log-in: %s %s", p.Path, p.Text())
			}
			lost := regexp.MustCompile(`replaces(?:=|" value=")([^"]*)"`).FindStringSubmatch(p.Body)[1]
			page := b.Get(newPasskey + "?replaces=" + lost)
			key := c.key(t)
			p = b.Post(newPasskey, "replaces", lost, "passkey", string(key.Create(optionsOn(page))))
			if p.Path != "/account?done=passkey-replaced" || len(recoveryPattern.FindAllString(p.Body, -1)) != portico.RecoveryCodes {
				t.Fatalf("replacing: %s %s", p.Path, p.Text())
			}
			again := c.Client()
			if p := whole(again, key.Get(loginOptions(again))); !isLoggedIn(again) {
				t.Errorf("the new passkey: %s", p.Text())
			}
		})
	}
}

// TestC13_MovedRequiredPasskeyTakesOneCode checks the same where the passkey is of an
// earlier address of the portal: the page that demands another one asks for no code.
func TestC13_MovedRequiredPasskeyTakesOneCode(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	_, codes := c.recoveredPasskey(t)
	c.behind(t, `UPDATE authenticators SET rp_id = 'old.example'`)
	c.requirePasskeys(t)
	b := c.pend(c.user)
	p := b.Post("/login/recovery", "recovery_code", codes[0])
	if p.Path != required {
		t.Fatalf("after the log-in: %s %s", p.Path, p.Text())
	}
	page := b.Fill(p, "Add a passkey")
	key := c.key(t)
	if b.Post(newPasskey, "passkey", string(key.Create(optionsOn(page)))); !isLoggedIn(b) || len(c.Authenticators(c.user)) != 2 {
		t.Errorf("adding: %s %s", page.Path, page.Text())
	}
}

// TestC13_PasskeyRescueIsExact checks what a log-in by recovery code does not let
// passkeys replace: anything after ten minutes, an app, and nothing at all.
func TestC13_PasskeyRescueIsExact(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	b, _ := c.recoveredPasskey(t)
	old := c.Authenticators(c.user)[0].ID
	options := optionsOn(b.Get(newPasskey + "?replaces=" + old))
	made := func(key *passkeytest.Authenticator) string { return string(key.Create(options)) }
	for what, replaces := range map[string]string{"nothing": "", "somebody else's": "x"} {
		if p := b.Post(newPasskey, "replaces", replaces, "passkey", made(c.key(t))); strings.HasPrefix(p.Path, "/account?done=") || len(c.Authenticators(c.user)) != 1 {
			t.Errorf("in place of %s: %s %s", what, p.Path, p.Text())
		}
		options = optionsOn(b.Get(newPasskey + "?replaces=" + old))
	}
	c.Clock.Advance(portico.ConfirmationTTL)
	if p := b.Post(newPasskey, "replaces", old, "passkey", made(c.key(t))); !strings.HasPrefix(p.Path, "/confirm") || c.Authenticators(c.user)[0].ID != old {
		t.Errorf("after ten minutes: %s %s", p.Path, p.Text())
	}

	c = newFixture(t, porticotest.Named)
	_, codes := c.enrol(t, c.as(c.user))
	b = c.pend(c.user)
	b.Post("/login/recovery", "recovery_code", codes[0])
	if p := b.Get(newPasskey + "?replaces=" + c.Authenticators(c.user)[0].ID); p.Status != 404 {
		t.Errorf("in place of an app: %d %s", p.Status, p.Text())
	}
}

// TestAddingKeepsRecoveryCodes checks that an authenticator which is added with a
// confirmation leaves the recovery codes as they are, also after a log-in by one.
func TestAddingKeepsRecoveryCodes(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	b, codes := c.recoveredPasskey(t)
	b.Post("/confirm", "password", porticotest.Password, "recovery_code", codes[0])
	if p := c.addPasskey(t, b, c.key(t)); p.Path != "/account?done=passkey-added" || len(recoveryPattern.FindAllString(p.Body, -1)) > 0 || !p.Has("You have 8 recovery codes left") {
		t.Errorf("adding: %s %s", p.Path, p.Text())
	}
	if again := c.pend(c.user); again.Post("/login/recovery", "recovery_code", codes[1]).Status != 200 || !isLoggedIn(again) {
		t.Error("a code from before no longer works")
	}
}

// TestAppInPlaceOfPasskeyKnowsTheOtherApp checks what is said to somebody who replaces a
// lost passkey by a second app, and enters a code of the first.
func TestAppInPlaceOfPasskeyKnowsTheOtherApp(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	b := c.as(c.user)
	app, codes := c.enrol(t, b)
	c.addPasskey(t, b, c.key(t))
	b = c.pend(c.user)
	b.Post("/login/recovery", "recovery_code", codes[0])
	lost := c.Authenticators(c.user)[1]
	if lost.Kind != portico.AuthenticatorPasskey {
		lost = c.Authenticators(c.user)[0]
	}
	b.Post(enable, "move", "1", "authenticator", lost.ID)
	if p := b.Post(confirm, "code", c.Code(app, 1)); p.Status != 422 || !p.Has("an authenticator app that you already have") {
		t.Errorf("a code of the other app: %d %s", p.Status, p.Text())
	}
}

// TestTheLostPasskeyIsReplacedFirst checks that where a passkey is required, Account
// offers no move of the app after a log-in by recovery code: it would use up what
// replaces the passkey, and codes of the app open nothing.
func TestTheLostPasskeyIsReplacedFirst(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	_, codes, _, _ := c.withAppAndPasskey(t)
	c.requirePasskeys(t)
	b := c.pend(c.user)
	p := b.Post("/login/recovery", "recovery_code", codes[0])
	if p.Has("Move to a new phone") || p.Has("or your phone") || strings.Count(p.Body, `<button class="primary" type="submit">Replace with a passkey`) != 1 {
		t.Fatalf("after the log-in: %s", p.Text())
	}
	lost := c.Authenticators(c.user)[1].ID
	page := b.Fill(p, "Replace with a passkey")
	p = b.Post(newPasskey, "replaces", lost, "passkey", string(c.key(t).Create(optionsOn(page))))
	if p = b.Fill(p, "I have saved my recovery codes"); !p.Has("Move to a new phone") {
		t.Errorf("after the passkey was replaced: %s", p.Text())
	}
}
