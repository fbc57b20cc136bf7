package web_test

import (
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/auth"
	"portico/internal/porticotest"
)

// needsProof checks that a change is not made without a recent confirmation.
func needsProof(t *testing.T, change string, fields ...string) {
	t.Helper()
	c := newFixture(t)
	key := c.Enrol(c.user)
	b := c.asWith(c.user, key)
	c.Clock.Advance(portico.ConfirmationTTL)
	b.Post(change, fields...)
	// The password without the right code confirms nothing.
	for _, typed := range [][]string{{"code", ""}, {"code", c.wrongCode(key)}, {"recovery_code", "AAAA-AAAA-AAAA-AAAA"}} {
		b.Post("/confirm", append(typed, "password", porticotest.Password, "next", change)...)
	}
	b.Post(change, fields...)
	if a := c.Account(c.user.ID); a.TwoFactor != portico.TwoFactorEnabled || a.Epoch != 1 {
		t.Errorf("%s without proof: %s, epoch %d", change, a.TwoFactor, a.Epoch)
	}
}

func TestC13_DisableNeedsCode(t *testing.T) { needsProof(t, disable) }

func TestC13_DeleteNeedsCode(t *testing.T) { needsProof(t, remove) }

func TestC13_PasswordChangeNeedsStepUp(t *testing.T) {
	needsProof(t, "/account/password", "password", porticotest.Password, "new_password", "seven quiet rivers meet")
}

func TestC13_NewRecoveryCodesNeedStepUp(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	key := c.Enrol(c.user)
	b := c.asWith(c.user, key)
	c.Clock.Advance(portico.ConfirmationTTL)
	if p := b.Post("/account/recovery-codes"); !strings.HasPrefix(p.Path, "/confirm") || recoveryPattern.MatchString(p.Body) {
		t.Errorf(`POST /account/recovery-codes: got %s, want p.Path to begin with "/confirm", not recoveryPattern.MatchString(p.Body)`, p.Path)
	}
}

// TestC13_StepUpNotSatisfiedByRememberedBrowser checks that a remembered
// device, which skips the code at log-in, must confirm with a code before
// anything is weakened.
func TestC13_StepUpNotSatisfiedByRememberedBrowser(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.allowRemembering(t)
	key := c.Enrol(c.user)
	b := c.rememberedBy(t, key)
	if p := b.Login("ulla", porticotest.Password, ""); !p.Has("Hello Ulla") {
		t.Fatalf(`logging in as ulla: got %s, want the text "Hello Ulla"`, p.Text())
	}
	for _, path := range []string{disable, remove, enable, "/account/password", "/account/recovery-codes"} {
		if p := b.Post(path, "move", "1"); !strings.HasPrefix(p.Path, "/confirm") && !p.Has("Confirm that it is you") {
			t.Errorf("%s without a code: %s", path, p.Path)
		}
	}
	if c.Account(c.user.ID).TwoFactor != portico.TwoFactorEnabled {
		t.Error("2FA is off")
	}
}

// TestC13_StepUpNotSatisfiedByRecoveryOrAge checks that a log-in by recovery
// code is no confirmation: it opens one change alone, the new authenticator in
// place of the lost one (TestC13_RescueIsExact). Another recovery code at
// /confirm is a confirmation.
func TestC13_StepUpNotSatisfiedByRecoveryOrAge(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	_, codes := c.enrol(t, c.as(c.user))
	b := c.pend(c.user)
	p := b.Post("/login/recovery", "recovery_code", codes[0])
	if p.Path != "/account?done=recovered" || !p.Has("9 recovery codes left") {
		t.Fatalf(`POST /login/recovery: got %s %s, want path "/account?done=recovered", the text "9 recovery codes left"`, p.Path, p.Text())
	}
	for _, path := range []string{disable, remove, "/account/password", "/account/profile", "/account/recovery-codes"} {
		if p := b.Post(path, "move", "1"); !strings.HasPrefix(p.Path, "/confirm") && !p.Has("Confirm that it is you") {
			t.Errorf("%s right after a recovery code: %s", path, p.Path)
		}
	}
	if p := b.Post("/confirm", "password", porticotest.Password, "recovery_code", codes[0]); p.Status != 422 {
		t.Errorf("the same code confirms: %d", p.Status)
	}
	c.Clock.Advance(portico.ConfirmationTTL)
	p = b.Fill(b.Post(enable, "move", "1"), "Confirm", "Password", porticotest.Password, "Recovery code", codes[1])
	if p.TestID("setup-key") == "" {
		t.Errorf("moving to a new phone after another recovery code: %s", p.Text())
	}
}

