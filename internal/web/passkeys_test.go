package web_test

import (
	"html"
	"regexp"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/passkey/passkeytest"
	"portico/internal/porticotest"
)

const newPasskey = "/account/passkeys/new"

// key returns an authenticator in front of the portal.
func (c *fixture) key(t *testing.T) *passkeytest.Authenticator { return passkeytest.New(t, c.URL) }

var optionsPattern = regexp.MustCompile(`data-options="([^"]*)"`)

// optionsOn returns the options that a page has for the browser, or nil.
func optionsOn(p *porticotest.Page) []byte {
	found := optionsPattern.FindStringSubmatch(p.Body)
	if found == nil {
		return nil
	}
	return []byte(html.UnescapeString(found[1]))
}

// addPasskey adds a passkey as a person does whose session is confirmed.
func (c *fixture) addPasskey(t *testing.T, b *porticotest.Client, key *passkeytest.Authenticator) *porticotest.Page {
	t.Helper()
	page := b.Get(newPasskey)
	options := optionsOn(page)
	if options == nil {
		t.Fatalf("the page to add a passkey: %d %s", page.Status, page.Text())
	}
	p := b.Post(newPasskey, "passkey", string(key.Create(options)))
	if !strings.HasPrefix(p.Path, "/account?done=") {
		t.Fatalf("adding a passkey: %d %s %s", p.Status, p.Path, p.Text())
	}
	if p.Has("I have saved my recovery codes") {
		p = b.Fill(p, "I have saved my recovery codes")
	}
	return p
}

// withPasskey returns the only authenticator of the user, a passkey.
func (c *fixture) withPasskey(t *testing.T) *passkeytest.Authenticator {
	t.Helper()
	key := c.key(t)
	c.addPasskey(t, c.as(c.user), key)
	return key
}

// pendWithPasskey returns a browser with a pending login, and the options on its page.
func (c *fixture) pendWithPasskey(t *testing.T) (*porticotest.Client, []byte) {
	t.Helper()
	b := c.pend(c.user)
	options := optionsOn(b.Get("/login/code"))
	if options == nil {
		t.Fatal("/login/code has no options for a passkey")
	}
	return b, options
}

// loginOptions returns the options for a whole log-in in a browser.
func loginOptions(b *porticotest.Client) []byte { return []byte(b.Post("/login/passkey/options").Body) }

// whole sends a whole log-in with a passkey.
func whole(b *porticotest.Client, answer []byte) *porticotest.Page {
	return b.Post("/login/with-passkey", "passkey", string(answer))
}

// TestAddPasskey adds passkeys from the buttons on the Account page: the first one,
// which enables 2FA and ends with recovery codes, and another one.
func TestAddPasskey(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	b := c.as(c.user)
	key := c.key(t)
	page := b.Fill(b.Get("/account"), "Add a passkey")
	p := b.Post(newPasskey, "passkey", string(key.Create(optionsOn(page))))
	codes := recoveryPattern.FindAllString(p.Body, -1)
	if p.Path != "/account?done=enabled" || p.TwoFactorStatus() != "Enabled" || len(codes) != portico.RecoveryCodes {
		t.Fatalf("the first passkey: %s %s", p.Path, p.Text())
	}
	if c.events(portico.TwoFactorEnabledBy, "Passkey") != 1 || !c.mailed("was enabled", "authenticator: Passkey. ") {
		t.Error("neither event nor mail names the passkey")
	}
	p = b.Fill(p, "I have saved my recovery codes")
	if row := p.Row("on one device only"); row == "" || !p.Has("Add an authenticator app") || p.Has("Move to a new phone") {
		t.Errorf("with one passkey: %s", p.Text())
	}

	other := c.key(t)
	other.Flags |= passkeytest.BackupEligible | passkeytest.BackedUp
	copy(other.AAGUID[:], []byte{0xba, 0xda, 0x55, 0x66, 0xa7, 0xaa, 0x40, 0x1f, 0xbd, 0x96, 0x45, 0x61, 0x9a, 0x55, 0x12, 0x0d})
	p = c.addPasskey(t, b, other)
	if p.Path != "/account?done=passkey-added" || p.Row("1Password") == "" || !strings.Contains(p.Row("1Password"), "synced") {
		t.Fatalf("another passkey: %s %s", p.Path, p.Text())
	}
	if c.events(portico.AuthenticatorAdded, `Passkey "1Password"`) != 1 || !c.mailed("was added", `Passkey "1Password". It can also replace your password`) {
		t.Error("neither event nor mail names the other passkey")
	}
	for _, f := range c.Authenticators(c.user) {
		if !f.Enabled {
			t.Errorf("%+v is not in force", f)
		}
	}
	// An authenticator that has a passkey makes no second one (passkeytest fails the test if it is asked).
	if !strings.Contains(string(optionsOn(b.Get(newPasskey))), "excludeCredentials") {
		t.Error("the options exclude nothing")
	}
}

