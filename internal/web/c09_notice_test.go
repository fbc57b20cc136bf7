package web_test

import (
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/store"
)

// told counts the mails to the user with a subject.
func (c *cast) told(subject string) (n int) {
	for _, m := range c.Mails("ulla@") {
		if m.Subject == subject {
			n++
		}
	}
	return n
}

// unanswered makes an attempt that is counted and ends in an error, as one does
// whose client hangs up or for which there is no room.
func (c *cast) unanswered(t *testing.T, try func() *porticotest.Page) {
	t.Helper()
	var secret []byte
	hash := c.Account(c.user.ID).PasswordHash
	if c.Account(c.user.ID).TwoFactor == portico.TwoFactorEnabled {
		c.spoil(t, c.user, func(f *store.Authenticator) { secret, f.Secret = f.Secret, []byte("broken") })
		defer c.spoil(t, c.user, func(f *store.Authenticator) { f.Secret = secret })
	} else {
		c.behind(t, "UPDATE users SET password_hash = 'broken' WHERE id = $1", c.user.ID)
		defer c.behind(t, "UPDATE users SET password_hash = $1 WHERE id = $2", hash, c.user.ID)
	}
	if p := try(); p.Status != 500 {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
}

// TestC09_NoticeNotSkipped: somebody who knows the password and hangs up at the
// failure at which the person is told does not prevent that the person is told,
// once for each row of failures.
func TestC09_NoticeNotSkipped(t *testing.T) {
	const subject = "Somebody has your password"
	c := newCast(t)
	key := c.Enrol(c.user)
	guess := func() *porticotest.Page {
		c.T.Helper()
		b := c.pend(c.user)
		return b.Post("/login/code", "code", c.wrongCode(key))
	}
	row := func(name string, first int) {
		t.Helper()
		before := c.told(subject)
		for range first {
			guess()
		}
		c.unanswered(t, guess)
		if n := c.told(subject); n != before {
			t.Errorf("%s: told %d times before anybody knows that the last one was wrong", name, n-before)
		}
		c.Clock.Advance(8 * time.Minute)
		c.unanswered(t, guess)
		if n := c.told(subject); n != before+1 {
			t.Errorf("%s: told %d times when the next one is not answered either", name, n-before)
		}
		for range 3 {
			c.Clock.Advance(8 * time.Minute)
			guess()
		}
		if n := c.told(subject); n != before+1 {
			t.Errorf("%s: told %d times", name, n-before)
		}
	}
	owner := func() {
		t.Helper()
		c.Clock.Advance(time.Hour)
		b := c.pend(c.user)
		if p := b.Post("/login/code", "code", c.Code(key, 0)); !p.Has("Hello Ulla") {
			t.Fatal(p.Text())
		}
	}
	row("five in a row", 4)
	owner()
	// A day later, with successes between the failures.
	c.Clock.Advance(25 * time.Hour)
	for range 3 {
		for range 3 {
			guess()
		}
		owner()
	}
	before := c.told(subject)
	c.unanswered(t, guess)
	for range 2 {
		c.Clock.Advance(8 * time.Minute)
		guess()
		owner()
	}
	if n := c.told(subject); n != before+1 {
		t.Errorf("ten in a day: told %d times", n-before)
	}
	// Another password that is known too.
	c.Clock.Advance(25 * time.Hour)
	row("again", 4)
}

// TestC09_HundredthNotSkipped: the link that lets a browser in is mailed when
// the passwords have to wait, also when nobody waits for the answer.
func TestC09_HundredthNotSkipped(t *testing.T) {
	c := &cast{Portal: porticotest.New(t, porticotest.Behind)}
	c.acme = c.Customer("acme", "Acme Telecom")
	c.user = c.User(c.acme.ID, "ulla", portico.RoleUser)
	n := 0
	try := func() *porticotest.Page {
		n++
		b := c.Client()
		b.From = addressOf(n)
		return b.Login("ulla", "not the password", "")
	}
	for range 98 {
		try()
	}
	for range 6 {
		if n < 100 {
			c.unanswered(t, try)
		} else {
			try()
		}
	}
	if got := c.told("Somebody is guessing your password"); got != 1 {
		t.Errorf("told %d times", got)
	}
}

// TestC09_RightCodeClosesNothing: a right code in a new browser, after as many
// wrong ones as are allowed in 30 days but one, is no failure.
func TestC09_RightCodeClosesNothing(t *testing.T) {
	c := newCast(t)
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
	if p := admin.Fill(admin.Get(access+"/"+string(c.user.ID)), "Clear failed attempts"); !p.Has("The failed attempts are cleared") {
		t.Errorf("the administrator: %s", p.Text())
	}
}
