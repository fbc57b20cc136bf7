package web_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/store"
)

// needsProof checks that a change is not made without a recent confirmation.
func needsProof(t *testing.T, change string, fields ...string) {
	t.Helper()
	c := newCast(t)
	key := c.Enrol(c.user)
	b := c.asWith(c.user, key)
	c.Clock.Advance(portico.ConfirmedTime)
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
func TestC13_DeleteNeedsCode(t *testing.T)  { needsProof(t, remove) }
func TestC13_PasswordChangeNeedsStepUp(t *testing.T) {
	needsProof(t, "/account/password", "password", porticotest.Password, "new_password", "seven quiet rivers meet")
}

func TestC13_NewRecoveryCodesNeedStepUp(t *testing.T) {
	c := newCast(t)
	key := c.Enrol(c.user)
	b := c.asWith(c.user, key)
	c.Clock.Advance(portico.ConfirmedTime)
	if p := b.Post("/account/recovery-codes"); !strings.HasPrefix(p.Path, "/confirm") || recoveryPattern.MatchString(p.Body) {
		t.Errorf("%s", p.Path)
	}
}

func TestC13_ReenableNeedsCode(t *testing.T) {
	c := newCast(t)
	key := c.EnrolDisabled(c.user)
	b := c.as(c.user)
	p := b.Fill(b.Get("/account"), "Two Factor Authentication")
	if c.Account(c.user.ID).TwoFactor != portico.TwoFactorDisabled {
		t.Fatal("enabled without a code")
	}
	if p := b.Fill(p, "Submit", "Enter the code here", c.wrongCode(key)); p.Status != 422 || c.Account(c.user.ID).TwoFactor != portico.TwoFactorDisabled {
		t.Errorf("a wrong code: %d", p.Status)
	}
	if p := b.Fill(p, "Submit", "Enter the code here", c.Code(key, 0)); p.TwoFactorStatus() != "Enabled" {
		t.Errorf("%s", p.Text())
	}
}

func TestC13_ReenableKeepsSecretAndLastStep(t *testing.T) {
	c := newCast(t)
	key := c.Enrol(c.user)
	b := c.asWith(c.user, key)
	authenticator := func() (f store.Authenticator) {
		var err error
		f, err = c.DB.Read(context.Background()).Authenticator(c.user.ID)
		must(t, err)
		return f
	}
	before := authenticator()
	b.Post(disable)
	if off := authenticator(); off.LastStep != before.LastStep || off.Enabled || string(off.Secret) != string(before.Secret) {
		t.Errorf("disabled: %+v", off)
	}
	c.Clock.Advance(30 * time.Second)
	b.Post(enable)
	b.Post(confirm, "code", c.Code(key, 0))
	if on := authenticator(); on.LastStep != before.LastStep+1 || !on.Enabled || string(on.Secret) != string(before.Secret) {
		t.Errorf("enabled again: %+v", on)
	}
}

// TestC13_DeleteErasesSecretCodesTrust checks that deleting a setup deletes the
// key, the recovery codes and the remembered devices, and that a new setup
// brings none of them back.
func TestC13_DeleteErasesSecretCodesTrust(t *testing.T) {
	c := newCast(t)
	c.allowRemembering(t)
	b := c.as(c.user)
	key, codes := c.enrol(t, b)
	c.Clock.Advance(30 * time.Second)
	remembered := c.rememberedBy(t, key)
	b.Post(remove)
	r := c.DB.Read(context.Background())
	if _, err := r.Authenticator(c.user.ID); err == nil {
		t.Error("the key stays")
	}
	if n, err := r.RecoveryCodesLeft(c.user.ID); n != 0 || err != nil {
		t.Errorf("%d recovery codes stay: %v", n, err)
	}
	fresh, _ := c.enrol(t, b)
	if p := remembered.Login("ulla", porticotest.Password, ""); !p.Has("Enter your code") {
		t.Errorf("a browser that was remembered for the old setup: %s", p.Text())
	}
	n := c.pend(c.user)
	if n.Post("/login/recovery", "recovery_code", codes[0]); in(n) {
		t.Error("a recovery code of the old setup")
	}
	_ = fresh
}

func TestC13_OldSecretDeadAfterReenrol(t *testing.T) {
	c := newCast(t)
	b := c.as(c.user)
	old, _ := c.enrol(t, b)
	b.Post(remove)
	c.enrol(t, b)
	c.Clock.Advance(time.Minute)
	n := c.pend(c.user)
	if n.Post("/login/code", "code", c.Code(old, 0)); in(n) {
		t.Error("the old key counts")
	}
}

// TestC13_OldSecretDeadAfterMoving checks that the first code of the new phone
// replaces the old key, and that the new key is rejected before that.
func TestC13_OldSecretDeadAfterMoving(t *testing.T) {
	c := newCast(t)
	old := c.Enrol(c.user)
	b := c.asWith(c.user, old)
	b.Post(enable, "move", "1")
	fresh := keyOn(t, b.Get(enable))
	c.Clock.Advance(time.Minute)
	n := c.pend(c.user)
	if n.Post("/login/code", "code", c.Code(fresh, 0)); in(n) {
		t.Error("the new key counts before its first code was typed")
	}
	b.Post(confirm, "code", c.Code(fresh, 0))
	c.Clock.Advance(time.Minute)
	n = c.pend(c.user)
	if n.Post("/login/code", "code", c.Code(old, 0)); in(n) {
		t.Error("the old key counts")
	}
	if p := n.Post("/login/code", "code", c.Code(fresh, 0)); !p.Has("Hello Ulla") {
		t.Errorf("the new key: %s", p.Text())
	}
}

// TestC13_StepUpNotSatisfiedByRememberedBrowser checks that a remembered
// device, which skips the code at log-in, must confirm with a code before
// anything is weakened.
func TestC13_StepUpNotSatisfiedByRememberedBrowser(t *testing.T) {
	c := newCast(t)
	c.allowRemembering(t)
	key := c.Enrol(c.user)
	b := c.rememberedBy(t, key)
	if p := b.Login("ulla", porticotest.Password, ""); !p.Has("Hello Ulla") {
		t.Fatal(p.Text())
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
// code is no confirmation. Another recovery code at /confirm is one, so that a
// lost phone can be replaced.
func TestC13_StepUpNotSatisfiedByRecoveryOrAge(t *testing.T) {
	c := newCast(t)
	_, codes := c.enrol(t, c.as(c.user))
	b := c.pend(c.user)
	p := b.Post("/login/recovery", "recovery_code", codes[0])
	if p.Path != "/account?done=recovered" || !p.Has("9 recovery codes left") {
		t.Fatalf("%s %s", p.Path, p.Text())
	}
	for _, path := range []string{disable, remove, enable, "/account/password", "/account/recovery-codes"} {
		if p := b.Post(path, "move", "1"); !strings.HasPrefix(p.Path, "/confirm") && !p.Has("Confirm that it is you") {
			t.Errorf("%s right after a recovery code: %s", path, p.Path)
		}
	}
	if p := b.Post("/confirm", "password", porticotest.Password, "recovery_code", codes[0]); p.Status != 422 {
		t.Errorf("the same code confirms: %d", p.Status)
	}
	p = b.Fill(b.Post(enable, "move", "1"), "Confirm", "Password", porticotest.Password, "Recovery code", codes[1])
	if p.TestID("setup-key") == "" {
		t.Errorf("moving to a new phone after a recovery code: %s", p.Text())
	}
}

// TestC13_PolicyBlocksSelfRemoval checks that from the date on which 2FA is
// required, people can neither disable nor delete it, whatever they prove. They
// can move to a new phone.
func TestC13_PolicyBlocksSelfRemoval(t *testing.T) {
	c := newCast(t)
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
		if p := b.Post(path); p.Status != 403 || !p.Has("Two Factor Authentication is required here") || c.Account(c.user.ID).TwoFactor != portico.TwoFactorEnabled {
			t.Errorf("%s: %d %s", path, p.Status, p.Text())
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
	c := newCast(t)
	b := c.as(c.user)
	c.Clock.Advance(portico.ConfirmedTime - time.Second)
	if p := b.Post("/account/password", "password", porticotest.Password, "new_password", "seven quiet rivers meet"); p.Path != "/account?done=password-changed" {
		t.Fatal(p.Text())
	}
	c.Clock.Advance(time.Second)
	if p := b.Get("/account/profile"); !strings.HasPrefix(p.Path, "/confirm") {
		t.Errorf("the change stands for a confirmation: %s", p.Path)
	}
}
