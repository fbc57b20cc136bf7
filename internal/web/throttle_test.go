package web_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/store"
)

// exhaust sends wrong codes until the next attempt has to wait.
func (c *fixture) exhaust(t *testing.T, u portico.User, key []byte) {
	t.Helper()
	for range 5 {
		b := c.pend(u)
		if p := b.Post("/login/code", "code", c.wrongCode(key)); p.Status != 422 {
			t.Fatalf("POST /login/code: got %d %s, want status 422", p.Status, p.Text())
		}
	}
}

// throttled checks that the right code from an unknown browser is rejected
// unchecked.
func throttled(t *testing.T, c *fixture, p *porticotest.Portal, u portico.User, key []byte) {
	t.Helper()
	b := p.Client()
	b.Login(u.LoginID, porticotest.Password, "")
	got := b.Post("/login/code", "code", c.Code(key, 0))
	if got.Status != 429 || got.Header.Get("Retry-After") == "" || !strings.Contains(got.Alert(), "Try again in") || isLoggedIn(b) {
		t.Errorf("%d, Retry-After %q: %s", got.Status, got.Header.Get("Retry-After"), got.Text())
	}
}

// TestC09_RestartFlowDoesNotReset checks that neither the right password nor a
// new log-in gives new guesses at codes, that the wait doubles, and that the
// page says how long it is.
func TestC09_RestartFlowDoesNotReset(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	key := c.Enrol(c.user)
	c.exhaust(t, c.user, key)
	for _, wait := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute} {
		b := c.pend(c.user)
		p := b.Post("/login/code", "code", c.Code(key, 0))
		if p.Status != 429 || p.Header.Get("Retry-After") != fmt.Sprint(int(wait.Seconds())) || isLoggedIn(b) {
			t.Fatalf("after %v: %d %q", wait, p.Status, p.Header.Get("Retry-After"))
		}
		c.Clock.Advance(wait)
		if p := c.pend(c.user).Post("/login/code", "code", c.wrongCode(key)); p.Status != 422 {
			t.Fatalf("%v: %d, want status 422", wait, p.Status)
		}
	}
	b := c.pend(c.user)
	if p := b.Post("/login/code", "code", c.Code(key, 0)); !strings.Contains(p.Alert(), "Try again in 8 minutes.") {
		t.Errorf(`POST /login/code: got %q, want "Try again in 8 minutes." in p.Alert()`, p.Alert())
	}
	c.Clock.Advance(8 * time.Minute)
	if p := c.pend(c.user).Post("/login/code", "code", c.Code(key, 0)); !p.Has("Hello Ulla") {
		t.Errorf("the right code after the wait: %s", p.Text())
	}
}

// TestC09_ParallelGuessesCharged sends 500 wrong codes at once to two programs,
// and checks that no more are checked than the policy allows.
func TestC09_ParallelGuessesCharged(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	key := c.Enrol(c.user)
	second := porticotest.Start(t, c.Dir, c.Clock)
	browsers := make([]*porticotest.Client, 100)
	for i := range browsers {
		b := []*porticotest.Portal{c.Portal, second}[i%2].Client()
		if p := b.Login("ulla", porticotest.Password, ""); !p.Has("Enter your code") {
			t.Fatalf(`logging in as ulla: got %s, want the text "Enter your code"`, p.Text())
		}
		browsers[i] = b
	}
	wrong := c.wrongCode(key)
	var wg sync.WaitGroup
	var evaluated, refused, other atomic.Int32
	guesses := porticotest.Amount(500, 200)
	for i := range guesses {
		wg.Go(func() {
			status, err := browsers[i%100].TryPost("/login/code", "code", wrong)
			switch {
			case err == nil && status == 422:
				evaluated.Add(1)
			case err == nil && status == 429:
				refused.Add(1)
			default:
				other.Add(1)
			}
		})
	}
	wg.Wait()
	if evaluated.Load() > 5 || int(refused.Load()+evaluated.Load()) != guesses {
		t.Errorf("%d looked at, %d refused, %d other", evaluated.Load(), refused.Load(), other.Load())
	}
	if n := c.events(portico.LoginRefused, "wrong code"); n != int(evaluated.Load()) {
		t.Errorf("%d events of %d codes", n, evaluated.Load())
	}
}

// TestC09_RollbackDoesNotUncharge checks that an attempt which ends in an error
// stays recorded.
func TestC09_RollbackDoesNotUncharge(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	key := c.Enrol(c.user)
	var right []byte
	c.spoil(t, c.user, func(f *store.Authenticator) { right, f.Secret = f.Secret, []byte("broken") })
	for range 5 {
		if p := c.pend(c.user).Post("/login/code", "code", c.Code(key, 0)); p.Status != 500 {
			t.Fatalf("POST /login/code: got %v, want status 500", p.Status)
		}
	}
	c.spoil(t, c.user, func(f *store.Authenticator) { f.Secret = right })
	throttled(t, c, c.Portal, c.user, key)
}

func TestC09_RestartAndEvictionDoNotReset(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	key := c.Enrol(c.user)
	c.exhaust(t, c.user, key)
	// Meanwhile many other attempts fail, and another program takes over.
	for i := range 20 {
		c.Client().Login(fmt.Sprintf("nobody-%d", i), "not a password at all", "")
	}
	throttled(t, c, porticotest.Start(t, c.Dir, c.Clock), c.user, key)
}

