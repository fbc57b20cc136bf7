package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/store/storetest"
	"portico/internal/testdb"
)

// sqliteWithPeople returns a SQLite database with a value in every kind of
// column.
func sqliteWithPeople(t *testing.T, more ...string) Place {
	t.Helper()
	at := Place{Dir: t.TempDir()}
	fill(t, at.Dir)
	db, err := Open(context.Background(), at, clock)
	if err != nil {
		t.Fatal(err)
	}
	twoCustomers(t, db)
	if err := db.Mark(context.Background()); err != nil {
		t.Fatal(err)
	}
	a := person("acme", "acme-admin", portico.RoleAdministrator)
	update(t, db, func(tx *Tx) error {
		return errors.Join(
			tx.CreateSession("s", []byte("s"), a, portico.Origin{Address: "::1", Browser: "Ünïcode \U0001f600"}, true, false),
			tx.CreatePending([]byte{0, 1, 0xff}, nil, a, start.Add(time.Hour)),
			tx.PutAuthenticator(Authenticator{ID: "f", UserID: a.ID, Kind: portico.AuthenticatorTOTP, Secret: []byte{0, 0xfe}, Enabled: true, LastStep: 1 << 40}),
			tx.PutFailures(Failures{Bucket: "b", Kind: "code", ExpiresAt: start.Add(time.Hour)}), // no bytes, which is not NULL
			tx.CreatePortalSecret("names", []byte("sealed")),
		)
	})
	for _, statement := range more {
		if _, err := db.writer.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return at
}

func target(t *testing.T, more ...string) Place {
	t.Helper()
	at := Place{Dir: t.TempDir(), URL: testdb.New(t, migrated)}
	db, err := Open(context.Background(), at, clock)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range more {
		if _, err := db.writer.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return at
}

// back undoes what a move does to the directory of the SQLite database.
func back(t *testing.T, from Place) {
	t.Helper()
	err := errors.Join(os.Rename(filepath.Join(from.Dir, movedName), filepath.Join(from.Dir, fileName)), os.Remove(from.marker()))
	if err != nil {
		t.Fatal(err)
	}
}

// TestMoveTakesEveryTable checks that a move takes every table of the schema
// with its contents, including tables that the code does not know, and that it
// is all or nothing.
func TestMoveTakesEveryTable(t *testing.T) {
	if !testdb.Postgres() {
		return // needs PostgreSQL
	}
	ctx := context.Background()
	const later = `CREATE TABLE aaa_later (id TEXT NOT NULL PRIMARY KEY, user_id TEXT REFERENCES users (id), n BIGINT NOT NULL, "left" BOOLEAN)`
	from := sqliteWithPeople(t, later, `INSERT INTO aaa_later (id, user_id, n) VALUES ('1', 'acme-admin', 7), ('2', NULL, 8)`)

	// A move that fails at the end leaves nothing, and can be repeated.
	to := target(t, later, `ALTER TABLE user_words ADD CONSTRAINT fails CHECK (word <> 'example')`)
	if _, err := Move(ctx, from, to, clock); err == nil || !strings.Contains(err.Error(), "user_words") {
		t.Fatalf(`Move(ctx, from, to, clock): got %v, want an error, "user_words" in err.Error()`, err)
	}
	db, err := Open(ctx, to, clock)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Read(ctx).User("acme", "acme-admin"); !errors.Is(err, ErrNotFound) {
		t.Fatalf("something was left: %v", err)
	}
	if _, err := db.writer.Exec(`ALTER TABLE user_words DROP CONSTRAINT fails`); err != nil {
		t.Fatal(err)
	}
	moved, err := Move(ctx, from, to, clock)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Attach(ctx, from, clock); err == nil || !strings.Contains(err.Error(), "belongs to a portal in PostgreSQL") {
		t.Errorf("opening the SQLite database after a move: got %v, want an error that names PostgreSQL", err)
	}
	back(t, from)
	source, err := Open(ctx, from, clock)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = source.Close() }()
	tables, err := source.tableNames(ctx, source.readers)
	if err != nil || len(moved) != len(tables)-1 {
		t.Fatalf("%d of %d tables were moved: %v", len(moved), len(tables)-1, err)
	}
	before, after := storetest.Contents(t, from.Dir, from.URL), storetest.Contents(t, to.Dir, to.URL)
	for _, m := range moved {
		a, b := before[m.Table], after[m.Table]
		if a != b || int64(strings.Count(a, "\n")) != m.Rows {
			t.Errorf("%s differs:\n%s\n%s", m.Table, a, b)
		}
	}
	if _, err := Move(ctx, from, to, clock); err == nil || !strings.Contains(err.Error(), "another program") {
		t.Errorf("moved from what is in use: %v", err)
	}
	if err := source.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Move(ctx, from, to, clock); err == nil || !strings.Contains(err.Error(), "is not empty") {
		t.Errorf("moved over people: %v", err)
	}
}

// TestMoveRefuses checks that databases with different schemas are not moved.
func TestMoveRefuses(t *testing.T) {
	if !testdb.Postgres() {
		return // needs PostgreSQL
	}
	const later = `CREATE TABLE aaa_later (id TEXT NOT NULL PRIMARY KEY)`
	for name, c := range map[string]struct {
		from, to []string
		says     string
	}{
		"a table only here":   {[]string{later}, nil, "different tables"},
		"a table only there":  {nil, []string{later}, "different tables"},
		"a column only there": {nil, []string{`ALTER TABLE logos ADD COLUMN more TEXT`}, "columns"},
		"a column only here":  {[]string{`ALTER TABLE logos ADD COLUMN more TEXT`}, nil, "columns"},
		"another type":        {[]string{later, `INSERT INTO aaa_later (id) VALUES ('x')`}, []string{`CREATE TABLE aaa_later (id BIGINT NOT NULL)`}, "column id holds string"},
		"an older database":   {[]string{`DELETE FROM goose_db_version WHERE version_id = (SELECT MAX(version_id) FROM goose_db_version)`}, nil, "portico migrate"},
	} {
		if _, err := Move(context.Background(), sqliteWithPeople(t, c.from...), target(t, c.to...), clock); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want an error, %v in err.Error()", name, err, c.says)
		}
	}
	full := target(t)
	if _, err := Move(context.Background(), sqliteWithPeople(t), full, clock); err != nil {
		t.Fatal(err)
	}
	again := sqliteWithPeople(t)
	if _, err := Move(context.Background(), again, full, clock); err == nil || !strings.Contains(err.Error(), "is not empty, it holds users, customers") {
		t.Errorf("moving into a database with a portal: %v, want an error that says what it holds", err)
	}
}
