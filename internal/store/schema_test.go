package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"portico/internal/testdb"
)

// spoil opens a portal's database, changes its record of migrations, and
// returns where it is.
func spoil(t *testing.T, statements ...string) Place {
	t.Helper()
	at := place(t, t.TempDir())
	db, err := Open(context.Background(), at, clock)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range statements {
		if _, err := db.writer.Exec(statement); err != nil {
			t.Fatalf("%s: %v, want no error", statement, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return at
}

// TestSchemaIsTheSetOfMigrations checks that a database that lacks a migration
// in the middle, has a different one, or has one that this program does not know
// is refused, with a sentence that names it.
func TestSchemaIsTheSetOfMigrations(t *testing.T) {
	const unknown = `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)`
	for name, c := range map[string]struct {
		statements []string
		says       string
	}{
		"lacks one":            {[]string{`DELETE FROM goose_db_version WHERE version_id = 9`}, "lacks the migration 0009_resets"},
		"lacks one in Go":      {[]string{`DELETE FROM goose_db_version WHERE version_id = 4`}, "lacks the migration 0004_"},
		"not applied":          {[]string{`UPDATE goose_db_version SET is_applied = FALSE WHERE version_id = 11`}, "lacks the migration 0011_accent"},
		"another text":         {[]string{`UPDATE goose_db_version SET checksum = 'x' WHERE version_id = 12`}, "migration 0012_addresses of the database is not the one of this program"},
		"no checksum":          {[]string{`UPDATE goose_db_version SET checksum = '' WHERE version_id = 31`}, "migration 0031_checksums of the database is not the one of this program"},
		"a newer one":          {[]string{unknown}, "has the migration 9999, which this program does not know: use the newer program that made it"},
		"one of another line":  {[]string{`INSERT INTO goose_db_version (version_id, is_applied) VALUES (15, TRUE)`}, "has the migration 15, which this program does not know: use the program that made it"},
		"a newer one, and two": {[]string{unknown, `DELETE FROM goose_db_version WHERE version_id = 9`}, "lacks the migration 0009_resets"},
	} {
		t.Run(name, func(t *testing.T) {
			at := spoil(t, c.statements...)
			for how, open := range map[string]func() (*DB, error){
				"Open":   func() (*DB, error) { return Open(t.Context(), at, clock) },
				"Attach": func() (*DB, error) { return Attach(t.Context(), at, clock) },
			} {
				db, err := open()
				if err == nil {
					t.Errorf("%s opens a database after %q, want an error", how, c.statements)
					if err := db.Close(); err != nil {
						t.Error(err)
					}
				} else if !strings.Contains(err.Error(), c.says) {
					t.Errorf("%s after %q: got %v, want %q in it", how, c.statements, err, c.says)
				}
			}
		})
	}
}

// version returns the migrations of another version of the program: this
// program's until one, and more.
func version(t *testing.T, until int64, more map[string]string) fs.FS {
	t.Helper()
	files, known, err := Place{}.migrations()
	if err != nil {
		t.Fatal(err)
	}
	other := fstest.MapFS{}
	for _, m := range known {
		if text, err := fs.ReadFile(files, m.name+".sql"); err == nil && m.number <= until {
			other[m.name+".sql"] = &fstest.MapFile{Data: text}
		}
	}
	for name, text := range more {
		other[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return other
}

// recorded returns what a database records about its migrations.
func recorded(t *testing.T, db *DB) map[int64]applied {
	t.Helper()
	have, err := appliedIn(t.Context(), db.readers)
	if err != nil {
		t.Fatal(err)
	}
	record := map[int64]applied{}
	for _, a := range have {
		record[a.number] = a
	}
	return record
}

// TestChecksumsAreFilledIn checks that a database from before there were
// checksums gets those of all its migrations when this program opens it.
func TestChecksumsAreFilledIn(t *testing.T) {
	at := Place{Dir: t.TempDir(), URL: testdb.New(t, nil)}
	before := at
	before.Migrations = version(t, checksummed-1, nil)
	for _, place := range []Place{before, before, at, at} { // each of them twice
		db, err := Open(t.Context(), place, clock)
		if err != nil {
			t.Fatal(err)
		}
		record := recorded(t, db)
		for _, m := range db.known {
			want := applied{number: m.number}
			if place.Migrations == nil {
				want.checksum, want.compatible = m.checksum, m.compatible
			}
			if got := record[m.number]; got != want {
				t.Errorf("the database records %+v, want %+v", got, want)
			}
		}
		if len(record) != len(db.known) {
			t.Errorf("the database records %d migrations, want %d", len(record), len(db.known))
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
	if db, err := Open(t.Context(), before, clock); err == nil || !strings.Contains(err.Error(), "has the migration 31, which this program does not know") {
		t.Errorf("the program from before opens it: %v %v, want an error that names the migration 31", db, err)
	}
}

// TestMigrationsAreFrozen checks that no migration changes once databases have
// it: they would be refused. Only a new one gets a line here.
func TestMigrationsAreFrozen(t *testing.T) {
	want, err := os.ReadFile(filepath.Join("testdata", "migrations.txt"))
	if err != nil {
		t.Fatal(err)
	}
	files, known, err := Place{}.migrations()
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	for _, m := range known {
		fmt.Fprintf(&got, "%s %s\n", m.name, m.checksum)
		text, err := fs.ReadFile(files, m.name+".sql")
		if errors.Is(err, fs.ErrNotExist) {
			continue // in Go
		}
		if first, _, _ := strings.Cut(string(text), "\n"); first != "-- +goose Up" && len(first) < len(compatibleLine)+20 {
			t.Errorf("%s begins with %q, want -- +goose Up, or %sand the reason", m.name, first, compatibleLine)
		}
		for line := range strings.Lines(string(text)) {
			if statement, _, _ := strings.Cut(line, "--"); strings.Count(statement, "'")%2 != 0 {
				t.Errorf("%s has -- inside a text, which its checksum leaves out: %s", m.name, line)
			}
		}
	}
	if got.String() != string(want) {
		t.Errorf("testdata/migrations.txt has to be\n%s\nand is\n%s\nA migration that a database may have is not changed: write a later one. A new one gets its line in testdata/migrations.txt.", &got, want)
	}
}

// TestChecksumIgnoresComments checks what a migration may still change.
func TestChecksumIgnoresComments(t *testing.T) {
	const text = "-- +goose Up\n-- A table.\nCREATE TABLE a (b TEXT); -- a column\n"
	for other, same := range map[string]bool{
		"-- +goose Up\r\n\r\n-- A list.\r\nCREATE TABLE a\r\n\t(b TEXT);\r\n": true,
		"-- compatible: nobody reads it\n" + text:                             true,
		strings.Replace(text, "b TEXT", "b BIGINT", 1):                        false,
		strings.Replace(text, "TABLE a", "TABLEa", 1):                         false,
	} {
		if got := sum(other) == sum(text); got != same {
			t.Errorf("%q has the checksum of %q: %v, want %v", other, text, got, same)
		}
	}
}
