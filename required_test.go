package portico

import (
	"testing"
	"time"
)

var (
	noon     = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	midnight = time.Date(2026, 12, 3, 0, 0, 0, 0, time.UTC)
)

// TestRequiredFrom checks that 2FA is required from the role's date or the end
// of an exemption, whichever is later, and never of unknown roles.
func TestRequiredFrom(t *testing.T) {
	p := Policy{Require: Requirement{User: midnight, Administrator: noon}}
	for _, c := range []struct {
		u    User
		want time.Time
	}{
		{User{Role: RoleUser}, midnight},
		{User{Role: RoleAdministrator}, noon},
		{User{Role: RoleHelpDesk}, time.Time{}},
		{User{Role: RoleHelpDesk, ExemptUntil: midnight}, time.Time{}},
		{User{Role: RoleUser, ExemptUntil: noon}, midnight},
		{User{Role: RoleUser, ExemptUntil: midnight.Add(1)}, midnight.Add(1)},
		{User{Role: "owner"}, time.Time{}},
	} {
		if got := p.RequiredFrom(c.u); !got.Equal(c.want) {
			t.Errorf("%+v: %v, want %v", c.u, got, c.want)
		}
	}
}

// TestEnforced checks the exact instant, with every state of 2FA.
func TestEnforced(t *testing.T) {
	p := Policy{Require: Requirement{User: midnight}}
	for _, c := range []struct {
		two      TwoFactor
		at       time.Time
		enforced bool
		enrol    bool
		ahead    bool
	}{
		{TwoFactorNone, midnight.Add(-1), false, false, true},
		{TwoFactorNone, midnight, true, true, false},
		{TwoFactorDisabled, midnight, true, true, false},
		{TwoFactorDisabled, noon, false, false, true},
		{TwoFactorEnabled, midnight, true, false, false},
		{TwoFactorEnabled, noon, false, false, false},
		{"passkey", midnight, true, true, false},
	} {
		u := User{Role: RoleUser, TwoFactor: c.two}
		if p.TwoFactorRequired(u, c.at) != c.enforced || p.MustEnrol(u, c.at) != c.enrol || p.RequirementAhead(u, c.at).IsZero() == c.ahead {
			t.Errorf("%+v: %v %v %v, want p.TwoFactorRequired(u, c.at) %v, p.MustEnrol(u, c.at) %v, p.RequirementAhead(u, c.at).IsZero() other than %v", c, p.TwoFactorRequired(u, c.at), p.MustEnrol(u, c.at), p.RequirementAhead(u, c.at), c.enforced, c.enrol, c.ahead)
		}
		if none := (Policy{}); none.TwoFactorRequired(u, c.at) || none.MustEnrol(u, c.at) || !none.RequirementAhead(u, c.at).IsZero() || !none.Reminder(u, c.at).IsZero() {
			t.Errorf("without a rule: %+v", c)
		}
	}
}

func TestReminder(t *testing.T) {
	p := Policy{Require: Requirement{User: midnight}}
	first, second := midnight.Add(-7*24*time.Hour), midnight.Add(-24*time.Hour)
	for at, want := range map[time.Time]time.Time{
		noon: {}, first.Add(-1): {}, first: first, second.Add(-1): first, second: second, midnight.Add(-1): second, midnight: {}, midnight.Add(time.Hour): {},
	} {
		if got := p.Reminder(User{Role: RoleUser}, at); !got.Equal(want) {
			t.Errorf("%v: %v, want %v", at, got, want)
		}
		if got := p.Reminder(User{Role: RoleUser, TwoFactor: TwoFactorEnabled}, at); !got.IsZero() {
			t.Errorf("with 2FA, %v: %v", at, got)
		}
	}
}

// TestDaysLeft checks that days are counted by the calendar in UTC, whatever
// the time zone of the clock.
func TestDaysLeft(t *testing.T) {
	here := time.FixedZone("", 13*60*60)
	for now, want := range map[time.Time]int{
		midnight: 0, midnight.Add(-1): 1, midnight.Add(-24 * time.Hour): 1, midnight.Add(-24*time.Hour - 1): 2, noon: 10, noon.In(here): 10,
		midnight.Add(-time.Hour).In(here): 1,
	} {
		if got := DaysLeft(midnight, now); got != want {
			t.Errorf("%v: %d, not %d", now, got, want)
		}
	}
}

// TestPasswordMinimum checks that less than 15 characters are enough only if
// 2FA is required already.
func TestPasswordMinimum(t *testing.T) {
	for _, c := range []struct {
		length   int
		required bool
		want     int
	}{{0, false, 15}, {0, true, 15}, {8, false, 15}, {8, true, 8}, {12, true, 12}, {20, false, 20}, {20, true, 20}, {3, true, 8}, {-1, true, 8}} {
		p := Policy{PasswordLength: c.length}
		if c.required {
			p.Require.User = noon
		}
		if got := p.PasswordMinimum(User{Role: RoleUser}, noon); got != c.want {
			t.Errorf("%+v: %d, want %v", c, got, c.want)
		}
	}
	ahead := Policy{PasswordLength: 8, Require: Requirement{User: midnight}}
	if got := ahead.PasswordMinimum(User{Role: RoleUser}, noon); got != 15 {
		t.Errorf("before the day: %d", got)
	}
}

// TestSessionLimits checks that a policy can only shorten the limits.
func TestSessionLimits(t *testing.T) {
	for _, c := range []struct {
		p             Policy
		r             Role
		hours, minute int
	}{
		{Policy{}, RoleUser, 24, 60},
		{Policy{}, RoleHelpDesk, 12, 30},
		{Policy{SessionHours: 24, IdleMinutes: 60}, RoleAdministrator, 12, 30},
		{Policy{SessionHours: 18, IdleMinutes: 45}, RoleUser, 18, 45},
		{Policy{SessionHours: 1, IdleMinutes: 5}, RoleOperator, 1, 5},
		{Policy{SessionHours: 100, IdleMinutes: 600}, RoleUser, 24, 60},
		{Policy{SessionHours: -1, IdleMinutes: -1}, "owner", 12, 30},
	} {
		overall, idle := c.p.SessionLimits(c.r)
		if overall != time.Duration(c.hours)*time.Hour || idle != time.Duration(c.minute)*time.Minute {
			t.Errorf("%+v %s: %v %v, want overall time.Duration(c.hours)*time.Hour, idle time.Duration(c.minute)*time.Minute", c.p, c.r, overall, idle)
		}
	}
}
