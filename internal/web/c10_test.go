package web_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
)

// hammered returns a portal behind a proxy in which strangers from many
// networks have tried passwords of a person, who has one known device.
func hammered(t *testing.T, role portico.Role) (c *cast, u portico.User, known *porticotest.Client) {
	t.Helper()
	p := porticotest.New(t, porticotest.Behind)
	c = &cast{Portal: p, acme: p.Customer("acme", "Acme Telecom")}
	u = p.User(c.acme.ID, "vera", role)
	known = p.Client()
	known.From = "192.0.2.1"
	if got := known.Login("vera", porticotest.Password, ""); !got.Has("Hello Vera") {
		t.Fatal(got.Text())
	}
	known.Post("/logout")
	for i := range 120 {
		s := p.Client()
		s.From = fmt.Sprintf("198.51.%d.7", i/5)
		s.Login("vera", fmt.Sprintf("not the password %d", i), "")
	}
	return c, u, known
}

func strangerCannotLock(t *testing.T, role portico.Role) {
	c, u, known := hammered(t, role)
	if p := known.Login("vera", porticotest.Password, ""); !p.Has("Hello Vera") {
		t.Errorf("a known browser is kept out: %s", p.Text())
	}
	fresh := c.Client()
	fresh.From = "203.0.113.5"
	p := fresh.Login("vera", porticotest.Password, "")
	if p.Status != 429 {
		t.Fatalf("a new browser: %d %s", p.Status, p.Text())
	}
	// The mailed link unlocks a new browser.
	mails := c.Mails("vera@example.com")
	if len(mails) != 1 || mails[0].Subject != "Somebody is guessing your password" {
		t.Fatalf("mails: %+v", mails)
	}
	p = fresh.Fill(fresh.Get(mails[0].Link("/unlock/")), "Use this browser")
	if p.Path != "/login?done=browser-known" || in(fresh) {
		t.Errorf("%s", p.Path)
	}
	if p := fresh.Login("vera", porticotest.Password, ""); !p.Has("Hello Vera") {
		t.Errorf("after the mailed link: %s", p.Text())
	}
	// Strangers never reach the step for codes.
	attempts, err := c.Auth.AttemptsOf(t.Context(), u.ID)
	must(t, err)
	for _, a := range attempts {
		if a.What == "codes" {
			t.Errorf("%+v", a)
		}
	}
}

func TestC10_StrangerCannotLockTrustedBrowser(t *testing.T) {
	strangerCannotLock(t, portico.RoleUser)
}

func TestC10_StrangerCannotLockAdmin(t *testing.T) { strangerCannotLock(t, portico.RoleAdministrator) }

// TestC10_NoGlobalBucket checks that attempts on one account or from one
// address do not affect others.
func TestC10_NoGlobalBucket(t *testing.T) {
	c, _, _ := hammered(t, portico.RoleUser)
	c.User(c.acme.ID, "walter", portico.RoleUser)
	b := c.Client()
	b.From = "203.0.113.5"
	if p := b.Login("walter", porticotest.Password, ""); !p.Has("Hello Walter") {
		t.Errorf("somebody else: %s", p.Text())
	}
	loud := c.Client()
	loud.From = "198.51.200.9"
	for i := range 40 {
		loud.Login(fmt.Sprintf("nobody-%d", i), "not a password at all", "")
	}
	b.Post("/logout")
	b.From = "198.51.200.9" // a known device behind the same address
	if p := b.Login("walter", porticotest.Password, ""); !p.Has("Hello Walter") {
		t.Errorf("behind a loud address: %s", p.Text())
	}
}

// TestC10_HugePassword413 checks that 200 simultaneous passwords of 1 MiB are
// rejected unread, and that other pages respond meanwhile.
func TestC10_HugePassword413(t *testing.T) {
	c := newCast(t)
	known := c.as(c.user)
	body := append([]byte("login_id=ulla&password="), bytes.Repeat([]byte("x"), 1<<20)...)
	var wg sync.WaitGroup
	var refused, other atomic.Int32
	for range 200 {
		wg.Go(func() {
			res, err := http.Post(c.URL+"/login", "application/x-www-form-urlencoded", bytes.NewReader(body))
			if err != nil { // the server may close the connection before everything was sent
				refused.Add(1)
				return
			}
			if res.StatusCode == http.StatusRequestEntityTooLarge {
				refused.Add(1)
			} else {
				other.Add(1)
			}
			_ = res.Body.Close()
		})
	}
	for range 20 {
		if p := known.Get("/account"); p.Status != 200 {
			t.Errorf("another page meanwhile: %d", p.Status)
		}
	}
	wg.Wait()
	if other.Load() != 0 {
		t.Errorf("%d refused, %d not", refused.Load(), other.Load())
	}
	// The longest password that a form accepts is rejected like any wrong one.
	if p := c.Client().Login("ulla", strings.Repeat("x", 60<<10), ""); p.Status != 422 {
		t.Errorf("60 KiB: %d", p.Status)
	}
}

// TestC10_SlowlorisTimeout checks the time limits for header, body and
// response.
func TestC10_SlowlorisTimeout(t *testing.T) {
	s := newCast(t).Web.HTTP()
	for name, d := range map[string]time.Duration{
		"header": s.ReadHeaderTimeout, "body": s.ReadTimeout, "answer": s.WriteTimeout, "idle": s.IdleTimeout,
	} {
		if d <= 0 || d > 2*time.Minute {
			t.Errorf("%s: %v", name, d)
		}
	}
	if s.MaxHeaderBytes <= 0 || s.MaxHeaderBytes > 64<<10 {
		t.Errorf("header of %d bytes", s.MaxHeaderBytes)
	}
}
