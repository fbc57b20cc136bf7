package cli_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"portico/internal/porticotest"
	"portico/internal/store/storetest"
	"portico/internal/testdb"
)

// TestCommandsMakeNothing checks that commands refuse where there is no portal,
// and leave neither a directory nor, in an empty PostgreSQL database, a table.
func TestCommandsMakeNothing(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	for _, args := range [][]string{
		{"customer", "create", "--slug", "acme", "--name", "Acme"},
		{"user", "list"},
		{"keys", "rotate"},
		{"keys", "replace", "--lost"},
		{"audit", "key"},
		{"backup", file},
		{"doctor", "--repair"},
		{"migrate"},
	} {
		dir := nowhere(t)
		if out := run(t, dir, 1, args...); !strings.Contains(out, "there is no portal in ") || !strings.Contains(out, "portico init") {
			t.Errorf("%v where there is no portal: got %q, want a sentence that says so", args, out)
		}
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%v where there is no portal: got a data directory (%v), want none", args, err)
		}
		if url := porticotest.DatabaseFor(t, dir); url != "" {
			if tables := storetest.Contents(t, dir, url); len(tables) > 0 {
				t.Errorf("%v in an empty database: got the tables %v, want none", args, tables)
			}
		}
	}
}

// TestInit checks that init makes a portal that commands then use, and changes
// none that is there.
func TestInit(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	dir := nowhere(t)
	run(t, dir, 0, "init")
	run(t, dir, 0, "customer", "create", "--slug", "acme", "--name", "Acme")
	keyset := filepath.Join(dir, "keyset.json")
	before, err := os.ReadFile(keyset)
	if err != nil {
		t.Fatal(err)
	}
	if out := run(t, dir, 1, "init"); !strings.Contains(out, "there is already a portal in ") {
		t.Errorf("a second init: got %q, want a sentence that says that there is a portal", out)
	}
	if after, err := os.ReadFile(keyset); err != nil || string(after) != string(before) {
		t.Errorf("a second init: got another keyset (%v), want the same", err)
	}
	if out := run(t, dir, 0, "customer", "list"); !strings.Contains(out, "acme") {
		t.Errorf("after a second init: got the customers %q, want acme", out)
	}
}

// TestOtherDatabase checks that a data directory is used with its own PostgreSQL
// database alone: an empty one stays empty, and that of another portal is
// refused.
func TestOtherDatabase(t *testing.T) {
	t.Parallel()
	if !testdb.Postgres() {
		return // testdata/marker.txt has the same for SQLite
	}
	dir, other := nowhere(t), nowhere(t)
	run(t, dir, 0, "init")
	run(t, other, 0, "init")
	file := filepath.Join(t.TempDir(), "file")
	commands := [][]string{{"serve", "--listen", "127.0.0.1:0"}, {"init"}, {"customer", "list"}, {"backup", file}, {"keys", "replace", "--lost"}}
	empty := testdb.New(t, nil)
	for url, want := range map[string]string{empty: "there is no portal in ", porticotest.DatabaseFor(t, other): " belongs to another portal than the database "} {
		porticotest.SetDatabase(dir, url)
		for _, args := range commands {
			if code, out := program(t, dir, args...); code != 1 || !strings.Contains(out, want) && args[0] != "init" {
				t.Errorf("%v over another database: got %d and %q, want 1 and %q", args, code, out, want)
			}
		}
	}
	if tables := storetest.Contents(t, dir, empty); len(tables) > 0 {
		t.Errorf("an empty database beside the directory of another: got the tables %v, want none", tables)
	}

	// Another node begins without the file. Commands do not make it.
	node := t.TempDir()
	porticotest.SetDatabase(node, porticotest.DatabaseFor(t, other))
	keyset, err := os.ReadFile(filepath.Join(other, "keyset.json"))
	if err == nil {
		err = os.WriteFile(filepath.Join(node, "keyset.json"), keyset, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	run(t, node, 0, "customer", "list")
	if _, err := os.Stat(filepath.Join(node, "portal.json")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("portal.json after customer list on a new node: got %v, want no such file", err)
	}
}
