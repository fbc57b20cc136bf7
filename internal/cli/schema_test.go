package cli_test

import (
	"bytes"
	"context"
	"database/sql" //nolint:depguard // to change the record of migrations
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"portico/internal/cli"
	"portico/internal/porticotest"
	"portico/internal/seal"
	"portico/internal/store"
	"portico/internal/store/storetest"
	"portico/internal/testdb"
)

// spoiled makes a portal with a customer, changes its record of migrations, and
// returns its directory.
func spoiled(t *testing.T, statements ...string) string {
	t.Helper()
	dir := nowhere(t)
	run(t, dir, 0, "init")
	run(t, dir, 0, "customer", "create", "--slug", "acme", "--name", "Acme")
	execute(t, dir, statements...)
	return dir
}

// execute runs statements in the database of a directory.
func execute(t *testing.T, dir string, statements ...string) {
	t.Helper()
	driver, name := "sqlite", "file:"+filepath.Join(dir, "portico.db")+"?_pragma=busy_timeout(10000)" // a node may write meanwhile
	if url := porticotest.DatabaseFor(t, dir); url != "" {
		driver, name = "pgx", url
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, statement := range statements {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v, want no error", statement, err)
		}
	}
}

// onePortal is how each command is called that opens the database of a portal.
var onePortal = map[string][][]string{
	"serve":                    {{"--listen", "127.0.0.1:0"}},
	"migrate":                  {{}},
	"doctor":                   {{}, {"--repair"}},
	"customer create":          {{"--slug", "globex", "--name", "Globex"}},
	"customer edit":            {{"acme", "--name", "Acme Phones"}},
	"customer list":            {{}},
	"customer export":          {{"acme", "--output", "out.zip"}},
	"customer suspend":         {{"acme"}},
	"customer reactivate":      {{"acme"}},
	"customer delete":          {{"acme", "--reason", "Left", "--yes"}},
	"customer cancel-deletion": {{"acme"}},
	"user create":              {{"--customer", "acme", "--first-name", "Ann", "--last-name", "A", "--email", "a@example.com", "--role", "user"}},
	"user invite":              {{"ann"}},
	"user list":                {{}},
	"user import":              {{"people.csv", "--customer", "acme"}},
	"user unlock":              {{"ann"}, {"--address", "192.0.2.7"}},
	"user edit":                {{"ann", "--first-name", "Anna"}},
	"user suspend":             {{"ann"}},
	"user reactivate":          {{"ann"}},
	"user delete":              {{"ann", "--yes"}},
	"session list":             {{"ann"}},
	"session end":              {{"ann", "--all"}},
	"two-factor status":        {{"ann"}},
	"two-factor delete":        {{"ann", "--reason", "Lost", "--yes"}},
	"keys rotate":              {{}},
	"keys replace":             {{"--lost"}},
	"audit export":             {{"--customer", "acme", "--output", "out.json"}},
	"audit checkpoint":         {{"--customer", "acme"}},
	"audit key":                {{}},
	"backup":                   {{"out.db"}, {"--keep", "2", "."}},
}

// noPortal are the commands that open no database of a portal, and two that are
// tried by themselves.
var noPortal = []string{
	"init",    // refuses any portal
	"demo",    // makes one of its own
	"gallery", // has sample data
	"keys create", "audit verify", "config check", "config show", "health", "help", "completion", "man", "version",
	"restore", // TestRestoreRefusesAnotherSchema
	"move",    // below, because it begins with SQLite
}

