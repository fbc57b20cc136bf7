package web_test

import (
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
)

// TestPromisesOfAReset checks that the pages say of the log-in after a 2FA reset
// what the policy makes of it, also while a stricter one stays in force.
func TestPromisesOfAReset(t *testing.T) {
	if testing.Short() {
		return // long
	}
	const alone = "login ID and password alone"
	c := newFixture(t)
	c.Enrol(c.user)
	b := c.as(c.admin)
	person, ask := access+"/"+string(c.user.ID), access+"/"+string(c.user.ID)+"/two-factor/delete"
	help := func() *porticotest.Page { return c.pend(c.user).Get("/login/code") }

	if p := b.Get(person); !p.Has(alone) {
		t.Errorf("without rules: got %s, want %q", p.Text(), alone)
	}
	c.decide(t, c.acme.ID, portico.Policy{Resets: portico.ResetPolicy{User: portico.ResetRule{ResetCode: true, CallerCheck: true}}})
	for i := range 2 {
		if p := b.Get(person); p.Has(alone) || !p.Has("reset code") || !p.Has("Your policy requires more steps") {
			t.Errorf("%d: with a reset code: got %s", i, p.Text())
		}
		if p := help(); p.Has("log in with your password and start over") {
			t.Errorf("%d: the page of the code: got %s", i, p.Text())
		}
		c.decide(t, c.acme.ID, portico.Policy{}) // the stricter rules stay in force for a day
	}
	c.Clock.Advance(portico.ResetPolicyGrace + time.Minute)
	b = c.as(c.admin)
	if p := b.Get(person); !p.Has(alone) {
		t.Errorf("once the stricter rules have ended: got %s, want %q", p.Text(), alone)
	}
	c.decide(t, c.acme.ID, from(c.Clock.Now()))
	b = c.asWith(c.admin, c.Enrol(c.admin))
	for _, path := range []string{person, ask} {
		if p := b.Get(path); !p.Has("can only set up 2FA") {
			t.Errorf("%s where 2FA is required: got %s", path, p.Text())
		}
	}
}

// TestPolicySavedSaysWhatHolds checks that the page does not say of relaxed
// rules for resets that they hold at once.
func TestPolicySavedSaysWhatHolds(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	if p := b.Post("/administration/policy", "reset_code_user", "yes", "seen", "yes"); !p.Has("The policy was saved. Rules with a date apply from that date, all others at once.") {
		t.Fatalf("stricter rules: got %s", p.Text())
	}
	if p := b.Post("/administration/policy", "seen", "yes"); p.Has("saved. Rules with a date") || !p.Has("for 24 hours") {
		t.Errorf("relaxed rules: got %s", p.Text())
	}
	c.Clock.Advance(portico.ResetPolicyGrace + time.Minute)
	if p := c.as(c.admin).Post("/administration/policy", "session_hours", "8", "seen", "yes"); !p.Has("saved. Rules with a date") {
		t.Errorf("a day later: got %s", p.Text())
	}
}

// TestPasswordHintSaysTheRules checks that wherever a password is chosen, the
// hint names what is refused, and the number of characters that the policy asks
// for.
func TestPasswordHintSaysTheRules(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.decide(t, c.acme.ID, portico.Policy{PasswordLength: 20})
	must(t, c.Users.SendPasswordLink(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID))
	_, err := c.Users.Invite(t.Context(), portico.CommandLine(), c.acme.ID, portico.User{FirstName: "Fay", Email: "fay@example.com", Role: portico.RoleUser})
	must(t, err)
	own := c.as(c.user)
	for name, p := range map[string]*porticotest.Page{
		"change":     own.Get("/account/password"),
		"link":       own.Get(c.lastMail("ulla@").Link("/password/")),
		"activation": c.Client().Get(c.lastMail("fay@").Link("/activate/")),
	} {
		if p.Has("no other rules") || !p.Has("At least 20 characters") || !strings.Contains(p.Text(), "Common passwords") {
			t.Errorf("%s: got %s", name, p.Text())
		}
	}
}

// TestRefusedLoginIsTrueOfSuspendedPeople checks that the answer to a log-in that
// is refused is true of somebody who is suspended and enters the right password,
// and is the answer that everybody gets.
func TestRefusedLoginIsTrueOfSuspendedPeople(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	must(t, c.Users.Suspend(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID))
	const want = "If both are right, your account may be suspended: ask your administrator."
	suspended := c.Client().Login("ulla", porticotest.Password, "").Alert()
	for name, got := range map[string]string{
		"suspended":        suspended,
		"wrong password":   c.Client().Login("alice", "not the password at all", "").Alert(),
		"unknown login ID": c.Client().Login("nobody", porticotest.Password, "").Alert(),
	} {
		if !strings.Contains(got, want) || got != suspended {
			t.Errorf("%s: got %q, want it to say %q, as for everybody", name, got, want)
		}
	}
}

// TestResetCodeIsCalledSo checks that what is typed in place of a reset code is
// not refused as a recovery code.
func TestResetCodeIsCalledSo(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.decide(t, c.acme.ID, portico.Policy{Resets: portico.ResetPolicy{User: portico.ResetRule{ResetCode: true}}})
	c.Enrol(c.user)
	c.Reset(c.user, "lost phone")
	b := c.Client()
	b.Login("ulla", porticotest.Password, "")
	for _, typed := range []string{"", "not a code", "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA"} {
		if p := b.Post("/login/recovery", "recovery_code", typed); p.Has("recovery code") || !strings.Contains(p.Alert(), "reset code") {
			t.Errorf("%q: got %s", typed, p.Text())
		}
	}
}
