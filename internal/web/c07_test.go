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

func TestC07_SameCodeTwice(t *testing.T) {
	c := newCast(t)
	key := c.Enrol(c.user)
	code := c.Code(key, 0)
	c.asWith(c.user, key)
	b := c.pend(c.user)
	if p := b.Post("/login/code", "code", code); !strings.Contains(p.Alert(), "already used") || in(b) {
		t.Errorf("%s", p.Text())
	}
}

// TestC07_OlderUnusedStepAfterNewer checks that an unused code is rejected
// after a newer one was used.
func TestC07_OlderUnusedStepAfterNewer(t *testing.T) {
	c := newCast(t)
	key := c.Enrol(c.user)
	older := c.Code(key, -1)
	c.asWith(c.user, key)
	b := c.pend(c.user)
	if p := b.Post("/login/code", "code", older); p.Status != 422 || in(b) {
		t.Errorf("%s", p.Text())
	}
	// Alternating between two codes must not work either. It would if the check
	// were that a code differs from the last one.
	for _, code := range []string{c.Code(key, 0), older, c.Code(key, 0)} {
		if b.Post("/login/code", "code", code); in(b) {
			t.Errorf("%s", code)
		}
	}
}

func TestC07_LoginCodeReusedForDelete(t *testing.T) {
	c := newCast(t)
	key := c.Enrol(c.user)
	code := c.Code(key, 0)
	b := c.asWith(c.user, key)
	if p := b.Post("/confirm", "password", porticotest.Password, "code", code, "next", remove); !strings.Contains(p.Alert(), "already used") {
		t.Errorf("%s", p.Text())
	}
}

func TestC07_ConfirmCodeReusedForLogin(t *testing.T) {
	c := newCast(t)
	key := c.Enrol(c.user)
	b := c.asWith(c.user, key)
	c.Clock.Advance(time.Minute)
	code := c.Code(key, 0)
	if p := b.Post("/confirm", "password", porticotest.Password, "code", code); p.Status != 200 {
		t.Fatal(p.Text())
	}
	n := c.pend(c.user)
	if p := n.Post("/login/code", "code", code); !strings.Contains(p.Alert(), "already used") || in(n) {
		t.Errorf("%s", p.Text())
	}
}

func TestC07_UsedStepSurvivesDisableEnable(t *testing.T) {
	c := newCast(t)
	key := c.Enrol(c.user)
	code := c.Code(key, 0)
	b := c.asWith(c.user, key)
	b.Post(disable)
	b.Post(enable)
	if p := b.Post(confirm, "code", code); !strings.Contains(p.Alert(), "already used") || c.Account(c.user.ID).TwoFactor == portico.TwoFactorEnabled {
		t.Errorf("%s", p.Text())
	}
}

// TestC07_SharedCodeOtherUserUnaffected checks that two people with the same
// key have separate used time steps.
func TestC07_SharedCodeOtherUserUnaffected(t *testing.T) {
	c := newCast(t)
	key := c.Enrol(c.user)
	c.Enrol(c.help)
	sealed, err := c.Auth.SealKey(c.help.ID, key)
	must(t, err)
	must(t, c.DB.Update(context.Background(), portico.CommandLine(), func(tx *store.Tx) error {
		return tx.PutAuthenticator(store.Authenticator{ID: "shared", UserID: c.help.ID, Kind: store.AuthenticatorTOTP, Secret: sealed, Enabled: true})
	}))
	c.asWith(c.user, key)
	c.asWith(c.help, key)
}

// TestC07_EnablingCodeReusedForLogin checks that the code which enabled 2FA
// counts as used.
func TestC07_EnablingCodeReusedForLogin(t *testing.T) {
	c := newCast(t)
	key, _ := c.enrol(t, c.as(c.user))
	n := c.pend(c.user)
	if p := n.Post("/login/code", "code", c.Code(key, 0)); !strings.Contains(p.Alert(), "already used") || in(n) {
		t.Errorf("%s", p.Text())
	}
}
