package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"portico/internal/cli"
	"portico/internal/porticotest"
	"portico/internal/store"
	"portico/internal/store/storetest"
	"portico/internal/testdb"
)

// earlier makes a database as an earlier version of the program had it, and fills it
// by statements.
func earlier(t *testing.T, place store.Place, migrations fs.FS, statements ...string) {
	t.Helper()
	place.Migrations = migrations
	db, err := store.Open(t.Context(), place, time.Now)
	must(t, err)
	must(t, db.Close())
	execute(t, place.Dir, statements...)
}

// beforeTheLast returns the migrations of the version before the last one.
func beforeTheLast(t *testing.T) fs.FS {
	t.Helper()
	names, err := filepath.Glob("../store/migrations/*.sql")
	must(t, err)
	return migrationsBefore(t, names[len(names)-1])
}

// migrationsBefore returns the migrations before the file of one.
func migrationsBefore(t *testing.T, file string) fs.FS {
	t.Helper()
	names, err := filepath.Glob("../store/migrations/*.sql")
	must(t, err)
	files := fstest.MapFS{}
	for _, name := range names {
		if filepath.Base(name) >= filepath.Base(file) {
			break
		}
		text, err := os.ReadFile(name)
		must(t, err)
		files[filepath.Base(name)] = &fstest.MapFile{Data: text}
	}
	return files
}

// aNode records a node that serves the portal, also in the database of a version
// before nodes recorded their settings.
func aNode() string {
	return fmt.Sprintf(`INSERT INTO nodes (id, name, holds, seals_with, seen_at) VALUES ('a', 'the earlier node', '', 0, %d)`, time.Now().UnixMilli())
}

const aCustomer = `INSERT INTO customers (id, slug, name, created_at) VALUES ('acme', 'acme', 'Acme Telecom', 0)`

// TestMoveRefusesBeforeItMigrates moves onto portals of an earlier version. A move
// that is refused leaves them as they are, so that their nodes go on.
func TestMoveRefusesBeforeItMigrates(t *testing.T) {
	t.Parallel()
	if !testdb.Postgres() {
		return // there is no database to move to
	}
	from := t.TempDir()
	var out bytes.Buffer
	if code := cli.Run(t.Context(), []string{"init", "--data", from}, strings.NewReader(""), &out, &out); code != 0 {
		t.Fatalf("init exits with %d, want 0:\n%s", code, &out)
	}
	for name, c := range map[string]struct {
		migrations fs.FS
		statement  string
		says       string
	}{
		"that a node serves":                    {beforeTheLast(t), aNode(), "the PostgreSQL database is in use: these nodes serve the portal: the earlier node"},
		"that nobody serves":                    {beforeTheLast(t), aCustomer, "is not empty, it holds customers"},
		"from before nodes recorded themselves": {migrationsBefore(t, "0028_nodes.sql"), aCustomer, "is not empty, it holds customers"},
	} {
		there := t.TempDir()
		url := testdb.New(t, nil)
		porticotest.SetDatabase(there, url)
		earlier(t, store.Place{Dir: there, URL: url}, c.migrations, c.statement)
		before := storetest.Contents(t, there, url)
		out.Reset()
		code := cli.Run(context.Background(), []string{"move", "--data", from, "--database", url}, strings.NewReader(""), &out, &out)
		if code != 1 || !strings.Contains(out.String(), c.says) {
			t.Errorf("move onto a portal %s: exits with %d, want 1 and %q:\n%s", name, code, c.says, &out)
		}
		if after := storetest.Contents(t, there, url); !maps.Equal(before, after) {
			t.Errorf("a portal %s holds after a move %v, want %v", name, after, before)
		}
	}
	if _, err := os.Stat(filepath.Join(from, "portico.db")); err != nil {
		t.Errorf("portico.db after moves that were refused: got %v, want it in its place", err)
	}
}

// TestMoveIntoAnEmptyPortalOfAnEarlierVersion checks that the target is brought up
// to date if nobody uses it.
func TestMoveIntoAnEmptyPortalOfAnEarlierVersion(t *testing.T) {
	t.Parallel()
	if !testdb.Postgres() {
		return // there is no database to move to
	}
	dir, there := filepath.Join(t.TempDir(), "data"), t.TempDir()
	porticotest.SetDatabase(dir, "")
	run(t, dir, 0, "init")
	run(t, dir, 0, "customer", "create", "--slug", "acme", "--name", "Acme")
	url := testdb.New(t, nil)
	porticotest.SetDatabase(there, url)
	earlier(t, store.Place{Dir: there, URL: url}, beforeTheLast(t))
	porticotest.SetDatabase(dir, url)
	run(t, dir, 0, "move")
	if out := run(t, dir, 0, "customer", "list"); !strings.Contains(out, "acme") {
		t.Errorf("customers after a move: got %s, want acme", out)
	}
}

// TestKeysReplacedOverAnEarlierDatabase replaces a lost keyset where the database
// is from before nodes recorded that they serve.
func TestKeysReplacedOverAnEarlierDatabase(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	dir := nowhere(t)
	url := porticotest.DatabaseFor(t, dir)
	earlier(t, store.Place{Dir: dir, URL: url}, migrationsBefore(t, "0028_nodes.sql"), aCustomer)
	if out := run(t, dir, 0, "keys", "replace", "--lost"); !strings.Contains(out, "Created a new keyset.") {
		t.Errorf("keys replace: got %s, want that it has created a new keyset", out)
	}
	if out := run(t, dir, 0, "customer", "list"); !strings.Contains(out, "Acme Telecom") {
		t.Errorf("customers after a new keyset: got %s, want Acme Telecom", out)
	}
	if out := run(t, dir, 0, "doctor"); !strings.Contains(out, "it opens all") {
		t.Errorf("doctor after a new keyset: got %s, want that it opens all", out)
	}
}
