// Package maintenance owns what the command line does to a whole database: it
// rotates the keys of sealed values, makes a restored copy safe to use, and
// rebuilds what follows from other rows.
//
// It does not own the keyset (package seal), or backups and migrations (package
// store).
package maintenance

import (
	"context"
	"fmt"

	"portico"
	"portico/internal/audit"
	"portico/internal/seal"
	"portico/internal/store"
)

// rotateBatch is how many values are resealed in one transaction.
const rotateBatch = 200

// RotateKeys adds a new primary key, reseals all stored values with it while
// the portal keeps running, and deletes the old keys when no value uses them.
// If an earlier rotation was interrupted, RotateKeys completes that one
// instead. It returns how many values were resealed. It returns Busy if too
// many values were sealed with an old key meanwhile; running it again helps.
func RotateKeys(ctx context.Context, db *store.DB, keys *seal.Keys, actor portico.Actor) (n int, err error) {
	release, err := keys.Lock()
	if err != nil {
		return 0, err
	}
	defer func() {
		if e := release(); err == nil {
			err = e
		}
	}()
	stored, err := keys.Len()
	if err != nil {
		return 0, err
	}
	if stored == 1 { // otherwise an earlier rotation was interrupted: complete it
		if err := keys.AddPrimary(); err != nil {
			return 0, err
		}
	}
	for _, place := range store.SealedPlaces {
		for after := ""; ; {
			done, err := resealBatch(ctx, db, keys, place, after)
			if err != nil {
				return n, fmt.Errorf("sealing anew: %w", err)
			}
			n += len(done)
			if len(done) < rotateBatch {
				break
			}
			after = done[rotateBatch-1].Row
		}
	}
	// Values are sealed inside a transaction, with the keyset as the file has
	// it then. Such a transaction comes either before or after this one, so no
	// value with an old key is left behind.
	late, err := store.Update(ctx, db, actor, func(tx *store.Tx) (n int, err error) {
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
		if err := keys.DropOthers(); err != nil {
			return 0, err
		}
		return n, audit.Record(tx, portico.Event{CustomerID: portico.ProviderID, Action: portico.KeysRotated, Actor: actor})
	})
	if err != nil {
		return n, fmt.Errorf("dropping the old keys: %w", err)
	}
	return n + late, nil
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
