package web_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"portico"
	"portico/internal/auth"
	"portico/internal/porticotest"
	"portico/internal/store"
)

// exhaust sends wrong codes until the next attempt has to wait.
func (c *cast) exhaust(t *testing.T, u portico.User, key []byte) {
	t.Helper()
	for range 5 {
		b := c.pend(u)
		if p := b.Post("/login/code", "code", c.wrongCode(key)); p.Status != 422 {
			t.Fatalf("%d %s", p.Status, p.Text())
		}
	}
}

// throttled checks that the right code from an unknown browser is rejected
// unchecked.
func throttled(t *testing.T, c *cast, p *porticotest.Portal, u portico.User, key []byte) {
	t.Helper()
	b := p.Client()
	b.Login(u.LoginID, porticotest.Password, "")
	got := b.Post("/login/code", "code", c.Code(key, 0))
	if got.Status != 429 || got.Header.Get("Retry-After") == "" || !strings.Contains(got.Alert(), "Try again in") || in(b) {
		t.Errorf("%d, Retry-After %q: %s", got.Status, got.Header.Get("Retry-After"), got.Text())
	}
}

// TestC09_RestartFlowDoesNotReset checks that neither the right password nor a
// new log-in gives new guesses at codes, that the wait doubles, and that the
// page says how long it is.
func TestC09_RestartFlowDoesNotReset(t *testing.T) {
	c := newCast(t)
	key := c.Enrol(c.user)
	c.exhaust(t, c.user, key)
	for _, wait := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute} {
		b := c.pend(c.user)
		p := b.Post("/login/code", "code", c.Code(key, 0))
		if p.Status != 429 || p.Header.Get("Retry-After") != fmt.Sprint(int(wait.Seconds())) || in(b) {
			t.Fatalf("after %v: %d %q", wait, p.Status, p.Header.Get("Retry-After"))
		}
		c.Clock.Advance(wait)
		if p := c.pend(c.user).Post("/login/code", "code", c.wrongCode(key)); p.Status != 422 {
			t.Fatalf("%v: %d", wait, p.Status)
		}
	}
	b := c.pend(c.user)
	if p := b.Post("/login/code", "code", c.Code(key, 0)); !strings.Contains(p.Alert(), "Try again in 8 minutes.") {
		t.Errorf("%q", p.Alert())
	}
	c.Clock.Advance(8 * time.Minute)
	if p := c.pend(c.user).Post("/login/code", "code", c.Code(key, 0)); !p.Has("Hello Ulla") {
		t.Errorf("the right code after the wait: %s", p.Text())
	}
}

