package web_test

import (
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
)

// askForOne asks on the page to delete one authenticator of a person.
func (c *fixture) askForOne(b *porticotest.Client, u portico.User, authenticatorID string) *porticotest.Page {
	c.T.Helper()
	return b.Post(access+"/"+string(u.ID)+"/two-factor/delete", "reason", "lost phone", "authenticator", authenticatorID)
}

// ids returns the IDs of a person's authenticators, the oldest first.
func (c *fixture) ids(u portico.User) (ids []string) {
	for _, f := range c.Authenticators(u) {
		ids = append(ids, f.ID)
	}
	return ids
}

// withTwoApps gives the user two apps and recovery codes.
func (c *fixture) withTwoApps(t *testing.T) (first, second []byte, codes []string) {
	t.Helper()
	first, codes = c.enrol(t, c.as(c.user))
	second = c.AddApp(c.user)
	c.Clock.Advance(time.Minute)
	return first, second, codes
}

// TestOneAuthenticatorIsDeleted checks that an administrator deletes one authenticator
// of a colleague, that the others and the recovery codes stay in force, and who is told.
func TestOneAuthenticatorIsDeleted(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	first, second, codes := c.withTwoApps(t)
	session := c.asWith(c.user, second)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{ResetCode: true}})
	b := c.as(c.admin)
	page := b.Get(access + "/" + string(c.user.ID) + "/two-factor/delete")
	if !page.Has("The whole 2FA setup") || !page.Has("Only Second") || !page.Has("Only Authenticator app") {
		t.Fatalf("no choice: %s", page.Text())
	}
	lost := c.ids(c.user)[1]
	if p := c.askForOne(b, c.user, lost); path(p) != access+"/"+string(c.user.ID) || !p.Has("An authenticator of Ulla Tester (ulla) was deleted") {
		t.Fatalf("deleting one: %s %s", p.Path, p.Text())
	}
	if left := c.Authenticators(c.user); len(left) != 1 || left[0].ID == lost || !left[0].Enabled || c.Account(c.user.ID).EnrolmentPending {
		t.Errorf("left: %+v", left)
	}
	if isLoggedIn(session) {
		t.Error("the user's session goes on")
	}
	c.Clock.Advance(time.Minute)
	pending := c.pend(c.user)
	if pending.Post("/login/code", "code", c.Code(second, 0)); isLoggedIn(pending) {
		t.Error("the deleted app logs in")
	}
	if pending.Post("/login/code", "code", c.Code(first, 0)); !isLoggedIn(pending) {
		t.Error("the other app does not log in")
	}
	pending = c.pend(c.user)
	if pending.Post("/login/recovery", "recovery_code", codes[0]); !isLoggedIn(pending) {
		t.Error("a recovery code does not log in")
	}
	if !c.mailed("was deleted", "Second") || !c.mailed("was deleted", "Reason: lost phone") {
		t.Error("the user is not told")
	}
	if c.events(portico.AuthenticatorReset, `Authenticator: Authenticator app "Second"; Reason: lost phone`) != 1 || c.events(portico.TwoFactorReset, "") != 0 {
		t.Errorf("events: %+v", c.Events(c.acme.ID)[:3])
	}
}

// TestC15_OneAuthenticatorTakesTheSameSteps checks that a request for one authenticator
// needs what one for the whole setup needs, and that its target can stop it.
func TestC15_OneAuthenticatorTakesTheSameSteps(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	anna := c.User(c.acme.ID, "anna", portico.RoleAdministrator)
	c.withTwoApps(t)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{TwoPeople: true, CallerCheck: true, DelayHours: 4}})
	c.settled()
	b := c.as(c.admin)
	ids := c.ids(c.user)
	before := len(c.Mails("anna@example.com"))
	p := c.askForOne(b, c.user, ids[1])
	at := path(p)
	if !p.Has("Request to delete an authenticator of Ulla") || !p.Has("Deletes only Second") || len(c.ids(c.user)) != 2 {
		t.Fatalf("asked: %s", p.Text())
	}
	if !c.mailed("asked to delete one of your authenticators", "Second") {
		t.Error("the user is not told")
	}
	if p := c.as(anna).Post(at + "/approve"); p.Status != 422 {
		t.Errorf("approved without a proof: %d", p.Status)
	}
	b.Post(at+"/proof", "kind", "in person", "seen_by", "the front desk")
	if told := c.subjects("anna@example.com", before); !strings.Contains(told, "to delete an authenticator") {
		t.Errorf("the approver is not told: %q", told)
	}
	c.as(anna).Post(at + "/approve")
	c.carryOut(t)
	if len(c.ids(c.user)) != 2 {
		t.Fatal("deleted before the waiting period ended")
	}
	c.Clock.Advance(4 * time.Hour)
	c.carryOut(t)
	if got := c.ids(c.user); len(got) != 1 || got[0] != ids[0] {
		t.Errorf("left %v, want %v", got, ids[:1])
	}
	// Another one, which its target stops.
	c.AddApp(c.user)
	p = c.askForOne(c.as(c.admin), c.user, c.ids(c.user)[1])
	c.press(c.lastMail("ulla@").Link("/not-me/"), "")
	c.Clock.Advance(4 * time.Hour)
	c.carryOut(t)
	if len(c.ids(c.user)) != 2 {
		t.Errorf("a stopped request deletes: %s", p.Text())
	}
}

