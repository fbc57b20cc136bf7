package store

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"testing"
	"time"

	"portico"
)

// TestResetRequestsAreKept checks that a request reads back as it was stored,
// and that a person can have only one open request.
func TestResetRequestsAreKept(t *testing.T) {
	ctx := context.Background()
	db := open(t, t.TempDir())
	twoCustomers(t, db)
	if err := db.Update(ctx, portico.CommandLine(), func(tx *Tx) error {
		again := resetRequest("acme")
		again.ID = "again"
		return tx.CreateReset("acme", again)
	}); !errors.Is(err, ErrTaken) {
		t.Errorf("a second one: %v", err)
	}
	want, err := db.Read(ctx).Reset("acme", "acme-reset")
	if err != nil {
		t.Fatal(err)
	}
	want.Proof = portico.ResetProof{Kind: portico.ProofCallBack, Text: "5678", By: "a", Name: "A", At: start.Add(time.Minute)}
	want.Approval = portico.ResetApproval{By: "b", Epoch: 7, Name: "B", At: start.Add(time.Hour)}
	want.State, want.EndedAt, want.EndedBy, want.EndReason, want.Frozen = portico.ResetCancelled, start.Add(2*time.Hour), "C", "because", true
	update(t, db, func(tx *Tx) error { return tx.StepReset("acme", want) })
	got, err := db.Read(ctx).Reset("acme", "acme-reset")
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nnot %+v: %v", got, want, err)
	}
	if err := db.Update(ctx, portico.CommandLine(), func(tx *Tx) error { return tx.StepReset("acme", want) }); !errors.Is(err, ErrNotFound) {
		t.Errorf("after its end: %v", err)
	}
	update(t, db, func(tx *Tx) error {
		again := resetRequest("acme")
		again.ID = "again"
		return tx.CreateReset("acme", again)
	})
}

// TestResetOpensAndEndsOnce checks that only one of several simultaneous
// requests for a person is opened, that only one of several attempts to end it
// succeeds, and that a reset code can be used only once.
func TestResetOpensAndEndsOnce(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	nodes := []*DB{open(t, dir), open(t, dir)}
	twoCustomers(t, nodes[0])
	race := func(f func(tx *Tx, i int) error) int {
		var all sync.WaitGroup
		var mu sync.Mutex
		won := 0
		for i := range 8 {
			all.Go(func() {
				err := nodes[i%2].Update(ctx, portico.CommandLine(), func(tx *Tx) error { return f(tx, i) })
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					won++
				} else if !errors.Is(err, ErrTaken) && !errors.Is(err, ErrNotFound) {
					t.Errorf("got %v, want not (!errors.Is(err, ErrTaken) && !errors.Is(err, ErrNotFound))", err)
				}
			})
		}
		all.Wait()
		return won
	}
	if n := race(func(tx *Tx, i int) error {
		r := resetRequest("acme")
		r.ID, r.Target = portico.ResetID([]string{"a", "b", "c", "d", "e", "f", "g", "h"}[i]), "acme-admin"
		return tx.CreateReset("acme", r)
	}); n != 1 {
		t.Errorf("%d were opened", n)
	}
	if n := race(func(tx *Tx, i int) error {
		r, err := tx.Reset("acme", "acme-reset")
		if err != nil {
			return err
		}
		r.State = []portico.ResetState{portico.ResetDone, portico.ResetCancelled}[i%2]
		return tx.StepReset("acme", r)
	}); n != 1 {
		t.Errorf("%d have ended it", n)
	}
	update(t, nodes[0], func(tx *Tx) error {
		return tx.PutResetCode("acme-admin", ResetCode{Hash: []byte("h"), ExpiresAt: start.Add(time.Hour)})
	})
	if n := race(func(tx *Tx, _ int) error {
		used, err := tx.UseResetCode("acme-admin", []byte("h"))
		if err == nil && !used {
			err = ErrNotFound
		}
		return err
	}); n != 1 {
		t.Errorf("a code was used %d times", n)
	}
}
