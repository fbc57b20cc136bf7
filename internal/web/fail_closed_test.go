package web_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tink-crypto/tink-go/v2/core/registry"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/seal"
	"portico/internal/store"
)

func TestC02_UnknownFactorTypeDenies(t *testing.T) {
	c := newFixture(t)
	key := c.Enrol(c.user)
	c.spoil(t, c.user, func(f *store.Authenticator) { f.Kind = "unknown" })
	b := c.pend(c.user) // the password alone is not enough
	if p := b.Post("/login/code", "code", c.Code(key, 0)); p.Status != 500 || isLoggedIn(b) {
		t.Errorf("POST /login/code: got %d %s, want status 500, no session", p.Status, p.Text())
	}
}

// TestC02_WrongKEKDenies checks that the log-in fails if the keyset does not
// decrypt the key, and works again with the right keyset.
func TestC02_WrongKEKDenies(t *testing.T) {
	c := newFixture(t)
	key := c.Enrol(c.user)
	b := c.pend(c.user)
	path := filepath.Join(c.Dir, "keyset.json")
	right, err := os.ReadFile(path)
	must(t, err)
	other := filepath.Join(t.TempDir(), "keyset.json")
	_, err = seal.Create(other)
	must(t, err)
	wrong, err := os.ReadFile(other)
	must(t, err)
	if !json.Valid(wrong) {
		t.Fatal("no keyset")
	}
	must(t, os.WriteFile(path, wrong, 0o600))
	if p := b.Post("/login/code", "code", c.Code(key, 0)); p.Status != 500 || isLoggedIn(b) {
		t.Errorf("POST /login/code: got %d %s, want status 500, no session", p.Status, p.Text())
	}
	must(t, os.WriteFile(path, right, 0o600))
	if p := b.Post("/login/code", "code", c.Code(key, 0)); !p.Has("Hello Ulla") {
		t.Errorf("with the right keyset again: %s", p.Text())
	}
}

// TestC02_DBErrorDuringVerifyDenies checks that there is no session if the
// database becomes unavailable during a log-in.
func TestC02_DBErrorDuringVerifyDenies(t *testing.T) {
	c := newFixture(t)
	key := c.Enrol(c.user)
	second := porticotest.Start(t, c.Dir, c.Clock)
	b := second.Client()
	b.Login("ulla", porticotest.Password, "")
	must(t, second.DB.Close())
	for _, path := range []string{"/login/code", "/login/recovery"} {
		if p := b.Post(path, "code", c.Code(key, 0), "recovery_code", "AAAA-AAAA-AAAA-AAAA"); p.Status != 500 {
			t.Errorf("%s: %d %s, want status 500", path, p.Status, p.Text())
		}
	}
	if p := b.Post("/login", "login_id", "alice", "password", porticotest.Password); p.Status != 500 {
		t.Errorf("/login: %d", p.Status)
	}
	if b.Cookie("portico_session") != "" {
		t.Error("a session without a database")
	}
}

// TestC02_DenormalisedFlagIgnored checks that the authenticator itself decides
// whether a code is asked for.
func TestC02_DenormalisedFlagIgnored(t *testing.T) {
	c := newFixture(t)
	c.Enrol(c.user)
	must(t, c.DB.Update(context.Background(), portico.CommandLine(), func(tx *store.Tx) error {
		_, err := tx.SwitchAuthenticators(c.user.ID, false)
		return err
	}))
	if p := c.Client().Login("ulla", porticotest.Password, ""); !p.Has("Hello Ulla") {
		t.Errorf("switched off: %s", p.Text())
	}
	must(t, c.DB.Update(context.Background(), portico.CommandLine(), func(tx *store.Tx) error {
		_, err := tx.SwitchAuthenticators(c.user.ID, true)
		return err
	}))
	c.pend(c.user)
}

