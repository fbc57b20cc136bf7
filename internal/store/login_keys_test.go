package store

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"sync"
	"testing"
	"time"

	"portico"
)

// TestC11_WritesOfLoginIDsAreHeldBack checks that every statement that gives a
// login ID to somebody, or takes it away, runs in changingLoginKeys.
func TestC11_WritesOfLoginIDsAreHeldBack(t *testing.T) {
	writes := regexp.MustCompile(`(?i)insert into users\b|delete from users\b|login_key = \$\d+,|login_key = excluded`)
	found := 0
	for _, f := range sources(t) {
		for _, d := range f.Decls {
			fn, is := d.(*ast.FuncDecl)
			if !is {
				continue
			}
			statements, guarded := 0, 0
			count := func(n ast.Node, to *int) {
				ast.Inspect(n, func(n ast.Node) bool {
					if lit, is := n.(*ast.BasicLit); is && lit.Kind == token.STRING && writes.MatchString(lit.Value) {
						*to++
					}
					return true
				})
			}
			count(fn, &statements)
			ast.Inspect(fn, func(n ast.Node) bool {
				call, is := n.(*ast.CallExpr)
				if !is {
					return true
				}
				if sel, is := call.Fun.(*ast.SelectorExpr); is && sel.Sel.Name == "changingLoginKeys" {
					count(call, &guarded)
					return false
				}
				return true
			})
			if found += statements; statements != guarded {
				t.Errorf("%s writes login IDs %d times, and %d of them in changingLoginKeys", fn.Name.Name, statements, guarded)
			}
		}
	}
	if found != 5 {
		t.Errorf("%d statements write login IDs, want 5: create, activate, change, delete, delete with the customer", found)
	}
}

// givesUp lists the ways in which somebody gives up the login ID that the test
// gives them.
var givesUp = map[string]func(tx *Tx, id portico.UserID) error{
	"deleted": func(tx *Tx, id portico.UserID) error { return tx.DeleteUser("acme", id) },
	"changed": func(tx *Tx, id portico.UserID) error {
		return tx.ChangeLoginID("acme", id, "other-"+string(id), "other-"+string(id))
	},
	"activated with another one": func(tx *Tx, id portico.UserID) error {
		return tx.ActivateUser(id, "other-"+string(id), "other-"+string(id), "x")
	},
}

// takes lists the ways in which somebody gets a login ID. Each has its own
// customer, which makes no difference.
var takes = map[string]func(tx *Tx, key string) error{
	"created": func(tx *Tx, key string) error {
		return tx.CreateUser(withLogin(person("globex", "new", portico.RoleUser), key, portico.Active))
	},
	"invited": func(tx *Tx, key string) error {
		return tx.CreateUser(withLogin(person("acme", "new", portico.RoleUser), key, portico.Invited))
	},
	"imported with many others": func(tx *Tx, key string) error {
		var many []NewUser
		for i := range 120 {
			id := portico.UserID("new" + string(rune('a'+i%26)) + string(rune('a'+i/26)))
			a := person("globex", id, portico.RoleUser)
			if i == 117 {
				a = withLogin(a, key, portico.Invited)
			}
			many = append(many, a.newUser())
		}
		return tx.CreateUsers(many)
	},
	"activated": func(tx *Tx, key string) error { return tx.ActivateUser("globex-invited", key, key, "x") },
	"changed":   func(tx *Tx, key string) error { return tx.ChangeLoginID("globex", "globex-admin", key, key) },
}

func withLogin(a Account, key string, s portico.Status) Account {
	a.LoginID, a.LoginKey, a.Status = key, key, s
	if s == portico.Invited {
		a.PasswordHash = ""
	}
	return a
}

