package cli_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"portico/internal/porticotest"
	"portico/internal/testdb"
)

// TestServeNoticesAnotherPortalInItsDatabase checks that a portal stops serving within
// a minute when another one, or none, has taken the place of its database under the
// same name, and serves again once its own is back.
func TestServeNoticesAnotherPortalInItsDatabase(t *testing.T) {
	t.Parallel()
	p := porticotest.New(t)
	serves := func(when string, want int, says string) {
		t.Helper()
		p.Clock.Advance(time.Minute)
		if page := p.Client().Get("/login"); page.Status != want {
			t.Errorf("%s, GET /login is answered with %d, want %d: %s", when, page.Status, want, page.Text())
		}
		if page := p.Client().Get("/readyz"); page.Status != want || !strings.Contains(page.Text(), says) {
			t.Errorf("%s: /readyz answers %d %q, want %d and %q in it", when, page.Status, page.Text(), want, says)
		}
	}
	const another = "is another one than the one that was opened: restart portico serve to use it"
	serves("before", http.StatusOK, "ok")
	execute(t, p.Dir, `CREATE TABLE aside AS SELECT one, id FROM portal_id`, `UPDATE portal_id SET id = 'other'`)
	serves("in the database of another portal", http.StatusServiceUnavailable, another)
	if n := strings.Count(p.Logs.String(), another); n != 1 {
		t.Errorf("that it is another database is logged %d times, want once", n)
	}
	execute(t, p.Dir, `UPDATE portal_id SET id = (SELECT id FROM aside)`)
	serves("in its own database again", http.StatusOK, "ok")
	execute(t, p.Dir, `DELETE FROM portal_id`)
	serves("in a database that nobody has served", http.StatusServiceUnavailable, another)
	execute(t, p.Dir, `INSERT INTO portal_id (one, id) SELECT one, id FROM aside`)
	serves("in its own database once more", http.StatusOK, "ok")
	if testdb.Postgres() {
		execute(t, p.Dir, `DROP SCHEMA public CASCADE`, `CREATE SCHEMA public`)
		serves("in an empty database", http.StatusServiceUnavailable, another)
	}
}
