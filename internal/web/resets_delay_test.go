package web_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/twofactorreset"
)

// TestDelayIsCancelledByTheMail checks that the button behind the mailed link
// needs no log-in, that a GET of it changes nothing, and that only another
// administrator can unfreeze the account.
func TestDelayIsCancelledByTheMail(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	second := c.User(c.acme.ID, "anna", portico.RoleAdministrator)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{DelayHours: 4}})
	key := c.Enrol(c.user)
	theirs, admin := c.asWith(c.user, key), c.as(c.admin)
	p := c.askFor(admin, c.user)
	link := c.lastMail("ulla@").Link("/not-me/")
	nobody := c.Client()
	q := nobody.Get(link)
	if !q.Has("not be deleted") || !isLoggedIn(theirs) || !admin.Get(path(p)).Has("In waiting period") {
		t.Fatalf(`GET %v: got %s, want the text "not be deleted", isLoggedIn(theirs), the text "In waiting period"`, link, q.Text())
	}
	if q = nobody.Fill(q, "This wasn't me"); !q.Has("frozen") || isLoggedIn(theirs) || isLoggedIn(nobody) {
		t.Fatalf(`pressing "This wasn't me": got %s, want the text "frozen", no session, no session`, q.Text())
	}
	c.Clock.Advance(4 * time.Hour)
	c.carryOut(t)
	c.Clock.Advance(time.Minute)
	if a := c.Account(c.user.ID); a.TwoFactor == portico.TwoFactorNone || a.Status != portico.Suspended {
		t.Errorf("c.Account(c.user.ID): got %+v, want some 2FA setup, status %v", a.User, portico.Suspended)
	}
	if p := c.Client().Login("ulla", porticotest.Password, ""); p.Status != 422 {
		t.Errorf("a frozen account lets in: %s", p.Text())
	}
	if m := c.lastMail("anna@"); !strings.Contains(m.Text, "frozen") && !strings.Contains(m.Text, "Ulla Tester") {
		t.Errorf(`c.lastMail("anna@"): got %s, want not (!strings.Contains(m.Text, "frozen") && !strings.Contains(m.Text, "Ulla Tester"))`, m.Text)
	}
	admin = c.as(c.admin)
	if p := admin.Post(access + "/" + string(c.user.ID) + "/reactivate"); p.Status != 403 || c.Account(c.user.ID).Status != portico.Suspended {
		t.Errorf("who asked thaws it: %d", p.Status)
	}
	anna := c.as(second)
	if p := anna.Post(access + "/" + string(c.user.ID) + "/reactivate"); p.Status != 200 || c.Account(c.user.ID).Status != portico.Active {
		t.Errorf("another one: %d %s", p.Status, p.Text())
	}
	if p := admin.Post(path(p) + "/cancel"); p.Status != 422 {
		t.Errorf("what has ended: %d", p.Status)
	}
}

// TestResetTakesEffectInItsTime checks that a reset takes effect once, when its
// waiting period is over, even with two programs.
func TestResetTakesEffectInItsTime(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{DelayHours: 4}})
	c.Enrol(c.user)
	c.askFor(c.as(c.admin), c.user)
	second := porticotest.Start(t, c.Dir, c.Clock)
	c.Clock.Advance(4*time.Hour - time.Second)
	c.carryOut(t)
	if !c.has(c.user) {
		t.Fatal("too early")
	}
	c.Clock.Advance(time.Second)
	done := make(chan error, 2)
	for _, node := range []*porticotest.Portal{c.Portal, second} {
		go func() { done <- node.Resets.RunDue(context.Background()) }()
	}
	must(t, <-done)
	must(t, <-done)
	if c.has(c.user) || c.events(portico.TwoFactorReset, "") != 1 {
		t.Errorf("done %d times", c.events(portico.TwoFactorReset, ""))
	}
	// A request that no program processed for too long expires.
	c.Enrol(c.user)
	c.askFor(c.as(c.admin), c.user)
	c.Clock.Advance(4*time.Hour + portico.ResetPastDue)
	c.carryOut(t)
	if !c.has(c.user) || c.events(portico.ResetHasExpired, "") != 1 {
		t.Error("done a day late")
	}
}

