package web_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/store"
)

func TestC07_SameCodeTwice(t *testing.T) {
	c := newFixture(t)
	key := c.Enrol(c.user)
	code := c.Code(key, 0)
	c.asWith(c.user, key)
	b := c.pend(c.user)
	if p := b.Post("/login/code", "code", code); !strings.Contains(p.Alert(), "already used") || isLoggedIn(b) {
		t.Errorf(`POST /login/code: got %s, want "already used" in p.Alert(), no session`, p.Text())
	}
}

// TestC07_OlderUnusedStepAfterNewer checks that an unused code is rejected
// after a newer one was used.
func TestC07_OlderUnusedStepAfterNewer(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	key := c.Enrol(c.user)
	older := c.Code(key, -1)
	c.asWith(c.user, key)
	b := c.pend(c.user)
	if p := b.Post("/login/code", "code", older); p.Status != 422 || isLoggedIn(b) {
		t.Errorf("POST /login/code: got %s, want status 422, no session", p.Text())
	}
	// Alternating between two codes must not work either. It would if the check
	// were that a code differs from the last one.
	for _, code := range []string{c.Code(key, 0), older, c.Code(key, 0)} {
		if b.Post("/login/code", "code", code); isLoggedIn(b) {
			t.Errorf("got %s, want no session", code)
		}
	}
}

func TestC07_LoginCodeReusedForDelete(t *testing.T) {
	c := newFixture(t)
	key := c.Enrol(c.user)
	code := c.Code(key, 0)
	b := c.asWith(c.user, key)
	if p := b.Post("/confirm", "password", porticotest.Password, "code", code, "next", remove); !strings.Contains(p.Alert(), "already used") {
		t.Errorf(`POST /confirm: got %s, want "already used" in p.Alert()`, p.Text())
	}
}

func TestC07_ConfirmCodeReusedForLogin(t *testing.T) {
	c := newFixture(t)
	key := c.Enrol(c.user)
	b := c.asWith(c.user, key)
	c.Clock.Advance(time.Minute)
	code := c.Code(key, 0)
	if p := b.Post("/confirm", "password", porticotest.Password, "code", code); p.Status != 200 {
		t.Fatalf("POST /confirm: got %s, want status 200", p.Text())
	}
	n := c.pend(c.user)
	if p := n.Post("/login/code", "code", code); !strings.Contains(p.Alert(), "already used") || isLoggedIn(n) {
		t.Errorf(`POST /login/code: got %s, want "already used" in p.Alert(), no session`, p.Text())
	}
}

func TestC07_UsedStepSurvivesDisableEnable(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	key := c.Enrol(c.user)
	code := c.Code(key, 0)
	b := c.asWith(c.user, key)
	b.Post(disable)
	b.Post(enable)
	if p := b.Post(confirm, "code", code); !strings.Contains(p.Alert(), "already used") || c.Account(c.user.ID).TwoFactor == portico.TwoFactorEnabled {
		t.Errorf(`POST %v: got %s, want "already used" in p.Alert(), c.Account(c.user.ID).TwoFactor other than %v`, confirm, p.Text(), portico.TwoFactorEnabled)
	}
}

// TestC07_SharedCodeOtherUserUnaffected checks that two people with the same
// key have separate used time steps.
func TestC07_SharedCodeOtherUserUnaffected(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	key := c.Enrol(c.user)
	c.Enrol(c.help)
	sealed, err := c.Auth.SealKey(c.help.ID, key)
	must(t, err)
	must(t, c.DB.Update(context.Background(), portico.CommandLine(), func(tx *store.Tx) error {
		return tx.PutAuthenticator(store.Authenticator{ID: "shared", UserID: c.help.ID, Kind: portico.AuthenticatorTOTP, Secret: sealed, Enabled: true})
	}))
	c.asWith(c.user, key)
	c.asWith(c.help, key)
}