// TestC09_ParallelGuessesCharged sends 500 wrong codes at once to two programs,
// and checks that no more are checked than the policy allows.
func TestC09_ParallelGuessesCharged(t *testing.T) {
	c := newCast(t)
	key := c.Enrol(c.user)
	second := porticotest.Start(t, c.Dir, c.Clock)
	browsers := make([]*porticotest.Client, 100)
	for i := range browsers {
		b := []*porticotest.Portal{c.Portal, second}[i%2].Client()
		if p := b.Login("ulla", porticotest.Password, ""); !p.Has("Enter your code") {
			t.Fatal(p.Text())
		}
		browsers[i] = b
	}
	wrong := c.wrongCode(key)
	var wg sync.WaitGroup
	var evaluated, refused, other atomic.Int32
	for i := range 500 {
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
	if evaluated.Load() > 5 || refused.Load()+evaluated.Load() != 500 {
		t.Errorf("%d looked at, %d refused, %d other", evaluated.Load(), refused.Load(), other.Load())
	}
	if n := c.events(portico.LoginRefused, "wrong code"); n != int(evaluated.Load()) {
		t.Errorf("%d events of %d codes", n, evaluated.Load())
	}
}

// TestC09_RollbackDoesNotUncharge checks that an attempt which ends in an error
// stays recorded.
func TestC09_RollbackDoesNotUncharge(t *testing.T) {
	c := newCast(t)
	key := c.Enrol(c.user)
	var right []byte
	c.spoil(t, c.user, func(f *store.Authenticator) { right, f.Secret = f.Secret, []byte("broken") })
	for range 5 {
		if p := c.pend(c.user).Post("/login/code", "code", c.Code(key, 0)); p.Status != 500 {
			t.Fatal(p.Status)
		}
	}
	c.spoil(t, c.user, func(f *store.Authenticator) { f.Secret = right })
	throttled(t, c, c.Portal, c.user, key)
}

func TestC09_RestartAndEvictionDoNotReset(t *testing.T) {
	c := newCast(t)
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
	c := newCast(t)
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
		t.Fatalf("%d %s", p.Status, p.Text())
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
	c := newCast(t)
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

// TestC09_RollingCaps checks that a success between failures clears the
// consecutive ones and nothing else: 20 codes are checked per day and 60 in 30
// days, then none. A password chosen by a mailed link does not reopen the
// account. A password that was changed after proving the authenticator does,
// and so does an administrator.
func TestC09_RollingCaps(t *testing.T) {
	c := newCast(t)
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
	if p := admin.Fill(admin.Get(page), "Clear failed attempts"); !p.Has("The failed attempts are cleared") {
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
func (c *cast) close(t *testing.T, u portico.User) {
	t.Helper()
	must(t, c.DB.Update(t.Context(), portico.CommandLine(), func(tx *store.Tx) error {
		return tx.PutFailures(store.Failures{
			Bucket: "code/" + string(u.ID), Kind: "code", UserID: u.ID, Customer: u.CustomerID, Consecutive: 60, Closed: true,
			FailedAt: tx.Now, ExpiresAt: tx.Now.AddDate(100, 0, 0), Locked: tx.Now.AddDate(100, 0, 0),
		})
	}))
}

func TestC09_WhitespaceVariantsCharged(t *testing.T) {
	c := newCast(t)
	key := c.Enrol(c.user)
	w := c.wrongCode(key)
	for _, code := range []string{w, " " + w, w[:3] + " " + w[3:], w[:3] + "-" + w[3:], w + " "} {
		if p := c.pend(c.user).Post("/login/code", "code", code); p.Status != 422 {
			t.Errorf("%q: %d", code, p.Status)
		}
	}
	throttled(t, c, c.Portal, c.user, key)
}

// TestC09_AlertSentOnNthFailure checks that at five wrong codes the person gets
// one mail, the log records it, and the pages of the person's sessions warn.
func TestC09_AlertSentOnNthFailure(t *testing.T) {
	c := newCast(t)
	key := c.Enrol(c.user)
	owner := c.asWith(c.user, key)
	alerts := func() (n int) {
		for _, m := range c.Mails("ulla@example.com") {
			if m.Subject == "Somebody has your password" && m.Link("/not-me/") != "" {
				n++
			}
		}
		return n
	}
	for i := range 4 {
		c.pend(c.user).Post("/login/code", "code", c.wrongCode(key))
		if alerts() != 0 || owner.Get("/account").Has("Somebody has your password") {
			t.Fatalf("told after %d", i+1)
		}
	}
	c.pend(c.user).Post("/login/code", "code", c.wrongCode(key))
	if alerts() != 1 || c.events(portico.CodeGuessing, "") != 1 {
		t.Errorf("%d mails, %d events", alerts(), c.events(portico.CodeGuessing, ""))
	}
	for _, path := range []string{"/", "/account"} {
		if !owner.Get(path).Has("Somebody has your password") {
			t.Errorf("%s says nothing", path)
		}
	}
	c.Clock.Advance(30 * time.Second)
	c.pend(c.user).Post("/login/code", "code", c.wrongCode(key))
	if alerts() != 1 {
		t.Errorf("%d mails after six", alerts())
	}
}

// TestC09_PasswordOracleRoutesThrottled checks that all routes which reveal
// whether a password is right share one count of failures.
func TestC09_PasswordOracleRoutesThrottled(t *testing.T) {
	c := newCast(t)
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
			t.Fatalf("%d: %d %s", i, p.Status, p.Text())
		}
	}
	for name, p := range map[string]*porticotest.Page{
		"confirm":  b.Post("/confirm", "password", porticotest.Password),
		"password": b.Post("/account/password", "password", porticotest.Password, "new_password", "seven quiet rivers meet"),
		"log-in":   c.Client().Login("ulla", porticotest.Password, ""),
	} {
		if p.Status != 429 || p.Alert() == "" {
			t.Errorf("%s: %d %s", name, p.Status, p.Text())
		}
	}
}

// TestC09_AttemptsAreShownAndCleared checks what the command user unlock does.
func TestC09_AttemptsAreShownAndCleared(t *testing.T) {
	c := newCast(t)
	key := c.Enrol(c.user)
	c.exhaust(t, c.user, key)
	attempts, err := c.Auth.AttemptsOf(t.Context(), c.user.ID)
	must(t, err)
	if len(attempts) == 0 || attempts[0] != (auth.Attempts{What: "codes", Consecutive: 5, Recent: 5, Wait: 30 * time.Second}) {
		t.Errorf("%+v", attempts)
	}
	must(t, c.Users.Unlock(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID))
	if c.events(portico.UserUnlocked, "") != 1 {
		t.Error("not in the log")
	}
	if p := c.pend(c.user).Post("/login/code", "code", c.Code(key, 0)); !p.Has("Hello Ulla") {
		t.Errorf("%s", p.Text())
	}
}

// TestC09_KnownToOneIsKnownToOneAlone checks that a known device of one person
// gives no further guesses at the password of another.
func TestC09_KnownToOneIsKnownToOneAlone(t *testing.T) {
	c := newCast(t)
	b := c.as(c.help)
	b.Post("/logout")
	for i := range 10 {
		if p := b.Login("ulla", "not the password at all", ""); p.Status != 422 {
			t.Fatalf("guess %d: %d", i, p.Status)
		}
	}
	if p := b.Login("ulla", porticotest.Password, ""); p.Status != 429 {
		t.Errorf("another guess: %d", p.Status)
	}
	if p := b.Login("hedda", porticotest.Password, ""); !p.Has("Hello Hedda") {
		t.Errorf("the one who is known: %s", p.Text())
	}
}

// TestC09_PasswordMakesNoBrowserKnownForCodes checks that a browser which
// logged in by password alone, before 2FA was set up, has no more guesses at
// codes than an unknown browser.
func TestC09_PasswordMakesNoBrowserKnownForCodes(t *testing.T) {
	c := newCast(t)
	thief := c.as(c.user)
	key, _ := c.enrol(t, c.as(c.user))
	for i := range 5 {
		thief.Login("ulla", porticotest.Password, "")
		if p := thief.Post("/login/code", "code", c.wrongCode(key)); p.Status != 422 && p.Path != "/login?done=login-over" {
			t.Fatalf("guess %d: %d", i, p.Status)
		}
	}
	thief.Login("ulla", porticotest.Password, "")
	if p := thief.Post("/login/code", "code", c.wrongCode(key)); p.Status != 429 {
		t.Errorf("another guess: %d %s", p.Status, p.Text())
	}
}

// TestC09_KnownBrowserEndsAfterTenFailures checks that a person who knows the
// password has ten guesses at codes in a known device, and after those only the
// guesses that any browser has. Neither the password nor a log-in without a
// code gives new ones.
func TestC09_KnownBrowserEndsAfterTenFailures(t *testing.T) {
	for name, guess := range map[string]func(b *porticotest.Client, wrong string) *porticotest.Page{
		"log-in": func(b *porticotest.Client, wrong string) *porticotest.Page {
			b.Login("ulla", porticotest.Password, "")
			return b.Post("/login/code", "code", wrong)
		},
		"confirmation": func(b *porticotest.Client, wrong string) *porticotest.Page {
			return b.Post("/confirm", "password", porticotest.Password, "code", wrong)
		},
		"confirmation after a log-in without a code": func(b *porticotest.Client, wrong string) *porticotest.Page {
			b.Post("/logout")
			if p := b.Login("ulla", porticotest.Password, ""); p.Has("Hello Ulla") {
				return b.Post("/confirm", "password", porticotest.Password, "code", wrong)
			}
			return b.Post("/login/code", "code", wrong)
		},
	} {
		c := newCast(t)
		c.allowRemembering(t)
		key := c.Enrol(c.user)
		b := c.pend(c.user)
		b.Post("/login/code", "code", c.Code(key, 0), "remember", "yes")
		if name == "log-in" {
			b.Fill(b.Get("/account/sessions"), "Forget")
			b.Post("/logout")
		}
		looked := 0
		for looked < 50 && guess(b, c.wrongCode(key)).Status != 429 {
			looked++
		}
		if looked != 10+5 {
			t.Errorf("%s: %d codes were looked at", name, looked)
		}
	}
}
