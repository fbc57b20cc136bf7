package store

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestNewFileIsAsMigrated compares a new SQLite file with one that the migrations
// made. PORTICOTEST_SCHEMA=write writes schema.sql, after a migration was added.
func TestNewFileIsAsMigrated(t *testing.T) {
	files, _, err := Place{}.migrations()
	if err != nil {
		t.Fatal(err)
	}
	migrated := dumped(t, Place{Dir: t.TempDir(), Migrations: files})
	if os.Getenv("PORTICOTEST_SCHEMA") == "write" {
		text := slices.DeleteFunc(slices.Clone(migrated), func(s string) bool { return strings.HasPrefix(s, "INSERT INTO "+versionTable) })
		header := "-- Written by PORTICOTEST_SCHEMA=write go test -run TestNewFileIsAsMigrated ./internal/store\n"
		if err := os.WriteFile("schema.sql", []byte(header+strings.Join(text, ";\n")+";\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	made := dumped(t, Place{Dir: t.TempDir()})
	for _, s := range migrated {
		if !slices.Contains(made, s) {
			t.Errorf("a new file lacks %s: run PORTICOTEST_SCHEMA=write go test -run TestNewFileIsAsMigrated ./internal/store", s)
		}
	}
	for _, s := range made {
		if !slices.Contains(migrated, s) {
			t.Errorf("a new file has %s, a migrated one has not", s)
		}
	}
}

// dumped returns the statements that make what a new database holds.
func dumped(t *testing.T, place Place) []string {
	t.Helper()
	now := func() time.Time { return time.Unix(0, 0) }
	db, err := Open(t.Context(), place, now)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	r := db.Read(t.Context())
	statements, err := all(r, "reading the schema", scanText, `SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' ORDER BY rowid`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := all(r, "listing the tables", scanText, sqliteEngine.tables)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		columns, err := all(r, "listing the columns", scanText, `SELECT name FROM pragma_table_info($1) WHERE name <> 'tstamp' AND NOT (name = 'id' AND $1 = '`+versionTable+`')`, table)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := all(r, "reading the rows", scanText, fmt.Sprintf(`SELECT quote(%s) FROM %s`, strings.Join(columns, ") || ', ' || quote("), table))
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			statements = append(statements, fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", table, strings.Join(columns, ", "), row))
		}
	}
	return statements
}
