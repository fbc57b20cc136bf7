package web_test

import (
	"context"
	"database/sql" //nolint:depguard // to damage what the portal has written
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/store"
	"portico/internal/testdb"
	"portico/internal/totp"
)

// The tests stand by subject: replay_test.go, throttle_test.go and so on. Those
// of a class of flaws have its number in their name; docs/security.md describes
// the classes. This file has the fixture that the tests share.

// isLoggedIn reports whether a browser has a session.
func isLoggedIn(b *porticotest.Client) bool {
	// GET /session reads less of the account than the pages do. It must give the
	// same result, whatever has happened to the session.
	check, page := b.Get("/session").Status == http.StatusNoContent, b.Get("/account")
	is := page.Has("Log out")
	if counts := is && page.Path != "/account/two-factor/required"; check != counts {
		panic(fmt.Sprintf("GET /session says %v, the pages %v", check, counts))
	}
	return is
}

// pend returns a browser with a pending login.
func (c *fixture) pend(u portico.User) *porticotest.Client {
	c.T.Helper()
	b := c.Client()
	if p := b.Post("/login", "login_id", u.LoginID, "password", porticotest.Password); !strings.HasPrefix(p.Path, "/login/code") {
		c.T.Fatalf("%s is not asked for a code: %s", u.LoginID, p.Text())
	}
	return b
}

// operator returns a browser in which an operator has logged in.
func (c *fixture) operator() *porticotest.Client {
	c.T.Helper()
	return c.as(c.User(portico.ProviderID, "olga", portico.RoleOperator))
}

// asWith returns a browser in which a person has logged in with a code.
func (c *fixture) asWith(u portico.User, key []byte) *porticotest.Client {
	c.T.Helper()
	b := c.Client()
	if p := b.Login(u.LoginID, porticotest.Password, c.Code(key, 0)); !strings.Contains(p.Body, `action="/logout"`) {
		c.T.Fatalf("%s cannot log in: %s", u.LoginID, p.Text())
	}
	return b
}

// copied returns a new browser with some cookies of another one.
func (c *fixture) copied(b *porticotest.Client, cookies ...string) *porticotest.Client {
	n := c.Client()
	for _, name := range cookies {
		n.SetCookie(name, b.Cookie(name))
	}
	return n
}

// wrongCode returns a code that the key does not produce near the current time.
func (c *fixture) wrongCode(key []byte) string {
	for _, code := range []string{"000000", "111111", "222222", "333333"} {
		if totp.Verify(key, code, c.Clock.Now(), 1, 0).Verdict == totp.Refused {
			return code
		}
	}
	c.T.Fatal("no wrong code")
	return ""
}

// spoil changes a person's authenticator directly in the store.
func (c *fixture) spoil(t *testing.T, u portico.User, how func(*store.Authenticator)) {
	t.Helper()
	must(t, c.DB.Update(context.Background(), portico.CommandLine(), func(tx *store.Tx) error {
		found, err := tx.Authenticators(u.ID)
		if err != nil {
			return err
		}
		how(&found[0])
		return tx.PutAuthenticator(found[0])
	}))
}

// behind executes a statement directly in the database.
func (c *fixture) behind(t *testing.T, statement string, args ...any) {
	t.Helper()
	driver, source := "sqlite", filepath.Join(c.Dir, "portico.db")
	if url := porticotest.DatabaseFor(t, c.Dir); url != "" {
		driver, source = "pgx", url
	}
	db, err := sql.Open(driver, source)
	must(t, err)
	_, err = db.ExecContext(t.Context(), statement, args...)
	must(t, errors.Join(err, db.Close()))
}

// events counts acme's events of an action, and only those with the details if
// details is not "".
func (c *fixture) events(action portico.Action, details string) int {
	n := 0
	for _, e := range c.Events(c.acme.ID) {
		if e.Action == action && (details == "" || e.DetailsText() == details) {
			n++
		}
	}
	return n
}

var recoveryPattern = regexp.MustCompile(`[A-Z2-7]{4}(?:-[A-Z2-7]{4}){5}`)

// enrol sets up 2FA as a person does. It returns the key and the recovery
// codes.
func (c *fixture) enrol(t *testing.T, b *porticotest.Client) (key []byte, codes []string) {
	t.Helper()
	key = keyOn(t, b.Fill(b.Get("/account"), "Two Factor Authentication"))
	p := b.Post(confirm, "code", c.Code(key, 0))
	codes = recoveryPattern.FindAllString(p.Body, -1)
	if p.TwoFactorStatus() != "Enabled" || len(codes) != portico.RecoveryCodes {
		t.Fatalf("%s with %d recovery codes: %s", p.TwoFactorStatus(), len(codes), p.Text())
	}
	if p := b.Fill(p, "I have saved my recovery codes"); recoveryPattern.MatchString(p.Body) {
		t.Fatal("the codes are shown after they were saved")
	}
	return key, codes
}

