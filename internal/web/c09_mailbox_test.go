package web_test

import (
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
	c := newCast(t)
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
	for name, password := range map[string]string{"mailbox": "", "mailbox and password": porticotest.Password} {
		t.Run(name, func(t *testing.T) {
			c := newCast(t)
			key := c.Enrol(c.user)
			owner := &visitor{t, c, auth.Visit{Origin: portico.Origin{Address: "192.0.2.1"}}}
			if in, _, _ := owner.login(porticotest.Password, c.Code(key, 0)); !in {
				t.Fatal("the owner's first log-in")
			}
			start, password := c.Clock.Now(), password
			var looked []time.Time
			for turn := 0; c.Clock.Now().Before(start.Add(365 * 24 * time.Hour)); turn++ {
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
func (c *cast) byMail(t *testing.T, v auth.Visit, turn int) string {
	t.Helper()
	if err := c.Auth.Forgotten(t.Context(), v, "ulla"); err != nil && !portico.TooMany.Is(err) {
		t.Fatal(err)
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
