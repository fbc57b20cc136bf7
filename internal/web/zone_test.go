package web_test

import (
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/web"
)

const (
	newYork = "America/New_York"
	tokyo   = "Asia/Tokyo"
)

// inZone sets the zone as the pages' script does.
func inZone(b *porticotest.Client, zone string) *porticotest.Client {
	b.SetCookie("portico_zone", zone)
	return b
}

// until moves the clock to a time.
func (c *fixture) until(at time.Time) { c.Clock.Advance(at.Sub(c.Clock.Now())) }

// TestFilterDaysAreTheReaders checks that the days of the audit log's filter
// begin and end in the zone in which its times are shown, on the page and in
// its files, and that both say the zone.
func TestFilterDaysAreTheReaders(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.until(time.Date(2026, 11, 24, 3, 30, 0, 0, time.UTC)) // still the 23rd in New York, 12:30 on the 24th in Tokyo
	c.as(c.user)
	c.until(time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC))
	for zone, want := range map[string]struct{ day, other, time, says string }{
		newYork:           {"2026-11-23", "2026-11-24", "23 Nov 2026, 22:30", "(America/New_York)"},
		tokyo:             {"2026-11-24", "2026-11-23", "24 Nov 2026, 12:30", "(Asia/Tokyo)"},
		"Asia/Kathmandu":  {"2026-11-24", "2026-11-23", "24 Nov 2026, 09:15", "(Asia/Kathmandu)"},
		"":                {"2026-11-24", "2026-11-23", "24 Nov 2026, 03:30:00 UTC", "(UTC)"},
		"UTC":             {"2026-11-24", "2026-11-23", "24 Nov 2026, 03:30:00 UTC", "(UTC)"},
		"Local":           {"2026-11-24", "2026-11-23", "24 Nov 2026, 03:30:00 UTC", "(UTC)"},
		"Mars/Phobos":     {"2026-11-24", "2026-11-23", "24 Nov 2026, 03:30:00 UTC", "(UTC)"},
		"../../etc/group": {"2026-11-24", "2026-11-23", "24 Nov 2026, 03:30:00 UTC", "(UTC)"},
	} {
		b := inZone(c.as(c.admin), zone)
		filter := "?person=ulla&action=login.done&from=" + want.day + "&until=" + want.day
		p := b.Get("/administration/audit" + filter)
		if !p.Has(want.time) || !p.Has(want.says) || p.Has("No events match") {
			t.Errorf("%q: the day has %s", zone, p.Text())
		}
		if want.says != "(UTC)" && p.Has(" UTC ") {
			t.Errorf("%q: the page shows UTC as well: %s", zone, p.Text())
		}
		if p := b.Get("/administration/audit.csv" + filter); !strings.Contains(p.Body, "2026-11-24T03:30:00Z") {
			t.Errorf("%q: the file has %s", zone, p.Body)
		}
		other := strings.ReplaceAll(filter, want.day, want.other)
		if p := b.Get("/administration/audit" + other); !p.Has("No events match") {
			t.Errorf("%q: the other day has %s", zone, p.Text())
		}
		if p := b.Get("/administration/audit.jsonl" + other); p.Body != "" {
			t.Errorf("%q: the file of the other day has %s", zone, p.Body)
		}
	}
}

// TestReportDaysAreTheReaders checks the same for the report, whose last day is
// today where its reader is.
func TestReportDaysAreTheReaders(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.Enrol(c.user)
	c.until(time.Date(2026, 11, 24, 3, 30, 0, 0, time.UTC))
	c.Reset(c.user, "lost phone")
	for zone, today := range map[string]string{newYork: "2026-11-23", tokyo: "2026-11-24", "": "2026-11-24", "Pacific/Kiritimati": "2026-11-24", "Pacific/Honolulu": "2026-11-23"} {
		b := inZone(c.as(c.admin), zone)
		p := b.Get("/administration/report")
		if got := p.Value("Last day"); got != today || !p.Has("lost phone") {
			t.Errorf("%q: the last day is %q, want %q: %s", zone, got, today, p.Text())
		}
		if p := b.Get("/administration/report.csv?from=" + today + "&until=" + today); !strings.Contains(p.Body, "lost phone") {
			t.Errorf("%q: the file has %s", zone, p.Body)
		}
	}
}

