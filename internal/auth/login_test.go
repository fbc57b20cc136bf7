package auth

import (
	"io"
	"log/slog"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"portico"
	"portico/internal/mail"
	"portico/internal/outbox"
	"portico/internal/password"
	"portico/internal/seal"
	"portico/internal/store"
	"portico/internal/testdb"
)

// quickParams make hashing cheap.
var quickParams = password.Params{MemoryKiB: 64, Time: 1, Parallelism: 1}

// bare returns a service on a new database with three users: ulla, who is
// active, sam, who is suspended, and irene, who is invited. The password of
// ulla and sam is "x"; irene has none.
func bare(t *testing.T, sender mail.Sender) *Service {
	t.Helper()
	return bareAt(t, sender, func() time.Time { return time.Date(2026, 11, 23, 9, 0, 7, 0, time.UTC) })
}

func bareAt(t *testing.T, sender mail.Sender, now func() time.Time) *Service {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx, dir := t.Context(), t.TempDir()
	open := func(dir string) (*store.DB, error) { return store.Open(ctx, store.Place{Dir: dir}, now) }
	testdb.Fill(t, dir, open)
	db, err := open(dir)
	must(err)
	t.Cleanup(func() { must(db.Close()) })
	keys, err := seal.Create(filepath.Join(dir, "keyset.json"))
	must(err)
	names, err := NamesKey(ctx, db, keys)
	must(err)
	notices := &outbox.Outbox{DB: db, Keys: keys, Sender: sender, BaseURL: "https://portal.example", Now: now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	s, err := New(Config{DB: db, Keys: keys, Hasher: password.NewHasher(quickParams, password.Limits{Slots: 1, Waiting: 0}), Outbox: notices, Names: names, Skew: 1})
	must(err)
	hash, err := s.HashPassword(ctx, portico.CommandLine(), "x")
	must(err)
	must(db.Update(ctx, portico.CommandLine(), func(tx *store.Tx) error {
		c := portico.Customer{ID: "c", Slug: "acme", Name: "Acme Telecom", CreatedAt: tx.Now}
		if err := tx.CreateCustomer(c); err != nil {
			return err
		}
		for _, a := range []store.Account{
			{User: portico.User{LoginID: "ulla", Status: portico.Active}, PasswordHash: hash},
			{User: portico.User{LoginID: "sam", Status: portico.Suspended}, PasswordHash: hash},
			{User: portico.User{LoginID: "irene", Status: portico.Invited}},
		} {
			a.ID, a.CustomerID, a.Role, a.CreatedAt = portico.UserID("id-"+a.LoginID), c.ID, portico.RoleUser, tx.Now
			a.FirstName, a.LastName, a.Email, a.LoginKey, a.Epoch = a.LoginID, "Tester", a.LoginID+"@example.com", a.LoginID, 1
			if err := tx.CreateUser(a); err != nil {
				return err
			}
		}
		return nil
	}))
	return s
}

// TestC21_EveryLoginCostsAHash checks that every log-in needs a hash, whatever
// is wrong with it: while the only slot is taken, all return Busy.
func TestC21_EveryLoginCostsAHash(t *testing.T) {
	s := bare(t, nil)
	release, err := s.hasher.Acquire(t.Context(), password.Turn{})
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	for _, loginID := range []string{"ulla", "sam", "irene", "nobody", "not a login ID", ""} {
		for _, password := range []string{"x", "wrong", ""} {
			if _, err := s.Login(t.Context(), Visit{}, loginID, password); !portico.Busy.Is(err) {
				t.Errorf("%q with %q: %v", loginID, password, err)
			}
		}
	}
}

// TestC21_ForgottenAnswersFirst checks that Forgotten returns before it looks for
// an account and queues a mail, so that its response time does not reveal whether
// a mail is sent, neither for a login ID nor for an address.
func TestC21_ForgottenAnswersFirst(t *testing.T) {
	for typed, mails := range map[string]int{"ulla": 1, "ulla@example.com": 1, "nobody": 0, "nobody@example.com": 0} {
		s := bare(t, nil)
		synctest.Test(t, func(t *testing.T) {
			answered := make(chan struct{})
			var changes atomic.Int64
			s.db.Observe(func(store.Change) {
				if changes.Add(1) == 1 {
					return // the recorded attempt, which everything that is typed causes
				}
				select {
				case <-answered:
				case <-time.After(time.Hour): // of the bubble: everybody waits for somebody else
					t.Errorf("%s: the answer waits for the mail", typed)
				}
			})
			if err := s.Forgotten(t.Context(), Visit{}, typed); err != nil {
				t.Error(err)
			}
			if changes.Load() == 0 {
				t.Errorf("%s: got no change before the answer, want the recorded attempt", typed)
			}
			close(answered)
			s.Wait()
		})
		if q, err := s.db.Read(t.Context()).MailQueue(10); err != nil || q.Waiting != mails {
			t.Errorf("%s: got %+v %v, want no error and %d mails", typed, q, err, mails)
		}
	}
}

// TestC02_PasswordChangedDuringLogin: who has typed the old password, and waits
// for it to be hashed while another is chosen, does not get in.
func TestC02_PasswordChangedDuringLogin(t *testing.T) {
	s := bare(t, nil)
	err := s.loginDuring(t, "x", "y", (*store.Tx).SetPassword)
	if !portico.Invalid.Is(err) {
		t.Errorf("the old password: %v", err)
	}
	if _, err := s.Login(t.Context(), Visit{}, "ulla", "y"); err != nil {
		t.Errorf("the new one: %v", err)
	}
}

// TestPasswordHashedAnewDuringLogin: of two log-ins at the same time, the first
// replaces a hash that was made elsewhere or with earlier parameters. The password
// of the second is as right as before.
func TestPasswordHashedAnewDuringLogin(t *testing.T) {
	s := bare(t, nil)
	if err := s.loginDuring(t, "x", "x", (*store.Tx).Rehash); err != nil {
		t.Errorf("got %v, want no error", err)
	}
	if err := s.loginDuring(t, "wrong", "x", (*store.Tx).Rehash); !portico.Invalid.Is(err) {
		t.Errorf("a wrong password: %v", err)
	}
}

// loginDuring logs in with a password, while the stored hash becomes one of next.
func (s *Service) loginDuring(t *testing.T, entered, next string, change func(*store.Tx, portico.UserID, string, string) error) error {
	t.Helper()
	s.hasher = password.NewHasher(quickParams, password.Limits{Slots: 1, Waiting: 8})
	hash, err := s.HashPassword(t.Context(), portico.CommandLine(), next)
	if err != nil {
		t.Fatal(err)
	}
	release, err := s.hasher.Acquire(t.Context(), password.Turn{})
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan error, 1)
	go func() {
		_, err := s.Login(t.Context(), Visit{}, "ulla", entered)
		got <- err
	}()
	for waiting := 0; waiting == 0; _, waiting, _ = s.hasher.Load() {
		runtime.Gosched()
	}
	err = s.db.Update(t.Context(), portico.CommandLine(), func(tx *store.Tx) error {
		a, err := tx.Account("id-ulla")
		if err != nil {
			return err
		}
		return change(tx, a.ID, a.PasswordHash, hash)
	})
	if err != nil {
		t.Fatal(err)
	}
	release()
	return <-got
}

// TestC08_WindowIsBounded: no setting makes codes count for longer than one
// time step each way.
func TestC08_WindowIsBounded(t *testing.T) {
	for _, skew := range []int64{-1, 2, 5} {
		if _, err := New(Config{Skew: skew}); err == nil {
			t.Errorf("%d time steps", skew)
		}
	}
}
