package web_test

import (
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
)

// TestExemption checks that an exemption needs a reason and a date within the
// next ninety days, and that it ends on that date or when an administrator ends
// it.
func TestExemption(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.decide(t, c.acme.ID, from(c.Clock.Now()))
	b := c.asWith(c.admin, c.Enrol(c.admin))
	ulla := c.as(c.user)
	page := access + "/" + string(c.user.ID)
	form := b.Get(b.Get(page).Link("Exempt for a while"))
	for typed, reason := range map[string]string{"": "x", "2026-11-23": "x", "2026-11-01": "x", "2027-02-22": "x", "soon": "x", "2026-11-25": " "} {
		if p := b.Fill(form, "Exempt", "Exempt until", typed, "Reason", reason); p.Status != 422 || p.Value("Exempt until") != typed || ulla.Get("/").Path != required {
			t.Errorf("%q for %q: %d", typed, reason, p.Status)
		}
	}
	p := b.Fill(form, "Exempt", "Exempt until", "2026-11-25", "Reason", "phone is on its way")
	if !p.Has("Exempt until 25 November 2026 (UTC): phone is on its way") || !p.Has("requires 2FA from 23 November 2026") {
		t.Errorf(`pressing "Exempt": got %s, want the text "Exempt until 25 November 2026 (UTC): phone is on its way", the text "requires 2FA from 23 November 2026"`, p.Text())
	}
	if p := ulla.Get("/"); p.Path != "/" || !p.Has("from 25 November") {
		t.Errorf("exempt: %s", p.Text())
	}
	if row := b.Get(policyPath).Row("ulla"); !strings.Contains(row, "25 November 2026") || !strings.Contains(row, "phone is on its way") {
		t.Errorf(`b.Get(policyPath).Row("ulla"): got %q, want "25 November 2026" in row, "phone is on its way" in row`, row)
	}
	if p := b.Get(page); b.Fill(p, "End the exemption").Path != page+"?done=exemption-ended" || ulla.Get("/").Path != required {
		t.Error("ended, and not stopped")
	}
	b.Post(page + "/exemption/end") // as in another tab
	if b.Get(policyPath).Row("ulla") != "" || c.events(portico.UserExempted, "Until 25 November 2026. Reason: phone is on its way") != 1 || c.events(portico.ExemptionEnded, "") != 1 {
		t.Errorf(`got %v, want b.Get(policyPath).Row("ulla") "", c.events(portico.UserExempted, "Until 25 November 2026. Reason: phone is on its way") 1, c.events(portico.ExemptionEnded, "") 1`, c.Events(c.acme.ID)[:2])
	}
	b.Post(page+"/exemption", "exempt_until", "2026-11-25", "reason", "again")
	c.Clock.Advance(48 * time.Hour)
	listed, _, err := c.Users.Exemptions(t.Context(), portico.CommandLine(), c.acme.ID)
	if must(t, err); c.as(c.user).Get("/").Path != required || len(listed) != 0 {
		t.Error("an exemption of the past counts")
	}
}

// TestExemptionIsGuarded checks that exemptions need the right role, another
// person, and a recent confirmation.
func TestExemptionIsGuarded(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	fields := []string{"exempt_until", "2026-12-01", "reason", "x"}
	path := func(u portico.User) string { return access + "/" + string(u.ID) + "/exemption" }
	exempt := func(u portico.User) bool { return !c.Account(u.ID).ExemptUntil.IsZero() }
	for who, status := range map[*portico.User]int{&c.user: 403, &c.help: 403, &c.admin: 403, &c.other: 404} {
		target := c.user
		if who == &c.admin {
			target = c.admin // nobody may exempt themselves
		}
		for _, to := range []string{path(target), path(target) + "/end"} {
			if p := c.as(*who).Post(to, fields...); p.Status != status || exempt(target) {
				t.Errorf("%s as %s: %d, want status %v, not exempt(target)", to, who.LoginID, p.Status, status)
			}
		}
	}
	b := c.as(c.admin)
	c.Clock.Advance(portico.ConfirmationTTL)
	p := b.Post(path(c.user), fields...)
	if p.Status != 403 || exempt(c.user) {
		t.Fatalf("without a confirmation: %d", p.Status)
	}
	if b.Fill(p, "Confirm", "Password", porticotest.Password); !exempt(c.user) {
		t.Error("after the confirmation")
	}
}
