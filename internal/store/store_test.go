package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"portico"
	"portico/internal/testdb"
)

var start = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// places holds the database of each test directory. Each is created once.
var places sync.Map

// place returns the database for a directory, on the engine that the tests use.
// It is the same for the same directory.
func place(t *testing.T, dir string) Place {
	t.Helper()
	made, _ := places.LoadOrStore(dir, sync.OnceValue(func() Place {
		if !testdb.Postgres() {
			fill(t, dir)
		}
		return Place{Dir: dir, URL: testdb.New(t, migrated)}
	}))
	return made.(func() Place)()
}

// fill puts a SQLite database that is up to date into a directory.
func fill(t *testing.T, dir string) {
	t.Helper()
	testdb.Fill(t, dir, func(dir string) (*DB, error) { return Open(t.Context(), Place{Dir: dir}, clock) })
}

// migrated brings an empty database up to date.
func migrated(url string) error {
	db, err := Open(context.Background(), Place{Dir: os.TempDir(), URL: url}, func() time.Time { return start })
	if err != nil {
		return err
	}
	return db.Close()
}

func open(t *testing.T, dir string) *DB {
	t.Helper()
	db, err := Open(context.Background(), place(t, dir), func() time.Time { return start })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func update(t *testing.T, db *DB, f func(*Tx) error) {
	t.Helper()
	if err := db.Update(context.Background(), portico.CommandLine(), f); err != nil {
		t.Fatal(err)
	}
}

// person returns an active person of an existing customer.
func person(c portico.CustomerID, id portico.UserID, role portico.Role) Account {
	return Account{
		User: portico.User{
			ID: id, CustomerID: c, LoginID: string(id), FirstName: "F" + string(id), LastName: "L",
			Email: string(id) + "@example.com", Role: role, Status: portico.Active, Labels: []string{"x", "y"}, CreatedAt: start,
		},
		LoginKey: string(id), PasswordHash: "hash", Epoch: 1,
	}
}

func twoCustomers(t *testing.T, db *DB) {
	t.Helper()
	update(t, db, func(tx *Tx) error {
		for _, slug := range []string{"acme", "globex"} {
			c := portico.CustomerID(slug)
			if err := tx.CreateCustomer(portico.Customer{ID: c, Slug: slug, Name: slug, CreatedAt: start}); err != nil {
				return err
			}
			if err := tx.CreateUser(person(c, portico.UserID(slug+"-admin"), portico.RoleAdministrator)); err != nil {
				return err
			}
			invited := person(c, portico.UserID(slug+"-invited"), portico.RoleUser)
			invited.Status, invited.PasswordHash = portico.Invited, ""
			if err := tx.CreateUser(invited); err != nil {
				return err
			}
			if err := putImport(tx, c, portico.UserID(slug+"-admin"), slug+"-import"); err != nil {
				return err
			}
			m := Mail{ID: slug + "-mail", UserID: portico.UserID(slug + "-admin"), Kind: "welcome", Sealed: []byte("x")}
			if err := tx.PutMail(m); err != nil {
				return err
			}
			m.DueAt, m.Attempts = tx.Now, 1
			if err := tx.RescheduleMail(m, tx.Now); err != nil {
				return err
			}
			if err := tx.CreateReset(c, resetRequest(slug)); err != nil {
				return err
			}
			if err := tx.AppendEvent(portico.Event{ID: slug + "-event", CustomerID: c, At: start, Action: "a"}); err != nil {
				return err
			}
		}
		return nil
	})
}

// resetRequest returns a request by a customer's administrator.
func resetRequest(slug string) Reset {
	return Reset{ResetRequest: portico.ResetRequest{
		ID: portico.ResetID(slug + "-reset"), CustomerID: portico.CustomerID(slug), Target: portico.UserID(slug + "-invited"), TargetName: "T",
		Requester: portico.Actor{Kind: portico.ActorUser, UserID: portico.UserID(slug + "-admin"), Role: portico.RoleAdministrator, Name: "A"},
		Reason:    "lost phone", Rule: portico.ResetRule{TwoPeople: true, DelayHours: 4}, AskedAt: start, State: portico.ResetOpen,
	}, NextCheckAt: start.Add(time.Hour)}
}

// putImport adds an import with one chunk and one refused row.
func putImport(tx *Tx, c portico.CustomerID, by portico.UserID, id string) error {
	i := portico.Import{ID: id, CustomerID: c, UserID: by, By: "B", FileName: "f.csv", Phase: portico.ImportValidating, Chunks: 1, CreatedAt: start, ChangedAt: start}
	if err := tx.CreateImport(i); err != nil {
		return err
	}
	if err := tx.PutImportChunk(c, id, 0, []byte("x")); err != nil {
		return err
	}
	return tx.RefuseRows(c, id, 2, 2, []portico.RefusedRow{{Line: 2, LoginID: "l", Reason: portico.Say("r")}})
}

// TestC07_ParallelSameCodeOneWinner checks that a time step is used up only
// once if many try at the same time, over two pools as in two programs.
func TestC07_ParallelSameCodeOneWinner(t *testing.T) {
	dir := t.TempDir()
	pools := []*DB{open(t, dir), open(t, dir)}
	twoCustomers(t, pools[0])
	update(t, pools[0], func(tx *Tx) error {
		return tx.PutAuthenticator(Authenticator{ID: "f", UserID: "acme-admin", Kind: portico.AuthenticatorTOTP, Secret: []byte("s"), Enabled: true})
	})
	for step := int64(1); step <= 5; step++ {
		var wg sync.WaitGroup
		var mu sync.Mutex
		winners := 0
		for i := range 20 {
			wg.Go(func() {
				won := false
				err := pools[i%2].Update(context.Background(), portico.CommandLine(), func(tx *Tx) (err error) {
					won, err = tx.UseStep("f", step)
					return err
				})
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				if won {
					winners++
				}
			})
		}
		wg.Wait()
		if winners != 1 {
			t.Fatalf("step %d was used up %d times", step, winners)
		}
	}
	update(t, pools[0], func(tx *Tx) error {
		if won, err := tx.UseStep("f", 3); won || err != nil {
			t.Errorf("an older step counts after a newer one: %v %v", won, err)
		}
		return nil
	})
}

// TestUpdateIsAllOrNothing checks that a change that fails or panics leaves
// nothing behind.
func TestUpdateIsAllOrNothing(t *testing.T) {
	db := open(t, t.TempDir())
	make1 := func(tx *Tx) error {
		return tx.CreateCustomer(portico.Customer{ID: "x", Slug: "xx", Name: "X", CreatedAt: start})
	}
	failed := errors.New("no")
	if err := db.Update(context.Background(), portico.CommandLine(), func(tx *Tx) error { return errors.Join(make1(tx), failed) }); !errors.Is(err, failed) {
		t.Fatalf("Update: got %v, want the error errors", err)
	}
	func() {
		defer func() { _ = recover() }()
		_ = db.Update(context.Background(), portico.CommandLine(), func(tx *Tx) error {
			if err := make1(tx); err != nil {
				return err
			}
			panic("no")
		})
	}()
	if _, err := db.Read(context.Background()).Customer("x"); !errors.Is(err, ErrNotFound) {
		t.Fatalf("something was left: %v", err)
	}
	update(t, db, make1)
	if err := db.Update(context.Background(), portico.CommandLine(), make1); !errors.Is(err, ErrTaken) {
		t.Errorf("twice: %v", err)
	}
}

// TestStartsAtOnce checks that several programs that start on one new directory
// migrate it once.
func TestStartsAtOnce(t *testing.T) {
	at := Place{Dir: t.TempDir(), URL: testdb.New(t, nil)}
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			db, err := Open(context.Background(), at, func() time.Time { return start })
			if err != nil {
				t.Error(err)
				return
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if testdb.Postgres() {
		return
	}
	info, err := os.Stat(filepath.Join(at.Dir, fileName))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the database is readable by others: %v %v", info.Mode(), err)
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir)
	if _, err := db.writer.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)`); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(context.Background(), place(t, dir), time.Now); err == nil || !strings.Contains(err.Error(), "newer program") {
		t.Fatalf("a newer database is opened: %v", err)
	}
}

// TestC10_BrowsersAreBounded checks that only the last used browsers of a
// person stay known.
func TestC10_BrowsersAreBounded(t *testing.T) {
	now := start
	db, err := Open(context.Background(), place(t, t.TempDir()), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	twoCustomers(t, db)
	token := func(i int) []byte { return []byte{byte(i)} }
	for i := range browsersKept + 5 {
		now = now.Add(time.Minute)
		update(t, db, func(tx *Tx) error {
			return tx.PutBrowser(Browser{ID: fmt.Sprintf("b%02d", i), UserID: "acme-admin"}, token(i), now.Add(time.Hour))
		})
	}
	for i := range browsersKept + 5 {
		if _, err := db.Read(context.Background()).Browser("acme-admin", token(i)); (err == nil) != (i >= 5) {
			t.Errorf("browser %d: %v", i, err)
		}
	}
}

// TestStepsOfAnImportCountOnce checks that a step from an outdated state is not
// stored.
func TestStepsOfAnImportCountOnce(t *testing.T) {
	db := open(t, t.TempDir())
	twoCustomers(t, db)
	update(t, db, func(tx *Tx) error {
		i, err := tx.Import("acme", "acme-import")
		if err != nil {
			return err
		}
		to := i.Advance(3, portico.ImportCounts{Created: 2, Refused: 1})
		if err := tx.StepImport("acme", i, to); err != nil {
			return err
		}
		if err := tx.StepImport("acme", i, to); !errors.Is(err, ErrNotFound) {
			t.Errorf("a second time: %v", err)
		}
		got, err := tx.Import("acme", "acme-import")
		if got.RowsDone != 3 || got.Counts != to.Counts || got.Phase != portico.ImportValidated {
			t.Errorf(`tx.Import("acme", "acme-import"): got %+v, want got.RowsDone 3, got.Counts %v, got.Phase %v`, got, to.Counts, portico.ImportValidated)
		}
		return err
	})
}

// TestUsersByLogins finds some of many login IDs, in all customers.
func TestUsersByLogins(t *testing.T) {
	db := open(t, t.TempDir())
	twoCustomers(t, db)
	keys := []string{"", "acme-admin", "globex-admin"}
	for i := range 3 * atOnce {
		keys = append(keys, fmt.Sprintf("nobody%d", i))
	}
	for _, some := range [][]string{nil, keys[:2], keys, append(keys[3:], "globex-invited")} {
		found, err := db.Read(context.Background()).UsersByLogins(some)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range some {
			u, is := found[key]
			if is != (len(key) > 0 && !strings.HasPrefix(key, "nobody")) || is && u.LoginID != key {
				t.Errorf("UsersByLogins of %d, %q: got %v %+v, want a user with this login ID, and none for nobody", len(some), key, is, u)
			}
		}
	}
}

// TestClosedCustomersKeepTheirRules checks the migration for customers that had
// revoked provider access before such customers kept their own policy: they
// keep the policy that was in force at the upgrade.
func TestClosedCustomersKeepTheirRules(t *testing.T) {
	for name, c := range map[string]struct {
		provider *portico.Policy
		want     portico.Policy
	}{"the provider's": {&portico.Policy{AuditMonths: 7}, portico.Policy{AuditMonths: 7}}, "none": {nil, portico.Policy{}}} {
		dir := t.TempDir()
		db := open(t, dir)
		update(t, db, func(tx *Tx) error {
			for _, id := range []portico.CustomerID{"shut", "lets-in"} {
				if err := tx.CreateCustomer(portico.Customer{ID: id, Slug: string(id), Name: "A", CreatedAt: start}); err != nil {
					return err
				}
			}
			return errors.Join(tx.SaveProviderAccess("shut", true, time.Time{}), tx.SavePolicy(portico.ProviderID, c.provider))
		})
		statement, err := migrations.ReadFile("migrations/0016_rules_of_closed_customers.sql")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.writer.Exec(string(statement)); err != nil {
			t.Fatal(err)
		}
		update(t, db, func(tx *Tx) error { return tx.SavePolicy(portico.ProviderID, &portico.Policy{AuditMonths: 3}) })
		for id, want := range map[portico.CustomerID]portico.Policy{"shut": c.want, "lets-in": {AuditMonths: 3}} {
			if got, err := db.Read(t.Context()).Customer(id); err != nil || got.Policy != want || got.OwnPolicy != (id == "shut") {
				t.Errorf("%s, with %s: %+v, own %v, %v; want %+v", id, name, got.Policy, got.OwnPolicy, err, want)
			}
		}
	}
}

// TestClosedCodesAreShown checks the migration of codes that a right code had
// closed: they count as locked out, so that somebody can clear them.
func TestClosedCodesAreShown(t *testing.T) {
	db := open(t, t.TempDir())
	ends := start.AddDate(100, 0, 0)
	update(t, db, func(tx *Tx) error {
		for user, f := range map[portico.UserID]Failures{"closed": {Closed: true, ExpiresAt: ends}, "open": {ExpiresAt: ends}} {
			f.Bucket, f.Kind, f.UserID, f.Customer = "code/"+string(user), "code", user, "c"
			if err := tx.PutFailures(f); err != nil {
				return err
			}
		}
		return nil
	})
	statement, err := migrations.ReadFile("migrations/0017_closed_codes.sql")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.writer.Exec(string(statement)); err != nil {
		t.Fatal(err)
	}
	locked, err := db.Read(t.Context()).Locked("c", []portico.User{{ID: "closed"}, {ID: "open"}})
	if err != nil || !locked["closed"] || locked["open"] {
		t.Errorf(`%v: %v, want no error, locked["closed"], not locked["open"]`, locked, err)
	}
}
