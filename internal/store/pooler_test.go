package store

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"portico"
	"portico/internal/testdb"
)

// with returns the address of a database with one more parameter.
func with(t *testing.T, address, name, value string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}

func asked(t *testing.T, q querier, query string) (answer string) {
	t.Helper()
	if err := q.QueryRowContext(context.Background(), query).Scan(&answer); err != nil {
		t.Fatalf("%s: %v, want no error", query, err)
	}
	return answer
}

// TestTimeLimits checks that each transaction has the limits of time, those of
// the address before our own, also behind a pooler, which takes none of them
// when a connection begins.
func TestTimeLimits(t *testing.T) {
	if !testdb.Postgres() {
		return
	}
	at := open(t, t.TempDir()).place
	const limits = `SELECT current_setting('statement_timeout') || ' ' || current_setting('lock_timeout') || ' ' || current_setting('idle_in_transaction_session_timeout')`
	for address, want := range map[string]string{
		at.URL: "1min 10s 1min",
		with(t, at.URL, "statement_timeout", "7s"):                     "7s 10s 1min",
		with(t, at.URL, "lock_timeout", "0"):                           "1min 0 1min",
		with(t, at.URL, "idle_in_transaction_session_timeout", "2min"): "1min 10s 2min",
	} {
		db, err := Attach(t.Context(), Place{Dir: at.Dir, URL: address}, clock)
		if err != nil {
			t.Fatalf("%s: %v, want no error", address, err)
		}
		got := map[string]string{}
		update(t, db, func(tx *Tx) error { got["a change"] = asked(t, tx.q, limits); return nil })
		if err := db.View(t.Context(), func(r *Reader) error { got["a snapshot"] = asked(t, r.q, limits); return nil }); err != nil {
			t.Fatal(err)
		}
		if db.limits == "" {
			got["a look-up"] = asked(t, db.Read(t.Context()).q, limits)
		}
		for what, limits := range got {
			if limits != want {
				t.Errorf("%s has the limits %q, want %q", what, limits, want)
			}
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestPoolersTakeTheConnection checks that a connection begins with no setting
// that pgbouncer refuses, and that the address decides between the modes.
func TestPoolersTakeTheConnection(t *testing.T) {
	for address, want := range map[string]bool{
		"postgres://u@host/p": false,
		"postgres://u@host/p?statement_timeout=5s&lock_timeout=1s":    false,
		"postgres://u@host/p?default_query_exec_mode=exec":            true,
		"postgres://u@host/p?default_query_exec_mode=simple_protocol": true,
	} {
		c, err := parseAddress(address)
		if err != nil {
			t.Fatal(err)
		}
		setLimits(c)
		for name := range c.RuntimeParams {
			if name != "application_name" && name != "client_encoding" {
				t.Errorf("%s begins a connection with %s, which pgbouncer refuses", address, name)
			}
		}
		if got := transactionPooled(c); got != want {
			t.Errorf("%s pools transactions: %v, want %v", address, got, want)
		}
		if got := toServer(address) != nil; got != want {
			t.Errorf("pg_dump is refused at %s: %v, want %v", address, got, want)
		}
	}
	c, err := parseAddress("postgres://u@host/p?lock_timeout=1s'")
	if err != nil {
		t.Fatal(err)
	}
	if got := limitsOf(c, true); !strings.Contains(got, `set_config('lock_timeout', '1s''', true)`) {
		t.Errorf("a value with a quote gives %s", got)
	}
}

// TestMigrationLockIsOfATransaction checks that no lock stays on a connection
// after a start, where a pooler would keep it, and that a second program waits
// for the first.
func TestMigrationLockIsOfATransaction(t *testing.T) {
	if !testdb.Postgres() {
		return
	}
	db := open(t, t.TempDir())
	const held = `SELECT CAST(COUNT(*) AS TEXT) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
	unlock, err := db.lock(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	if got := asked(t, db.readers, held); got != "1" {
		t.Errorf("%s advisory locks are held while one program migrates, want 1", got)
	}
	waiting, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := db.lock(waiting, db); err == nil {
		t.Error("two programs have the lock")
	}
	if err := unlock(); err != nil {
		t.Error(err)
	}
	if again, err := db.lock(t.Context(), db); err != nil {
		t.Error(err)
	} else if err := again(); err != nil {
		t.Error(err)
	}
	if got := asked(t, db.readers, held); got != "0" {
		t.Errorf("%s advisory locks stay", got)
	}
}

// TestMigrationLockEndsWithItsConnection checks that the lock of a program that
// disappears is free for the next one, also behind a pooler: whether the program
// closes its connection without a word, or the server ends it.
func TestMigrationLockEndsWithItsConnection(t *testing.T) {
	if !testdb.Postgres() {
		return
	}
	db := open(t, t.TempDir())
	const lock = `SELECT pg_advisory_xact_lock($1)`
	for name, end := range map[string]func(*pgx.Conn) error{
		"closed by the program": func(c *pgx.Conn) error { return c.PgConn().Conn().Close() },
		"ended by the server": func(*pgx.Conn) error {
			_, err := db.writer.Exec(`SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'
				AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
			return err
		},
	} {
		c, err := parseAddress(db.place.URL)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := pgx.ConnectConfig(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Exec(t.Context(), `BEGIN`); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Exec(t.Context(), lock, int64(advisoryLock)); err != nil {
			t.Fatal(err)
		}
		waited := false
		db.place.Waits = func() { // the lock is held now, and the program disappears
			waited = true
			if err := end(conn); err != nil {
				t.Errorf("%s: %v, want no error", name, err)
			}
		}
		unlock, err := db.lock(t.Context(), db)
		if err != nil {
			t.Fatalf("%s: %v, want the lock", name, err)
		}
		if err := unlock(); err != nil {
			t.Errorf("%s: unlocking: %v, want no error", name, err)
		}
		if !waited {
			t.Errorf("%s: the lock was not held", name)
		}
		_ = conn.Close(t.Context())
	}
}

// TestEncoding checks that a database that cannot hold every character is
// refused before anything is created in it, and that the connection uses UTF-8
// whatever the address or the database says.
func TestEncoding(t *testing.T) {
	if !testdb.Postgres() {
		return
	}
	server := open(t, t.TempDir())
	direct, err := Attach(t.Context(), Place{URL: testdb.Direct(server.place.URL)}, clock)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = direct.Close() }()
	for _, encoding := range []string{"LATIN1", "SQL_ASCII", "WIN1252", "LATIN9", "EUC_JP"} {
		name := strings.ToLower(asked(t, direct.readers, `SELECT current_database()`) + "_" + encoding)
		if _, err := direct.writer.Exec(`CREATE DATABASE ` + name + ` TEMPLATE template0 ENCODING '` + encoding + `' LOCALE 'C'`); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { dropped(t, direct.place.URL, name) })
		u, err := url.Parse(server.place.URL)
		if err != nil {
			t.Fatal(err)
		}
		u.Path = "/" + name
		place := Place{Dir: t.TempDir(), URL: u.String()}
		for what, openIt := range map[string]func(context.Context, Place, func() time.Time) (*DB, error){"start": Open, "doctor": Attach} {
			db, err := openIt(t.Context(), place, clock)
			if err == nil {
				_ = db.Close()
			}
			if err == nil || !strings.Contains(err.Error(), "encoding "+encoding) || !strings.Contains(err.Error(), "ENCODING 'UTF8'") {
				t.Errorf("%s with %s: %v", what, encoding, err)
			}
		}
	}
	db, err := Attach(t.Context(), Place{URL: with(t, server.place.URL, "client_encoding", "LATIN1")}, clock)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	const name = "Zoë Łukasz 李"
	update(t, db, func(tx *Tx) error {
		return tx.CreateCustomer(portico.Customer{ID: "zoe", Slug: "zoe", Name: name, CreatedAt: start})
	})
	if got := asked(t, db.readers, `SELECT name FROM customers WHERE id = 'zoe'`); got != name {
		t.Errorf("a name comes back as %q, want %q", got, name)
	}
}

// dropped drops a database that a test has created.
func dropped(t *testing.T, server, name string) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, `DROP DATABASE `+name+` WITH (FORCE)`); err != nil {
		t.Error(err)
	}
}
