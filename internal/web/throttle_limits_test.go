package web_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/auth"
	"portico/internal/porticotest"
	"portico/internal/store"
)

// TestC09_RightCodeClosesNothing: a right code in a new browser, after as many
// wrong ones as are allowed in 30 days but one, is no failure.
func TestC09_RightCodeClosesNothing(t *testing.T) {
	c := newFixture(t)
	key := c.Enrol(c.user)
	f := store.Failures{Bucket: "code/" + string(c.user.ID), Kind: "code", UserID: c.user.ID, Customer: c.acme.ID, Consecutive: 1}
	for i := range 59 {
		f.Recent = append(f.Recent, c.Clock.Now().Add(time.Duration(i-60)*10*time.Hour).Truncate(time.Millisecond))
	}
	f.FailedAt, f.ExpiresAt = f.Recent[58], c.Clock.Now().AddDate(0, 0, 30)
	must(t, c.DB.Update(t.Context(), portico.CommandLine(), func(tx *store.Tx) error { return tx.PutFailures(f) }))
	for range 3 {
		c.Clock.Advance(time.Minute)
		b := c.pend(c.user)
		if p := b.Post("/login/code", "code", c.Code(key, 0)); !p.Has("Hello Ulla") {
			t.Fatalf("the right code in a new browser: %s", p.Text())
		}
	}
	// The sixtieth wrong one does close them, which an administrator can see and clear.
	c.pend(c.user).Post("/login/code", "code", c.wrongCode(key))
	c.Clock.Advance(time.Hour)
	if p := c.pend(c.user).Post("/login/code", "code", c.Code(key, 0)); p.Status != 429 {
		t.Errorf("after the sixtieth: %d", p.Status)
	}
	c.Clock.Advance(40 * 24 * time.Hour)
	admin := c.as(c.admin)
	if p := admin.Fill(admin.Get(access+"/"+string(c.user.ID)), "Clear failed attempts"); !p.Has("The failed attempts of Ulla Tester are cleared") {
		t.Errorf("the administrator: %s", p.Text())
	}
}

// TestC09_RollingCaps checks that a success between failures clears the
// consecutive ones and nothing else: 20 codes are checked per day and 60 in 30
// days, then none. A password chosen by a mailed link does not reopen the
// account. A password that was changed after proving the authenticator does,
// and so does an administrator.
func TestC09_RollingCaps(t *testing.T) {
	if testing.Short() {
		return // simulation
	}
	c := newFixture(t)
	key := c.Enrol(c.user)
	// As long as failures are allowed, each is followed by the owner's success in a
	// new browser.
	known := c.asWith(c.user, key)
	knownLogin := func(password string) {
		t.Helper()
		c.Clock.Advance(time.Minute)
		known.Post("/logout")
		if p := known.Login("ulla", password, c.Code(key, 0)); !p.Has("Hello Ulla") {
			t.Fatalf("in the known browser: %s", p.Text())
		}
	}
	evaluated, closed := 0, ""
	for day := 0; day < 4 && closed == ""; day++ {
		today := 0
		for range 25 {
			c.Clock.Advance(time.Minute)
			b := c.pend(c.user)
			p := b.Post("/login/code", "code", c.wrongCode(key))
			if p.Status == 422 {
				today++
			} else if strings.Contains(p.Alert(), "ask your administrator") {
				closed = p.Alert()
			}
			if today < 19 {
				b.Post("/login/code", "code", c.Code(key, 0))
			}
		}
		if want := []int{20, 20, 20, 0}[day]; today != want {
			t.Fatalf("day %d: %d looked at", day, today)
		}
		evaluated += today
		knownLogin(porticotest.Password)
		c.Clock.Advance(25 * time.Hour)
	}
	if evaluated != 60 || closed == "" {
		t.Fatalf("%d looked at, closed %q", evaluated, closed)
	}
	c.Clock.Advance(80 * 24 * time.Hour)
	password := porticotest.Password
	fresh := func() *porticotest.Page {
		c.Clock.Advance(time.Minute)
		b := c.Client()
		b.Login("ulla", password, "")
		return b.Post("/login/code", "code", c.Code(key, 0))
	}
	if p := fresh(); p.Status != 429 {
		t.Errorf("after eighty days: %d", p.Status)
	}
	b := c.Client()
	b.Fill(b.Get("/login/forgot"), "Send link", "Login ID", "ulla")
	mails := c.Mails("ulla@example.com")
	password = "seven quiet rivers meet"
	b.Fill(b.Get(mails[len(mails)-1].Link("/password/")), "Save password", "Password", password)
	if p := fresh(); p.Status != 429 {
		t.Errorf("with a new password, by a mailed link: %d", p.Status)
	}
	admin := c.as(c.admin)
	page := "/administration/access/" + string(c.user.ID)
	if p := admin.Fill(admin.Get(page), "Clear failed attempts"); !p.Has("The failed attempts of Ulla Tester are cleared") {
		t.Fatalf("the administrator: %s", p.Text())
	}
	if p := fresh(); !p.Has("Hello Ulla") || admin.Get(page).Has("Clear failed attempts") {
		t.Errorf("after an administrator: %s", p.Text())
	}
	c.close(t, c.user)
	if p := fresh(); p.Status != 429 {
		t.Fatalf("closed again: %d", p.Status)
	}
	knownLogin(password)
	if p := known.Fill(known.Get("/account/password"), "Save password", "Current password", password, "New password", "eight loud rivers part"); p.Status != 200 {
		t.Fatalf("changing the password: %s", p.Text())
	}
	password = "eight loud rivers part"
	if p := fresh(); !p.Has("Hello Ulla") {
		t.Errorf("with a new password, where the authenticator was proved: %s", p.Text())
	}
}

