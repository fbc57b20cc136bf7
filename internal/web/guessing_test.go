package web_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"portico"
	"portico/internal/auth"
	"portico/internal/porticotest"
)

// TestC09_MailboxGivesNoCodes checks that a thief who reads somebody's mail,
// and so can choose new passwords, gets no more guesses at the codes, and that
// no more links work at a time than the limit.
func TestC09_MailboxGivesNoCodes(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	key := c.Enrol(c.user)
	looked, links := 0, 0
	for range 8 {
		b := c.Client()
		before := len(c.Mails("ulla@example.com"))
		b.Fill(b.Get("/login/forgot"), "Send link", "Login ID", "ulla")
		mails := c.Mails("ulla@example.com")
		if len(mails) == before {
			break
		}
		links++
		password := fmt.Sprintf("chosen by the thief %d", links)
		b.Fill(b.Get(mails[len(mails)-1].Link("/password/")), "Save password", "Password", password)
		b.Login("ulla", password, "")
		for range 5 {
			if p := b.Post("/login/code", "code", c.wrongCode(key)); p.Status == 422 || p.Path == "/login?done=login-over" {
				looked++
			}
		}
	}
	if looked > 5 || links < 8 {
		t.Errorf("%d codes were looked at, %d links used, within a moment", looked, links)
	}
	c.forget("ulla", 0, 9)
	if n := len(c.working(c.links("ulla@", "/password/"))); n < 1 || n > 3 {
		t.Errorf("%d links work", n)
	}
}

// TestC09_AYearInTheMailbox simulates a thief who reads a person's mail and
// chooses a new password for each guess at a code, for a year, with and without
// knowing the first password. No more codes are checked than the policy allows.
func TestC09_AYearInTheMailbox(t *testing.T) {
	if testing.Short() {
		return // simulation
	}
	const days = 365
	for name, password := range map[string]string{"mailbox": "", "mailbox and password": porticotest.Password} {
		t.Run(name, func(t *testing.T) {
			c := newFixture(t)
			key := c.Enrol(c.user)
			owner := &visitor{t, c, auth.Visit{Origin: portico.Origin{Address: "192.0.2.1"}}}
			if in, _, _ := owner.login(porticotest.Password, c.Code(key, 0)); !in {
				t.Fatal("the owner's first log-in")
			}
			start, password := c.Clock.Now(), password
			var looked []time.Time
			for turn := 0; c.Clock.Now().Before(start.AddDate(0, 0, days)); turn++ {
				visit := auth.Visit{Origin: portico.Origin{Address: fmt.Sprintf("10.%d.%d.7", turn>>8&255, turn&255)}}
				if chosen := c.byMail(t, visit, turn); chosen != "" {
					password = chosen
				}
				wait := time.Hour
				if password != "" {
					thief := &visitor{t, c, visit}
					in, evaluated, asked := thief.login(password, c.wrongCode(key))
					if in {
						t.Fatal("the thief got in")
					}
					if evaluated {
						looked = append(looked, c.Clock.Now())
					}
					wait = max(asked, 10*time.Second)
				}
				if turn%5 == 4 && password != "" {
					c.Clock.Advance(30 * time.Second)
					if in, _, _ := owner.login(password, c.Code(key, 0)); !in {
						t.Fatal("the owner is kept out of a known browser")
					}
				}
				if len(looked) >= 60 { // as far as the thief can see, the account is closed: try once a week
					wait = 7 * 24 * time.Hour
				}
				c.Clock.Advance(wait)
			}
			for i := range looked {
				if i >= 20 && looked[i].Sub(looked[i-20]) < 24*time.Hour {
					t.Errorf("21 guesses within %v", looked[i].Sub(looked[i-20]))
				}
			}
			if len(looked) > 60 || len(looked) < 40 {
				t.Errorf("%d guesses were looked at", len(looked))
			}
		})
	}
}

// byMail chooses a new password with the newest mailed link and returns it, or
// "" if there is no link.
func (c *fixture) byMail(t *testing.T, v auth.Visit, turn int) string {
	t.Helper()
	if err := c.Auth.Forgotten(t.Context(), v, "ulla"); err != nil && !portico.TooMany.Is(err) {
		t.Fatalf(`c.Auth.Forgotten(t.Context(), v, "ulla"): got %v, want not (err != nil && !portico.TooMany.Is(err))`, err)
	}
	mails := c.Mails("ulla@example.com")
	must(t, os.RemoveAll(filepath.Join(c.Dir, "outbox")))
	for _, m := range mails {
		if link := m.Link("/password/"); link != "" {
			password := fmt.Sprintf("chosen by the thief %d", turn)
			must(t, c.Auth.SetPasswordByLink(t.Context(), v.Origin, filepath.Base(link), password))
			return password
		}
	}
	return ""
}

