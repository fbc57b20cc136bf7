// Package maintenance owns what the command line does to a whole database: it
// rotates the keys of sealed values, makes a restored copy safe to use, and
// rebuilds what follows from other rows.
//
// It does not own the keyset (package seal), or backups and migrations (package
// store).
package maintenance

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/seal"
	"portico/internal/store"
)

// rotateBatch is how many values are resealed in one transaction.
const rotateBatch = 200

// Rotation says how RotateKeys goes about it.
type Rotation struct {
	Output string        // new file for the changed keyset; "" to change the keyset in place
	Wait   time.Duration // how long nodes may take to get hold of a changed keyset
	Sealed func(n int)   // called now and then with how many values were resealed; may be nil
}

// Rotated is what RotateKeys has done.
type Rotated struct {
	Done   Step
	Sealed int // how many values were resealed
}

// Step is a step of a rotation. With Rotation.Output, each call of RotateKeys
// takes one; otherwise one call takes all.
type Step int

// The steps of a rotation.
const (
	KeyAdded    Step = 1 + iota // the keyset holds a new key, which seals nothing yet
	KeyPromoted                 // the new key seals everything from now on
	KeysDropped                 // everything stored is sealed with the new key, and the keyset holds no other
)

// RotateKeys adds a new key, makes it the primary one once all nodes hold it,
// reseals all stored values with it while the portal keeps running, and deletes
// the old keys when no value uses them. It goes on where an earlier rotation
// has ended. It returns an error that names the nodes if a node still lacks
// what the next step needs, and one if too much was sealed with an old key
// meanwhile; running it again helps.
func RotateKeys(ctx context.Context, db *store.DB, keys *seal.Keys, how Rotation, actor portico.Actor) (done Rotated, err error) {
	if how.Output == "" && keys.ReadOnly() {
		return Rotated{}, fmt.Errorf("the keyset %s is read-only, and nothing writes to it: give --output FILE, and put that file in its place", keys.Path())
	}
	// A file of an earlier step, put over the keyset when that was rotated in place
	// meanwhile, would destroy the only one that opens the database.
	if how.Output != "" && !keys.ReadOnly() {
		return Rotated{}, fmt.Errorf("the keyset %s can be written, and is rotated in place: leave --output out", keys.Path())
	}
	if _, err := os.Lstat(how.Output); how.Output != "" && !errors.Is(err, fs.ErrNotExist) {
		return Rotated{}, fmt.Errorf("%s already exists, and is not overwritten: give another --output", how.Output)
	}
	release, err := keys.Lock()
	if err != nil {
		return Rotated{}, err
	}
	defer func() {
		if e := release(); err == nil {
			err = e
		}
	}()
	held, err := keys.Held()
	if err != nil {
		return Rotated{}, err
	}
	if len(held.Keys) == 1 {
		if err := keys.AddKey(how.Output); err != nil || how.Output != "" {
			return Rotated{Done: KeyAdded}, err
		}
		if held, err = keys.Held(); err != nil {
			return Rotated{}, err
		}
	}
	fresh := held.Newest()
	if held.Primary != fresh {
		if err := awaitNodes(ctx, db, how.Wait, "do not hold the new key", func(n store.Node) bool { return slices.Contains(n.Holds, fresh) }); err != nil {
			return Rotated{}, err
		}
		if err := keys.Promote(how.Output); err != nil || how.Output != "" {
			return Rotated{Done: KeyPromoted}, err
		}
	}
	if err := awaitNodes(ctx, db, how.Wait, "do not seal with the new key", sealsWith(fresh)); err != nil {
		return Rotated{}, err
	}
	n, err := resealAll(ctx, db, keys, how.Sealed)
	if err != nil {
		return Rotated{}, err
	}
	late, err := dropOthers(ctx, db, keys, how.Output == "", actor)
	if err == nil && how.Output != "" {
		err = keys.DropOthers(how.Output)
	}
	if err != nil {
		return Rotated{}, fmt.Errorf("dropping the old keys: %w", err)
	}
	return Rotated{Done: KeysDropped, Sealed: n + late}, nil
}

// resealAll reseals all values, and returns how many there were.
func resealAll(ctx context.Context, db *store.DB, keys *seal.Keys, sealed func(int)) (n int, err error) {
	for _, place := range store.SealedPlaces {
		for after := ""; ; {
			done, err := resealBatch(ctx, db, keys, place, after)
			if err != nil {
				return n, fmt.Errorf("sealing anew: %w", err)
			}
			if n += len(done); sealed != nil {
				sealed(n)
			}
			if len(done) < rotateBatch {
				break
			}
			after = done[rotateBatch-1].Row
		}
	}
	return n, nil
}

// dropOthers reseals what was sealed with an old key meanwhile, drops the old
// keys from the keyset's file if that is changed in place, and records the
// rotation. Values are sealed inside a transaction, with
// the keyset as the file has it then. Such a transaction comes either before or
// after this one, so no value with an old key is left behind.
func dropOthers(ctx context.Context, db *store.DB, keys *seal.Keys, inPlace bool, actor portico.Actor) (int, error) {
	return store.Update(ctx, db, actor, func(tx *store.Tx) (n int, err error) {
		held, err := keys.Held()
		if err != nil {
			return 0, err
		}
		if err := allNodes(&tx.Reader, "do not seal with the new key", sealsWith(held.Primary)); err != nil { // a node has started meanwhile
			return 0, err
		}
		prefix, err := keys.Prefix()
		if err != nil {
			return 0, err
		}
		for _, place := range store.SealedPlaces {
			left, err := tx.SealedOtherwise(place, prefix, "", rotateBatch)
			if err != nil {
				return 0, err
			}
			if err := reseal(tx, keys, left); err != nil {
				return 0, err
			}
			n += len(left)
			if len(left) == rotateBatch {
				return 0, portico.E(portico.Busy, "Too much was sealed meanwhile. Run the command again.")
			}
		}
		if inPlace && len(held.Keys) > 1 { // else an earlier call of this closure has dropped them
			if err := keys.DropOthers(""); err != nil {
				return 0, err
			}
		}
		return n, audit.Record(tx, portico.Event{CustomerID: portico.ProviderID, Action: portico.KeysRotated, Actor: actor})
	})
}

// resealBatch seals the next stale values of one place anew, at most rotateBatch,
// and returns them.
func resealBatch(ctx context.Context, db *store.DB, keys *seal.Keys, place store.SealedPlace, after string) ([]store.Sealed, error) {
	return store.Update(ctx, db, portico.System(portico.Origin{}), func(tx *store.Tx) ([]store.Sealed, error) {
		prefix, err := keys.Prefix()
		if err != nil {
			return nil, err
		}
		stale, err := tx.SealedOtherwise(place, prefix, after, rotateBatch)
		if err != nil {
			return nil, err
		}
		return stale, reseal(tx, keys, stale)
	})
}

func reseal(tx *store.Tx, keys *seal.Keys, stale []store.Sealed) error {
	for _, v := range stale {
		plain, err := keys.Open(v.Value, v.Owner, v.Place.Purpose)
		if err != nil {
			return fmt.Errorf("%s of %s: %w", v.Place.Table, v.Row, err)
		}
		sealed, err := keys.Seal(plain, v.Owner, v.Place.Purpose)
		if err != nil {
			return err
		}
		if err := tx.Reseal(v, sealed); err != nil {
			return err
		}
	}
	return nil
}
