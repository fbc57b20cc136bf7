package web_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"portico"
)

// TestC08_ClockBackRevivesNoSession checks that an expired session stays
// expired if the clock is set back to a time at which it was valid.
func TestC08_ClockBackRevivesNoSession(t *testing.T) {
	c := newFixture(t)
	const idle = 30 * time.Minute // for an administrator
	b := c.as(c.admin)
	c.Clock.Advance(idle)
	if p := b.Get("/session"); p.Status != http.StatusUnauthorized {
		t.Fatalf("unused for %s: %d", idle, p.Status)
	}
	c.Clock.Advance(-idle + time.Minute)
	if p := b.Get("/session"); p.Status != http.StatusUnauthorized {
		t.Errorf("the clock brings back what had run out: %d", p.Status)
	}
	b = c.as(c.admin)
	c.Clock.Advance(-time.Hour)
	if p := b.Get("/administration/access"); !p.Has("Password") || p.Has("Log out") {
		t.Errorf("used an hour from now: %s", p.Text())
	}
	c.Clock.Advance(time.Hour + time.Minute)
	if p := b.Get("/session"); p.Status != http.StatusNoContent {
		t.Errorf("the clock is right again: %d", p.Status)
	}
}

// TestC08_ClockStepsReopenNothingUsed checks that a used code, pending login or
// link stays used, whichever way the clock jumps.
func TestC08_ClockStepsReopenNothingUsed(t *testing.T) {
	for name, jump := range map[string]time.Duration{"ahead": time.Hour, "back": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			c := newFixture(t)
			key := c.Enrol(c.user)
			link := c.forgottenLink(t)
			b := c.Client()
			b.Fill(b.Get(link), "Save password", "Password", "seven quiet rivers meet")
			pending := c.Client()
			pending.Login("ulla", "seven quiet rivers meet", "")
			used := c.copied(pending, "portico_login")
			code := c.Code(key, 0)
			if p := pending.Post("/login/code", "code", code); !p.Has("Log out") {
				t.Fatalf(`POST /login/code: got %s, want the text "Log out"`, p.Text())
			}
			for _, step := range []time.Duration{0, jump, -jump} {
				c.Clock.Advance(step)
				if p := c.Client().Get(link); p.Status != http.StatusGone {
					t.Errorf("%s: the link answers %d", step, p.Status)
				}
				if p := used.Post("/login/code", "code", c.Code(key, 1)); p.Has("Log out") {
					t.Errorf("%s: the pending login opens again", step)
				}
				again := c.Client()
				again.Login("ulla", "seven quiet rivers meet", "")
				if again.Post("/login/code", "code", code); isLoggedIn(again) {
					t.Errorf("%s: the code opens again", step)
				}
			}
		})
	}
}

// TestC08_ClockAheadLocksNobodyOut checks the failures that were recorded while
// the clock was ahead. Once the clock is right, they still count, but the
// person waits no longer than the throttle asks for.
func TestC08_ClockAheadLocksNobodyOut(t *testing.T) {
	c := newFixture(t)
	key := c.Enrol(c.user)
	c.Clock.Advance(time.Hour)
	for range 2 {
		b := c.pend(c.user)
		for range 3 { // the code that the phone shows, which has the right time
			b.Post("/login/code", "code", c.Code(key, -120))
		}
	}
	c.Clock.Advance(-time.Hour)
	b := c.pend(c.user)
	if p := b.Post("/login/code", "code", c.Code(key, 0)); p.Status != http.StatusTooManyRequests {
		t.Errorf("what was counted is forgotten: %d", p.Status)
	}
	must(t, c.Auth.CapFutureFailures(t.Context()))
	if p := b.Post("/login/code", "code", c.Code(key, 0)); p.Status != http.StatusTooManyRequests {
		t.Errorf("at once: %d", p.Status)
	}
	c.Clock.Advance(2 * time.Minute) // six consecutive failures ask for one minute
	if p := b.Post("/login/code", "code", c.Code(key, 0)); !p.Has("Log out") {
		t.Errorf("the clock has been right for two minutes: %s", p.Text())
	}
}

// TestMailsOutlastClockSteps checks that a mail which could not be sent while
// the clock was ahead is sent once, when its time has come.
func TestMailsOutlastClockSteps(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	outbox := filepath.Join(c.Dir, "outbox")
	c.Clock.Advance(time.Hour)
	must(t, os.WriteFile(outbox, nil, 0o600)) // instead of the directory
	b := c.as(c.admin)
	b.Fill(b.Get("/administration/access/new"), "Create user", "First name", "Fay", "Last name", "Guest", "Email", "fay@example.com")
	must(t, c.Portal.Portal.Mails.Deliver(t.Context()))
	must(t, os.Remove(outbox))
	c.Clock.Advance(-time.Hour)
	if n := len(c.Mails("fay@example.com")); n > 1 {
		t.Errorf("%d mails", n)
	}
	c.Clock.Advance(time.Hour + portico.InvitationTTL/100)
	for range 2 {
		if n := len(c.Mails("fay@example.com")); n != 1 {
			t.Errorf("%d mails", n)
		}
		c.Clock.Advance(-2 * time.Hour)
	}
}

// TestC08_ClientTimeIgnored checks that nothing in a request sets the time.
func TestC08_ClientTimeIgnored(t *testing.T) {
	c := newFixture(t)
	key := c.Enrol(c.user)
	code := c.Code(key, 20)
	b := c.pend(c.user)
	form := url.Values{"code": {code}, "time": {c.Clock.Now().Add(10 * time.Minute).Format(time.RFC3339)}, "timestamp": {"99999999999"}}
	r, err := http.NewRequest("POST", c.URL+"/login/code", strings.NewReader(form.Encode()))
	must(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Date", c.Clock.Now().Add(10*time.Minute).UTC().Format(http.TimeFormat))
	if p := b.Do(r); p.Status != 422 || isLoggedIn(b) {
		t.Errorf("b.Do(r): got %d, want status 422, no session", p.Status)
	}
}

// TestC08_ClockJumpBackDoesNotReopen checks that setting the clock back reopens
// neither the used time step nor those before it.
func TestC08_ClockJumpBackDoesNotReopen(t *testing.T) {
	c := newFixture(t)
	key := c.Enrol(c.user)
	c.asWith(c.user, key)
	for range 3 {
		c.Clock.Advance(-30 * time.Second)
		b := c.pend(c.user)
		if p := b.Post("/login/code", "code", c.Code(key, 0)); p.Status != 422 || isLoggedIn(b) {
			t.Errorf("%s: %d, want status 422, no session", c.Clock.Now(), p.Status)
		}
	}
}
