package web_test

import (
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/auth"
	"portico/internal/porticotest"
	"portico/internal/store"
)

// leaveCodes uses up recovery codes until n are left.
func (c *fixture) leaveCodes(t *testing.T, codes []string, n int) {
	t.Helper()
	for _, code := range codes[n:] {
		must(t, c.DB.Update(t.Context(), portico.CommandLine(), func(tx *store.Tx) error {
			_, err := tx.UseRecoveryCode(c.user.ID, store.HashToken(strings.ReplaceAll(code, "-", "")))
			return err
		}))
	}
}

// TestC13_LastRecoveryCodeReplacesTheAuthenticator checks that a log-in by the
// last recovery code leads to a new authenticator and to new recovery codes,
// without another code.
func TestC13_LastRecoveryCodeReplacesTheAuthenticator(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	old, codes := c.enrol(t, c.as(c.user))
	c.leaveCodes(t, codes, 1)
	b := c.pend(c.user)
	p := b.Post("/login/recovery", "recovery_code", codes[0])
	if !p.Has("You have no recovery codes left") || !p.Has("Set up a new phone") {
		t.Fatalf("after the log-in by the last code: %s", p.Text())
	}
	p = b.Fill(p, "Move to a new phone")
	if p.TestID("setup-key") == "" {
		t.Fatalf("moving to a new phone after the last code: got %s %s, want a key", p.Path, p.Text())
	}
	key := keyOn(t, p)
	p = b.Post(confirm, "code", c.Code(key, 0))
	fresh := recoveryPattern.FindAllString(p.Body, -1)
	if len(fresh) != portico.RecoveryCodes || p.TwoFactorStatus() != "Enabled" {
		t.Fatalf("after the code of the new phone: got %d recovery codes, %s", len(fresh), p.Text())
	}
	b.Fill(p, "I have saved my recovery codes")
	c.Clock.Advance(time.Hour)
	if again := c.pend(c.user); again.Post("/login/code", "code", c.Code(old, 0)).Status != 422 || isLoggedIn(again) {
		t.Error("the lost phone's code still works")
	}
	if again := c.pend(c.user); again.Post("/login/code", "code", c.Code(key, 0)).Status != 200 || !isLoggedIn(again) {
		t.Error("the new phone's code does not work")
	}
	if again := c.pend(c.user); again.Post("/login/recovery", "recovery_code", fresh[3]).Status != 200 || !isLoggedIn(again) {
		t.Error("a new recovery code does not work")
	}
	var told []string
	for _, m := range c.Mails("ulla@example.com") {
		told = append(told, m.Subject)
	}
	for _, want := range []string{"A recovery code was used", "Two-factor authentication was moved to a new phone", "New recovery codes were made"} {
		if !strings.Contains(strings.Join(told, "\n"), want) {
			t.Errorf("mails: got %q, want one %q", told, want)
		}
	}
}

// TestC13_RescueReplacesTheCodes checks that moving after a log-in by recovery
// code replaces those that are left: the lost ones may have been found.
func TestC13_RescueReplacesTheCodes(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	_, codes := c.enrol(t, c.as(c.user))
	b := c.pend(c.user)
	p := b.Fill(b.Post("/login/recovery", "recovery_code", codes[0]), "Move to a new phone")
	p = b.Post(confirm, "code", c.Code(keyOn(t, p), 0))
	if n := len(recoveryPattern.FindAllString(p.Body, -1)); n != portico.RecoveryCodes {
		t.Fatalf("got %d recovery codes, want %d: %s", n, portico.RecoveryCodes, p.Text())
	}
	if again := c.pend(c.user); again.Post("/login/recovery", "recovery_code", codes[1]).Status != 422 || isLoggedIn(again) {
		t.Error("a code of the lost authenticator still works")
	}
}

// TestRescueOffersWhatNeedsNoCode checks that after a log-in by recovery code, Account
// offers the move of a lost app and nothing that asks for a code of it, and what it offers
// otherwise once a second recovery code has confirmed who it is, or ten minutes later.
func TestRescueOffersWhatNeedsNoCode(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	_, codes := c.enrol(t, c.as(c.user))
	offers := func(when string, b *porticotest.Client, adds bool) {
		t.Helper()
		p := b.Get("/account")
		if p.Has("Add an authenticator app") != adds || p.Has("Add a passkey") != adds || !p.Has("Move to a new phone") {
			t.Errorf("%s: %s", when, p.Text())
		}
	}
	b := c.pend(c.user)
	b.Post("/login/recovery", "recovery_code", codes[0])
	offers("with recovery codes left", b, false)
	b.Post("/confirm", "password", porticotest.Password, "recovery_code", codes[1], "next", "/account")
	offers("once it is confirmed", b, true)

	c.leaveCodes(t, codes[2:], 1)
	b = c.pend(c.user)
	b.Post("/login/recovery", "recovery_code", codes[2])
	offers("without recovery codes", b, false)
	if p := b.Post("/account/authenticators"); !p.Has("Confirm that it is you") || p.Has("Recovery code") || !p.Has("Move to a new phone first") {
		t.Errorf("adding one: %s", p.Text())
	}
	c.Clock.Advance(portico.ConfirmationTTL)
	offers("ten minutes later", b, true)
}