// visitor is a browser that calls package auth directly, for tests that would
// need too many requests.
type visitor struct {
	t *testing.T
	c *fixture
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
		v.t.Fatalf("Login: got %v, want a refusal for the person", err)
	case told.Code == portico.TooMany:
		return false, false, max(told.Wait, time.Second)
	case told.Code != portico.Invalid:
		v.t.Fatalf("Login: got %v, want Invalid or TooMany", err)
	}
	return false, evaluated, 0
}

// TestC09_AYearOfGuessing simulates a guesser who has the password and tries a
// code whenever the throttle allows one, for a year, from one address or many.
// No more codes are checked than the policy allows, half as many if two apps make
// each of them twice as likely to be right, and the owner, who logs in with a known
// device meanwhile, always gets in.
func TestC09_AYearOfGuessing(t *testing.T) {
	if testing.Short() {
		return // simulation
	}
	const days = 365
	for _, run := range []struct {
		addresses int
		every     time.Duration // how often the owner logs in
		apps      int
	}{{1, 10 * 24 * time.Hour, 1}, {100, 2 * 24 * time.Hour, 1}, {10_000, 10 * 24 * time.Hour, 1}, {100, 10 * 24 * time.Hour, 2}} {
		t.Run(fmt.Sprint(run.addresses, run.apps), func(t *testing.T) {
			c := newFixture(t)
			key := c.Enrol(c.user)
			for range run.apps - 1 {
				c.AddApp(c.user)
			}
			owner := &visitor{t, c, auth.Visit{Origin: portico.Origin{Address: "192.0.2.1"}}}
			if in, _, _ := owner.login(porticotest.Password, c.Code(key, 0)); !in {
				t.Fatal("the owner's first log-in")
			}
			start := c.Clock.Now()
			var evaluated []time.Time
			turn, logins, ownerAt, guessAt := 0, 0, start.Add(run.every), start
			for now := start; now.Before(start.AddDate(0, 0, days)); now = c.Clock.Now() {
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
				if len(evaluated) >= 60/run.apps { // as far as the guesser can see, the account is closed: try once a week
					guessAt = now.Add(7 * 24 * time.Hour)
				}
			}
			for i := range evaluated {
				if most := 20 / run.apps; i >= most && evaluated[i].Sub(evaluated[i-most]) < 24*time.Hour {
					t.Errorf("%d guesses within %v", most+1, evaluated[i].Sub(evaluated[i-most]))
				}
			}
			if len(evaluated) > 60/run.apps || len(evaluated) < 40/run.apps || logins < days/15 {
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

// from returns a browser at an address.
func (c *fixture) from(address string) *visitor {
	return &visitor{c.T.(*testing.T), c, auth.Visit{Origin: portico.Origin{Address: address}}}
}

// TestC10_MonthsOfAStranger simulates a stranger at one address who tries
// passwords for two months, each as soon as the previous response allows it. The
// person can log in with a new browser in another network every time, and with
// the known device.
func TestC10_MonthsOfAStranger(t *testing.T) {
	if testing.Short() {
		return // simulation
	}
	c := newFixture(t)
	known := c.from("192.0.2.1")
	if in, _, _ := known.login(porticotest.Password, ""); !in {
		t.Fatal("the person's first log-in")
	}
	const days = 61
	start, every := c.Clock.Now(), 18*time.Hour
	tried, looked, visits, got, ofKnown := 0, 0, 0, 0, 0
	personAt, strangerAt := start.Add(every), start
	for now := start; now.Before(start.AddDate(0, 0, days)); now = c.Clock.Now() {
		if next := minTime(personAt, strangerAt); next.After(now) {
			c.Clock.Advance(next.Sub(now))
			continue
		}
		if !personAt.After(now) {
			visits++
			if in, _, _ := c.from(fmt.Sprintf("203.0.%d.5", visits)).login(porticotest.Password, ""); in {
				got++
			}
			if in, _, _ := known.login(porticotest.Password, ""); in {
				ofKnown++
			}
			personAt = now.Add(every)
			continue
		}
		tried++
		_, _, wait := c.from("198.51.100.7").login("not the password", "")
		if wait == 0 {
			looked++
		}
		strangerAt = now.Add(max(wait, time.Second))
	}
	if got != visits || ofKnown != visits || visits < days {
		t.Errorf("the person got in %d times of %d with a new browser, %d with the known one", got, visits, ofKnown)
	}
	if looked > 100+days*24+days*3 || looked < days {
		t.Errorf("%d of %d passwords were looked at", looked, tried)
	}
}
