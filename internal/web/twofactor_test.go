package web_test

import (
	"encoding/base32"
	"net/url"
	"strings"
	"testing"

	"portico"
	"portico/internal/porticotest"
)

const (
	enable  = "/account/two-factor/enable"
	confirm = "/account/two-factor/confirm"
	disable = "/account/two-factor/disable"
	remove  = "/account/two-factor/delete"
)

// keyOn reads the key that a set-up page shows.
func keyOn(t *testing.T, p *porticotest.Page) []byte {
	t.Helper()
	key, err := base32.StdEncoding.DecodeString(strings.ReplaceAll(p.TestID("setup-key"), " ", ""))
	if err != nil || len(key) != 20 {
		t.Fatalf("key %q: %v on %s", p.TestID("setup-key"), err, p.Text())
	}
	return key
}

func TestEnableDisableReenableDelete(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.user)
	p := b.Get("/account")
	if p.TwoFactorStatus() != "Not enabled" || p.Switch() != "false" {
		t.Fatalf(`GET /account: got %q %q, want p.TwoFactorStatus() "Not enabled", p.Switch() "false"`, p.TwoFactorStatus(), p.Switch())
	}
	p = b.Fill(p, "Two Factor Authentication")
	key := keyOn(t, p)
	uri, err := url.Parse(p.Link("Open in my authenticator app"))
	must(t, err)
	if uri.Query().Get("secret") != strings.ReplaceAll(p.TestID("setup-key"), " ", "") || uri.Path != "/Acme Telecom:ulla" {
		t.Errorf("key URI %s", uri)
	}
	// C12 SetupIdempotentOnReload: a reload, a second tab and a later visit show
	// the same key.
	for _, again := range []*porticotest.Page{b.Get(enable), b.Fill(b.Get("/account"), "Two Factor Authentication")} {
		if string(keyOn(t, again)) != string(key) {
			t.Error("another key on reload")
		}
	}
	// C12 ConfirmWrongCodeDoesNotEnable.
	p = b.Fill(p, "Submit", "Enter the code here", c.Code(key, 5))
	if p.Status != 422 || string(keyOn(t, p)) != string(key) || !strings.Contains(p.Alert(), "clock is about") {
		t.Errorf("a code of a wrong clock: %d %q", p.Status, p.Alert())
	}
	p = b.Fill(p, "Submit", "Enter the code here", "12 34")
	if p.Status != 422 || !strings.Contains(p.Alert(), "6 digits") {
		t.Errorf("no code: %d %q", p.Status, p.Alert())
	}
	if s := b.Get("/account").TwoFactorStatus(); s != "Not enabled" {
		t.Fatalf("after wrong codes: %s", s)
	}
	code := c.Code(key, 0)
	p = b.Fill(b.Get(enable), "Submit", "Enter the code here", code[:3]+"-"+code[3:])
	if p.TwoFactorStatus() != "Enabled" || p.Switch() != "true" || p.TestID("setup-key") != "" || strings.Contains(p.Body, "otpauth") {
		t.Fatalf("after the right code: %s", p.Text())
	}
	if m := c.Mails("ulla@example.com"); len(m) != 1 || m[0].Subject != "Two-factor authentication was enabled" {
		t.Errorf("mails: %+v", m)
	}
	// C07 ConfirmCodeReusedForLogin.
	if p := c.Client().Login("ulla", porticotest.Password, code); !strings.Contains(p.Alert(), "already used") {
		t.Errorf("the set-up's code logs in: %s", p.Text())
	}
	// C12 SetupNeverShowsActiveSecret.
	if p := b.Get(enable); p.Path != "/account" {
		t.Errorf("the set-up page goes on: %s", p.Path)
	}
	// Disabling keeps the key and the used time steps.
	p = b.Fill(b.Get("/account"), "Two Factor Authentication")
	if p.TwoFactorStatus() != "Disabled" || p.Switch() != "false" {
		t.Fatalf("after disabling: %s", p.Text())
	}
	if p := c.Client().Login("ulla", porticotest.Password, ""); !p.Has("Hello Ulla") {
		t.Errorf("disabled, and a code is asked for: %s", p.Text())
	}
	// C13 ReenableNeedsCode, ReenableKeepsSecretAndLastStep.
	p = b.Fill(b.Get("/account"), "Two Factor Authentication")
	if p.TestID("setup-key") != "" || b.Get("/account").TwoFactorStatus() != "Disabled" {
		t.Fatalf("enabling again: %s", p.Text())
	}
	if p := b.Fill(p, "Submit", "Enter the code here", code); !strings.Contains(p.Alert(), "already used") {
		t.Errorf("C07 UsedStepSurvivesDisableEnable: %s", p.Text())
	}
	p = b.Fill(p, "Submit", "Enter the code here", c.Code(key, 1))
	if p.TwoFactorStatus() != "Enabled" {
		t.Fatalf("enabled again: %s", p.Text())
	}
	// Deleting the setup, and C13 OldSecretDeadAfterReenrol.
	p = b.Fill(b.Fill(b.Get("/account"), "Delete 2FA setup"), "Delete 2FA setup")
	if p.TwoFactorStatus() != "Not enabled" {
		t.Fatalf("deleted: %s", p.Text())
	}
	if next := keyOn(t, b.Fill(p, "Two Factor Authentication")); string(next) == string(key) {
		t.Error("the deleted key came back")
	}
	subjects := ""
	for _, m := range c.Mails("ulla@example.com") {
		subjects += m.Subject + "; "
	}
	if want := "Two-factor authentication was enabled; Two-factor authentication was disabled; Two-factor authentication was enabled; Your 2FA setup was deleted; "; subjects != want {
		t.Errorf("mails: %s", subjects)
	}
}