// TestEveryCommandRefusesAnotherSchema runs each command that opens the database
// over one that does not fit. Each says so in one sentence that names the
// migration, and changes nothing. A command that is added has to be named above.
func TestEveryCommandRefusesAnotherSchema(t *testing.T) {
	if testing.Short() {
		return // long
	}
	const record = `INSERT INTO goose_db_version (version_id, is_applied, compatible) VALUES (9999, TRUE, `
	var commands [][]string
	for _, name := range cli.CommandNames() {
		calls, opens := onePortal[name]
		if opens == slices.Contains(noPortal, name) {
			t.Errorf("portico %s stands in onePortal: %v, want it in either onePortal or noPortal", name, opens)
		}
		for _, args := range calls {
			commands = append(commands, append(strings.Fields(name), args...))
		}
	}
	for _, name := range append(slices.Collect(maps.Keys(onePortal)), noPortal...) {
		if !slices.Contains(cli.CommandNames(), name) {
			t.Errorf("portico %s is tried, want a command that there is", name)
		}
	}
	work := t.TempDir()
	t.Chdir(work)
	if err := os.WriteFile("people.csv", []byte("first name,last name,email\nBo,B,bo@example.com\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		statement, says string
		works           bool // TestCommandsWorkBesideCompatibleMigrations, but for what goes over everything
	}{
		"an incomplete one":      {`DELETE FROM goose_db_version WHERE version_id = 9`, "lacks the migration 0009_resets", false},
		"another one":            {`UPDATE goose_db_version SET checksum = 'x' WHERE version_id = 12`, "the migration 0012_addresses of the database is not the one of this program", false},
		"a newer one":            {record + `FALSE)`, "has the migration 9999, which this program does not know", false},
		"a newer compatible one": {record + `TRUE)`, "has the migration 9999, which this program does not know", true},
	}
	for _, name := range porticotest.Some(cases, 4) {
		c := cases[name]
		t.Run(name, func(t *testing.T) {
			dir := spoiled(t, c.statement)
			url := porticotest.DatabaseFor(t, dir)
			before := storetest.Contents(t, dir, url)
			for _, args := range commands {
				if c.works && args[0] != "keys" {
					continue
				}
				code, out := program(t, dir, args...)
				if code != 1 || strings.Count(out, c.says) != 1 {
					t.Errorf("%v exits with %d, want 1 and %q once:\n%s", args, code, c.says, out)
				}
			}
			if url == "" { // a move begins with SQLite
				var out bytes.Buffer
				code := cli.Run(context.Background(), []string{"move", "--data", dir, "--database", "postgres://127.0.0.1:1/portico"}, strings.NewReader(""), &out, &out)
				if code != 1 || !strings.Contains(out.String(), c.says) {
					t.Errorf("move exits with %d, want 1 and %q:\n%s", code, c.says, &out)
				}
			}
			for table, rows := range storetest.Contents(t, dir, url) {
				if rows != before[table] {
					t.Errorf("%s holds\n%s\nwant\n%s", table, rows, before[table])
				}
			}
			if made, err := os.ReadDir(work); err != nil || len(made) != 1 {
				t.Errorf("commands have made %v (%v), want no file", made, err)
			}
		})
	}
}

// TestCommandsWorkBesideCompatibleMigrations runs each command over a database that
// a newer program has migrated, and beside which this one serves: going back to the
// version before includes its commands.
func TestCommandsWorkBesideCompatibleMigrations(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Chdir(t.TempDir())
	must(t, os.WriteFile("people.csv", []byte("first name,last name,email\nBo,B,bo@example.com\n"), 0o600))
	dir := spoiled(t, `INSERT INTO goose_db_version (version_id, is_applied, compatible) VALUES (9999, TRUE, TRUE)`)
	for name, calls := range onePortal {
		if name == "serve" || strings.HasPrefix(name, "keys ") {
			continue // TestTwoVersionsSideBySide, TestEveryCommandRefusesAnotherSchema
		}
		for _, args := range calls {
			_, out := program(t, dir, append(strings.Fields(name), args...)...)
			if strings.Contains(out, "9999, which this program does not know") {
				t.Errorf("%s %v beside a compatible migration: got %s, want that it works", name, args, out)
			}
		}
	}
	run(t, dir, 0, "customer", "list")
	run(t, dir, 0, "backup", "another.db")
	if out := run(t, dir, 0, "doctor"); !strings.Contains(out, "version 9999, made by a newer program") {
		t.Errorf("doctor beside a compatible migration: got %s, want that a newer program made it", out)
	}
}

// TestCommandsMigrateNothing runs each command of a program that is newer than the
// database. Only serve and migrate bring it up to date: nodes of the version before
// may serve.
func TestCommandsMigrateNothing(t *testing.T) {
	if testing.Short() {
		return // long
	}
	dir := nowhere(t)
	url := porticotest.DatabaseFor(t, dir)
	earlier(t, store.Place{Dir: dir, URL: url}, beforeTheLast(t), aNode())
	t.Chdir(t.TempDir())
	must(t, os.WriteFile("people.csv", []byte("first name,last name,email\nBo,B,bo@example.com\n"), 0o600))
	keyset := filepath.Join(dir, "keyset.json")
	before := storetest.Contents(t, dir, url)
	for name, calls := range onePortal {
		for _, args := range calls {
			says := "and this program needs"
			switch {
			case name == "serve", name == "migrate", name == "backup", name == "doctor" && len(args) == 0:
				continue
			case name == "keys replace":
				says = "these nodes serve the portal: the earlier node"
			}
			if code, out := program(t, dir, append(strings.Fields(name), args...)...); code != 1 || !strings.Contains(out, says) {
				t.Errorf("%s %v over an earlier database: exits with %d, want 1 and %q:\n%s", name, args, code, says, out)
			}
		}
	}
	if after := storetest.Contents(t, dir, url); !maps.Equal(before, after) {
		t.Errorf("the earlier database holds %v, want %v", after, before)
	}
	_, err := seal.Create(keyset)
	must(t, err)
	run(t, dir, 0, "migrate")
	run(t, dir, 0, "customer", "list")
}

// TestRestoreRefusesAnotherSchema checks that a backup that does not fit is
// refused before anything is made.
func TestRestoreRefusesAnotherSchema(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	dir := spoiled(t)
	file := filepath.Join(t.TempDir(), "backup")
	if testdb.Postgres() {
		return // TestRestoreRefuses has a backup of PostgreSQL
	}
	run(t, dir, 0, "backup", file)
	backup, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = backup.ExecContext(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied, compatible) VALUES (9999, TRUE, TRUE)`); err != nil {
		t.Fatal(err)
	}
	if err := backup.Close(); err != nil {
		t.Fatal(err)
	}
	at := nowhere(t)
	if code, out := program(t, at, "restore", file); code != 1 || !strings.Contains(out, "has the migration 9999, which this program does not know") {
		t.Errorf("restore exits with %d, want 1 and the name of the migration:\n%s", code, out)
	}
	if _, err := os.Stat(at); !os.IsNotExist(err) {
		t.Errorf("restore has made %s (%v), want nothing", at, err)
	}
}

// TestDatabaseOfSomethingElseIsRefused checks that a database that holds tables or
// views of another program is not filled with those of a portal.
func TestDatabaseOfSomethingElseIsRefused(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	backup := filepath.Join(t.TempDir(), "backup")
	from := nowhere(t)
	run(t, from, 0, "init")
	run(t, from, 0, "backup", backup)
	for name, c := range map[string]struct {
		statements []string
		says       string
	}{
		"a table": {[]string{`CREATE TABLE invoices (id BIGINT)`}, "holds something other than a portal: invoices"},
		"a view":  {[]string{`CREATE VIEW totals AS SELECT 1 AS one`}, "holds something other than a portal: totals"},
		"a program that keeps goose's table too": {
			[]string{`CREATE TABLE goose_db_version (id BIGINT, version_id BIGINT, is_applied BOOLEAN, tstamp TEXT)`, `INSERT INTO goose_db_version VALUES (1, 1, TRUE, '')`, `CREATE TABLE invoices (id BIGINT)`, `CREATE TABLE users (id BIGINT)`},
			"holds something other than a portal: invoices, users",
		},
	} {
		dir := nowhere(t)
		must(t, os.MkdirAll(dir, 0o700))
		execute(t, dir, c.statements...)
		url := porticotest.DatabaseFor(t, dir)
		before := storetest.Contents(t, dir, url)
		for _, args := range [][]string{{"init"}, {"serve", "--listen", "127.0.0.1:0"}} {
			if code, out := program(t, dir, args...); code != 1 || !strings.Contains(out, c.says) {
				t.Fatalf("%v in a database with %s: exits with %d, want 1 and %q:\n%s", args, name, code, c.says, out)
			}
		}
		says := "there is a database in"
		if url != "" {
			says = "is not empty, and nothing is overwritten"
		}
		if code, out := program(t, dir, "restore", backup); code != 1 || !strings.Contains(out, says) {
			t.Errorf("restore into a database with %s: exits with %d, want 1 and %q:\n%s", name, code, says, out)
		}
		if url != "" {
			moved := t.TempDir() // a move begins with SQLite
			var out bytes.Buffer
			if code := cli.Run(t.Context(), []string{"init", "--data", moved}, strings.NewReader(""), &out, &out); code != 0 {
				t.Fatalf("init exits with %d, want 0:\n%s", code, &out)
			}
			if code := cli.Run(t.Context(), []string{"move", "--data", moved, "--database", url}, strings.NewReader(""), &out, &out); code != 1 || !strings.Contains(out.String(), c.says) {
				t.Errorf("move into a database with %s: exits with %d, want 1 and %q:\n%s", name, code, c.says, &out)
			}
		}
		after := storetest.Contents(t, dir, url)
		if !maps.Equal(before, after) {
			t.Errorf("a database with %s holds %v, want %v", name, after, before)
		}
	}
}