// allowRemembering sets a policy that allows remembered devices.
func (c *fixture) allowRemembering(t *testing.T) {
	t.Helper()
	must(t, c.Customers.SavePolicy(context.Background(), portico.CommandLine(), c.acme.ID, nil, &portico.Policy{RememberBrowsers: true}))
}

// rememberedBy returns a remembered device of the user, logged out.
func (c *fixture) rememberedBy(t *testing.T, key []byte) *porticotest.Client {
	t.Helper()
	b := c.pend(c.user)
	if p := b.Post("/login/code", "code", c.Code(key, 0), "remember", "yes"); !p.Has("Hello Ulla") {
		t.Fatalf(`POST /login/code: got %s, want the text "Hello Ulla"`, p.Text())
	}
	b.Post("/logout")
	return b
}

// fixture is a customer with a person in each role, and a person of another
// customer.
type fixture struct {
	*porticotest.Portal
	acme, globex             portico.Customer
	user, help, admin, other portico.User
}

func newFixture(t *testing.T, options ...func(*porticotest.Portal)) *fixture {
	t.Helper()
	// Each fixture has its own portal, so the tests can run in parallel. Only the
	// first fixture of a test calls Parallel.
	if _, again := parallel.LoadOrStore(t.Name(), true); !again {
		t.Parallel()
	}
	if testdb.Postgres() {
		return created(porticotest.New(t, options...))
	}
	first.Do(func() {
		first.fixture = *created(porticotest.New(t))
		file := filepath.Join(t.TempDir(), "copy")
		must(t, first.fixture.DB.Backup(t.Context(), file))
		var err error
		first.database, err = os.ReadFile(file)
		must(t, err)
		first.keyset, err = os.ReadFile(filepath.Join(first.fixture.Dir, "keyset.json"))
		must(t, err)
	})
	c := first.fixture
	c.Portal = porticotest.New(t, append(options, func(p *porticotest.Portal) {
		must(t, os.WriteFile(filepath.Join(p.Dir, "portico.db"), first.database, 0o600))
		must(t, os.WriteFile(filepath.Join(p.Dir, "keyset.json"), first.keyset, 0o600))
	})...)
	return &c
}

// first is the fixture of the first test, and its files on SQLite. Every other fixture
// begins with a copy of them.
var first struct {
	sync.Once
	fixture          fixture
	database, keyset []byte
}

func created(p *porticotest.Portal) *fixture {
	c := &fixture{Portal: p, acme: p.Customer("acme", "Acme Telecom"), globex: p.Customer("globex", "Globex")}
	c.user = p.User(c.acme.ID, "ulla", portico.RoleUser)
	c.help = p.User(c.acme.ID, "hedda", portico.RoleHelpDesk)
	c.admin = p.User(c.acme.ID, "alice", portico.RoleAdministrator)
	c.other = p.User(c.globex.ID, "greta", portico.RoleAdministrator)
	return c
}

// parallel holds the names of the tests that run in parallel.
var parallel sync.Map

// as returns a browser in which a person has logged in.
func (c *fixture) as(u portico.User) *porticotest.Client {
	c.T.Helper()
	b := c.Client()
	if p := b.Post("/login", "login_id", u.LoginID, "password", porticotest.Password); p.Status != 200 || !strings.Contains(p.Body, `action="/logout"`) {
		c.T.Fatalf("%s cannot log in: %s", u.LoginID, p.Text())
	}
	return b
}

// fill replaces the wildcards of a pattern by values.
func fill(pattern string, u portico.UserID) (method, path string) {
	method, path, _ = strings.Cut(pattern, " ")
	path = strings.NewReplacer("{$}", "", "{user}", string(u), "{slug}", "acme", "{import}", string(u), "{reset}", string(u), "{token}", "no-such-token", "{authenticator}", string(u)).Replace(path)
	return method, path
}

// try sends a request to a route as a page of the portal would, and does not
// follow redirects.
func try(b *porticotest.Client, method, path string) *porticotest.Page {
	b.HTTP.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	defer func() { b.HTTP.CheckRedirect = nil }()
	if method == "POST" {
		return b.Post(path)
	}
	return b.Get(path)
}

// denied reports whether a response is a 401 or redirects to the login page.
func denied(p *porticotest.Page) bool {
	to := p.Header.Get("Location")
	return p.Status == 401 || p.Status == 303 && (to == "/login" || strings.HasPrefix(to, "/login?next="))
}

// form is what one browser sends.
type form struct {
	from   *porticotest.Client
	path   string
	fields []string
}

// atOnce sends all forms at the same time and waits for the answers. Whatever
// they are, the caller looks at what has become of the portal.
func atOnce(t *testing.T, forms []form) {
	t.Helper()
	var all sync.WaitGroup
	for _, f := range forms {
		all.Go(func() {
			if _, err := f.from.TryPost(f.path, f.fields...); err != nil {
				t.Errorf("POST %s: %v, want an answer", f.path, err)
			}
		})
	}
	all.Wait()
}
