package web_test

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/store"
)

func TestC20_CodeOfOtherUser(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	_, codes := c.enrol(t, c.as(c.help))
	c.enrol(t, c.as(c.user))
	b := c.pend(c.user)
	if p := b.Post("/login/recovery", "recovery_code", codes[0]); p.Status != 422 || isLoggedIn(b) {
		t.Errorf("POST /login/recovery: got %d, want status 422, no session", p.Status)
	}
}

// TestC20_CodeTwice checks that a recovery code works once, in any order and
// spelling, and that its use is mailed and recorded.
func TestC20_CodeTwice(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	_, codes := c.enrol(t, c.as(c.user))
	for i, at := range []int{7, 2, 9} {
		typed := []string{codes[at], strings.ToLower(codes[at]), " " + strings.ReplaceAll(codes[at], "-", " ")}[i]
		b := c.pend(c.user)
		if p := b.Post("/login/recovery", "recovery_code", typed); !isLoggedIn(b) {
			t.Fatalf("%q: %s, want isLoggedIn(b)", typed, p.Text())
		}
		again := c.pend(c.user)
		if p := again.Post("/login/recovery", "recovery_code", codes[at]); p.Status != 422 || isLoggedIn(again) {
			t.Errorf("twice: %d", p.Status)
		}
	}
	owner := c.pend(c.user)
	owner.Post("/login/recovery", "recovery_code", codes[0])
	if p := owner.Post("/confirm", "password", porticotest.Password, "recovery_code", codes[1]); p.Status != 200 {
		t.Errorf("at the confirmation: %d %s", p.Status, p.Text())
	}
	used := 0
	for _, m := range c.Mails("ulla@example.com") {
		if m.Subject == "A recovery code was used" {
			used++
		}
	}
	if used != 5 || c.events(portico.RecoveryUsed, "5 left") != 1 {
		t.Errorf("%d mails; events %d", used, c.events(portico.RecoveryUsed, ""))
	}
}

// TestC20_CodeParallel checks that one recovery code, sent by twenty log-ins to
// two programs, makes one session.
func TestC20_CodeParallel(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	_, codes := c.enrol(t, c.as(c.user))
	second := porticotest.Start(t, c.Dir, c.Clock)
	browsers := make([]*porticotest.Client, 20)
	for i := range browsers {
		browsers[i] = []*porticotest.Portal{c.Portal, second}[i%2].Client()
		browsers[i].Login("ulla", porticotest.Password, "")
	}
	var forms []form
	for _, b := range browsers {
		forms = append(forms, form{b, "/login/recovery", []string{"recovery_code", codes[0]}})
	}
	atOnce(t, forms)
	sessions := 0
	for _, b := range browsers {
		if isLoggedIn(b) {
			sessions++
		}
	}
	if sessions != 1 {
		t.Errorf("%d sessions", sessions)
	}
}

func TestC20_CodeWithoutPassword(t *testing.T) {
	c := newFixture(t)
	_, codes := c.enrol(t, c.as(c.user))
	b := c.Client()
	for _, path := range []string{"/login/recovery", "/login", "/login/forgot", "/confirm"} {
		if b.Post(path, "login_id", "ulla", "recovery_code", codes[0], "password", codes[0]); isLoggedIn(b) {
			t.Errorf("got %s, want no session", path)
		}
	}
	if n, err := c.DB.Read(t.Context()).RecoveryCodesLeft(c.user.ID); n != 10 || err != nil {
		t.Errorf("%d left", n)
	}
}

// TestC20_OldSetDead checks that a new set of recovery codes replaces the old
// one, and that the page warns at three codes left.
func TestC20_OldSetDead(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	owner := c.as(c.user)
	_, old := c.enrol(t, owner)
	for i := range 7 {
		c.pend(c.user).Post("/login/recovery", "recovery_code", old[i])
		if few := owner.Get("/account/recovery-codes").Has("Make new ones before"); few != (i == 6) {
			t.Fatalf("warned with %d left: %v", 9-i, few)
		}
	}
	p := owner.Fill(owner.Get("/account/recovery-codes"), "Make new recovery codes")
	fresh := recoveryPattern.FindAllString(p.Body, -1)
	if len(fresh) != 10 {
		t.Fatalf("recoveryPattern.FindAllString(p.Body, -1): got %s, want 10 of fresh", p.Text())
	}
	b := c.pend(c.user)
	if b.Post("/login/recovery", "recovery_code", old[9]); isLoggedIn(b) {
		t.Error("an old code works")
	}
	b = c.pend(c.user)
	if b.Post("/login/recovery", "recovery_code", fresh[9]); !isLoggedIn(b) {
		t.Error("a new code does not work")
	}
}

// TestC20_EntropyOfGenerated checks that recovery codes have 24 characters,
// that no two are alike, and that no character is too frequent.
func TestC20_EntropyOfGenerated(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	seen := map[string]bool{}
	var letters [256]int
	for _, u := range []portico.User{c.user, c.help, c.admin} {
		_, codes := c.enrol(t, c.as(u))
		for _, code := range codes {
			plain := strings.ReplaceAll(code, "-", "")
			if len(plain) != 24 || seen[plain] {
				t.Errorf(`strings.ReplaceAll(code, "-", ""): got %q, want 24 of plain, not seen[plain]`, code)
			}
			seen[plain] = true
			for _, l := range []byte(plain) {
				letters[l]++
			}
		}
	}
	// 720 characters out of 32: each occurs about 22 times.
	for l, n := range letters {
		if n > 60 {
			t.Errorf("%c stands there %d times of 720", l, n)
		}
	}
}

