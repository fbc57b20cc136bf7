package web_test

import (
	"strings"
	"testing"
	"time"
)

// TestOldPhonesCodeIsCalledSo checks that the code of the old phone, entered
// while moving to a new one, is told from a wrong code, and is not used up.
func TestOldPhonesCodeIsCalledSo(t *testing.T) {
	if testing.Short() {
		return // long
	}
	const want = "This is the code of your old phone"
	c := newFixture(t)
	old := c.Enrol(c.user)
	b := c.asWith(c.user, old)
	c.Clock.Advance(time.Minute)
	key := keyOn(t, b.Post(enable, "move", "1"))
	if p := b.Post(confirm, "code", c.wrongCode(key)); p.Status != 422 || strings.Contains(p.Alert(), want) {
		t.Errorf("a wrong code: got %d %q", p.Status, p.Alert())
	}
	for range 2 {
		if p := b.Post(confirm, "code", c.Code(old, 0)); p.Status != 422 || !strings.Contains(p.Alert(), want) || p.TestID("setup-key") == "" {
			t.Errorf("the old phone's code: got %d %q, want %q", p.Status, p.Alert(), want)
		}
	}
	if again := c.pend(c.user); again.Post("/login/code", "code", c.Code(old, 0)).Status != 200 || !isLoggedIn(again) {
		t.Error("the old phone's code was used up")
	}
	if p := b.Post(confirm, "code", c.Code(key, 0)); p.TwoFactorStatus() != "Enabled" {
		t.Errorf("the new phone's code: got %d %s", p.Status, p.Text())
	}
}

// TestC09_OldPhonesCodeIsThrottled checks that moving to a new phone is no
// unlimited way to try codes of the old one: wrong ones are counted, and once
// there are too many, the old phone's code is not told from others. The new
// phone's code still counts.
func TestC09_OldPhonesCodeIsThrottled(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	old := c.Enrol(c.user)
	b := c.asWith(c.user, old)
	key := keyOn(t, b.Post(enable, "move", "1"))
	for range 20 {
		b.Post(confirm, "code", c.wrongCode(old))
	}
	if p := b.Post(confirm, "code", c.Code(old, 0)); p.Status != 422 || strings.Contains(p.Alert(), "old phone") {
		t.Errorf("after 20 wrong codes: got %d %q, want the general answer", p.Status, p.Alert())
	}
	if p := b.Post(confirm, "code", c.Code(key, 0)); p.TwoFactorStatus() != "Enabled" {
		t.Errorf("the new phone's code: got %d %s", p.Status, p.Text())
	}
}