// TestC15_OneAuthenticatorIsNotTheLast checks what a request cannot be for: the only
// authenticator, none of the person's, or one of somebody else's.
func TestC15_OneAuthenticatorIsNotTheLast(t *testing.T) {
	c := newFixture(t)
	c.Enrol(c.user)
	c.Enrol(c.help)
	b := c.as(c.admin)
	if p := b.Get(access + "/" + string(c.user.ID) + "/two-factor/delete"); p.Has("What is deleted") {
		t.Errorf("a choice of one: %s", p.Text())
	}
	for what, id := range map[string]string{"the only one": c.ids(c.user)[0], "somebody else's": c.ids(c.help)[0], "nobody's": "x"} {
		if p := c.askForOne(b, c.user, id); p.Status != 422 || p.Alert() == "" {
			t.Errorf("%s: %d %s", what, p.Status, p.Text())
		}
	}
	if len(c.ids(c.user)) != 1 || len(c.ids(c.help)) != 1 {
		t.Error("something was deleted")
	}
}

// TestC15_RequestEndsWhenTheSetupChanges checks which changes of a setup with several
// authenticators end a request: of the whole setup any, of one authenticator those that
// make it meaningless.
func TestC15_RequestEndsWhenTheSetupChanges(t *testing.T) {
	type change = func(c *fixture, t *testing.T)
	drop := func(i int) change {
		return func(c *fixture, t *testing.T) {
			c.behind(t, `DELETE FROM authenticators WHERE id = $1`, c.ids(c.user)[i])
		}
	}
	add := func(c *fixture, t *testing.T) {
		c.behind(t, `INSERT INTO authenticators (id, user_id, kind, name, secret, enabled, last_step, created_at, last_used_at)
			SELECT 'a third', user_id, kind, name, secret, enabled, last_step, 1, 0 FROM authenticators WHERE id = $1`, c.ids(c.user)[0])
	}
	rename := func(c *fixture, t *testing.T) {
		c.behind(t, `UPDATE authenticators SET name = 'renamed', enabled = FALSE`)
	}
	for name, at := range map[string]struct {
		one    bool
		change change
		goesOn bool
	}{
		"whole, the newest is deleted": {false, drop(1), false},
		"whole, an older is deleted":   {false, drop(0), false},
		"whole, one is added":          {false, add, false},
		"whole, renamed, switched off": {false, rename, true},
		"whole, nothing":               {false, func(*fixture, *testing.T) {}, true},
		"one, it is deleted":           {true, drop(1), false},
		"one, it is the last now":      {true, drop(0), false},
		"one, another is added":        {true, add, true},
		"one, renamed, switched off":   {true, rename, true},
	} {
		t.Run(name, func(t *testing.T) {
			c := newFixture(t)
			c.Enrol(c.user)
			c.AddApp(c.user)
			c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{DelayHours: 4}})
			before := c.ids(c.user)
			only, told := "", "the setup has been changed"
			if at.one {
				only, told = before[1], `Only Authenticator app "Second"; `+told
			}
			c.askForOne(c.as(c.admin), c.user, only)
			at.change(c, t)
			changed := c.ids(c.user)
			c.Clock.Advance(4 * time.Hour)
			c.carryOut(t)
			left := len(c.ids(c.user))
			switch {
			case !at.goesOn && (left != len(changed) || c.events(portico.ResetWasCancelled, told) != 1):
				t.Errorf("the request goes on: %d of %d are left", left, len(changed))
			case at.goesOn && at.one && left != len(changed)-1, at.goesOn && !at.one && left != 0:
				t.Errorf("the request has ended: %d of %d are left", left, len(changed))
			}
		})
	}
}

// TestC15_OneIsNotMadeTheWhole checks that a request for one authenticator cannot be made
// one for the whole setup in the database, nor for another authenticator.
func TestC15_OneIsNotMadeTheWhole(t *testing.T) {
	if testing.Short() {
		return // long
	}
	for _, forged := range []string{`only_id = '', only_kind = '', only_name = ''`, `only_id = (SELECT MIN(id) FROM authenticators WHERE user_id = target_id)`} {
		c := newFixture(t)
		c.Enrol(c.user)
		c.AddApp(c.user)
		c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{DelayHours: 4}})
		c.askForOne(c.as(c.admin), c.user, c.ids(c.user)[1])
		c.behind(t, `UPDATE reset_requests SET `+forged)
		c.Clock.Advance(4 * time.Hour)
		c.carryOut(t)
		if n := len(c.ids(c.user)); n != 2 {
			t.Errorf("%s: %d are left, want 2", forged, n)
		}
	}
}

// TestC09_DeletingOneResetsNoFailures checks that deleting one authenticator gives no new
// guesses at the codes of the others.
func TestC09_DeletingOneResetsNoFailures(t *testing.T) {
	c := newFixture(t)
	first := c.Enrol(c.user)
	c.AddApp(c.user)
	for range 5 {
		c.pend(c.user).Post("/login/code", "code", "000000")
	}
	c.askForOne(c.as(c.admin), c.user, c.ids(c.user)[1])
	if p := c.pend(c.user).Post("/login/code", "code", c.Code(first, 0)); p.Status != 429 {
		t.Errorf("after one was deleted: %d %s", p.Status, p.Text())
	}
}