// TestPolicyDaysAreTheReaders checks that a day of the policy begins at
// midnight where the administrator is, and is shown so that every reader knows
// the moment.
func TestPolicyDaysAreTheReaders(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.Enrol(c.help)
	b := inZone(c.as(c.admin), newYork)
	p := b.Fill(b.Get(policyPath), "Save 2FA", "Users, 2FA required from", "2026-12-03")
	if !p.Has("2FA is required from 3 December 2026.") || !p.Has("(America/New_York)") {
		t.Errorf("the preview says %s", p.Text())
	}
	p = b.Fill(p, "Save the policy")
	midnight := time.Date(2026, 12, 3, 5, 0, 0, 0, time.UTC)
	if got := c.policyOf(t, c.acme.ID).Policy.Require.User; !got.Equal(midnight) {
		t.Errorf("required from %s, want %s", got, midnight)
	}
	if p.Value("Users, 2FA required from") != "2026-12-03" {
		t.Errorf("the page says %q", p.Value("Users, 2FA required from"))
	}
	if n := c.events(portico.PolicyChanged, "rules of its own hold; 2FA for users: required from 3 December 2026, 05:00 UTC"); n != 1 {
		t.Errorf("the log has %+v", c.Events(c.acme.ID)[0])
	}
	for zone, want := range map[string]string{newYork: "3 December 2026 (America/New_York)", tokyo: "3 December 2026, 14:00 (Asia/Tokyo)", "": "3 December 2026, 05:00 (UTC)"} {
		inZone(b, zone)
		if p := b.Get("/administration/access/" + string(c.user.ID)); !p.Has("requires 2FA from " + want) {
			t.Errorf("%q: %s", zone, p.Text())
		}
		// Saving another rule moves no day, nor does saving the day as it is shown.
		b.Fill(b.Get(policyPath), "Save passwords and sessions", "Minimum password length", "16")
		b.Fill(b.Get(policyPath), "Save 2FA")
		if got := c.policyOf(t, c.acme.ID).Policy.Require.User; !got.Equal(midnight) {
			t.Errorf("%q: saving another rule moved the day to %s", zone, got)
		}
	}
	c.until(time.Date(2026, 12, 2, 4, 59, 0, 0, time.UTC)) // the evening of the 1st in New York
	for zone, want := range map[string]string{newYork: "Two Factor Authentication is required from 3 December: 2 days left", "": "from 05:00 tomorrow", tokyo: "from 14:00 tomorrow"} {
		if p := inZone(c.as(c.user), zone).Get("/"); !p.Has(want) {
			t.Errorf("%q: the banner is not %q: %s", zone, want, p.Text())
		}
	}
}

// TestExemptionDaysAreTheReaders checks exemptions, and that a day counts in
// the zone that its page was shown in.
func TestExemptionDaysAreTheReaders(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.until(time.Date(2026, 11, 24, 3, 30, 0, 0, time.UTC))
	page := "/administration/access/" + string(c.user.ID) + "/exemption"
	for zone, want := range map[string]time.Time{
		newYork: time.Date(2026, 11, 26, 5, 0, 0, 0, time.UTC),
		tokyo:   time.Date(2026, 11, 25, 15, 0, 0, 0, time.UTC),
		"":      time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC),
	} {
		b := inZone(c.as(c.admin), zone)
		form := b.Get(page)
		inZone(b, "Europe/Berlin") // the reader travels while the form is open
		p := b.Fill(form, "Exempt", "Exempt until", "2026-11-26", "Reason", "no phone")
		if got := c.Account(c.user.ID).ExemptUntil; !got.Equal(want) {
			t.Errorf("%q: exempt until %s, want %s: %s", zone, got, want, p.Text())
		}
		if p := inZone(b, zone).Get(page); p.Value("Exempt until") != "2026-11-26" {
			t.Errorf("%q: the page says %q", zone, p.Value("Exempt until"))
		}
		elsewhere := b.Fill(inZone(b, "America/Los_Angeles").Get(page), "Exempt", "Reason", "still no phone")
		if got := c.Account(c.user.ID); !got.ExemptUntil.Equal(want) || got.ExemptReason != "still no phone" {
			t.Errorf("%q: a day that was not changed moved to %s, want %s: %s", zone, got.ExemptUntil, want, elsewhere.Text())
		}
		must(t, c.Users.EndExemption(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID))
	}
	b := inZone(c.as(c.admin), newYork)
	if p := b.Fill(b.Get(page), "Exempt", "Exempt until", "2026-11-23", "Reason", "today there"); p.Status != 422 || p.Value("Exempt until") != "2026-11-23" {
		t.Errorf("today: %d %s", p.Status, p.Text())
	}
	if p := b.Fill(b.Get(page), "Exempt", "Exempt until", "", "Reason", ""); !p.Has("within the next 90 days") || !p.Has("Enter why this user is exempt.") {
		t.Errorf("without a day and a reason: %s", p.Text())
	}
}

// TestDaysBegin checks days on which clocks change at midnight.
func TestDaysBegin(t *testing.T) {
	for _, d := range []struct{ zone, day, want string }{
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T01:00:00-02:00"}, // 00:00 is skipped
		{"America/Havana", "2026-11-01", "2026-11-01T00:00:00-04:00"},    // 00:00 comes twice
		{"Africa/Cairo", "2026-04-24", "2026-04-24T01:00:00+03:00"},
		{"Europe/Berlin", "2026-03-29", "2026-03-29T00:00:00+01:00"},
		{"Asia/Kathmandu", "2026-11-24", "2026-11-24T00:00:00+05:45"},
	} {
		zone, err := time.LoadLocation(d.zone)
		must(t, err)
		got, err := web.Date(d.day, zone)
		must(t, err)
		if text := got.Format(time.RFC3339); text != d.want {
			t.Errorf("%s in %s begins at %s, want %s", d.day, d.zone, text, d.want)
		}
	}
}
