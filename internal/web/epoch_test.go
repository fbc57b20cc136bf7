package web_test

import (
	"context"
	"crypto/sha256"
	"testing"
	"time"

	"portico"
	"portico/internal/auth"
	"portico/internal/porticotest"
	"portico/internal/store"
)

// TestC18_EpochAloneEnds checks that sessions, pending logins and links with an
// old epoch do not work, even if another program stored them after everything
// was ended.
func TestC18_EpochAloneEnds(t *testing.T) {
	c := newCast(t)
	key := c.Enrol(c.user)
	hash := func(token string) []byte {
		h := sha256.Sum256([]byte(token))
		return h[:]
	}
	for name, behind := range map[string]int64{"current": 0, "stale": 1} {
		must(t, c.DB.Update(context.Background(), portico.CommandLine(), func(tx *store.Tx) error {
			a, err := tx.Account(c.user.ID)
			if err != nil {
				return err
			}
			a.Epoch -= behind
			if err := tx.CreateSession("s-"+name, hash("session-"+name), a, portico.Origin{}, true); err != nil {
				return err
			}
			if err := tx.CreatePending(hash("pending-"+name), hash("browser"), a, tx.Now.Add(time.Minute)); err != nil {
				return err
			}
			return tx.PutLink(hash("link-"+name), store.LinkPassword, a, tx.Now.Add(time.Minute))
		}))
		b := c.Client()
		b.SetCookie("portico_session", "session-"+name)
		b.SetCookie("portico_login", "pending-"+name)
		b.SetCookie("portico_browser", "browser")
		counts := name == "current"
		if got := b.Get("/account").Has("Log out"); got != counts {
			t.Errorf("%s session: %v", name, got)
		}
		if got := b.Get("/password/link-"+name).Status == 200; got != counts {
			t.Errorf("%s link: %v", name, got)
		}
		if got := b.Get("/login/code").Has("Enter your code"); got != counts {
			t.Errorf("%s pending log-in: %v", name, got)
		}
		fresh := c.Client()
		fresh.SetCookie("portico_login", "pending-"+name)
		fresh.SetCookie("portico_browser", "browser")
		if got := fresh.Post("/login/code", "code", c.Code(key, 0)).Has("Hello"); got != counts {
			t.Errorf("code of a %s pending log-in: %v", name, got)
		}
		c.Clock.Advance(30 * time.Second)
	}
}

// TestC18_StatusAloneEnds checks that nothing works for an account that is not
// active, even if nothing was ended.
func TestC18_StatusAloneEnds(t *testing.T) {
	c := newCast(t)
	key := c.Enrol(c.user)
	b, pending := c.asWith(c.user, key), c.pend(c.user)
	must(t, c.Users.SendPasswordLink(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID))
	link := c.Mails("ulla@example.com")[0].Link("/password/")
	c.Clock.Advance(30 * time.Second)
	set := func(s portico.Status) {
		must(t, c.DB.Update(context.Background(), portico.CommandLine(), func(tx *store.Tx) error {
			u := c.user
			u.Status = s
			return tx.SaveProfile(c.acme.ID, u)
		}))
	}
	for _, status := range []portico.Status{portico.Suspended, portico.Invited} {
		set(status)
		if in(b) {
			t.Errorf("%q: a session", status)
		}
		if p := pending.Get("/login/code"); p.Has("Enter your code") {
			t.Errorf("%q: a pending log-in", status)
		}
		if p := c.Client().Get(link); p.Status != 410 {
			t.Errorf("%q: a password link: %d", status, p.Status)
		}
		if p := c.Client().Login("ulla", porticotest.Password, ""); p.Status != 422 {
			t.Errorf("%q: a new log-in: %d", status, p.Status)
		}
	}
	if set(portico.Active); !in(b) {
		t.Error("the session had ended otherwise")
	}
}

// TestC13_ServicesAskForConfirmationToo checks that the services ask for a
// confirmation too, and do not rely on the guards of the pages.
func TestC13_ServicesAskForConfirmationToo(t *testing.T) {
	c := newCast(t)
	c.Enrol(c.admin)
	b := c.as(c.user)
	ses, err := c.Auth.Authenticate(t.Context(), auth.Visit{SessionToken: b.Cookie("portico_session")})
	must(t, err)
	c.Clock.Advance(portico.ConfirmedTime)
	for name, do := range map[string]func() error{
		"set up":         func() error { return c.Auth.BeginSetup(t.Context(), ses, false) },
		"disable":        func() error { _, err := c.Auth.Disable(t.Context(), ses); return err },
		"delete":         func() error { _, err := c.Auth.DeleteTwoFactor(t.Context(), ses); return err },
		"recovery codes": func() error { return c.Auth.RenewRecovery(t.Context(), ses) },
		"password": func() error {
			_, err := c.Auth.ChangePassword(t.Context(), ses, porticotest.Password, "seven quiet rivers meet")
			return err
		},
	} {
		if err := do(); !portico.Forbidden.Is(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