// TestApproveAndCancelAtOnce approves and cancels a request at once, and checks
// that exactly one of them succeeds and that a cancelled request deletes
// nothing.
func TestApproveAndCancelAtOnce(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	second := c.User(c.acme.ID, "anna", portico.RoleAdministrator)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{TwoPeople: true}})
	alice, anna := c.Actor(c.admin), c.Actor(second)
	node := porticotest.Start(t, c.Dir, c.Clock)
	for range 8 {
		c.Enrol(c.user)
		r, err := c.Resets.Request(t.Context(), alice, c.acme.ID, c.user.ID, twofactorreset.Ask{Reason: "lost phone"})
		must(t, err)
		approved, gone := make(chan error), make(chan error)
		go func() { approved <- c.Resets.Approve(context.Background(), anna, c.acme.ID, r.ID) }()
		go func() { gone <- node.Resets.Cancel(context.Background(), alice, c.acme.ID, r.ID) }()
		a, g := <-approved, <-gone
		if (a == nil) == (g == nil) || (a == nil) == c.has(c.user) {
			t.Errorf("approved: %v, cancelled: %v, the setup is there: %v", a, g, c.has(c.user))
		}
	}
}

// TestWhoIsLoggedInKeepsTheSetup checks that a logged-in person sees the
// request to delete their own setup and can cancel it, and that nobody else can
// cancel it in this way.
func TestWhoIsLoggedInKeepsTheSetup(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{DelayHours: 4}})
	b := c.asWith(c.user, c.Enrol(c.user))
	c.askFor(c.as(c.admin), c.user)
	c.as(c.help).Post("/account/two-factor/keep")
	p := b.Get("/")
	if !p.Has("Alice Tester asks to delete your 2FA setup") {
		t.Fatalf(`GET /: got %s, want the text "Alice Tester asks to delete your 2FA setup"`, p.Text())
	}
	if p = b.Fill(p, "Keep my 2FA setup"); p.Path != "/?done=reset-kept" || p.Has("asks to delete") {
		t.Errorf(`%s: %s, want path "/?done=reset-kept", no text "asks to delete"`, p.Path, p.Text())
	}
	c.Clock.Advance(4 * time.Hour)
	c.carryOut(t)
	if !c.has(c.user) || c.events(portico.ResetWasCancelled, "by the user") != 1 {
		t.Error("deleted all the same")
	}
}

// TestNotMeEndsTheOneTimeCode checks that "This wasn't me" ends the one-time
// code, which may be in the wrong hands.
func TestNotMeEndsTheOneTimeCode(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{ResetCode: true}})
	c.Enrol(c.user)
	c.askFor(c.as(c.admin), c.user)
	m := c.lastMail("ulla@")
	code := recoveryPattern.FindString(m.Text)
	b := c.Client()
	b.Fill(b.Get(m.Link("/not-me/")), "This wasn't me")
	const next = "seven quiet rivers meet"
	b.Fill(b.Get(c.lastMail("ulla@").Link("/password/")), "Save password", "Password", next)
	if p := b.Fill(b.Login("ulla", next, ""), "Submit", "Reset code", code); p.Status != 422 || isLoggedIn(b) {
		t.Errorf(`pressing "Submit": got %d %s, want status 422, no session`, p.Status, p.Text())
	}
}

// TestCommandLineBreaksTheGlass checks that the command line resets at once,
// whatever the policy says, except that the next log-in still needs a one-time
// code. An open request is cancelled.
func TestCommandLineBreaksTheGlass(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{ResetCode: true, TwoPeople: true, CallerCheck: true, DelayHours: 24}, OncePerDay: true})
	c.Enrol(c.user)
	at := path(c.askFor(c.as(c.admin), c.user))
	for range 2 {
		r, err := c.Resets.Request(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID, twofactorreset.Ask{Reason: "the only way", InPerson: true})
		must(t, err)
		code, err := c.Resets.ShowCode(t.Context(), portico.CommandLine(), c.acme.ID, r.ID)
		must(t, err)
		if p := c.submitIssued("ulla", code); c.has(c.user) || path(p) != "/account/two-factor/required" {
			t.Errorf(`c.submitIssued("ulla", code): got %s, want not c.has(c.user), path(p) "/account/two-factor/required"`, p.Text())
		}
	}
	if p := c.as(c.admin).Get(at); !p.Has("Cancelled") || !p.Has("the command line was faster") {
		t.Errorf(`GET %v: got %s, want the text "Cancelled", the text "the command line was faster"`, at, p.Text())
	}
}
