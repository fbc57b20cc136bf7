package web_test

import (
	"strings"
	"testing"
	"time"

	"portico/internal/porticotest"
)

// TestNodeStopsWhenTheSchemaMoves checks that a running node notices within a
// minute that the schema moved under it. It answers 503 with a sentence, changes
// nothing, logs it once, and serves again once the schema fits.
func TestNodeStopsWhenTheSchemaMoves(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	serves := func(when string, want bool) {
		t.Helper()
		status := 503
		if want {
			status = 200
		}
		for _, path := range []string{"/login", "/account", "/administration/access", "/readyz"} {
			if p := b.Get(path); p.Status != status {
				t.Errorf("%s, GET %s is answered with %d, want %d: %s", when, path, p.Status, status, p.Text())
			}
		}
		for _, path := range []string{"/healthz", "/static/app.css"} {
			if p := b.Get(path); p.Status == 503 {
				t.Errorf("%s, GET %s is answered with 503, want an answer as always", when, path)
			}
		}
	}
	serves("before", true)
	for name, move := range map[string]struct{ there, back, says string }{
		"a newer migration": {
			`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)`, `DELETE FROM goose_db_version WHERE version_id = 9999`,
			"the database has the migration 9999, which this program does not know",
		},
		"an older database": {
			`UPDATE goose_db_version SET is_applied = FALSE WHERE version_id = 9`, `UPDATE goose_db_version SET is_applied = TRUE WHERE version_id = 9`,
			"the database lacks the migration 0009_resets",
		},
	} {
		c.behind(t, move.there)
		c.Clock.Advance(time.Minute)
		serves(name, false)
		if p := b.Get("/account"); !strings.Contains(p.Text(), "The portal is being maintained") || p.Header.Get("Retry-After") == "" {
			t.Errorf("%s: the page says %q, want that the portal is being maintained, and Retry-After", name, p.Text())
		}
		if p := b.Get("/readyz"); !strings.Contains(p.Text(), move.says) {
			t.Errorf("%s: /readyz says %q, want %q in it", name, p.Text(), move.says)
		}
		before := c.Contents()
		if p := c.Client().Post("/login", "login_id", c.user.LoginID, "password", porticotest.Password); p.Status != 503 {
			t.Errorf("%s: a log-in is answered with %d, want 503", name, p.Status)
		}
		if p := b.Post("/administration/access/"+string(c.user.ID)+"/suspend", "reason", "x"); p.Status != 503 {
			t.Errorf("%s: a change is answered with %d, want 503", name, p.Status)
		}
		for table, rows := range c.Contents() {
			if rows != before[table] {
				t.Errorf("%s: %s holds\n%s\nwant\n%s", name, table, rows, before[table])
			}
		}
		if n := strings.Count(c.Logs.String(), move.says); n != 1 {
			t.Errorf("%s is logged %d times, want once", name, n)
		}
		c.behind(t, move.back)
		c.Clock.Advance(time.Minute)
		serves("after "+name, true)
	}
	c.behind(t, `INSERT INTO goose_db_version (version_id, is_applied, compatible) VALUES (9999, TRUE, TRUE)`)
	c.Clock.Advance(time.Minute)
	serves("beside a compatible migration", true)
}
