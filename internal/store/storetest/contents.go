// Package storetest lets tests read what a database holds, table by table and
// without the portal, to check that a refused request changed nothing. It only
// reads.
package storetest

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"
)

// Contents returns the rows of each table of the portal's database as text.
// Rows are sorted, and columns are sorted by name, so that both engines return
// the same text for the same rows. url is the address of a PostgreSQL database;
// if it is empty, dir holds a SQLite database.
func Contents(t testing.TB, dir, url string) map[string]string {
	t.Helper()
	driver, name := "sqlite", "file:"+filepath.Join(dir, "portico.db")
	tables := `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND $1 = ''`
	columns := `SELECT name FROM pragma_table_info($1) ORDER BY name`
	if url != "" {
		driver, name = "pgx", url
		tables = `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' AND $1 = ''`
		columns = `SELECT column_name FROM information_schema.columns WHERE table_name = $1 ORDER BY column_name COLLATE "C"`
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	out := map[string]string{}
	for _, table := range names(t, db, tables, "") {
		out[table] = rows(t, db, table, names(t, db, columns, table))
	}
	return out
}

func names(t testing.TB, db *sql.DB, query, of string) (out []string) {
	t.Helper()
	found, err := db.QueryContext(t.Context(), query, of)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = found.Close() }()
	for found.Next() {
		var name string
		if err := found.Scan(&name); err != nil {
			t.Fatal(err)
		}
		out = append(out, name)
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// rows returns a table as text, one line for each row.
func rows(t testing.TB, db *sql.DB, table string, columns []string) string {
	t.Helper()
	list, order := "", ""
	for i, c := range columns {
		list += ", " + pgx.Identifier{c}.Sanitize()
		order += fmt.Sprint(", ", i+2)
	}
	found, err := db.QueryContext(t.Context(), `SELECT 1`+list+` FROM `+pgx.Identifier{table}.Sanitize()+` ORDER BY 1`+order)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = found.Close() }()
	var out strings.Builder
	for found.Next() {
		values := make([]any, len(columns)+1)
		dest := make([]any, len(values))
		for i := range values {
			dest[i] = &values[i]
		}
		if err := found.Scan(dest...); err != nil {
			t.Fatal(err)
		}
		for i, v := range values {
			if truth, ok := v.(bool); ok { // SQLite returns numbers
				values[i] = map[bool]int64{true: 1}[truth]
			}
		}
		fmt.Fprintf(&out, "%v\n", values)
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
