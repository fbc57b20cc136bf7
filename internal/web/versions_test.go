package web_test

import (
	"io/fs"
	"os"
	"testing"
	"testing/fstest"
	"time"

	"portico"
	"portico/internal/porticotest"
)

// nextVersion is an option that runs a portal as a later version of the program:
// with more migrations.
func nextVersion(t *testing.T, more map[string]string) func(*porticotest.Portal) {
	t.Helper()
	files := fstest.MapFS{}
	ours := os.DirFS("../store/migrations")
	names, err := fs.Glob(ours, "*.sql")
	must(t, err)
	for _, name := range names {
		text, err := fs.ReadFile(ours, name)
		must(t, err)
		files[name] = &fstest.MapFile{Data: text}
	}
	for name, text := range more {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return func(p *porticotest.Portal) { p.Migrations = files }
}

// What a later version may do beside this one, and what it may not.
const (
	expand = `-- compatible: the version before names its columns, and needs none of these.
-- +goose Up
ALTER TABLE users ADD COLUMN pronouns TEXT NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN note TEXT;
CREATE INDEX users_by_pronouns ON users (customer_id, pronouns);
CREATE TABLE notes (
    id      TEXT   NOT NULL PRIMARY KEY,
    user_id TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    made_at BIGINT NOT NULL
);
`
	contract = `-- +goose Up
ALTER TABLE customers DROP COLUMN accent;
`
)

// TestTwoVersionsSideBySide upgrades one node of two by compatible migrations.
// Both serve log-ins, lists and resets on one database meanwhile and afterwards,
// and the earlier version also starts again. A migration that is not compatible
// then stops the earlier version within a minute, and not the later one.
func TestTwoVersionsSideBySide(t *testing.T) {
	if testing.Short() {
		return // long: three nodes
	}
	c := newFixture(t)
	earlier := c.Portal
	session := c.as(c.admin) // from before the upgrade
	work := func(when string, nodes ...*porticotest.Portal) {
		t.Helper()
		for i, node := range nodes {
			on := *c
			on.Portal = node
			if p := node.Client().Get("/readyz"); p.Status != 200 {
				t.Errorf("%s, /readyz of node %d answers %d, want 200: %s", when, i, p.Status, p.Text())
			}
			name := "u" + when[:1] + string(rune('a'+i)) // a person of this node
			u := node.User(c.acme.ID, name, portico.RoleUser)
			key := node.Enrol(u)
			for _, at := range nodes { // who logs in on each
				b := at.Client()
				c.Clock.Advance(time.Minute) // a code works once
				if p := b.Login(name, porticotest.Password, c.Code(key, 0)); !p.Has("Log out") {
					t.Errorf("%s, %s cannot log in: %s", when, name, p.Text())
				}
			}
			admin := on.as(c.admin)
			if p := admin.Get("/administration/access"); p.Status != 200 || p.Row(name) == "" {
				t.Errorf("%s, the list of node %d answers %d without %s: %s", when, i, p.Status, name, p.Text())
			}
			if p := admin.Post("/administration/access/"+string(u.ID)+"/two-factor/delete", "reason", "lost phone"); p.Path != "/administration/access?done=reset-done" {
				t.Errorf("%s, a reset on node %d leads to %s, want the list: %s", when, i, p.Path, p.Text())
			}
			for _, at := range nodes { // the password is enough now
				if p := at.Client().Login(name, porticotest.Password, ""); !p.Has("Log out") {
					t.Errorf("%s, %s cannot log in after the reset: %s", when, name, p.Text())
				}
			}
		}
		if p := session.Get("/account"); p.Status != 200 || !p.Has("Log out") {
			t.Errorf("%s, the session from before answers %d, want its page", when, p.Status)
		}
	}
	work("before", earlier)
	later := porticotest.Start(t, c.Dir, c.Clock, nextVersion(t, map[string]string{"9001_expand.sql": expand}))
	work("during", earlier, later)
	c.Clock.Advance(time.Hour)
	session = c.as(c.admin)
	work("expanded", earlier, later)
	restarted := porticotest.Start(t, c.Dir, c.Clock)
	work("restarted", earlier, later, restarted)

	last := porticotest.Start(t, c.Dir, c.Clock, nextVersion(t, map[string]string{"9001_expand.sql": expand, "9002_contract.sql": contract}))
	c.Clock.Advance(time.Minute)
	for name, node := range map[string]*porticotest.Portal{"first": earlier, "expanded": later, "contracted": last} {
		want := 503
		if node == last {
			want = 200
		}
		for _, path := range []string{"/login", "/readyz"} {
			if p := node.Client().Get(path); p.Status != want {
				t.Errorf("after the contraction, %s of the %s version answers %d, want %d", path, name, p.Status, want)
			}
		}
	}
}
