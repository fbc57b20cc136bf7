package web_test

import (
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
)

func TestC12_SetupDeniedWhilePending(t *testing.T) {
	c := newFixture(t)
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
	c := newFixture(t)
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
	c := newFixture(t)
	b := c.as(c.user)
	first := keyOn(t, b.Fill(b.Get("/account"), "Two Factor Authentication"))
	for range 3 {
		if string(keyOn(t, b.Get(enable))) != string(first) {
			t.Error("another key on reload")
		}
	}
}

func TestC12_ConfirmWrongCodeDoesNotEnable(t *testing.T) {
	c := newFixture(t)
	b := c.as(c.user)
	key := keyOn(t, b.Fill(b.Get("/account"), "Two Factor Authentication"))
	p := b.Post(confirm, "code", c.wrongCode(key))
	if p.Status != 422 || string(keyOn(t, p)) != string(key) || c.Account(c.user.ID).TwoFactor != portico.TwoFactorNone {
		t.Errorf("POST %v: got %d, want status 422, string(keyOn(t, p)) %v, c.Account(c.user.ID).TwoFactor %v", confirm, p.Status, string(key), portico.TwoFactorNone)
	}
}

func TestC12_ConfirmAfterTTL(t *testing.T) {
	c := newFixture(t)
	b := c.as(c.user)
	key := keyOn(t, b.Fill(b.Get("/account"), "Two Factor Authentication"))
	c.Clock.Advance(portico.EnrolmentTTL)
	if b.Post(confirm, "code", c.Code(key, 0)); c.Account(c.user.ID).TwoFactor != portico.TwoFactorNone {
		t.Error("enabled after its time")
	}
}

// TestC12_TwoTabsSetupFirstDeterministic checks that two tabs of a session show
// one key, and that the first code enables it for both.
func TestC12_TwoTabsSetupFirstDeterministic(t *testing.T) {
	c := newFixture(t)
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
	c := newFixture(t)
	stolen, b := c.as(c.user), c.as(c.user)
	c.enrol(t, b)
	if isLoggedIn(stolen) || !isLoggedIn(b) {
		t.Errorf("stolen %v, own %v", isLoggedIn(stolen), isLoggedIn(b))
	}
}

// TestC12_PendingSecretBoundToSession checks that an enrolment belongs to one
// session, expires after ten minutes, and changes nothing without its code.
func TestC12_PendingSecretBoundToSession(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	one, two := c.as(c.user), c.as(c.user)
	k1 := keyOn(t, one.Fill(one.Get("/account"), "Two Factor Authentication"))
	k2 := keyOn(t, two.Fill(two.Get("/account"), "Two Factor Authentication"))
	if string(k1) == string(k2) {
		t.Fatal("two sessions share a set-up")
	}
	if p := two.Post(confirm, "code", c.Code(k1, 0)); p.Status != 422 {
		t.Errorf("another session's key is confirmed: %d", p.Status)
	}
	if p := c.as(c.admin).Post(confirm, "code", c.Code(k1, 0)); p.Path != "/account?done=setup-over" {
		t.Errorf("another person's key is confirmed: %s", p.Path)
	}
	// The first session to confirm wins, and the other session ends.
	if p := one.Post(confirm, "code", c.Code(k1, 0)); p.TwoFactorStatus() != "Enabled" {
		t.Fatalf(`POST %v: got %s, want p.TwoFactorStatus() "Enabled"`, confirm, p.Text())
	}
	if !denied(try(two, "POST", confirm)) {
		t.Error("C12 EnableRevokesOtherSessions: the other session goes on")
	}

	late := newFixture(t)
	b := late.as(late.user)
	key := keyOn(t, b.Fill(b.Get("/account"), "Two Factor Authentication"))
	late.Clock.Advance(portico.EnrolmentTTL)
	if p := b.Post(confirm, "code", late.Code(key, 0)); p.Path != "/account?done=setup-over" || p.TwoFactorStatus() != "Not enabled" {
		t.Errorf("after its time: %s", p.Text())
	}
	// Pressed twice: the page does not say that nothing came of it.
	twice := newFixture(t)
	b = twice.as(twice.user)
	key, _ = twice.enrol(t, b)
	if p := b.Post(confirm, "code", twice.Code(key, 0)); !p.Has("it was finished already") || p.TwoFactorStatus() != "Enabled" {
		t.Errorf("a second time: %s", p.Text())
	}
}

// TestC12_AbandonedSetupKeepsOldFactor checks that the old authenticator stays
// valid until the move to a new phone is finished.
func TestC12_AbandonedSetupKeepsOldFactor(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	old := c.Enrol(c.user)
	b := c.Client()
	b.Login("ulla", porticotest.Password, c.Code(old, 0))
	p := b.Fill(b.Get("/account"), "Move to a new phone")
	fresh := keyOn(t, p)
	if string(fresh) == string(old) {
		t.Fatal("the active key is shown")
	}
	if p.TwoFactorStatus() != "Enabled" {
		t.Errorf("status %s while moving", p.TwoFactorStatus())
	}
	b.Post(confirm, "code", c.Code(fresh, 9))
	c.Clock.Advance(time.Minute)
	if p := c.Client().Login("ulla", porticotest.Password, c.Code(old, 0)); !p.Has("Hello Ulla") {
		t.Errorf("the old phone: %s", p.Text())
	}
	if p := c.Client().Login("ulla", porticotest.Password, c.Code(fresh, 0)); p.Has("Hello Ulla") {
		t.Error("the new phone counts before it was proved")
	}
	if p := b.Post(confirm, "code", c.Code(fresh, 0)); p.Path != "/account?done=moved" {
		t.Fatalf(`POST %v: got %s %s, want path "/account?done=moved"`, confirm, p.Path, p.Text())
	}
	c.Clock.Advance(time.Minute)
	if p := c.Client().Login("ulla", porticotest.Password, c.Code(old, 0)); p.Has("Hello Ulla") {
		t.Error("the old phone goes on to count")
	}
}