// TestPasskeysAreBounded checks that nobody gets more than ten.
func TestPasskeysAreBounded(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	b := c.as(c.user)
	for range portico.MaxPasskeys - 1 {
		c.addPasskey(t, b, c.key(t))
	}
	eleventh := optionsOn(b.Get(newPasskey))
	if p := c.addPasskey(t, b, c.key(t)); p.Has("Add a passkey") || !p.Has("You can have ten passkeys") {
		t.Errorf("the Account page offers another passkey, or does not say why not: %s", p.Text())
	}
	if p := b.Get(newPasskey); p.Path != "/account?done=passkey-limit" || !p.Has("You already have ten passkeys") {
		t.Errorf("the page of the eleventh: %s %s", p.Path, p.Text())
	}
	if p := b.Post(newPasskey, "passkey", string(c.key(t).Create(eleventh))); p.Path != "/account?done=passkey-limit" {
		t.Errorf("the eleventh: %s %s", p.Path, p.Text())
	}
	if n := len(c.Authenticators(c.user)); n != portico.MaxPasskeys {
		t.Errorf("%d passkeys, want %d", n, portico.MaxPasskeys)
	}
}

// TestNoPasskeysAtAnAddress checks that nothing is offered, and nothing accepted, where
// the portal has no host name.
func TestNoPasskeysAtAnAddress(t *testing.T) {
	c := newFixture(t)
	b := c.as(c.user)
	if b.Get("/account").Has("passkey") || c.Client().Get("/login").Has("passkey") {
		t.Error("passkeys are offered")
	}
	for _, p := range []*porticotest.Page{b.Get(newPasskey), b.Post(newPasskey, "passkey", "{}"), c.Client().Post("/login/passkey/options")} {
		if p.Status != 404 {
			t.Errorf("%s: %d, want 404", p.Path, p.Status)
		}
	}
	if p := whole(c.Client(), []byte("{}")); p.Status != 422 {
		t.Errorf("a log-in: %d %s", p.Status, p.Text())
	}
}

// TestPasskeyLogsIn logs in with a passkey as the second step, and with it alone, and
// confirms with it.
func TestPasskeyLogsIn(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	key := c.withPasskey(t)
	b, options := c.pendWithPasskey(t)
	if p := b.Get("/login/code"); p.Has("Enter the code here") || !p.Has("Use a recovery code") || !p.Has("Your passkey cannot be used here") {
		t.Errorf("the second step of somebody with a passkey alone: %s", p.Text())
	}
	key.Flags = passkeytest.UserPresent // a security key without a PIN
	c.Clock.Advance(time.Second)
	if p := b.Post("/login/passkey", "passkey", string(key.Get(options)), "next", "/account/sessions"); p.Path != "/account/sessions" || !isLoggedIn(b) {
		t.Fatalf("the second step: %s %s", p.Path, p.Text())
	}
	if c.events(portico.LoginDone, "password and passkey") != 1 {
		t.Error("no event tells of the second step")
	}
	if used := c.Authenticators(c.user)[0].LastUsedAt; !used.Equal(c.Clock.Now()) {
		t.Errorf("last used %v, want %v", used, c.Clock.Now())
	}

	key.Flags = passkeytest.UserPresent | passkeytest.UserVerified
	b = c.Client()
	if p := whole(b, key.Get(loginOptions(b))); p.Status != 200 || !isLoggedIn(b) {
		t.Fatalf("the whole log-in: %d %s", p.Status, p.Text())
	}
	if c.events(portico.LoginDone, "passkey") != 1 {
		t.Error("no event tells of the whole log-in")
	}
	if p := b.Get("/account/password"); p.Path != "/account/password" {
		t.Errorf("two factors count as no confirmation: %s", p.Path)
	}
	c.Clock.Advance(portico.ConfirmationTTL)
	ask := b.Get("/account/password")
	if p := b.Post("/confirm", "passkey", string(key.Get(optionsOn(ask))), "next", "/account/password"); p.Path != "/account/password" {
		t.Errorf("confirming: %s %s", p.Path, p.Text())
	}
	if c.events(portico.ConfirmDone, "") != 1 {
		t.Error("no event tells of the confirmation")
	}
}