// TestC11_LoginIDsAreHeldBack walks over every way to give up a login ID and
// every way to get one: for 30 days, and not a moment less, nobody else gets it.
func TestC11_LoginIDsAreHeldBack(t *testing.T) {
	db := open(t, t.TempDir())
	twoCustomers(t, db)
	later := func(d time.Duration) func(*Tx) {
		return func(tx *Tx) { tx.Now = tx.Now.Add(d) }
	}
	undo := errors.New("undo")
	for gave, giveUp := range givesUp {
		for took, take := range takes {
			for when, c := range map[string]struct {
				move func(*Tx)
				want error
			}{
				"at once":         {later(0), ErrTaken},
				"before its end":  {later(portico.LoginIDHeldTTL - time.Millisecond), ErrTaken},
				"after its end":   {later(portico.LoginIDHeldTTL), nil},
				"years afterward": {later(20 * portico.LoginIDHeldTTL), nil},
			} {
				err := db.Update(context.Background(), portico.CommandLine(), func(tx *Tx) error {
					a := withLogin(person("acme", "leaver", portico.RoleUser), "held", portico.Invited)
					if err := errors.Join(tx.CreateUser(a), giveUp(tx, "leaver")); err != nil {
						return err
					}
					c.move(tx)
					if err := take(tx, "held"); !errors.Is(err, c.want) {
						t.Errorf("%s, then %s %s: got %v, want %v", gave, took, when, err, c.want)
					}
					return undo
				})
				if !errors.Is(err, undo) {
					t.Errorf("%s, then %s: %v", gave, took, err)
				}
			}
		}
	}
}

// TestC11_OwnLoginIDIsGivenBack checks that a person may take back the login ID
// that they have given up themselves, that it is theirs then, and that the one
// that they had meanwhile is held back.
func TestC11_OwnLoginIDIsGivenBack(t *testing.T) {
	db := open(t, t.TempDir())
	twoCustomers(t, db)
	change := func(id portico.UserID, key string) error {
		return db.Update(t.Context(), portico.CommandLine(), func(tx *Tx) error { return tx.ChangeLoginID("acme", id, key, key) })
	}
	first := "acme-admin"
	for _, key := range []string{"second", first, first, "second", first} { // the third changes nothing
		if err := change("acme-admin", key); err != nil {
			t.Fatalf("to %s: %v", key, err)
		}
	}
	held, err := db.Read(t.Context()).HeldLoginIDs([]string{first, "second", "never"})
	if want := (HeldLoginID{"second", "acme", "acme-admin", start.Add(portico.LoginIDHeldTTL)}); err != nil || len(held) != 1 || !held["second"].FreeAt.Equal(want.FreeAt) || held["second"].UserID != want.UserID {
		t.Errorf("held back: got %+v, %v, want %+v", held, err, want)
	}
	if err := change("acme-invited", "second"); !errors.Is(err, ErrTaken) {
		t.Errorf("a colleague gets it: %v", err)
	}
	// Nobody can take it back for a person who was deleted.
	update(t, db, func(tx *Tx) error { return tx.DeleteUser("acme", "acme-admin") })
	held, err = db.Read(t.Context()).HeldLoginIDs([]string{first, "second"})
	if err != nil || len(held) != 2 || held[first].UserID != "" || held["second"].UserID != "" {
		t.Errorf("after the deletion: got %+v, %v, want both without a person", held, err)
	}
}

// TestC11_NobodyIsFasterThanTheHold checks that nobody gets a login ID in the
// very moment in which it is given up.
func TestC11_NobodyIsFasterThanTheHold(t *testing.T) {
	db := open(t, t.TempDir())
	twoCustomers(t, db)
	for i := range 20 {
		key := fmt.Sprintf("leaver%d", i)
		update(t, db, func(tx *Tx) error {
			return tx.CreateUser(withLogin(person("acme", portico.UserID(key), portico.RoleUser), key, portico.Active))
		})
		var both sync.WaitGroup
		both.Go(func() {
			if err := db.Update(t.Context(), portico.CommandLine(), func(tx *Tx) error { return tx.DeleteUser("acme", portico.UserID(key)) }); err != nil {
				t.Errorf("deleting %s: got %v, want no error", key, err)
			}
		})
		both.Go(func() {
			err := db.Update(t.Context(), portico.CommandLine(), func(tx *Tx) error {
				return tx.CreateUser(withLogin(person("globex", portico.UserID(key+"-2"), portico.RoleUser), key, portico.Active))
			})
			if !errors.Is(err, ErrTaken) {
				t.Errorf("creating somebody as %s while it is given up: got %v, want ErrTaken", key, err)
			}
		})
		both.Wait()
	}
}
