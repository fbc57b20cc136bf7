package web_test

import (
	"testing"

	"portico"
)

func TestC12_SetupDeniedWhilePending(t *testing.T) {
	c := newCast(t)
	c.Enrol(c.user)
	b := c.pend(c.user)
	for _, path := range []string{enable, confirm, disable, remove} {
		if !denied(try(b, "POST", path)) {
			t.Errorf("POST %s", path)
		}
	}
	if !denied(try(b, "GET", enable)) {
		t.Error("the set-up page")
	}
}

func TestC12_SetupNeverShowsActiveSecret(t *testing.T) {
	c := newCast(t)
	key := c.Enrol(c.user)
	b := c.asWith(c.user, key)
	for _, move := range []string{"", "1"} {
		b.Post(enable, "move", move)
		p := b.Get(enable)
		if p.TestID("setup-key") != "" && string(keyOn(t, p)) == string(key) {
			t.Errorf("move %q shows the active key", move)
		}
	}
	// Enabling a kept key shows no key.
	b.Post(disable)
	if p := b.Fill(b.Get("/account"), "Two Factor Authentication"); p.TestID("setup-key") != "" || p.Has("QR code") {
		t.Error("the kept key is shown")
	}
}

func TestC12_SetupIdempotentOnReload(t *testing.T) {
	c := newCast(t)
	b := c.as(c.user)
	first := keyOn(t, b.Fill(b.Get("/account"), "Two Factor Authentication"))
	for range 3 {
		if string(keyOn(t, b.Get(enable))) != string(first) {
			t.Error("another key on reload")
		}
	}
}

func TestC12_ConfirmWrongCodeDoesNotEnable(t *testing.T) {
	c := newCast(t)
	b := c.as(c.user)
	key := keyOn(t, b.Fill(b.Get("/account"), "Two Factor Authentication"))
	p := b.Post(confirm, "code", c.wrongCode(key))
	if p.Status != 422 || string(keyOn(t, p)) != string(key) || c.Account(c.user.ID).TwoFactor != portico.TwoFactorNone {
		t.Errorf("%d", p.Status)
	}
}

func TestC12_ConfirmAfterTTL(t *testing.T) {
	c := newCast(t)
	b := c.as(c.user)
	key := keyOn(t, b.Fill(b.Get("/account"), "Two Factor Authentication"))
	c.Clock.Advance(portico.SetupTime)
	if b.Post(confirm, "code", c.Code(key, 0)); c.Account(c.user.ID).TwoFactor != portico.TwoFactorNone {
		t.Error("enabled after its time")
	}
}

// TestC12_TwoTabsSetupFirstDeterministic checks that two tabs of a session show
// one key, and that the first code enables it for both.
func TestC12_TwoTabsSetupFirstDeterministic(t *testing.T) {
	c := newCast(t)
	b := c.as(c.user)
	one := keyOn(t, b.Fill(b.Get("/account"), "Two Factor Authentication"))
	two := keyOn(t, b.Fill(b.Get("/account"), "Two Factor Authentication"))
	if string(one) != string(two) {
		t.Fatal("two keys")
	}
	b.Post(confirm, "code", c.Code(one, 0))
	if p := b.Post(confirm, "code", c.Code(one, 1)); p.TwoFactorStatus() != "Enabled" {
		t.Errorf("the second tab: %s", p.Text())
	}
}

func TestC12_EnableRevokesOtherSessions(t *testing.T) {
	c := newCast(t)
	stolen, b := c.as(c.user), c.as(c.user)
	c.enrol(t, b)
	if in(stolen) || !in(b) {
		t.Errorf("stolen %v, own %v", in(stolen), in(b))
	}
}