// TestSliderMovesPasskeys checks that the slider moves passkeys out of force and that
// one of them, or a code, brings everything back.
func TestSliderMovesPasskeys(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	b := c.as(c.user)
	key := c.key(t)
	c.addPasskey(t, b, key)
	if p := b.Post(disable); p.TwoFactorStatus() != "Disabled" {
		t.Fatalf("disabling: %s", p.Text())
	}
	other := c.key(t)
	if page := b.Get(newPasskey); !page.Has("is kept with your other authenticators") {
		t.Errorf("the page does not say that 2FA stays disabled: %s", page.Text())
	}
	if p := c.addPasskey(t, b, other); p.Path != "/account?done=passkey-added-off" || p.TwoFactorStatus() != "Disabled" {
		t.Errorf("adding while disabled: %s %s", p.Path, p.Text())
	}
	p := b.Fill(b.Get("/account"), "Two Factor Authentication")
	if p.Has("Enter the code here") {
		t.Errorf("a code is asked for: %s", p.Text())
	}
	options := optionsOn(p)
	if p := b.Post(confirm, "passkey", string(other.Get(options))); p.TwoFactorStatus() != "Enabled" {
		t.Fatalf("enabling with a passkey: %s", p.Text())
	}
	for _, f := range c.Authenticators(c.user) {
		if !f.Enabled {
			t.Errorf("%+v is not in force", f)
		}
	}
	b.Fill(b.Fill(b.Get("/account"), "Delete 2FA setup"), "Delete 2FA setup")
	if left := c.Authenticators(c.user); len(left) > 0 {
		t.Errorf("the deleted setup leaves %+v", left)
	}
}

// TestLostPasskeyIsReplaced checks that after a log-in by recovery code, an app takes the
// place of the lost passkey without another code, and at no other time.
func TestLostPasskeyIsReplaced(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	b := c.as(c.user)
	p := b.Post(newPasskey, "passkey", string(c.key(t).Create(optionsOn(b.Get(newPasskey)))))
	codes := recoveryPattern.FindAllString(p.Body, -1)
	b.Fill(p, "I have saved my recovery codes")
	if p := b.Post(enable, "move", "1"); p.Status != 404 {
		t.Errorf("a passkey that is not lost is moved: %d %s", p.Status, p.Text())
	}
	b.Post("/account/authenticators/"+c.Authenticators(c.user)[0].ID, "name", "Work laptop")
	b = c.pend(c.user)
	p = b.Post("/login/recovery", "recovery_code", codes[0])
	p = b.Fill(p, "Replace with an app")
	if !p.Has("The app replaces your passkey Work laptop") || p.Has("phone keeps working") {
		t.Errorf("the set-up does not name the passkey: %s", p.Text())
	}
	app := keyOn(t, p)
	if p := b.Post(confirm, "code", c.Code(app, 0)); p.Path != "/account?done=passkey-replaced" || p.Row("Authenticator app") == "" {
		t.Fatalf("replacing the passkey: %s %s", p.Path, p.Text())
	}
	const told = `Authenticator app, in place of Passkey "Work laptop"`
	if c.events(portico.TwoFactorReplaced, told) != 1 || !c.mailed("A passkey of your account was replaced", told) {
		t.Error("event or mail do not name what was replaced")
	}
	if !c.mailed("A recovery code was used", "in place of an authenticator") {
		t.Error("the mail speaks of an app that the user never had")
	}
	if left := c.Authenticators(c.user); len(left) != 1 || left[0].Kind != portico.AuthenticatorTOTP {
		t.Errorf("left: %+v", left)
	}
}
