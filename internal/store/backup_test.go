package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/testdb"
)

// empty returns the place of an empty database, with a new directory. It leaves
// out a pooler, because restoring needs the server itself.
func empty(t *testing.T) Place {
	t.Helper()
	return Place{Dir: t.TempDir(), URL: testdb.Direct(testdb.New(t, nil))}
}

// toBackUp opens the database of a directory as a backup needs it: without a
// pooler.
func toBackUp(t *testing.T, dir string) *DB {
	t.Helper()
	db := open(t, dir)
	db.place.URL = testdb.Direct(db.place.URL)
	return db
}

func clock() time.Time { return start }

// TestBackupUnderWrites checks that a backup taken while others write holds
// each of their transactions completely or not at all, and everything from
// before the backup.
func TestBackupUnderWrites(t *testing.T) {
	if testing.Short() {
		return // long
	}
	ctx := context.Background()
	db := toBackUp(t, t.TempDir())
	twoCustomers(t, db)
	write := func(i int) error {
		return db.Update(ctx, portico.CommandLine(), func(tx *Tx) error {
			id := fmt.Sprintf("w%06d", i)
			if err := tx.AppendEvent(portico.Event{ID: id, CustomerID: "acme", At: start, Action: "a", Details: strings.Repeat("x", 4000)}); err != nil {
				return err
			}
			return tx.CreateCustomer(portico.Customer{ID: portico.CustomerID(id), Slug: id, Name: id, CreatedAt: start})
		})
	}
	if !testdb.Postgres() { // more than one step of the copy
		update(t, db, func(tx *Tx) error {
			for _, id := range []portico.UserID{"acme-admin", "globex-admin"} {
				if err := tx.CreateImport(portico.Import{ID: string(id), CustomerID: "acme", UserID: id, Phase: portico.ImportReceiving}); err != nil {
					return err
				}
				if err := tx.PutImportChunk("acme", string(id), 0, make([]byte, 3*backupPages*1024)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	before := 0
	for ; before < 20; before++ {
		if err := write(before); err != nil {
			t.Fatal(err)
		}
	}
	stop, done := make(chan bool), make(chan error, 1)
	go func() {
		for i := before; ; i++ {
			select {
			case <-stop:
				done <- nil
				return
			default:
				if err := write(i); err != nil {
					done <- err
					return
				}
			}
		}
	}()
	file := filepath.Join(t.TempDir(), "backup")
	err := db.Backup(ctx, file)
	close(stop)
	if err = errors.Join(err, <-done); err != nil {
		t.Fatal(err)
	}
	at := empty(t)
	if err := Restore(ctx, at, file, clock, nil, func(*DB) error { return nil }); err != nil {
		t.Fatal(err)
	}
	restored, err := Attach(ctx, at, clock)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = restored.Close() }()
	var events, customers int
	err = restored.readers.QueryRow(`SELECT (SELECT COUNT(*) FROM events WHERE id LIKE 'w%'), (SELECT COUNT(*) FROM customers WHERE id LIKE 'w%')`).Scan(&events, &customers)
	if err != nil || events != customers || events < before {
		t.Errorf("%d events and %d customers, of which %d were there before: %v", events, customers, before, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read the backup: %v %v", info, err)
	}
}

// TestBackupOverwritesNothing checks that a backup overwrites neither an
// existing file nor one that appears meanwhile, and that a failure leaves no
// file.
func TestBackupOverwritesNothing(t *testing.T) {
	db := toBackUp(t, t.TempDir())
	dir := t.TempDir()
	file := filepath.Join(dir, "backup")
	if err := os.WriteFile(file, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := db.Backup(context.Background(), file); err == nil || !strings.Contains(err.Error(), "is there already") {
		t.Errorf(`db.Backup(context.Background(), file): got %v, want an error, "is there already" in err.Error()`, err)
	}
	late := filepath.Join(dir, "late")
	if err := NewFile(late, func(string) error { return os.WriteFile(late, []byte("kept"), 0o600) }); err == nil {
		t.Error("a file that appeared meanwhile is overwritten")
	}
	for _, name := range []string{file, late} {
		if b, err := os.ReadFile(name); err != nil || string(b) != "kept" {
			t.Errorf(`os.ReadFile(name): got %q %v, want no error, string(b) "kept"`, b, err)
		}
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	if err := db.Backup(cancelled, filepath.Join(dir, "broken off")); err == nil {
		t.Error("a backup that was broken off succeeds")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("left behind: %v %v", entries, err)
	}
}

// TestRestoreRefuses checks that a backup that cannot be restored leaves no
// database. Only on PostgreSQL, the tables stay if finish fails.
func TestRestoreRefuses(t *testing.T) {
	ctx := context.Background()
	db := toBackUp(t, t.TempDir())
	twoCustomers(t, db)
	dir := t.TempDir()
	good, newer := filepath.Join(dir, "good"), filepath.Join(dir, "newer")
	backup := func(file string) {
		t.Helper()
		if err := db.Backup(ctx, file); err != nil {
			t.Fatal(err)
		}
	}
	backup(good)
	if _, err := db.writer.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)`); err != nil {
		t.Fatal(err)
	}
	backup(newer)
	b, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	put := func(name string, content []byte) string {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	holed := bytes.Clone(b)
	clear(holed[len(holed)/2 : len(holed)/2+min(8192, len(holed)/4)])
	refused := errors.New("no")
	for _, c := range []struct {
		name, file, says string
		finish           error
	}{
		{"newer", newer, "newer program", nil},
		{"cut", put("cut", b[:len(b)*2/3]), "cannot be restored", nil},
		{"with a hole", put("holed", holed), "cannot be restored", nil},
		{"something else", put("text", []byte("hello")), "is no backup", nil},
		{"nothing", put("empty", nil), "is no backup", nil},
		{"missing", filepath.Join(dir, "nowhere"), "no such file", nil},
		{"not finished", good, "no", refused},
	} {
		at := empty(t)
		err := Restore(ctx, at, c.file, clock, nil, func(*DB) error { return c.finish })
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want an error, %v in err.Error()", c.name, err, c.says)
		}
		if entries, err := os.ReadDir(at.Dir); err != nil || len(entries) > 0 {
			t.Errorf("%s leaves %v %v", c.name, entries, err)
		}
		if db, err := Attach(ctx, at, clock); err == nil {
			if tables, err := db.tableNames(ctx, db.readers); c.finish == nil && (len(tables) > 0 || err != nil) {
				t.Errorf("%s leaves %v %v", c.name, tables, err)
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	at := place(t, t.TempDir()) // over an existing database
	if db, err := Open(ctx, at, clock); err != nil || db.Close() != nil {
		t.Fatalf("Open(ctx, at, clock): got %v, want no error, no error", err)
	}
	at.URL = testdb.Direct(at.URL)
	if err := Restore(ctx, at, good, clock, nil, func(*DB) error { return nil }); err == nil || !strings.Contains(err.Error(), "nothing is overwritten. Stop portico serve, set the database aside") {
		t.Errorf("over a database: %v", err)
	}
	if testdb.Postgres() {
		return
	}
	stale := Place{Dir: t.TempDir()}
	if err := os.WriteFile(filepath.Join(stale.Dir, fileName+"-wal"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Restore(ctx, stale, good, clock, nil, func(*DB) error { return nil }); err == nil {
		t.Error("restored beside the write-ahead log of another database")
	}
}

// TestC18_EndEverythingEndsEveryToken checks that everything issued is deleted
// and no earlier time step is accepted. It fails for a new table until somebody
// decides whether a restore keeps it.
func TestC18_EndEverythingEndsEveryToken(t *testing.T) {
	ctx := context.Background()
	db := open(t, t.TempDir())
	twoCustomers(t, db)
	a := person("acme", "acme-admin", portico.RoleAdministrator)
	update(t, db, func(tx *Tx) error {
		return errors.Join(
			tx.CreateSession("s", []byte("s"), a, portico.Origin{}, true, false),
			tx.PutEnrolment(Enrolment{SessionID: "s", UserID: a.ID, Secret: []byte("x"), ExpiresAt: start.Add(time.Hour)}),
			tx.CreatePending([]byte("p"), []byte("b"), a, start.Add(time.Hour)),
			tx.PutLink([]byte("l"), LinkPassword, a, start.Add(time.Hour)),
			tx.PutMail(Mail{ID: "m", UserID: a.ID, Kind: "welcome", Sealed: []byte("x")}),
			tx.PutBrowser(Browser{ID: "b", UserID: a.ID}, []byte("b"), start.Add(time.Hour)),
			tx.PutAuthenticator(Authenticator{ID: "f", UserID: a.ID, Kind: portico.AuthenticatorTOTP, Secret: []byte("x"), Enabled: true, LastStep: 5}),
			tx.PutAuthenticator(Authenticator{ID: "g", UserID: "globex-admin", Kind: portico.AuthenticatorTOTP, Secret: []byte("x"), LastStep: 500}),
			tx.PutResetCode(a.ID, ResetCode{Hash: []byte("r"), ExpiresAt: start.Add(time.Hour)}),
			tx.PutNode(Node{ID: "n", Name: "web-1", Holds: []uint32{1}, SealsWith: 1}),
		)
	})
	tables, err := db.tableNames(ctx, db.readers)
	if err != nil {
		t.Fatal(err)
	}
	count := func(table string) (n int) {
		t.Helper()
		if err := db.readers.QueryRow(`SELECT COUNT(*) FROM ` + table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	// The tables that a restore keeps. A new table must be added here, or must
	// be emptied by RevokeAll.
	kept := []string{
		"customers", "users", "authenticators", "recovery_sets", "recovery_codes", "people_counts", "user_words", "logos", "events",
		"throttle", "event_counts", "portal_secrets", "reindexing", "audit_logs", "audit_tiles", "audit_stream", "reset_requests", "reset_holds", "earlier_addresses", "mail_refusals", "held_login_ids", "portal_id", "deleted_customers", "portal_times", "passkey_challenges", versionTable,
	}
	tokens := slices.DeleteFunc(tables, func(table string) bool { return slices.Contains(kept, table) })
	for _, table := range tokens {
		if count(table) == 0 {
			t.Errorf("%s is neither kept by a restore nor filled here: decide which", table)
		}
	}
	update(t, db, func(tx *Tx) error { return tx.RevokeAll(100) })
	for _, table := range tokens {
		if n := count(table); n > 0 {
			t.Errorf("%d rows of %s are left", n, table)
		}
	}
	if r, err := db.Read(ctx).Reset("acme", "acme-reset"); err != nil || r.State != portico.ResetCancelled {
		t.Errorf("a request goes on: %+v %v", r, err)
	}
	for id, want := range map[portico.UserID]int64{"acme-admin": 100, "globex-admin": 500} {
		if found, err := db.Read(ctx).Authenticators(id); err != nil || len(found) != 1 || found[0].LastStep != want {
			t.Errorf("%s: %+v %v, want no error, one authenticator, its LastStep %v", id, found, err, want)
		}
	}
}

func TestDumpedMigrations(t *testing.T) {
	const head = "--\n-- PostgreSQL database dump\n\nCOPY public.goose_db_version (id, version_id, is_applied, tstamp) FROM stdin;\n"
	const checksums = "COPY public.goose_db_version (id, version_id, is_applied, tstamp, checksum, compatible) FROM stdin;\n"
	for text, want := range map[string][]applied{
		head + "1\t0\tt\t2026\n2\t1\tt\t2026\n3\t12\tt\t2026\n4\t13\tf\t2026\n\\.\n5\t99\tt\t2026\n": {{number: 1}, {number: 12}},
		checksums + "1\t0\tt\t2026\t\tf\n2\t1\tt\t2026\tabc\tf\n3\t2\tt\t2026\tdef\tt\n\\.\n":        {{1, "abc", false}, {2, "def", true}},
		head + "1\t0\tt\t2026\n\\.\n": nil,
		head + "1\tx\tt\t2026\n\\.\n": nil,
		"":                            nil,
	} {
		if got, err := dumpedMigrations(strings.NewReader(text)); !slices.Equal(got, want) || (err == nil) != (want != nil) {
			t.Errorf("%q holds the migrations %v (%v), want %v", text, got, err, want)
		}
	}
}

// TestTally checks that a wrong count, a wrong label and a missing word are
// found and repaired.
func TestTally(t *testing.T) {
	ctx := context.Background()
	db := open(t, t.TempDir())
	twoCustomers(t, db)
	update(t, db, func(tx *Tx) error {
		return tx.PutAuthenticator(Authenticator{ID: "f", UserID: "acme-admin", Kind: portico.AuthenticatorTOTP, Secret: []byte("x"), Enabled: true})
	})
	tally := func() IntegrityReport {
		t.Helper()
		got, err := db.Read(ctx).CheckIntegrity(5000)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	right := IntegrityReport{People: 4, Sampled: 4}
	if got := tally(); got != right {
		t.Fatalf("tally(): got %+v, want %v", got, right)
	}
	for statement, want := range map[string]IntegrityReport{
		`UPDATE people_counts SET people = people + 1 WHERE customer_id = 'acme' AND role = 'user'`: {People: 4, Sampled: 4, Miscounted: 1},
		`DELETE FROM people_counts WHERE customer_id = 'globex'`:                                    {People: 4, Sampled: 4, Miscounted: 2},
		`UPDATE users SET two_factor = 'none' WHERE id = 'acme-admin'`:                              {People: 4, Sampled: 4, StaleTwoFactor: 1},
		`DELETE FROM user_words WHERE user_id = 'globex-admin' AND word = 'example'`:                {People: 4, Sampled: 4, Unindexed: 1},
	} {
		if _, err := db.writer.Exec(statement); err != nil {
			t.Fatal(err)
		}
		if got := tally(); got != want {
			t.Errorf("%s: %+v, want %v", statement, got, want)
		}
		update(t, db, func(tx *Tx) error {
			if err := tx.RebuildCounts(); err != nil {
				return err
			}
			for after := portico.UserID(""); ; {
				last, err := tx.Reindex(after, 3)
				if err != nil || last == "" {
					return err
				}
				after = last
			}
		})
		if got := tally(); got != right {
			t.Errorf("after the repair of %s: %+v", statement, got)
		}
	}
	if got, err := db.Read(ctx).CheckIntegrity(2); err != nil || got.People != 4 {
		t.Errorf("db.Read(ctx).CheckIntegrity(2): got %+v %v, want no error, got.People 4", got, err)
	}
}

// TestBackupOnFullDisk checks that a backup says in one sentence that the disk is
// full, and leaves nothing.
func TestBackupOnFullDisk(t *testing.T) {
	db := toBackUp(t, t.TempDir())
	dir := t.TempDir()
	if testdb.Postgres() {
		write := db.dump
		db.dump = func(ctx context.Context, db *DB, _ string) error { return write(ctx, db, "/dev/full") }
	} else {
		db.dump = func(ctx context.Context, db *DB, _ string) error { // SQLite says the same of a file that may not grow
			_, err := db.writer.ExecContext(ctx, `PRAGMA max_page_count = 1; CREATE TABLE more AS SELECT zeroblob(10000000)`)
			return fmt.Errorf("copying: %w", err)
		}
	}
	err := db.Backup(t.Context(), filepath.Join(dir, "backup"))
	want := "the disk of " + dir + " is full: make room there. No backup was written, and no other file was changed"
	if err == nil || err.Error() != want {
		t.Errorf("a backup on a full disk: got %v, want %q", err, want)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("left behind: %v %v", entries, err)
	}
}

// TestRemoveUnfinished checks that only unfinished files that nobody has written
// to for a day are removed.
func TestRemoveUnfinished(t *testing.T) {
	dir := t.TempDir()
	name := unfinishedPrefix + "ABCDEFGHIJKLMNOPQRSTUVWXY2"
	for _, one := range []string{name, name + "-journal", name + "x", unfinishedPrefix + "notes", unfinishedPrefix + "ABCDEFGHIJKLMNOPQRSTUVWXY3"} {
		file := filepath.Join(dir, one)
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		age := 25 * time.Hour
		if strings.HasSuffix(one, "3") {
			age = 23 * time.Hour
		}
		if err := os.Chtimes(file, start.Add(-age), start.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	if err := RemoveUnfinished(dir, start); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 3 {
		t.Errorf("after RemoveUnfinished: got %v %v, want the three files that are others' or not a day old", entries, err)
	}
}
