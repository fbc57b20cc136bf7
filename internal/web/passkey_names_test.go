package web_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/store"
)

// TestPasskeysAreNamed checks that passkeys have the name that their user types, or one
// of their own, and that the page which deletes one tells it from another of the name.
func TestPasskeysAreNamed(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	b := c.as(c.user)
	add := func(name string) *porticotest.Page {
		t.Helper()
		page := b.Get(newPasskey)
		return b.Post(newPasskey, "name", name, "passkey", string(c.key(t).Create(optionsOn(page))))
	}
	b.Fill(add(""), "I have saved my recovery codes")
	c.Clock.Advance(time.Minute) // so that it is the oldest
	for _, name := range []string{" Work laptop ", "", "Work laptop"} {
		if p := add(name); p.Path != "/account?done=passkey-added" {
			t.Fatalf("adding %q: %s %s", name, p.Path, p.Text())
		}
	}
	var names []string
	for _, f := range c.Authenticators(c.user) {
		names = append(names, f.Name)
	}
	if got := strings.Join(names[:1], ""); got != "" {
		t.Errorf("the first: %q", got)
	}
	for _, want := range []string{"Work laptop", "Passkey 2"} {
		if !strings.Contains(strings.Join(names, "\n"), want) {
			t.Errorf("names: %q, want one %q", names, want)
		}
	}
	first := c.Authenticators(c.user)[0]
	ask := b.Get("/account/authenticators/" + first.ID + "/delete")
	if !ask.Has("on one device only") || !ask.Has("23 Nov 2026") || !ask.Has("Never") {
		t.Errorf("the page does not tell which: %s", ask.Text())
	}
	b.Fill(ask, "Delete Passkey")
	if !c.mailed("was deleted", "Passkey, added on 23 November 2026") {
		t.Error("the mail does not tell which")
	}
}

// TestPasskeyNamesAreCleaned checks that a name which no passkey can have is made one:
// its passkey is in the device already, and would stay there unknown to the portal.
func TestPasskeyNamesAreCleaned(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	b := c.as(c.user)
	long := strings.Repeat("é", 80)
	for name, want := range map[string]string{
		"a\u0007b\u202ec": "abc", " \u2028 Work\r\nlaptop\t": "Worklaptop", long: long[:120], strings.Repeat("x", 59) + " y": strings.Repeat("x", 59), "\u200b\u2800": "",
	} {
		page := b.Get(newPasskey)
		if p := b.Post(newPasskey, "name", name, "passkey", string(c.key(t).Create(optionsOn(page)))); !strings.HasPrefix(p.Path, "/account?done=") {
			t.Errorf("%q: %d %s", name, p.Status, p.Text())
			continue
		}
		if !slices.ContainsFunc(c.Authenticators(c.user), func(f store.Authenticator) bool {
			return f.Name == want || want == "" && strings.HasPrefix(f.Name, "Passkey ")
		}) {
			t.Errorf("%q: %+v, want one %q", name, c.Authenticators(c.user), want)
		}
	}
}

// TestPasskeyPageOpensInTime checks that the page which adds a passkey asks for the
// confirmation when it opens with too little time left, not after the browser has made
// the passkey, and says for how long it may begin.
func TestPasskeyPageOpensInTime(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	for after, lasts := range map[time.Duration]string{0: "180", 6 * time.Minute: "120"} {
		b := c.as(c.user)
		c.Clock.Advance(after)
		if p := b.Get(newPasskey); !strings.Contains(p.Body, `data-lasts="`+lasts+`"`) {
			t.Errorf("after %v: want %s seconds: %s", after, lasts, optionsOn(p))
		}
	}
	b := c.as(c.user)
	c.Clock.Advance(portico.ConfirmationTTL - 3*time.Minute)
	if p := b.Get(newPasskey); !strings.HasPrefix(p.Path, "/confirm") {
		t.Fatalf("with three minutes left: %s", p.Path)
	}
	if p := b.Post("/confirm", "password", porticotest.Password, "next", newPasskey); p.Path != newPasskey || optionsOn(p) == nil {
		t.Errorf("after the confirmation: %s %s", p.Path, p.Text())
	}
}
