package store

import (
	"errors"
	"testing"
	"time"

	"portico"
)

// TestWhoeverIsFirst checks that only one of several programs can replace a
// checkpoint, and that only one can record it as mailed.
func TestWhoeverIsFirst(t *testing.T) {
	db := open(t, t.TempDir())
	update(t, db, func(tx *Tx) error { return tx.PutCheckpoint("acme", "", "one") })
	for name, c := range map[string]struct {
		was  string
		want error
	}{"a second first one": {"", ErrTaken}, "a stale one": {"none", ErrNotFound}, "the next": {"one", nil}} {
		err := db.Update(t.Context(), portico.CommandLine(), func(tx *Tx) error { return tx.PutCheckpoint("acme", c.was, "two") })
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want the error errors", name, err)
		}
	}
	for i, want := range []bool{true, false} {
		update(t, db, func(tx *Tx) error {
			tx.Now = start.Add(time.Hour)
			did, err := tx.NoteMailed("acme", start.Add(time.Minute))
			if did != want {
				t.Errorf("time %d: %v", i+1, did)
			}
			return err
		})
	}
}
