package web_test

import (
	"context"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/store"
)

func TestC13_ReenableNeedsCode(t *testing.T) {
	c := newFixture(t)
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
		t.Errorf(`pressing "Submit": got %s, want p.TwoFactorStatus() "Enabled"`, p.Text())
	}
}

func TestC13_ReenableKeepsSecretAndLastStep(t *testing.T) {
	c := newFixture(t)
	key := c.Enrol(c.user)
	b := c.asWith(c.user, key)
	authenticator := func() store.Authenticator { return c.Authenticators(c.user)[0] }
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
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.allowRemembering(t)
	b := c.as(c.user)
	key, codes := c.enrol(t, b)
	c.Clock.Advance(30 * time.Second)
	remembered := c.rememberedBy(t, key)
	b.Post(remove)
	r := c.DB.Read(context.Background())
	if len(c.Authenticators(c.user)) > 0 {
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
	if n.Post("/login/recovery", "recovery_code", codes[0]); isLoggedIn(n) {
		t.Error("a recovery code of the old setup")
	}
	_ = fresh
}

func TestC13_OldSecretDeadAfterReenrol(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.user)
	old, _ := c.enrol(t, b)
	b.Post(remove)
	c.enrol(t, b)
	c.Clock.Advance(time.Minute)
	n := c.pend(c.user)
	if n.Post("/login/code", "code", c.Code(old, 0)); isLoggedIn(n) {
		t.Error("the old key counts")
	}
}

// TestC13_OldSecretDeadAfterMoving checks that the first code of the new phone
// replaces the old key, and that the new key is rejected before that.
func TestC13_OldSecretDeadAfterMoving(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	old := c.Enrol(c.user)
	b := c.asWith(c.user, old)
	b.Post(enable, "move", "1")
	fresh := keyOn(t, b.Get(enable))
	c.Clock.Advance(time.Minute)
	n := c.pend(c.user)
	if n.Post("/login/code", "code", c.Code(fresh, 0)); isLoggedIn(n) {
		t.Error("the new key counts before its first code was typed")
	}
	b.Fill(b.Post(confirm, "code", c.Code(fresh, 0)), "I have saved my recovery codes")
	c.Clock.Advance(time.Minute)
	n = c.pend(c.user)
	if n.Post("/login/code", "code", c.Code(old, 0)); isLoggedIn(n) {
		t.Error("the old key counts")
	}
	if p := n.Post("/login/code", "code", c.Code(fresh, 0)); !p.Has("Hello Ulla") {
		t.Errorf("the new key: %s", p.Text())
	}
}
