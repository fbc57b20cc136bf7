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
)

// TestCommandsMakeNothing checks that commands refuse where there is no portal,
// and leave neither a directory nor, in an empty PostgreSQL database, a table.
func TestCommandsMakeNothing(t *testing.T) {
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
	dir := nowhere(t)
	run(t, dir, 0, "init")
	run(t, dir, 0, "customer", "create", "--slug", "acme", "--name", "Acme")
	keyset := filepath.Join(dir, "keyset.json")
	before, err := os.ReadFile(keyset)
	if err != nil {
		t.Fatal(err)
	}
	if out := run(t, dir, 1, "init"); !strings.Contains(out, "there is a portal in ") {
		t.Errorf("a second init: got %q, want a sentence that says that there is a portal", out)
	}
	if after, err := os.ReadFile(keyset); err != nil || string(after) != string(before) {
		t.Errorf("a second init: got another keyset (%v), want the same", err)
	}
	if out := run(t, dir, 0, "customer", "list"); !strings.Contains(out, "acme") {
		t.Errorf("after a second init: got the customers %q, want acme", out)
	}
}
