package web_test

import (
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
)

// reminded runs the reminders twice, days after the clock's first day, and returns the
// subject of the mail that each of these people has got from them, or "".
func (c *fixture) reminded(t *testing.T, at time.Time, people ...portico.User) map[string]string {
	t.Helper()
	c.Clock.Advance(at.Sub(c.Clock.Now()))
	before := map[string]int{}
	for _, u := range people {
		before[u.LoginID] = len(c.Mails(u.LoginID + "@"))
	}
	must(t, c.Users.Remind(t.Context()))
	must(t, c.Users.Remind(t.Context()))
	subjects := map[string]string{}
	for _, u := range people {
		mails := c.Mails(u.LoginID + "@")[before[u.LoginID]:]
		if len(mails) > 1 {
			t.Errorf("%v: %d mails to %s", at, len(mails), u.LoginID)
		}
		for _, m := range mails {
			subjects[u.LoginID] = m.Subject
		}
	}
	return subjects
}

// TestPasskeyReminders checks that where passkeys become required, those without one
// that works are mailed as those without 2FA are: with an app, with a passkey of an
// earlier address, without 2FA, and when an exemption ends. Those who have one are not.
func TestPasskeyReminders(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	c.withPasskey(t)
	c.Enrol(c.help)
	moved, exempt := c.User(c.acme.ID, "moira", portico.RoleUser), c.User(c.acme.ID, "emil", portico.RoleUser)
	c.addPasskey(t, c.as(moved), c.key(t))
	c.behind(t, `UPDATE authenticators SET rp_id = 'old.example' WHERE user_id = $1`, moved.ID)
	c.Enrol(exempt)
	people := []portico.User{c.user, c.help, c.admin, moved, exempt}
	day := func(n int) time.Time { return time.Date(2026, 11, 23+n, 0, 0, 0, 0, time.UTC) }
	c.decide(t, c.acme.ID, passkeysFor(portico.PasskeysRequired, day(10)))
	must(t, c.Users.Exempt(t.Context(), portico.CommandLine(), c.acme.ID, exempt.ID, day(12), "x"))
	is := func(at time.Time, want string, who ...portico.User) {
		t.Helper()
		got := c.reminded(t, at, people...)
		for _, u := range who {
			if got[u.LoginID] != want {
				t.Errorf("%v to %s: %q, want %q", at, u.LoginID, got[u.LoginID], want)
			}
		}
		if len(got) != len(who) {
			t.Errorf("%v: %q", at, got)
		}
	}
	is(day(3).Add(-time.Second), "")
	is(day(3), "A passkey is required in 7 days", c.help, c.admin, moved)
	if m := c.Mails("hedda@")[len(c.Mails("hedda@"))-1]; m.Link("/account") == "" || !strings.Contains(m.Text, "requires a passkey from 3 December 2026, in 7 days") || !strings.Contains(m.Text, "has no passkey yet that works at") {
		t.Errorf("the mail: %s", m.Text)
	}
	is(day(5), "A passkey is required in 7 days", exempt)
	is(day(9), "A passkey is required tomorrow", c.help, c.admin, moved)
	is(day(10), "")
	is(day(11), "A passkey is required tomorrow", exempt)
	is(day(13), "")
}

// TestPasskeyRemindersAfterTwoFactor checks that 2FA that is required first is
// reminded of first, and nothing where the portal's address takes no passkeys.
func TestPasskeyRemindersAfterTwoFactor(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	day := func(n int) time.Time { return time.Date(2026, 11, 23+n, 0, 0, 0, 0, time.UTC) }
	policy := passkeysFor(portico.PasskeysRequired, day(30))
	policy.Require = from(day(10)).Require
	c.decide(t, c.acme.ID, policy)
	if got := c.reminded(t, day(4), c.user)["ulla"]; got != "Two-factor authentication is required in 6 days" {
		t.Errorf("first: %q", got)
	}
	c.Enrol(c.user)
	if got := c.reminded(t, day(9), c.user)["ulla"]; got != "" {
		t.Errorf("with an app: %q", got)
	}
	if got := c.reminded(t, day(23), c.user)["ulla"]; got != "A passkey is required in 7 days" {
		t.Errorf("then: %q", got)
	}
	c = newFixture(t)
	c.Enrol(c.user)
	c.behind(t, `UPDATE customers SET policy = '{"passkeys":{"user":{"use":"required","from":"2026-12-03T00:00:00Z"}}}' WHERE id = $1`, c.acme.ID)
	if got := c.reminded(t, day(9), c.user)["ulla"]; got != "" {
		t.Errorf("where none work: %q", got)
	}
}

