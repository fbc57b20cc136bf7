package web_test

import (
	"regexp"
	"strings"
	"testing"

	"portico"
	"portico/internal/porticotest"
)

// ofApps are words that mean nothing to somebody who has passkeys alone.
var ofApps = regexp.MustCompile(`(?i)\b(phones?|apps?|6.digit|(your|a|the) code)\b`)

// toEverybody are the texts with such words that are right for everybody: a button, the
// recommendation of a second authenticator, what may be cleaned up where, and a way out.
var toEverybody = strings.NewReplacer("Add an authenticator app", "", "add another passkey or an authenticator app, so that", "", "the app or the device", "", "Use another browser, or an authenticator app .", "")

// TestPasskeysAloneNeedNoApp walks the pages and reads the mails of somebody who has
// passkeys alone: none speaks of a phone, an app or a code of one.
func TestPasskeysAloneNeedNoApp(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	b := c.as(c.user)
	key := c.key(t)
	check := func(name, text string) {
		t.Helper()
		if found := ofApps.FindString(toEverybody.Replace(text)); found != "" {
			t.Errorf("%s speaks of %q: %s", name, found, text)
		}
	}
	page := func(p *porticotest.Page) *porticotest.Page {
		t.Helper()
		check(p.Path, p.Text())
		return p
	}
	page(b.Post(newPasskey, "passkey", string(key.Create(optionsOn(b.Get(newPasskey))))))
	page(b.Post("/account/recovery-codes/saved"))
	for _, path := range []string{"/", "/account", "/account/recovery-codes", "/account/two-factor/delete", "/account/sessions", newPasskey} {
		page(b.Get(path))
	}
	pending, options := c.pendWithPasskey(t)
	page(pending.Get("/login/code"))
	page(pending.Get("/login/recovery"))
	page(pending.Post("/login/passkey", "passkey", string(key.Get(options))))
	page(c.as(c.admin).Get(access + "/" + string(c.user.ID)))
	c.decide(t, c.acme.ID, from(c.Clock.Now()))
	page(b.Get("/account"))
	if p := b.Post("/account/two-factor/disable"); p.Status != 403 {
		t.Errorf("disabling where 2FA is required: %d", p.Status)
	} else {
		page(p)
	}
	c.decide(t, c.acme.ID, portico.Policy{})
	page(b.Post("/account/two-factor/disable"))
	page(b.Get("/"))
	page(b.Post("/account/two-factor/enable"))
	deleted, _, _ := strings.Cut(b.Post("/account/two-factor/delete").Text(), "Your profile") // what follows is about setting up
	check("the notice that the setup was deleted", deleted)
	for _, m := range c.Mails("ulla@example.com") {
		check("the mail "+m.Subject, m.Text)
	}
}

// TestPasskeyPagesHaveOneWayBack checks that *Cancel* is there without script, and
// only once where a code is another way.
func TestPasskeyPagesHaveOneWayBack(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	b := c.as(c.user)
	c.enrol(t, b)
	page := b.Get(newPasskey)
	if _, without, _ := strings.Cut(page.Body, "data-passkey-missing"); !strings.Contains(without, ">Cancel</a>") {
		t.Errorf("without script, there is no way back: %s", without)
	}
	c.addPasskey(t, b, c.key(t))
	b.Post("/account/two-factor/disable")
	if page = b.Post("/account/two-factor/enable"); !page.Has("Your setup was kept") || optionsOn(page) == nil || strings.Count(page.Body, ">Cancel</a>") != 1 {
		t.Errorf("enabling by code or passkey: %d ways back, want 1: %s %s", strings.Count(page.Body, ">Cancel</a>"), page.Path, page.Text())
	}
}