// TestC13_RescueIsExact checks what the log-in by a recovery code does not
// open: anything but the new authenticator, anything after ten minutes, another
// new authenticator after the first, and anything in other sessions.
func TestC13_RescueIsExact(t *testing.T) {
	asks := func(p *porticotest.Page) bool {
		return strings.HasPrefix(p.Path, "/confirm") || p.Has("Confirm that it is you")
	}
	recovered := func(t *testing.T) (*fixture, *porticotest.Client, []string) {
		c := newFixture(t)
		_, codes := c.enrol(t, c.as(c.user))
		b := c.pend(c.user)
		if b.Post("/login/recovery", "recovery_code", codes[0]); !isLoggedIn(b) {
			t.Fatal("the recovery code does not log in")
		}
		return c, b, codes
	}
	t.Run("nothing else", func(t *testing.T) {
		c, b, _ := recovered(t)
		epoch := c.Account(c.user.ID).Epoch
		for _, path := range []string{disable, remove, enable, "/account/password", "/account/profile", "/account/recovery-codes"} {
			if p := b.Post(path); !asks(p) {
				t.Errorf("POST %s: got %s %s, want the confirmation", path, p.Path, p.Text())
			}
		}
		ses, err := c.Auth.Authenticate(t.Context(), auth.Visit{SessionToken: b.Cookie("portico_session")})
		must(t, err)
		if ses.Fresh {
			t.Error("the session counts as confirmed")
		}
		for name, do := range map[string]func() error{
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
		if a := c.Account(c.user.ID); a.TwoFactor != portico.TwoFactorEnabled || a.Epoch != epoch {
			t.Errorf("something was changed: %+v", a)
		}
	})
	t.Run("ten minutes", func(t *testing.T) {
		c, b, _ := recovered(t)
		c.Clock.Advance(portico.ConfirmationTTL)
		if p := b.Get("/account"); p.Has("Set up a new phone") {
			t.Errorf("the page still offers it: %s", p.Text())
		}
		if p := b.Post(enable, "move", "1"); !asks(p) {
			t.Errorf("after ten minutes: got %s %s, want the confirmation", p.Path, p.Text())
		}
	})
	t.Run("just within ten minutes", func(t *testing.T) {
		c, b, _ := recovered(t)
		c.Clock.Advance(portico.ConfirmationTTL - time.Second)
		if p := b.Post(enable, "move", "1"); p.TestID("setup-key") == "" {
			t.Errorf("got %s %s, want a key", p.Path, p.Text())
		}
	})
	t.Run("once", func(t *testing.T) {
		c, b, _ := recovered(t)
		p := b.Post(enable, "move", "1")
		if p := b.Post(confirm, "code", c.Code(keyOn(t, p), 0)); p.TwoFactorStatus() != "Enabled" {
			t.Fatalf("the code of the new phone: %s", p.Text())
		}
		for _, path := range []string{enable, disable, remove, "/account/recovery-codes"} {
			if p := b.Post(path, "move", "1"); !asks(p) {
				t.Errorf("POST %s after the move: got %s %s, want the confirmation", path, p.Path, p.Text())
			}
		}
	})
	t.Run("other sessions", func(t *testing.T) {
		c, _, codes := recovered(t)
		c.allowRemembering(t)
		c.Clock.Advance(time.Hour)
		b := c.pend(c.user)
		b.Post("/login/recovery", "recovery_code", codes[1])
		other := c.pend(c.user)
		other.Post("/login/recovery", "recovery_code", codes[2])
		c.Clock.Advance(portico.ConfirmationTTL)
		c.pend(c.user).Post("/login/recovery", "recovery_code", codes[3])
		for _, b := range []*porticotest.Client{b, other} {
			if p := b.Post(enable, "move", "1"); !asks(p) {
				t.Errorf("another session's log-in opens it: %s %s", p.Path, p.Text())
			}
		}
	})
}
