package store

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"portico"
)

// errConflict is what PostgreSQL answers to one of two transactions that
// conflict. DB.Update tries again after it on either engine.
var errConflict = &pgconn.PgError{Code: "40001"}

// TestUpdateReturnsTheLastTry checks that a transaction that is repeated returns
// what its last try made, and nothing of the tries before.
func TestUpdateReturnsTheLastTry(t *testing.T) {
	db := open(t, t.TempDir())
	for _, tt := range []struct {
		name string
		last error // of the third try
		want []int
	}{
		{"committed", nil, []int{3}},
		{"refused", ErrNotFound, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tries := 0
			got, err := Update(context.Background(), db, portico.CommandLine(), func(tx *Tx) (made []int, err error) {
				tries++
				made = append(made, tries)
				if tries < 3 {
					return made, errConflict
				}
				return made, tt.last
			})
			if !errors.Is(err, tt.last) || tries != 3 {
				t.Fatalf("a change that conflicts twice: got error %v after %d tries, want %v after 3", err, tries, tt.last)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("a change that conflicts twice returns %v, want %v", got, tt.want)
			}
		})
	}
}

// TestUpdateReturnsNothingUncommitted checks that a change that the database
// does not take returns nothing of what it made.
func TestUpdateReturnsNothingUncommitted(t *testing.T) {
	db := open(t, t.TempDir())
	got, err := Update(context.Background(), db, portico.CommandLine(), func(tx *Tx) (string, error) { return "made", errConflict })
	if !portico.Busy.Is(err) || got != "" {
		t.Errorf("a change that always conflicts: got %q and error %v, want nothing and Busy", got, err)
	}
	got, err = Update(context.Background(), db, portico.Actor{}, func(tx *Tx) (string, error) { return "made", nil })
	if !errors.Is(err, errNoActor) || got != "" {
		t.Errorf("a change by nobody: got %q and error %v, want nothing and %v", got, err, errNoActor)
	}
}

// TestViewReturnsNothingBesideAnError checks that a View that fails does not
// return what it had read until then.
func TestViewReturnsNothingBesideAnError(t *testing.T) {
	db := open(t, t.TempDir())
	got, err := View(context.Background(), db, func(r *Reader) (portico.Customer, error) {
		return portico.Customer{Name: "Half"}, ErrNotFound
	})
	if !errors.Is(err, ErrNotFound) || got.Name != "" {
		t.Errorf("a view that fails: got %q and error %v, want nothing and %v", got.Name, err, ErrNotFound)
	}
	got, err = View(context.Background(), db, func(r *Reader) (portico.Customer, error) { return r.Customer(portico.ProviderID) })
	if err != nil || got.ID != portico.ProviderID {
		t.Errorf("reading the provider: got %q and error %v, want %q", got.ID, err, portico.ProviderID)
	}
}
