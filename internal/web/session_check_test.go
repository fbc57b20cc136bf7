package web_test

import (
	"crypto/sha256"
	"database/sql" //nolint:depguard // to put accounts into every state, including ones that the portal would not make
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
)

// accountState is a state that an account and its session can be in. Each field
// is an index below its entry in dimensions.
type accountState struct{ status, customer, policy, mustSetUp, authenticator, frozen, epoch, age int }

// dimensions are the numbers of values of the fields of accountState.
var dimensions = [...]int{3, 3, 4, 2, 3, 2, 2, 4}

var (
	statuses  = []portico.Status{portico.Active, portico.Invited, portico.Suspended}
	customers = []string{"in force", "suspended", "its sessions ended"}
	policies  = []string{"none", "required of all", "required, exempt", "required of administrators"}
	factors   = []portico.TwoFactor{portico.TwoFactorNone, portico.TwoFactorDisabled, portico.TwoFactorEnabled}
	ages      = []string{"used now", "unused too long", "too old", "used in the future"}
)

func (s accountState) String() string {
	return fmt.Sprintf("%s, customer %s, policy %s, must set up %v, 2FA %s, password expired %v, epoch raised %v, session %s", statuses[s.status],
		customers[s.customer], policies[s.policy], s.mustSetUp == 1, factors[s.authenticator], s.frozen == 1, s.epoch == 1, ages[s.age])
}

// counts reports whether the session gives access to the portal.
func (s accountState) counts() bool {
	return s.status == 0 && s.customer == 0 && s.epoch == 0 && s.age == 0 && (s.authenticator == 2 || s.mustSetUp == 0 && s.policy != 1)
}

// put sets the account and two sessions of it to the state.
func (s accountState) put(t *testing.T, db *sql.DB, c *fixture, tokens [2]string) {
	t.Helper()
	now := c.Clock.Now()
	tx, err := db.BeginTx(t.Context(), nil)
	must(t, err)
	exec := func(statement string, args ...any) {
		t.Helper()
		if _, err := tx.ExecContext(t.Context(), statement, args...); err != nil {
			t.Fatalf("%s: %v, want no error", statement, err)
		}
	}
	var exempt, suspended, ended int64
	policy := `{}`
	required := now.Add(-time.Hour).Format(time.RFC3339)
	switch s.policy {
	case 1, 2:
		policy = `{"require":{"user":"` + required + `"}}`
	case 3:
		policy = `{"require":{"administrator":"` + required + `"}}`
	}
	if s.policy == 2 {
		exempt = now.Add(time.Hour).UnixMilli()
	}
	if s.customer == 1 {
		suspended = now.UnixMilli()
	}
	if s.customer == 2 {
		ended = now.UnixMilli()
	}
	exec(`UPDATE users SET status = $1, must_set_up = $2, password_expired = $3, epoch = $4, exempt_until = $5 WHERE id = $6`,
		statuses[s.status], s.mustSetUp == 1, s.frozen == 1, 1+s.epoch, exempt, c.user.ID)
	exec(`UPDATE customers SET suspended_at = $1, ended_at = $2, policy = $3 WHERE id = $4`, suspended, ended, policy, c.acme.ID)
	exec(`DELETE FROM authenticators WHERE user_id = $1`, c.user.ID)
	if s.authenticator > 0 {
		exec(`INSERT INTO authenticators (id, user_id, kind, name, secret, enabled, last_step, created_at, last_used_at) VALUES ('factor', $1, 'totp', '', $2, $3, 0, 1, 0)`,
			c.user.ID, []byte("sealed"), s.authenticator == 2)
	}
	created, seen := now, now
	switch s.age {
	case 1:
		created, seen = now.Add(-2*time.Hour), now.Add(-2*time.Hour)
	case 2:
		created = now.Add(-30 * 24 * time.Hour)
	case 3:
		seen = now.Add(time.Hour)
	}
	exec(`DELETE FROM sessions`)
	for i, token := range tokens {
		hash := sha256.Sum256([]byte(token))
		exec(`INSERT INTO sessions (id, token_hash, user_id, epoch, created_at, seen_at, confirmed_at, address, browser) VALUES ($1, $2, $3, 1, $4, $5, 0, '', '')`,
			fmt.Sprint("session", i), hash[:], c.user.ID, created.UnixMilli(), seen.UnixMilli())
	}
	must(t, tx.Commit())
}

// TestC18_CheckDecidesAsThePages tries every state of an account and of its
// session, and checks that GET /session accepts exactly the sessions that the
// pages accept.
func TestC18_CheckDecidesAsThePages(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	driver, source := "sqlite", filepath.Join(c.Dir, "portico.db")
	if url := porticotest.DatabaseFor(t, c.Dir); url != "" {
		driver, source = "pgx", url
	}
	db, err := sql.Open(driver, source)
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	c.Clock.Advance(time.Hour) // so that sessions can be older than the account
	tokens := [2]string{"token-of-the-check", "token-of-the-pages"}
	var browsers [2]*porticotest.Client
	for i, token := range tokens {
		browsers[i] = c.Client()
		browsers[i].SetCookie("portico_session", token)
	}
	states := 1
	for _, n := range dimensions {
		states *= n
	}
	in := 0
	// With -short, every 23rd: each value of each field still comes.
	for i := 0; i < states; i += porticotest.Amount(1, 23) {
		var s accountState
		rest := i
		for d, field := range []*int{&s.status, &s.customer, &s.policy, &s.mustSetUp, &s.authenticator, &s.frozen, &s.epoch, &s.age} {
			*field, rest = rest%dimensions[d], rest/dimensions[d]
		}
		s.put(t, db, c, tokens)
		check, page := try(browsers[0], "GET", "/session").Status, try(browsers[1], "GET", "/account").Status
		if check != 204 && check != 401 || page != 200 && page != 303 {
			t.Fatalf("%s: GET /session answers %d, the page %d", s, check, page)
		}
		if (check == 204) != (page == 200) || (check == 204) != s.counts() {
			t.Errorf("%s: GET /session answers %d, the page %d", s, check, page)
		}
		if check == 204 {
			in++
		}
	}
	if in < porticotest.Amount(10, 1) || in > states/10 {
		t.Errorf("%d of %d states let somebody in", in, states)
	}
}

func TestSessionCheckForProxies(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	if p := c.Client().Get("/session"); p.Status != 401 || p.Body != "" {
		t.Errorf("nobody: %d %q", p.Status, p.Body)
	}
	p := c.as(c.user).Get("/session")
	if p.Status != 204 || p.Header.Get("Portico-Login-ID") != "ulla" || p.Header.Get("Portico-Role") != "user" || p.Header.Get("Portico-Customer") != "acme" {
		t.Errorf(`GET /session: got %d %v, want status 204, p.Header.Get("Portico-Login-ID") "ulla", p.Header.Get("Portico-Role") "user", p.Header.Get("Portico-Customer") "acme"`, p.Status, p.Header)
	}
}
