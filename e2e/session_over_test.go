package e2e

import (
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"

	"portico"
	"portico/internal/porticotest"
)

// TestFormOfAnEndedSession is the journey of a form that is sent after its
// session has ended, by a reader in New York: the log-in page says so, and the
// form is there again. Days and times are the reader's with script, and UTC
// without it.
func TestFormOfAnEndedSession(t *testing.T) {
	t.Parallel()
	for name, l := range map[string]look{"desktop": desktop, "phone": phone} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := portal(t)
			p.User(p.Customer("acme", "Acme Telecom").ID, "alice", portico.RoleAdministrator)
			b := browse(t, p, l)
			call(b, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "America/New_York"})
			p.Clock.Advance(time.Date(2026, 11, 24, 3, 30, 0, 0, time.UTC).Sub(p.Clock.Now())) // the evening of the 23rd there
			b.login("alice", porticotest.Password, "")

			b.open("/administration/report")
			today, shown, zone := "2026-11-23", "23 Nov 2026, 22:30", "(America/New_York)"
			if !l.script {
				today, shown, zone = "2026-11-24", "24 Nov 2026, 03:30 UTC", "(UTC)"
			}
			b.reads(shown)
			b.reads(zone)
			if got := b.eval(`document.getElementById("until").value`); got != today {
				t.Errorf("the last day is %q, want %q", got, today)
			}
			b.screenshot("report zone " + name)

			b.open("/administration/access/new")
			b.fill("First name", "Zoë")
			b.fill("Email", "zoe@example.org")
			b.fill("Labels", "night shift")
			p.Clock.Advance(13 * time.Hour)
			b.follow("button", "Create user")
			b.reads("Your session ended before you sent the form")
			b.screenshot("session over " + name)
			b.fill("Login ID", "alice")
			b.fill("Password", porticotest.Password)
			b.follow("button", "Log in")
			b.reads("Check what you entered, and send it again")
			if got := b.eval(`document.getElementById("first_name").value + ", " + document.getElementById("labels").value`); got != "Zoë, night shift" {
				t.Errorf("the form shows %q", got)
			}
			b.screenshot("form restored " + name)
			b.follow("button", "Create user")
			b.reads("was created. A welcome email")
		})
	}
}
