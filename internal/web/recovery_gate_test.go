package web_test

import (
	"strings"
	"testing"

	"portico"
	"portico/internal/porticotest"
)

// TestRecoveryGateIsNotPassedBy checks that people who leave the page of the new
// recovery codes are told so on Start and Account, and led back to the gate by
// the next log-in, until they say that the codes are saved.
func TestRecoveryGateIsNotPassedBy(t *testing.T) {
	if testing.Short() {
		return // long
	}
	const unsaved = "You have not confirmed that you saved your recovery codes"
	c := newFixture(t)
	b := c.as(c.user)
	key := keyOn(t, b.Fill(b.Get("/account"), "Two Factor Authentication"))
	b.Post(confirm, "code", c.Code(key, 0))
	if p := b.Get("/"); !p.Has(unsaved) {
		t.Errorf("Start before the gate: got %s, want %q", p.Text(), unsaved)
	}
	b.Post("/logout")

	p := b.Login("ulla", porticotest.Password, c.Code(key, 1))
	if !p.Has(unsaved) || !strings.HasPrefix(p.Path, "/account/recovery-codes") {
		t.Fatalf("the next log-in: got %s %s, want the gate", p.Path, p.Text())
	}
	for _, path := range []string{"/", "/account"} {
		if p := b.Get(path); !p.Has(unsaved) || p.Has("You have 10 recovery codes left") {
			t.Errorf("%s: got %s, want %q", path, p.Text(), unsaved)
		}
	}
	p = b.Fill(p, "Make new recovery codes")
	if n := len(recoveryPattern.FindAllString(p.Body, -1)); n != portico.RecoveryCodes {
		t.Fatalf("making new ones: got %d codes, %s", n, p.Text())
	}
	b.Post("/logout")

	c.Clock.Advance(portico.RecoveryShown)
	p = b.Login("ulla", porticotest.Password, c.Code(key, 0))
	p = b.Fill(p, "I have saved my recovery codes")
	if p.Has(unsaved) || !p.Has("You have 10 recovery codes left") {
		t.Errorf("after the gate: got %s", p.Text())
	}
	if p := b.Get("/"); p.Has(unsaved) {
		t.Errorf("Start after the gate: got %s", p.Text())
	}
	b.Post("/logout")
	c.Clock.Advance(portico.RecoveryShown)
	if p := b.Login("ulla", porticotest.Password, c.Code(key, 0)); !p.Has("Hello Ulla") {
		t.Errorf("the log-in after the gate: got %s %s, want Start", p.Path, p.Text())
	}
}

// TestRecoveryGateKeepsTheWay checks that the log-in leads on, past the gate, to
// the page that it was for.
func TestRecoveryGateKeepsTheWay(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.user)
	key := keyOn(t, b.Fill(b.Get("/account"), "Two Factor Authentication"))
	b.Post(confirm, "code", c.Code(key, 0))
	b.Post("/logout")
	b.Post("/login", "login_id", "ulla", "password", porticotest.Password, "next", "/account/sessions")
	p := b.Post("/login/code", "code", c.Code(key, 1), "next", "/account/sessions")
	if !strings.HasPrefix(p.Path, "/account/recovery-codes") {
		t.Fatalf("the log-in: got %s, want the gate", p.Path)
	}
	if p := b.Fill(b.Fill(p, "Make new recovery codes"), "I have saved my recovery codes"); !strings.HasPrefix(p.Path, "/account/sessions") {
		t.Errorf("after the gate: got %s, want /account/sessions", p.Path)
	}
}

// TestNoCodesLeft checks what the pages say to somebody without recovery codes.
func TestNoCodesLeft(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.user)
	_, codes := c.enrol(t, b)
	c.leaveCodes(t, codes, 0)
	p := b.Get("/account/recovery-codes")
	if p.Has("before the last is used") || p.Has("Each one lets you log in once") || !p.Has("You have no recovery codes left. Make new ones now") {
		t.Errorf("with no codes left: got %s", p.Text())
	}
	c.Clock.Advance(portico.ConfirmationTTL)
	if p := b.Get("/account/password"); p.Has("Use a recovery code instead") || !p.Has("ask an administrator to delete your 2FA setup") {
		t.Errorf("the confirmation with no codes left: got %s", p.Text())
	}
}