// TestC09_AllCodeEndpointsShareCounter checks that log-in, recovery,
// confirmation and enabling 2FA again share one count of failures.
func TestC09_AllCodeEndpointsShareCounter(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	owner := c.as(c.user)
	key, _ := c.enrol(t, owner)
	owner.SetCookie("portico_browser", "forged")
	wrong := c.wrongCode(key)
	c.pend(c.user).Post("/login/code", "code", wrong)
	c.pend(c.user).Post("/login/recovery", "recovery_code", "AAAA-AAAA-AAAA-AAAA")
	owner.Post("/confirm", "password", porticotest.Password, "code", wrong)
	owner.Post("/confirm", "password", porticotest.Password, "recovery_code", "AAAA-AAAA-AAAA-AAAA")
	owner.Post(disable)
	owner.Post(enable)
	if p := owner.Post(confirm, "code", wrong); p.Status != 422 {
		t.Fatalf("POST %v: got %d %s, want status 422", confirm, p.Status, p.Text())
	}
	c.Clock.Advance(20 * time.Second)
	if p := owner.Post(confirm, "code", c.Code(key, 0)); p.Status != 429 || p.Header.Get("Retry-After") == "" {
		t.Errorf("a sixth, enabling again: %d %s", p.Status, p.Text())
	}
}

// TestC09_SpoofedForwardedHeaders checks that no header sets the client address
// without a trusted proxy, and that behind one only the address written by the
// proxy itself counts.
func TestC09_SpoofedForwardedHeaders(t *testing.T) {
	if testing.Short() {
		return // long
	}
	for name, options := range map[string][]func(*porticotest.Portal){"direct": nil, "behind a proxy": {porticotest.Behind}} {
		p := porticotest.New(t, options...)
		status := 0
		for i := range 40 {
			b := p.Client()
			b.From = fmt.Sprintf("198.51.%d.7", i)
			if name == "behind a proxy" {
				b.From += ", 203.0.113.9" // the proxy appends the address that it saw
			}
			status = b.Login(fmt.Sprintf("nobody-%d", i), "not a password at all", "").Status
		}
		if status != 429 {
			t.Errorf("%s: 40 failures of one source: %d", name, status)
		}
	}
}

// TestC09_SuccessElsewhereDoesNotReset checks that the owner's log-in with a
// known device gives a guesser no new guesses.
func TestC09_SuccessElsewhereDoesNotReset(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	key := c.Enrol(c.user)
	owner := c.asWith(c.user, key)
	c.exhaust(t, c.user, key)
	c.Clock.Advance(25 * time.Second)
	owner.Post("/logout")
	if p := owner.Login("ulla", porticotest.Password, c.Code(key, 1)); !p.Has("Hello Ulla") {
		t.Fatalf("the owner: %s", p.Text())
	}
	throttled(t, c, c.Portal, c.user, key)
}

func TestC09_WhitespaceVariantsCharged(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	key := c.Enrol(c.user)
	w := c.wrongCode(key)
	for _, code := range []string{w, " " + w, w[:3] + " " + w[3:], w[:3] + "-" + w[3:], w + " "} {
		if p := c.pend(c.user).Post("/login/code", "code", code); p.Status != 422 {
			t.Errorf("%q: %d, want status 422", code, p.Status)
		}
	}
	throttled(t, c, c.Portal, c.user, key)
}

// TestC09_PasswordOracleRoutesThrottled checks that all routes which reveal
// whether a password is right share one count of failures.
func TestC09_PasswordOracleRoutesThrottled(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.user)
	b.SetCookie("portico_browser", "forged")
	for i := range 10 {
		var p *porticotest.Page
		switch i % 3 {
		case 0:
			p = b.Post("/confirm", "password", "not the password at all")
		case 1:
			p = b.Post("/account/password", "password", "not the password at all", "new_password", "seven quiet rivers meet")
		default:
			p = c.Client().Login("ulla", "not the password at all", "")
		}
		if p.Status != 422 {
			t.Fatalf("%d: %d %s, want status 422", i, p.Status, p.Text())
		}
	}
	for name, p := range map[string]*porticotest.Page{
		"confirm":  b.Post("/confirm", "password", porticotest.Password),
		"password": b.Post("/account/password", "password", porticotest.Password, "new_password", "seven quiet rivers meet"),
		"log-in":   c.Client().Login("ulla", porticotest.Password, ""),
	} {
		if p.Status != 429 || p.Alert() == "" {
			t.Errorf("%s: %d %s, want status 429, some p.Alert()", name, p.Status, p.Text())
		}
	}
}

// TestC09_OneTimeCodeIsThrottled checks that wrong reset codes count as
// failures.
func TestC09_OneTimeCodeIsThrottled(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{ResetCode: true}})
	c.Enrol(c.user)
	c.askFor(c.as(c.admin), c.user)
	code := recoveryPattern.FindString(c.lastMail("ulla@").Text)
	for range 5 {
		c.submitIssued("ulla", "AAAA-AAAA-AAAA-AAAA")
	}
	if p := c.submitIssued("ulla", code); p.Status != 429 {
		t.Errorf("after five wrong ones: %d %s", p.Status, p.Text())
	}
}