// close closes a person's codes, as sixty wrong ones in a month do.
func (c *fixture) close(t *testing.T, u portico.User) {
	t.Helper()
	must(t, c.DB.Update(t.Context(), portico.CommandLine(), func(tx *store.Tx) error {
		return tx.PutFailures(store.Failures{
			Bucket: "code/" + string(u.ID), Kind: "code", UserID: u.ID, Customer: u.CustomerID, Consecutive: 60, Closed: true,
			FailedAt: tx.Now, ExpiresAt: tx.Now.AddDate(100, 0, 0), Locked: tx.Now.AddDate(100, 0, 0),
		})
	}))
}

// TestC09_AttemptsAreShownAndCleared checks what the command user unlock does.
func TestC09_AttemptsAreShownAndCleared(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	key := c.Enrol(c.user)
	c.exhaust(t, c.user, key)
	attempts, err := c.Auth.AttemptsOf(t.Context(), c.user.ID)
	must(t, err)
	if len(attempts) == 0 || attempts[0] != (auth.Attempts{What: "codes", Consecutive: 5, Recent: 5, Wait: 30 * time.Second}) {
		t.Errorf(`c.Auth.AttemptsOf(t.Context(), c.user.ID): got %+v, want len(attempts) other than 0, attempts[0] (auth.Attempts{What: "codes", Consecutive: 5, Recent: 5, Wait: 30 * time.Second})`, attempts)
	}
	must(t, c.Users.Unlock(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID))
	if c.events(portico.UserUnlocked, "") != 1 {
		t.Error("not in the log")
	}
	if p := c.pend(c.user).Post("/login/code", "code", c.Code(key, 0)); !p.Has("Hello Ulla") {
		t.Errorf(`POST /login/code: got %s, want the text "Hello Ulla"`, p.Text())
	}
}

// TestAttemptsWithTwoAppsAreCountedOnce checks that what the command user unlock shows
// are attempts, although each counts for both apps in the limits.
func TestAttemptsWithTwoAppsAreCountedOnce(t *testing.T) {
	c := newFixture(t)
	c.Enrol(c.user)
	c.AddApp(c.user)
	for range 2 {
		c.pend(c.user).Post("/login/code", "code", "000000")
	}
	c.Clock.Advance(time.Minute)
	c.pend(c.user).Post("/login/code", "code", "000000")
	attempts, err := c.Auth.AttemptsOf(t.Context(), c.user.ID)
	must(t, err)
	if len(attempts) == 0 || attempts[0] != (auth.Attempts{What: "codes", Consecutive: 3, Recent: 3}) {
		t.Errorf("after three wrong codes: %+v", attempts)
	}
}

// TestC10_NewNetworksHaveAShare checks that strangers from many networks can
// also use up the share of new networks, of which each has little, and that no
// more passwords are checked than documented.
func TestC10_NewNetworksHaveAShare(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	looked := 0
	for i := range porticotest.Amount(60, 30) {
		for range 10 {
			if _, _, wait := c.from(fmt.Sprintf("10.%d.%d.7", i/250, i%250)).login("not the password", ""); wait == 0 {
				looked++
			}
		}
		c.Clock.Advance(time.Second)
	}
	if looked != 100+10 {
		t.Errorf("%d passwords were looked at within minutes", looked)
	}
	c.Clock.Advance(24*time.Hour + time.Minute) // nobody has failed for a day
	for i := range 3 {
		if _, _, wait := c.from("10.0.0.7").login("not the password", ""); wait != 0 {
			t.Errorf("attempt %d a day later waits for %v", i, wait)
		}
	}
}

// TestC10_RefusedAttemptsCountForTheirSource checks that a source which keeps
// trying while it has to wait is rejected for all accounts.
func TestC10_RefusedAttemptsCountForTheirSource(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.User(c.acme.ID, "walter", portico.RoleUser)
	for range 10 + 25 {
		c.from("198.51.100.7").login("not the password", "")
	}
	b := auth.Visit{Origin: portico.Origin{Address: "198.51.100.7"}}
	if _, err := c.Auth.Login(t.Context(), b, "walter", porticotest.Password); !portico.TooMany.Is(err) {
		t.Errorf("the source is heard about somebody else: %v", err)
	}
}