// TestC07_EnablingCodeReusedForLogin checks that the code which enabled 2FA
// counts as used.
func TestC07_EnablingCodeReusedForLogin(t *testing.T) {
	c := newFixture(t)
	key, _ := c.enrol(t, c.as(c.user))
	n := c.pend(c.user)
	if p := n.Post("/login/code", "code", c.Code(key, 0)); !strings.Contains(p.Alert(), "already used") || isLoggedIn(n) {
		t.Errorf(`POST /login/code: got %s, want "already used" in p.Alert(), no session`, p.Text())
	}
}

// TestC07_CodesAtLogin checks that the codes of the previous, the current and
// the next time step are accepted once. Wrong, older, later and used codes are
// rejected with the right sentence.
func TestC07_CodesAtLogin(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	key := c.Enrol(c.user)
	at := func(code string) *porticotest.Page {
		t.Helper()
		return c.Client().Login("ulla", porticotest.Password, code)
	}
	wrong, used := "This code is wrong", "This code was already used"
	for _, step := range []struct {
		name string
		off  int64
		says string
	}{
		{"two steps old", -2, wrong},
		{"next but one", 2, wrong},
		{"previous", -1, ""},
		{"previous again", -1, used},
		{"now", 0, ""},
		{"previous after now", -1, used},
		{"now again", 0, used},
		{"next", 1, ""},
		{"now after next", 0, used},
		{"next again", 1, used},
	} {
		p := at(c.Code(key, step.off))
		if step.says == "" && !p.Has("Hello Ulla") || step.says != "" && (p.Status != 422 || !strings.Contains(p.Alert(), step.says)) {
			t.Errorf(`%s: %d %q, want not (step.says == "" && !p.Has("Hello Ulla")), not (step.says != "" && (p.Status != 422 || !strings.Contains(p.Alert(), step.says)))`, step.name, p.Status, p.Alert())
		}
	}
	for _, none := range []string{"12345", "abcdef", "1234567", "１２３４５６"} {
		if p := at(none); p.Status != 422 || !strings.Contains(p.Alert(), "6 digits") || p.Value("Enter the code here") != "" {
			t.Errorf(`%q: %d %q, want status 422, "6 digits" in p.Alert(), p.Value("Enter the code here") ""`, none, p.Status, p.Alert())
		}
	}
}

// TestC07_ReplayAfterRestart checks that a used code stays used, in another
// program over the same data and after the clock was set back.
func TestC07_ReplayAfterRestart(t *testing.T) {
	c := newFixture(t)
	key := c.Enrol(c.user)
	code := c.Code(key, 0)
	if p := c.Client().Login("ulla", porticotest.Password, code); !p.Has("Hello Ulla") {
		t.Fatalf(`logging in as ulla: got %s, want the text "Hello Ulla"`, p.Text())
	}
	again := porticotest.Start(t, c.Dir, c.Clock)
	if p := again.Client().Login("ulla", porticotest.Password, code); !strings.Contains(p.Alert(), "already used") {
		t.Errorf("after a restart: %s", p.Text())
	}
	c.Clock.Advance(-time.Minute)
	if p := c.Client().Login("ulla", porticotest.Password, c.Code(key, 0)); p.Has("Hello Ulla") {
		t.Error("the clock going back opens old steps")
	}
}

// TestC07_ReplayRace sends one code from forty log-ins at once to two programs,
// and checks that there is only one session.
func TestC07_ReplayRace(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	key := c.Enrol(c.user)
	second := porticotest.Start(t, c.Dir, c.Clock)
	code := c.Code(key, 0)
	browsers := make([]*porticotest.Client, 40)
	for i := range browsers {
		browsers[i] = []*porticotest.Portal{c.Portal, second}[i%2].Client()
		browsers[i].Login("ulla", porticotest.Password, "")
	}
	var forms []form
	for _, b := range browsers {
		forms = append(forms, form{b, "/login/code", []string{"code", code}})
	}
	atOnce(t, forms)
	in := 0
	for _, b := range browsers {
		if b.Get("/account").Has("Log out") {
			in++
		}
	}
	if in != 1 {
		t.Errorf("%d sessions from one code", in)
	}
}