// TestNothingTypedIsLostByConfirming checks that a form sent too late is
// carried through the confirmation.
func TestNothingTypedIsLostByConfirming(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.Enrol(c.user)
	b := c.as(c.admin)
	list := b.Get("/administration/access")
	ask := b.Get(list.RowLink("ulla@", "Delete 2FA setup"))
	c.Clock.Advance(portico.ConfirmationTTL)
	p := b.Fill(ask, "Delete 2FA setup", "Reason", "lost phone <b>")
	if p.Status != 403 || !p.Has("Confirm that it is you") {
		t.Fatalf(`pressing "Delete 2FA setup": got %d %s, want status 403, the text "Confirm that it is you"`, p.Status, p.Text())
	}
	if c.Account(c.user.ID).TwoFactor != portico.TwoFactorEnabled {
		t.Fatal("deleted without confirmation")
	}
	p = b.Fill(p, "Confirm", "Password", "wrong password, as it happens")
	if p.Status != 422 {
		t.Fatalf(`pressing "Confirm": got %d %s, want status 422`, p.Status, p.Text())
	}
	p = b.Fill(p, "Confirm", "Password", porticotest.Password)
	if p.Path != "/administration/access?done=reset-done" || !strings.Contains(p.Row("ulla@"), "2FA not Enabled") {
		t.Fatalf(`pressing "Confirm": got %s %s, want path "/administration/access?done=reset-done", "2FA not Enabled" in p.Row("ulla@")`, p.Path, p.Text())
	}
	if m := c.Mails("ulla@example.com"); !strings.Contains(m[len(m)-1].Text, "lost phone <b>") {
		t.Errorf("the reason is lost: %+v", m)
	}
	// The same for the profile.
	ub := c.as(c.user)
	form := ub.Get("/account/profile")
	c.Clock.Advance(portico.ConfirmationTTL)
	p = ub.Fill(form, "Save", "First name", "Ursula")
	p = ub.Fill(p, "Confirm", "Password", porticotest.Password)
	if p.Path != "/account?done=profile-saved" || !p.Has("Ursula Tester") {
		t.Errorf(`pressing "Confirm": got %s %s, want path "/account?done=profile-saved", the text "Ursula Tester"`, p.Path, p.Text())
	}
}

// TestEnableTwice checks that enabling 2FA that is already enabled shows and
// changes nothing.
func TestEnableTwice(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	key := c.Enrol(c.user)
	b := c.Client()
	b.Login("ulla", porticotest.Password, c.Code(key, 0))
	if p := b.Post(enable); p.Path != "/account" || p.TwoFactorStatus() != "Enabled" || p.TestID("setup-key") != "" {
		t.Errorf(`POST %v: got %s %s, want path "/account", p.TwoFactorStatus() "Enabled", p.TestID("setup-key") ""`, enable, p.Path, p.Text())
	}
	fresh := c.as(c.admin)
	for _, path := range []string{disable, remove} {
		if p := fresh.Post(path); p.Path != "/account" {
			t.Errorf("%s with nothing set up: %s", path, p.Path)
		}
	}
	if p := fresh.Get(remove); p.Path != "/account" {
		t.Errorf("asks to delete nothing: %s", p.Path)
	}
}

// TestPasswordChange checks that a change of the password asks for the current
// one and ends the other sessions.
func TestPasswordChange(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b, elsewhere := c.as(c.user), c.as(c.user)
	page := b.Get("/account/password")
	const next = "seven quiet rivers meet"
	for name, typed := range map[string][3]string{
		"wrong current": {"not the password at all", next, "current password is wrong"},
		"too short":     {porticotest.Password, "short", "at least 15"},
		"common":        {porticotest.Password, "passwordpassword", "most common"},
		"own name":      {porticotest.Password, "ulla.tester.acme", "your name"},
	} {
		if p := b.Fill(page, "Save password", "Current password", typed[0], "New password", typed[1]); p.Status != 422 || !strings.Contains(p.Alert(), typed[2]) {
			t.Errorf("%s: %d %q, want status 422, %v in p.Alert()", name, p.Status, p.Alert(), typed[2])
		}
	}
	p := b.Fill(page, "Save password", "Current password", porticotest.Password, "New password", next)
	if p.Path != "/account?done=password-changed" {
		t.Fatalf(`pressing "Save password": got %s %s, want path "/account?done=password-changed"`, p.Path, p.Text())
	}
	if !denied(try(elsewhere, "GET", "/account")) {
		t.Error("another session outlives the change")
	}
	if p := c.Client().Login("ulla", porticotest.Password, ""); p.Status != 422 {
		t.Error("the old password goes on")
	}
	if p := c.Client().Login("ulla", next, ""); !p.Has("Hello Ulla") {
		t.Errorf("the new password: %s", p.Text())
	}
}