// TestC02_FactorEnabledBetweenPasswordAndSession races eight log-ins by
// password alone with the enabling of 2FA in another program, and checks that
// no session made without a code is left.
func TestC02_FactorEnabledBetweenPasswordAndSession(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	second := porticotest.Start(t, c.Dir, c.Clock)
	owner := c.as(c.user)
	key := keyOn(t, owner.Fill(owner.Get("/account"), "Two Factor Authentication"))
	// Few enough for the throttle to let all of them through.
	browsers := make([]*porticotest.Client, 8)
	for i := range browsers {
		browsers[i] = second.Client()
	}
	var forms []form
	for _, b := range browsers {
		forms = append(forms, form{b, "/login", []string{"login_id", "ulla", "password", porticotest.Password}})
	}
	atOnce(t, append(forms, form{owner, confirm, []string{"code", c.Code(key, 0)}}))
	if !isLoggedIn(owner) {
		t.Fatal("the owner's own session has ended")
	}
	for _, b := range browsers {
		if isLoggedIn(b) {
			t.Error("a session without a code outlives the enabling of 2FA")
		}
	}
}

// exploding is a cipher that panics, as a library's cipher might on a value
// that it did not expect. A keyset can name it.
type exploding struct{ registry.KeyManager }

const explodingURL = "type.googleapis.com/portico.test.Exploding"

func (exploding) TypeURL() string { return explodingURL }

func (exploding) DoesSupport(url string) bool { return url == explodingURL }

func (exploding) Primitive([]byte) (any, error) { return exploding{}, nil }

func (exploding) Encrypt(_, _ []byte) ([]byte, error) { panic("the cipher explodes") }

func (exploding) Decrypt(_, _ []byte) ([]byte, error) { panic("the cipher explodes") }

// registerExploding registers the cipher, which works once per process.
var registerExploding = sync.OnceValue(func() error { return registry.RegisterKeyManager(exploding{}) })

const explodingKeyset = `{"primaryKeyId": 1, "key": [{"keyId": 1, "status": "ENABLED", "outputPrefixType": "RAW",
	"keyData": {"typeUrl": "` + explodingURL + `", "value": "eA==", "keyMaterialType": "SYMMETRIC"}}]}`

// TestC02_PanicInVerifierDenies checks that a panic while a code is checked
// lets nobody in, rolls back what was begun, and affects nobody else. The
// attempt stays recorded.
func TestC02_PanicInVerifierDenies(t *testing.T) {
	c := newFixture(t)
	must(t, registerExploding())
	key := c.Enrol(c.user)
	b := c.pend(c.user)
	path := filepath.Join(c.Dir, "keyset.json")
	right, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(path, []byte(explodingKeyset), 0o600))
	if p := b.Post("/login/code", "code", c.Code(key, 0)); p.Status != 500 || !p.Has("Something went wrong") || p.Header.Get("Set-Cookie") != "" || isLoggedIn(b) {
		t.Errorf(`POST /login/code: got %d %s, want status 500, the text "Something went wrong", p.Header.Get("Set-Cookie") "", no session`, p.Status, p.Text())
	}
	if log := c.Logs.String(); !strings.Contains(log, "the cipher explodes") {
		t.Errorf("the panic is not in the log: %s", log)
	}
	attempts, err := c.Auth.AttemptsOf(t.Context(), c.user.ID)
	must(t, err)
	if len(attempts) == 0 || attempts[0].What != "codes" || attempts[0].Consecutive != 1 {
		t.Errorf("charged: %+v", attempts)
	}
	c.as(c.help) // another person, which also changes the database
	must(t, os.WriteFile(path, right, 0o600))
	if p := b.Post("/login/code", "code", c.Code(key, 0)); !p.Has("Hello Ulla") {
		t.Errorf("the same log-in, with the right keyset again: %s", p.Text())
	}
}

// TestC02_UnreadablePolicyDenies checks that if a customer's policy cannot be
// read, nobody of that customer can log in or use a session. The portal must
// not continue without a policy.
func TestC02_UnreadablePolicyDenies(t *testing.T) {
	if testing.Short() {
		return // long
	}
	for _, policy := range []string{"{", "null", "[]", `{"require":{"user":"soon"}}`, `{"remember_browsers":"yes"}`} {
		c := newFixture(t)
		b := c.as(c.user)
		c.behind(t, `UPDATE customers SET policy = $1 WHERE slug = 'acme'`, policy)
		if p := b.Get("/account"); p.Status != 500 {
			t.Errorf("%s: a session goes on: %d", policy, p.Status)
		}
		if p := b.Get("/session"); p.Status != 500 {
			t.Errorf("%s: a session counts for programs: %d", policy, p.Status)
		}
		n := c.Client()
		if p := n.Post("/login", "login_id", "ulla", "password", porticotest.Password); p.Status != 500 || n.Cookie("portico_session") != "" {
			t.Errorf("%s: a log-in: %d", policy, p.Status)
		}
		if p := c.as(c.other).Get("/"); p.Status != 200 {
			t.Errorf("%s: of another customer: %d", policy, p.Status)
		}
	}
}