// TestC13_PolicyBlocksSelfRemoval checks that from the date on which 2FA is
// required, people can neither disable nor delete it, whatever they prove. They
// can move to a new phone.
func TestC13_PolicyBlocksSelfRemoval(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	key := c.Enrol(c.user)
	b := c.asWith(c.user, key)
	c.decide(t, c.acme.ID, from(c.Clock.Now().Add(time.Minute)))
	if p := b.Get("/account"); !strings.Contains(p.Body, `action="`+disable+`"`) || p.Has("cannot be switched off") {
		t.Errorf("before the day: %s", p.Text())
	}
	c.Clock.Advance(time.Minute)
	p := b.Get("/account")
	if p.Switch() != "true" || strings.Contains(p.Body, disable) || strings.Contains(p.Body, remove) || !p.Has("Acme Telecom requires it, so it cannot be switched off.") {
		t.Errorf("the Account page: %s", p.Text())
	}
	for _, path := range []string{disable, remove} {
		if p := b.Post(path); p.Status != 403 || !p.Has("Two Factor Authentication is required, so") || c.Account(c.user.ID).TwoFactor != portico.TwoFactorEnabled {
			t.Errorf(`%s: %d %s, want status 403, the text "Two Factor Authentication is required, so", c.Account(c.user.ID).TwoFactor %v`, path, p.Status, p.Text(), portico.TwoFactorEnabled)
		}
	}
	if p := b.Get(remove); p.Path != "/account" {
		t.Errorf("the trash can's page: %s", p.Path)
	}
	if own := c.asWith(c.admin, c.Enrol(c.admin)).Get(access); own.Row("alice") == "" || own.RowLink("alice", "Delete 2FA setup") != "" {
		t.Errorf("the list: %s", own.Row("alice"))
	}
	next := keyOn(t, b.Fill(p, "Move to a new phone"))
	if p := b.Post(confirm, "code", c.Code(next, 0)); p.Path != "/account?done=moved" {
		t.Errorf("moving: %s %s", p.Path, p.Text())
	}
	// An exempt person may decide until the exemption ends.
	must(t, c.Users.Exempt(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID, c.Clock.Now().Add(time.Hour), "x"))
	if p := b.Post(disable); p.TwoFactorStatus() != "Disabled" {
		t.Errorf("exempt: %s", p.Text())
	}
}

// TestC13_ChangesConfirmNothing checks that a change made with a recent
// confirmation does not prolong that confirmation.
func TestC13_ChangesConfirmNothing(t *testing.T) {
	c := newFixture(t)
	b := c.as(c.user)
	c.Clock.Advance(portico.ConfirmationTTL - time.Second)
	if p := b.Post("/account/password", "password", porticotest.Password, "new_password", "seven quiet rivers meet"); p.Path != "/account?done=password-changed" {
		t.Fatalf(`POST /account/password: got %s, want path "/account?done=password-changed"`, p.Text())
	}
	c.Clock.Advance(time.Second)
	if p := b.Get("/account/profile"); !strings.HasPrefix(p.Path, "/confirm") {
		t.Errorf("the change stands for a confirmation: %s", p.Path)
	}
}