// TestRemindingOfAPasskey checks that administrators can remind people whose app will
// not do, or no longer does, and nobody who has a passkey.
func TestRemindingOfAPasskey(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	c.withPasskey(t)
	c.Enrol(c.help)
	b := c.as(c.admin)
	if p := b.Post(selected, picks("remind", c.help)...); !p.Has("Hedda Tester (hedda): This user has enabled 2FA.") {
		t.Errorf("without a rule: %s", p.Text())
	}
	policy := passkeysFor(portico.PasskeysRequired, time.Date(2026, 12, 23, 0, 0, 0, 0, time.UTC))
	policy.Passkeys.Administrator = portico.PasskeyRule{}
	c.decide(t, c.acme.ID, policy)
	if ask := b.Post(selected, picks("remind", c.help, c.user)...); !ask.Has("Ulla Tester (ulla): This user has enabled 2FA.") {
		t.Errorf("the question: %s", ask.Text())
	}
	last := func() porticotest.Mail { m := c.Mails("hedda@"); return m[len(m)-1] }
	ask := b.Post(selected, picks("remind", c.help)...)
	if !ask.Has("Send a reminder about 2FA to this user?") || !ask.Has("asks them to set up 2FA or to add a required passkey") || ask.Has("to set up 2FA on their Account page") {
		t.Errorf("the question: %s", ask.Text())
	}
	if p := b.Fill(ask, "Remind to set up 2FA"); !p.Has("A reminder about 2FA is on its way to Hedda Tester.") {
		t.Errorf("the notice: %s", p.Text())
	}
	if m := last(); m.Subject != "Please add a passkey" || !strings.Contains(m.Text, "Alice Tester asks you to add a passkey") || !strings.Contains(m.Text, "requires it from 23 December 2026 (UTC)") {
		t.Errorf("ahead: %s\n%s", m.Subject, m.Text)
	}
	c.Clock.Advance(31 * 24 * time.Hour)
	b = c.as(c.admin)
	b.Fill(b.Post(selected, picks("remind", c.help)...), "Remind to set up 2FA")
	if m := last(); m.Subject != "Please add a passkey" || strings.Contains(m.Text, "requires it from") || !strings.Contains(m.Text, c.acme.Name+" requires it already: you cannot use the portal until you have added one.") || c.events(portico.UserReminded, "") != 2 {
		t.Errorf("required already: %s\n%s", m.Subject, m.Text)
	}
}

// TestReminderNamesBothDays checks that the mails to somebody who needs 2FA and, on
// another day, a passkey tell both: by the portal, and by an administrator.
func TestReminderNamesBothDays(t *testing.T) {
	const (
		passkeyLater = " requires a passkey from 3 December 2026 (UTC): codes of an authenticator app are enough only until then."
		already      = " requires two-factor authentication already: you cannot use the portal until you have set it up."
	)
	day := func(n int) time.Time { return time.Date(2026, 11, 23+n, 0, 0, 0, 0, time.UTC) }
	for name, at := range map[string]struct {
		twoFactor        int // the day from which on it is required
		subject          string
		later, alreadyOn bool
	}{
		"2FA before a passkey": {7, "Two-factor authentication is required in 3 days", true, false},
		"on the same day":      {10, "A passkey is required in 6 days", false, false},
		"a passkey before 2FA": {14, "A passkey is required in 6 days", false, false},
		"2FA already":          {2, "A passkey is required in 6 days", false, true},
	} {
		t.Run(name, func(t *testing.T) {
			c := newFixture(t, porticotest.Named)
			policy := passkeysFor(portico.PasskeysRequired, day(10))
			policy.Require = from(day(at.twoFactor)).Require
			policy.Require.Administrator, policy.Passkeys.Administrator = time.Time{}, portico.PasskeyRule{}
			c.decide(t, c.acme.ID, policy)
			if got := c.reminded(t, day(4), c.user)["ulla"]; got != at.subject {
				t.Fatalf("reminded: %q, want %q", got, at.subject)
			}
			c.Clock.Advance(25 * time.Hour)
			b := c.as(c.admin)
			b.Fill(b.Post(selected, picks("remind", c.user)...), "Remind to set up 2FA")
			mails := c.Mails("ulla@")
			for _, m := range mails[len(mails)-2:] {
				if strings.Contains(m.Text, passkeyLater) != at.later || strings.Contains(m.Text, already) != at.alreadyOn {
					t.Errorf("%s: %s", m.Subject, m.Text)
				}
			}
		})
	}
}