// TestC02_UnreadableRuleDenies checks that a request whose rule cannot be read
// is not shown, not approved and not carried out.
func TestC02_UnreadableRuleDenies(t *testing.T) {
	if testing.Short() {
		return // long
	}
	for _, rule := range []string{"{", "[]", `{"two_people":"yes"}`} {
		c := newFixture(t)
		c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{DelayHours: 2}})
		c.Enrol(c.user)
		b := c.as(c.admin)
		at := path(c.askFor(b, c.user))
		c.behind(t, `UPDATE reset_requests SET rule = $1`, rule)
		for _, p := range []*porticotest.Page{b.Get(at), b.Post(at + "/approve"), b.Get("/administration/resets")} {
			if p.Status != 500 {
				t.Errorf("%s: %d %s, want status 500", rule, p.Status, p.Path)
			}
		}
		c.Clock.Advance(3 * time.Hour)
		if err := c.Resets.RunDue(t.Context()); err == nil || !c.has(c.user) {
			t.Errorf("%s: carried out: %v", rule, err)
		}
	}
}

// TestC02_DoubtDenies checks that a broken authenticator lets nobody in.
func TestC02_DoubtDenies(t *testing.T) {
	for name, spoil := range map[string]func(*store.Authenticator){
		"unknown kind":         func(f *store.Authenticator) { f.Kind = "unknown" },
		"key does not open":    func(f *store.Authenticator) { f.Secret[len(f.Secret)-1] ^= 1 },
		"key is cut off":       func(f *store.Authenticator) { f.Secret = f.Secret[:1] },
		"key is lost":          func(f *store.Authenticator) { f.Secret = []byte{} }, // as keys replace --lost leaves it
		"another person's key": nil,
	} {
		t.Run(name, func(t *testing.T) {
			c := newFixture(t)
			key := c.Enrol(c.user)
			other := c.Enrol(c.admin)
			must(t, c.DB.Update(context.Background(), portico.CommandLine(), func(tx *store.Tx) error {
				own, err := tx.Authenticators(c.user.ID)
				if err != nil {
					return err
				}
				f := own[0]
				if spoil == nil {
					theirs, err := tx.Authenticators(c.admin.ID)
					if err != nil {
						return err
					}
					f.Secret, key = theirs[0].Secret, other
				} else {
					spoil(&f)
				}
				return tx.PutAuthenticator(f)
			}))
			b := c.Client()
			p := b.Login("ulla", porticotest.Password, "")
			if p.Path != "/login/code" {
				t.Fatalf("the password alone: %s", p.Text())
			}
			p = b.Post("/login/code", "code", c.Code(key, 0))
			want := 500
			if name == "key is lost" { // the person is told, because there are other ways to log in
				want = 422
			}
			if p.Status != want || p.Has("has lost the keys") != (want == 422) || b.Get("/account").Has("Log out") {
				t.Errorf(`got %d %s, want status %v, p.Has("has lost the keys") %v, no text "Log out"`, p.Status, p.Text(), want, (want == 422))
			}
		})
	}
}

// TestC02_FactorChangedDuringLogin checks that a 2FA reset ends a pending
// login.
func TestC02_FactorChangedDuringLogin(t *testing.T) {
	c := newFixture(t)
	key := c.Enrol(c.user)
	b := c.Client()
	b.Login("ulla", porticotest.Password, "")
	c.Reset(c.user, "lost phone")
	if p := b.Post("/login/code", "code", c.Code(key, 0)); p.Path != "/login?done=login-over" {
		t.Errorf("a pending log-in outlives the reset: %s", p.Text())
	}
	if p := c.Client().Login("ulla", porticotest.Password, ""); !p.Has("Hello Ulla") {
		t.Errorf("by password alone after the reset: %s", p.Text())
	}
}