// TestC13_ServicesAskForConfirmationToo checks that the services ask for a
// confirmation too, and do not rely on the guards of the pages.
func TestC13_ServicesAskForConfirmationToo(t *testing.T) {
	c := newFixture(t)
	c.Enrol(c.admin)
	b := c.as(c.user)
	ses, err := c.Auth.Authenticate(t.Context(), auth.Visit{SessionToken: b.Cookie("portico_session")})
	must(t, err)
	c.Clock.Advance(portico.ConfirmationTTL)
	for name, do := range map[string]func() error{
		"set up":         func() error { return c.Auth.BeginSetup(t.Context(), ses) },
		"add":            func() error { return c.Auth.BeginAdding(t.Context(), ses) },
		"move":           func() error { return c.Auth.BeginMove(t.Context(), ses, "") },
		"rename one":     func() error { return c.Auth.RenameAuthenticator(t.Context(), ses, "one", "Phone") },
		"delete one":     func() error { _, err := c.Auth.DeleteAuthenticator(t.Context(), ses, "one"); return err },
		"disable":        func() error { _, err := c.Auth.Disable(t.Context(), ses); return err },
		"delete":         func() error { _, err := c.Auth.DeleteTwoFactor(t.Context(), ses); return err },
		"recovery codes": func() error { return c.Auth.RenewRecovery(t.Context(), ses) },
		"password": func() error {
			_, err := c.Auth.ChangePassword(t.Context(), ses, porticotest.Password, "seven quiet rivers meet")
			return err
		},
	} {
		if err := do(); !portico.Forbidden.Is(err) {
			t.Errorf("%s: %v, want the error portico.Forbidden", name, err)
		}
	}
}

// TestC13_WeakeningNeedsConfirmation checks that ten minutes after password and
// code, every change of protection asks for both again and then continues.
func TestC13_WeakeningNeedsConfirmation(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	key := c.Enrol(c.user)
	b := c.Client()
	b.Login("ulla", porticotest.Password, c.Code(key, 0))
	c.Clock.Advance(portico.ConfirmationTTL)
	for _, path := range []string{enable, disable, remove, "/account/password", "/account/profile"} {
		if p := b.Post(path); !strings.HasPrefix(p.Path, "/confirm?next=") {
			t.Errorf("%s without confirmation: %s", path, p.Path)
		}
	}
	if a := c.Account(c.user.ID); a.TwoFactor != portico.TwoFactorEnabled || a.Epoch != 1 {
		t.Fatalf("something was changed: %+v", a)
	}
	token := b.Cookie("portico_session")
	p := b.Post(disable)
	for name, typed := range map[string][2]string{
		"wrong password": {"not the password at all", c.Code(key, 0)},
		"wrong code":     {porticotest.Password, c.Code(key, 7)},
		"no code":        {porticotest.Password, ""},
		"nothing":        {"", ""},
	} {
		if p := b.Fill(p, "Confirm", "Password", typed[0], "Enter the code here", typed[1]); p.Status != 422 || p.Alert() == "" {
			t.Errorf("%s: %d %s, want status 422, some p.Alert()", name, p.Status, p.Text())
		}
	}
	// The change continues by itself.
	p = b.Fill(p, "Confirm", "Password", porticotest.Password, "Enter the code here", c.Code(key, 0))
	if p.TwoFactorStatus() != "Disabled" {
		t.Fatalf("after confirming: %s", p.Text())
	}
	if b.Cookie("portico_session") == token {
		t.Error("C17: the token stays after a confirmation")
	}
	old := c.Client()
	old.SetCookie("portico_session", token)
	if !denied(try(old, "GET", "/account")) {
		t.Error("C17: the old token goes on")
	}
	// C07 LoginCodeReusedForDelete: log-in and confirmation share the used time
	// steps.
	c2 := newFixture(t)
	key = c2.Enrol(c2.user)
	code := c2.Code(key, 0)
	b = c2.Client()
	b.Login("ulla", porticotest.Password, code)
	if p := b.Post("/confirm", "password", porticotest.Password, "code", code, "next", remove); !strings.Contains(p.Alert(), "already used") {
		t.Errorf("the log-in's code confirms: %s", p.Text())
	}
}
