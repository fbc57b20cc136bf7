package web_test

import (
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
)

// TestTheOnlyRequiredPasskeyIsNotOfferedForDeletion checks that Account does not offer to
// delete a passkey that has to stay, and recommends another one instead, which an app
// beside it does not replace.
func TestTheOnlyRequiredPasskeyIsNotOfferedForDeletion(t *testing.T) {
	if testing.Short() {
		return // long
	}
	const advice = "Of your authenticators, only your passkey logs you in, so it cannot be deleted. Add another passkey"
	c := newFixture(t, porticotest.Named)
	_, _, _, session := c.withAppAndPasskey(t)
	remove := "/account/authenticators/" + c.Authenticators(c.user)[1].ID + "/delete"
	if p := session.Get("/account"); p.Has(advice) || !strings.Contains(p.Row("on one device only"), "Delete Passkey") {
		t.Errorf("where none is required: %s", p.Text())
	}
	c.requirePasskeys(t)
	if p := session.Get("/account"); !p.Has(advice) || strings.Contains(p.Row("on one device only"), "Delete Passkey") || !p.Has("Delete Authenticator app") {
		t.Errorf("the only one: %s", p.Text())
	}
	if p := session.Get(remove); p.Path != "/account" {
		t.Errorf("the page that deletes it: %s %s", p.Path, p.Text())
	}
	c.behind(t, `UPDATE sessions SET confirmed_at = (SELECT MAX(seen_at) FROM sessions)`)
	p := c.addPasskey(t, session, c.key(t))
	if p.Has(advice) || !p.Has("Delete Passkey") {
		t.Errorf("with another one: %s", p.Text())
	}
	if p := session.Get(remove); !p.Has("It will stop working") {
		t.Errorf("the page that deletes one of two: %s", p.Text())
	}
}

// TestRecoveryOffersNothingThatTakesAnotherCode checks that where no passkey works,
// too, Account offers only what replaces the lost one.
func TestRecoveryOffersNothingThatTakesAnotherCode(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t) // an IP address
	_, codes := c.enrol(t, c.as(c.user))
	c.behind(t, `UPDATE authenticators SET kind = 'passkey', rp_id = 'portal.before.example'`)
	b := c.pend(c.user)
	p := b.Post("/login/recovery", "recovery_code", codes[0])
	if !p.Has("Replace with an app") || p.Has("Add an authenticator app") {
		t.Errorf("after the log-in: %s", p.Text())
	}
}

// TestNothingIsAdvisedWhereNoPasskeyWorks checks that at an address where no passkey
// works, the pages send nobody to a passkey, and say what is another way.
func TestNothingIsAdvisedWhereNoPasskeyWorks(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t) // an IP address
	_, codes := c.enrol(t, c.as(c.user))
	c.behind(t, `UPDATE authenticators SET kind = 'passkey', rp_id = 'portal.before.example'`)
	c.decide(t, c.acme.ID, from(c.Clock.Now()))
	check := func(p *porticotest.Page, wrong, right string) {
		t.Helper()
		if p.Has(wrong) || !p.Has(right) {
			t.Errorf("%s has %q, or not %q: %s", p.Path, wrong, right, p.Text())
		}
	}
	b := c.pend(c.user)
	check(b.Get("/login/code"), "add a new passkey", "Use a recovery code and set up an authenticator app")
	p := b.Post("/login/recovery", "recovery_code", codes[0])
	check(p, "add new ones", "As no passkey works here, use an authenticator app")
	check(p, "your password and a passkey", "You log in with your password and a recovery code")
	check(p, "You can move it to a new phone", "so it cannot be switched off")
	check(b.Get("/confirm"), "Use your passkey", "Enter your password and a recovery code")
	c.leaveCodes(t, codes, 0)
	check(b.Get("/account"), "and a recovery code", "nothing of yours logs you in")
	check(b.Get("/confirm"), "Use your passkey", "Your passkeys do not work at this address, and you have no recovery codes left")

	c.AddApp(c.user)
	check(c.pend(c.user).Get("/login/code"), "add a new passkey", "do not work at this address. Enter a code.")
	check(b.Get("/account"), "a passkey.", "6-digit code of your authenticator app")
}

// TestAddingSaysWhatBecomesOfRecoveryCodes checks what the page that adds the required
// passkey says of recovery codes: after a log-in by one, new ones replace them.
func TestAddingSaysWhatBecomesOfRecoveryCodes(t *testing.T) {
	if testing.Short() {
		return // long
	}
	const keep, renewed = "Your recovery codes keep working", "You get new recovery codes"
	c := newFixture(t, porticotest.Named)
	b := c.as(c.user)
	_, codes := c.enrol(t, b)
	c.requirePasskeys(t)
	if p := b.Get(newPasskey); !p.Has(keep) || p.Has(renewed) {
		t.Errorf("in another session: %s", p.Text())
	}
	again := c.pend(c.user)
	again.Post("/login/recovery", "recovery_code", codes[0])
	if p := again.Get(newPasskey); p.Has(keep) || !p.Has(renewed) {
		t.Errorf("after a log-in by recovery code: %s", p.Text())
	}
	c.leaveCodes(t, codes[1:], 0)
	if p := b.Get(newPasskey); p.Has(keep) || p.Has(renewed) {
		t.Errorf("without recovery codes: %s", p.Text())
	}
}

