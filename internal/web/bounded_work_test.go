package web_test

import (
	"bytes"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"portico"
	"portico/internal/porticotest"
)

// TestC10_HashesOfAnAccountAreBounded checks that a password or a link makes
// the portal hash only a limited number of times per hour, and that this
// affects nobody else, and not the same person in another browser.
func TestC10_HashesOfAnAccountAreBounded(t *testing.T) {
	if testing.Short() {
		return // hashes
	}
	c := newFixture(t)
	b := c.as(c.user)
	refused := func(name string, least int, try func() *porticotest.Page) {
		t.Helper()
		for i := range 301 {
			if p := try(); p.Status == 429 {
				if i < least {
					t.Errorf("%s: the %d. is refused", name, i)
				}
				return
			}
		}
		t.Errorf("%s: nothing is refused", name)
	}
	refused("log-in", 200, func() *porticotest.Page {
		return b.Post("/login", "login_id", "ulla", "password", porticotest.Password)
	})
	b = c.as(c.user)
	refused("confirmation", 200, func() *porticotest.Page { return b.Post("/confirm", "password", porticotest.Password) })
	if p := c.as(c.user).Get("/account"); p.Status != 200 {
		t.Errorf("the same person in another browser: %d", p.Status)
	}
	admin := c.as(c.admin)
	admin.Fill(admin.Get("/administration/access/new"), "Create user", "First name", "Irene", "Last name", "Ivers", "Email", "irene@example.com")
	link := c.Mails("irene@")[0].Link("/activate/")
	refused("activation", 9, func() *porticotest.Page {
		return c.Client().Post(link, "login_id", "ulla", "password", "seven quiet rivers meet")
	})
}

// TestC10_RecoveryCodesCostNoHash checks that new recovery codes can be made
// any number of times, because they need no password hash.
func TestC10_RecoveryCodesCostNoHash(t *testing.T) {
	c := newFixture(t)
	b := c.as(c.user)
	c.enrol(t, b)
	for range 3 {
		if p := b.Post("/account/recovery-codes"); len(recoveryPattern.FindAllString(p.Body, -1)) != portico.RecoveryCodes {
			t.Fatalf("POST /account/recovery-codes: got %s, want %v of recoveryPattern.FindAllString(p.Body, -1)", p.Text(), portico.RecoveryCodes)
		}
	}
	set, err := c.DB.Read(t.Context()).RecoverySet(c.user.ID)
	if err != nil || set.Hashing != "sha256" {
		t.Errorf("hashed as %q: %v", set.Hashing, err)
	}
}

// TestC10_HugePassword413 checks that 200 simultaneous passwords of 1 MiB are
// rejected unread, and that other pages respond meanwhile.
func TestC10_HugePassword413(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	known, nobody := c.as(c.user), c.Client()
	body := append([]byte("login_id=ulla&password="), bytes.Repeat([]byte("x"), 1<<20)...)
	var wg sync.WaitGroup
	var refused, other atomic.Int32
	for range 200 {
		wg.Go(func() {
			res, err := nobody.HTTP.Post(c.URL+"/login", "application/x-www-form-urlencoded", bytes.NewReader(body))
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
