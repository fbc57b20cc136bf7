package web_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/store"
)

// TestReminders checks that people whom the requirement will affect are
// reminded seven days and one day before, once each.
func TestReminders(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	second := porticotest.Start(t, c.Dir, c.Clock)
	c.Enrol(c.admin)
	c.EnrolDisabled(c.help)
	exempt, later, off := c.User(c.acme.ID, "emil", portico.RoleUser), c.User(c.acme.ID, "lotte", portico.RoleUser), c.User(c.acme.ID, "sven", portico.RoleUser)
	must(t, c.Users.Suspend(t.Context(), portico.CommandLine(), c.acme.ID, off.ID))
	day := func(n int) time.Time { return time.Date(2026, 11, 23+n, 0, 0, 0, 0, time.UTC) }
	c.decide(t, c.acme.ID, from(day(10)))
	must(t, c.Users.Exempt(t.Context(), portico.CommandLine(), c.acme.ID, exempt.ID, day(12), "x"))
	must(t, c.Users.Exempt(t.Context(), portico.CommandLine(), c.acme.ID, later.ID, day(80), "x"))
	sent := map[string]int{}
	run := func(at time.Time, want map[string]string) {
		t.Helper()
		c.Clock.Advance(at.Sub(c.Clock.Now()))
		var both sync.WaitGroup
		for _, p := range []*porticotest.Portal{c.Portal, second, c.Portal} {
			both.Go(func() {
				if err := p.Users.Remind(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		for _, who := range []string{"ulla", "hedda", "alice", "greta", "emil", "lotte", "sven"} {
			mails := c.Mails(who + "@")
			news := mails[sent[who]:]
			sent[who] = len(mails)
			if want[who] == "" && len(news) > 0 || want[who] != "" && (len(news) != 1 || news[0].Subject != "Two-factor authentication is required "+want[who]) {
				t.Errorf("%v to %s: %+v, not %q", at, who, news, want[who])
			}
		}
	}
	run(day(3).Add(-time.Second), nil)
	run(day(3), map[string]string{"ulla": "in 7 days", "hedda": "in 7 days"})
	if m := c.Mails("ulla@")[0]; m.Link("/account") == "" || !strings.Contains(m.Text, "from 3 December 2026, in 7 days") {
		t.Errorf(`got %s, want some m.Link("/account"), "from 3 December 2026, in 7 days" in m.Text`, m.Text)
	}
	run(day(3).Add(time.Hour), nil)
	run(day(5), map[string]string{"emil": "in 7 days"})
	run(day(9).Add(-time.Second), nil)
	run(day(9).Add(time.Hour), map[string]string{"ulla": "tomorrow", "hedda": "tomorrow"})
	run(day(9).Add(2*time.Hour), nil)
	run(day(10), nil)
	run(day(11), map[string]string{"emil": "tomorrow"})
	run(day(13), nil)
	// A later date causes new reminders, but not for people who have enrolled
	// meanwhile.
	c.Enrol(c.user)
	c.decide(t, c.acme.ID, from(day(30)))
	run(day(22), nil)
	run(day(28), map[string]string{"hedda": "in 2 days", "emil": "in 2 days"})
	// The provider's defaults require 2FA of greta, whose customer has no policy of
	// its own.
	c.decide(t, portico.ProviderID, from(day(30)))
	run(day(29), map[string]string{"hedda": "tomorrow", "emil": "tomorrow", "greta": "tomorrow"})
}

// TestReminderReachesEverybody reminds more people than fit into one batch, and
// checks that a suspended customer is left out.
func TestReminderReachesEverybody(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	for i := range 45 {
		c.User(c.acme.ID, fmt.Sprintf("crowd%02d", i), portico.RoleUser)
	}
	c.decide(t, c.acme.ID, portico.Policy{Require: portico.Requirement{User: c.Clock.Now().Add(time.Hour)}})
	c.decide(t, c.globex.ID, from(c.Clock.Now().Add(time.Hour)))
	must(t, c.DB.Update(t.Context(), portico.CommandLine(), func(tx *store.Tx) error { return tx.SuspendCustomer(c.globex.ID, tx.Now) }))
	for range 2 {
		must(t, c.Users.Remind(t.Context()))
	}
	if n := len(c.Mails("@example.com")); n != 46 {
		t.Errorf("%d mails", n)
	}
}
