package auth

import (
	"context"
	"fmt"

	"portico"
	"portico/internal/audit"
	"portico/internal/store"
)

// rotateBatch is how many values are resealed in one transaction.
const rotateBatch = 200

// purposes are the associated data of the values in each place.
var purposes = map[store.SealedPlace]string{
	store.SealedAuthenticator: purposeTOTP, store.SealedEnrolment: purposeTOTP,
	store.SealedRecovery: purposeRecovery, store.SealedPortal: store.PurposePortal, store.SealedMail: purposeMail,
}

// RotateKeys adds a new primary key, reseals all stored values with it while
// the portal keeps running, and deletes the old keys when no value uses them.
// If an earlier rotation was interrupted, RotateKeys completes that one
// instead. It returns how many values were resealed. It returns Busy if too
// many values were sealed with an old key meanwhile; running it again helps.
func (s *Service) RotateKeys(ctx context.Context, actor portico.Actor) (n int, err error) {
	release, err := s.keys.Lock()
	if err != nil {
		return 0, err
	}
	defer func() {
		if e := release(); err == nil {
			err = e
		}
	}()
	keys, err := s.keys.Len()
	if err != nil {
		return 0, err
	}
	if keys == 1 { // otherwise an earlier rotation was interrupted: complete it
		if err := s.keys.AddPrimary(); err != nil {
			return 0, err
		}
	}
	for _, place := range store.SealedPlaces {
		for after := ""; ; {
			done, last, err := s.resealBatch(ctx, place, after)
			n += done
			if err != nil {
				return n, fmt.Errorf("sealing anew: %w", err)
			}
			if last == "" {
				break
			}
			after = last
		}
	}
	// Values are sealed inside a transaction, with the keyset as the file has
	// it then. Such a transaction comes either before or after this one, so no
	// value with an old key is left behind.
	err = s.db.Update(ctx, actor, func(tx *store.Tx) error {
		prefix, err := s.keys.Prefix()
		if err != nil {
			return err
		}
		for _, place := range store.SealedPlaces {
			left, err := tx.SealedOtherwise(place, prefix, "", rotateBatch)
			if err != nil {
				return err
			}
			if err := s.reseal(tx, left); err != nil {
				return err
			}
			n += len(left)
			if len(left) == rotateBatch {
				return portico.E(portico.Busy, "Too much was sealed meanwhile. Run the command again.")
			}
		}
		if err := s.keys.DropOthers(); err != nil {
			return err
		}
		return audit.Record(tx, portico.Event{CustomerID: portico.ProviderID, Action: portico.KeysRotated, Actor: actor})
	})
	if err != nil {
		return n, fmt.Errorf("dropping the old keys: %w", err)
	}
	return n, nil
}

func (s *Service) resealBatch(ctx context.Context, place store.SealedPlace, after string) (n int, last string, err error) {
	err = s.db.Update(ctx, portico.System(portico.Origin{}), func(tx *store.Tx) error {
		prefix, err := s.keys.Prefix()
		if err != nil {
			return err
		}
		stale, err := tx.SealedOtherwise(place, prefix, after, rotateBatch)
		if err != nil {
			return err
		}
		n, last = len(stale), ""
		if n == rotateBatch {
			last = stale[n-1].Row
		}
		return s.reseal(tx, stale)
	})
	return n, last, err
}

func (s *Service) reseal(tx *store.Tx, stale []store.Sealed) error {
	for _, v := range stale {
		plain, err := s.keys.Open(v.Value, v.Owner, purposes[v.Place])
		if err != nil {
			return fmt.Errorf("%s of %s: %w", v.Place, v.Row, err)
		}
		sealed, err := s.keys.Seal(plain, v.Owner, purposes[v.Place])
		if err != nil {
			return err
		}
		if err := tx.Reseal(v, sealed); err != nil {
			return err
		}
	}
	return nil
}