// TestAddingSaysWhatTheRuleSays checks that the page that adds a passkey fits the rule of
// the customer: what apps are good for afterwards, and what there is to type.
func TestAddingSaysWhatTheRuleSays(t *testing.T) {
	if testing.Short() {
		return // long
	}
	const all, soon = "Your other authenticators keep working.", "From then on, codes of an app are not accepted"
	c := newFixture(t, porticotest.Named)
	b := c.as(c.user)
	c.enrol(t, b)
	if p := b.Get(newPasskey); !p.Has(all) || p.Has(soon) || !p.Has("there is nothing to type") {
		t.Errorf("allowed: %s", p.Text())
	}
	c.decide(t, c.acme.ID, passkeysFor(portico.PasskeysRequired, c.Clock.Now().AddDate(0, 0, 7)))
	if p := b.Get(newPasskey); p.Has(all) || !p.Has(soon) {
		t.Errorf("a week before: %s", p.Text())
	}
	c.addPasskey(t, b, c.key(t))
	if p := b.Get(newPasskey); p.Has(all) || !p.Has(soon) {
		t.Errorf("a week before, with a passkey: %s", p.Text())
	}
	c.requirePasskeys(t)
	if p := b.Get(newPasskey); p.Has(all) || p.Has(soon) || !p.Has("Your other passkeys keep working.") {
		t.Errorf("required: %s", p.Text())
	}
	c.decide(t, c.acme.ID, passkeysFor(portico.PasskeysSecond, time.Time{}))
	if p := b.Get(newPasskey); !p.Has(all) || p.Has("nothing to type") || !p.Has("after your password") {
		t.Errorf("after the password only: %s", p.Text())
	}
}

// TestKeptSetupSaysWhatEnablesIt checks that the page before anything else says which
// kept authenticators count, and that an app is not enough where a passkey is required.
func TestKeptSetupSaysWhatEnablesIt(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	b := c.as(c.user)
	c.enrol(t, b)
	b.Post(disable)
	says := func(when, want string) {
		t.Helper()
		if p := b.Get(required); !p.Has("Your setup was kept when you switched it off. " + want) {
			t.Errorf("%s: %s", when, p.Text())
		}
	}
	c.decide(t, c.acme.ID, from(c.Clock.Now()))
	says("an app", "A code from your app enables it again.")
	c.requirePasskeys(t)
	says("an app, where a passkey is required", "A code from your app enables it again. Your organisation requires a passkey as well: the next step is to add one.")

	c.decide(t, c.acme.ID, portico.Policy{})
	c.addPasskey(t, b, c.key(t))
	c.decide(t, c.acme.ID, from(c.Clock.Now()))
	says("an app and a passkey", "A code from your app or a passkey enables it again.")
	c.requirePasskeys(t)
	says("an app and a passkey, which is required", "Your passkey enables it again.")
	c.behind(t, `UPDATE authenticators SET rp_id = 'old.example' WHERE kind = 'passkey'`)
	says("an app and a passkey of another address", "A code from your app enables it again. Your organisation requires a passkey as well")
}

// TestPasskeyLeadsBeforeItsDay checks that Account recommends a passkey before the app
// to somebody without 2FA of whom a passkey will be required.
func TestPasskeyLeadsBeforeItsDay(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	c.decide(t, c.acme.ID, passkeysFor(portico.PasskeysRequired, c.Clock.Now().AddDate(0, 0, 5)))
	p := c.as(c.user).Get("/account")
	_, after, found := strings.Cut(p.Text(), "Add a passkey: you then log in")
	if !found || p.Has("you need an authenticator app") || p.Has("Or add a passkey") || !strings.Contains(after, "An authenticator app is enough only until then") {
		t.Errorf("five days before: %s", p.Text())
	}
	c.decide(t, c.acme.ID, portico.Policy{})
	if p := c.as(c.user).Get("/account"); !p.Has("you need an authenticator app") || !p.Has("Or add a passkey") || p.Has("only until then") {
		t.Errorf("where none is required: %s", p.Text())
	}
}

// TestCutPasskeyNamesAreTold checks that a name which is not kept as it was typed is
// not cut without a word: the passkey is in the device by then, and is not refused for it.
func TestCutPasskeyNamesAreTold(t *testing.T) {
	if testing.Short() {
		return // long
	}
	const told = "Of the name that you entered, at most 60 characters are kept"
	c := newFixture(t, porticotest.Named)
	b := c.as(c.user)
	for name, want := range map[string]bool{strings.Repeat("x", 320): true, strings.Repeat("y", 60): false, "": false} {
		p := b.Post(newPasskey, "name", name, "passkey", string(c.key(t).Create(optionsOn(b.Get(newPasskey)))))
		if p.Has(told) != want {
			t.Errorf("%d characters: %s", len(name), p.Text())
		}
	}
}
