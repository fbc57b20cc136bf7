package web_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"portico"
	"portico/internal/auth"
	"portico/internal/porticotest"
)

// visitor is a browser that calls package auth directly, for tests that would
// need too many requests.
type visitor struct {
	t *testing.T
	c *cast
	v auth.Visit
}

// login makes both steps of a log-in. It returns whether it gave a session,
// whether the code was checked, and how long to wait if it was not.
func (v *visitor) login(password, code string) (in, evaluated bool, wait time.Duration) {
	v.t.Helper()
	out, err := v.c.Auth.Login(v.t.Context(), v.v, "ulla", password)
	if err == nil && out.Step == auth.StepCode {
		v.v.PendingToken, v.v.BrowserToken = out.Token, out.BrowserToken
		out, err = v.c.Auth.SubmitCode(v.t.Context(), v.v, code, false)
		evaluated = err == nil || portico.Invalid.Is(err)
	}
	var told *portico.Error
	switch {
	case err == nil:
		v.v.BrowserToken, v.v.SessionToken = out.BrowserToken, out.Token
		return true, evaluated, 0
	case !errors.As(err, &told):
		v.t.Fatal(err)
	case told.Code == portico.TooMany:
		return false, false, max(told.Wait, time.Second)
	case told.Code != portico.Invalid:
		v.t.Fatal(err)
	}
	return false, evaluated, 0
}

// TestC09_AYearOfGuessing simulates a guesser who has the password and tries a
// code whenever the throttle allows one, for a year, from one address or many.
// No more codes are checked than the policy allows, and the owner, who logs in
// with a known device meanwhile, always gets in.
func TestC09_AYearOfGuessing(t *testing.T) {
	for _, run := range []struct {
		addresses int
		every     time.Duration // how often the owner logs in
	}{{1, 10 * 24 * time.Hour}, {100, 2 * 24 * time.Hour}, {10_000, 10 * 24 * time.Hour}} {
		t.Run(fmt.Sprint(run.addresses), func(t *testing.T) {
			c := newCast(t)
			key := c.Enrol(c.user)
			owner := &visitor{t, c, auth.Visit{Origin: portico.Origin{Address: "192.0.2.1"}}}
			if in, _, _ := owner.login(porticotest.Password, c.Code(key, 0)); !in {
				t.Fatal("the owner's first log-in")
			}
			start := c.Clock.Now()
			var evaluated []time.Time
			turn, logins, ownerAt, guessAt := 0, 0, start.Add(run.every), start
			for now := start; now.Before(start.Add(365 * 24 * time.Hour)); now = c.Clock.Now() {
				if next := minTime(ownerAt, guessAt); next.After(now) {
					c.Clock.Advance(next.Sub(now))
					continue
				}
				if !ownerAt.After(now) {
					if in, _, wait := owner.login(porticotest.Password, c.Code(key, 0)); !in {
						t.Fatalf("the owner is kept out on %s for %v", now, wait)
					}
					logins++
					ownerAt = now.Add(run.every)
					continue
				}
				turn++
				attacker := &visitor{t, c, auth.Visit{Origin: portico.Origin{Address: fmt.Sprintf("10.%d.%d.7", turn%run.addresses>>8, turn%run.addresses&255)}}}
				in, wasEvaluated, wait := attacker.login(porticotest.Password, c.wrongCode(key))
				if in {
					t.Fatal("the guesser got in")
				}
				if wasEvaluated {
					evaluated = append(evaluated, now)
				}
				guessAt = now.Add(wait)
				if len(evaluated) >= 60 { // as far as the guesser can see, the account is closed: try once a week
					guessAt = now.Add(7 * 24 * time.Hour)
				}
			}
			for i := range evaluated {
				if i >= 20 && evaluated[i].Sub(evaluated[i-20]) < 24*time.Hour {
					t.Errorf("21 guesses within %v", evaluated[i].Sub(evaluated[i-20]))
				}
			}
			if len(evaluated) > 60 || len(evaluated) < 40 || logins < 30 {
				t.Errorf("%d guesses looked at, the owner logged in %d times", len(evaluated), logins)
			}
		})
	}
}

func minTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