func TestC20_SharedThrottleWithTOTP(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	key, codes := c.enrol(t, c.as(c.user))
	for i := range 5 {
		b := c.pend(c.user)
		if i%2 == 0 {
			b.Post("/login/recovery", "recovery_code", "AAAA-AAAA-AAAA-AAAA")
		} else {
			b.Post("/login/code", "code", c.wrongCode(key))
		}
	}
	b := c.pend(c.user)
	if p := b.Post("/login/recovery", "recovery_code", codes[0]); p.Status != 429 || isLoggedIn(b) {
		t.Errorf("a recovery code after five failures: %d", p.Status)
	}
	throttled(t, c, c.Portal, c.user, key)
}

// TestC20_NoCodesWithoutAuthenticator checks that only people with an enabled
// authenticator have recovery codes.
func TestC20_NoCodesWithoutAuthenticator(t *testing.T) {
	c := newFixture(t)
	c.EnrolDisabled(c.help)
	for _, u := range []portico.User{c.user, c.help} {
		p := c.as(u).Post("/account/recovery-codes")
		n, err := c.DB.Read(t.Context()).RecoveryCodesLeft(u.ID)
		if n != 0 || err != nil || recoveryPattern.MatchString(p.Body) {
			t.Errorf("%s has %d: %v", u.LoginID, n, err)
		}
	}
}

// TestC20_OlderCodesWork checks that saved recovery codes of 80 bits, hashed
// with argon2id, still log in once each. The same applies to reset codes.
func TestC20_OlderCodesWork(t *testing.T) {
	if testing.Short() {
		return // long
	}
	const hashing = "$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	const code = "AAAA-BBBB-CCCC-DDDD"
	hash, err := hex.DecodeString("73b5d8cba53bbf1a17a8fa95c538fabf29d689e44fad650816fa0fb3eff3ea9d")
	must(t, err)
	c := newFixture(t)
	c.Enrol(c.user)
	must(t, c.DB.Update(t.Context(), portico.CommandLine(), func(tx *store.Tx) error {
		if err := tx.PutRecoverySet(store.RecoverySet{UserID: c.user.ID, Hashing: hashing, Shown: []byte{}}, [][]byte{hash}); err != nil {
			return err
		}
		if err := tx.RequireEnrolment(c.help.ID); err != nil {
			return err
		}
		return tx.PutResetCode(c.help.ID, store.ResetCode{Hashing: hashing, Hash: hash, ExpiresAt: tx.Now.Add(time.Hour)})
	}))
	for _, u := range []portico.User{c.user, c.help} {
		for i, works := range []bool{false, true, false} {
			b := c.Client()
			b.Login(u.LoginID, porticotest.Password, "")
			typed := []string{"AAAA-BBBB-CCCC-DDDE", code, code}[i]
			if b.Post("/login/recovery", "recovery_code", typed); (b.Cookie("portico_session") != "") != works {
				t.Errorf("%s, attempt %d with %s: in is %v", u.LoginID, i, typed, !works)
			}
		}
	}
}

// TestC20_NewCodesAreTold checks that the person is notified of new recovery
// codes, because they give access to the account.
func TestC20_NewCodesAreTold(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	owner := c.as(c.user)
	c.enrol(t, owner)
	owner.Fill(owner.Get("/account/recovery-codes"), "Make new recovery codes")
	if m := c.lastMail("ulla@example.com"); m.Subject != "New recovery codes were made" || m.Link("/not-me/") == "" {
		t.Errorf(`c.lastMail("ulla@example.com"): got %+v, want subject "New recovery codes were made", some m.Link("/not-me/")`, m)
	}
}

// TestRecoveryCodesLeftAreTold checks that the mail about a used recovery code counts the
// others, that the one about the last says so, and that Start says when few are left.
func TestRecoveryCodesLeftAreTold(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	own := c.as(c.user)
	_, codes := c.enrol(t, own)
	if p := own.Get("/"); !p.Has("Your log-in is protected") || p.Has("recovery code") {
		t.Errorf("with ten codes: %s", p.Text())
	}
	c.leaveCodes(t, codes, 2)
	for i, want := range []struct{ mail, start string }{
		{"You have 1 recovery code left.", "You have 1 recovery code left."},
		{"It was your last one: without an authenticator, you cannot log in again.", "You have no recovery codes left."},
	} {
		b := c.pend(c.user)
		b.Post("/login/recovery", "recovery_code", codes[i])
		if m := c.lastMail("ulla@"); m.Subject != "A recovery code was used" || !strings.Contains(m.Text, want.mail) {
			t.Errorf("the mail %q: %s", m.Subject, m.Text)
		}
		if p := b.Get("/"); !p.Has(want.start) {
			t.Errorf("Start: %s, want %q", p.Text(), want.start)
		}
	}
}
