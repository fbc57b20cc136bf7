package auth

import (
	"context"
	"fmt"

	"portico"
	"portico/internal/audit"
	"portico/internal/seal"
	"portico/internal/store"
	"portico/internal/totp"
)

// EndRestored makes a database from a backup safe to use. Sessions, links and
// remembered browsers that ended since the backup was taken are in it again, so
// all of them end. So are time steps that were used up since: no code counts
// that anybody can have seen by now, of a phone that is ahead included.
func EndRestored(ctx context.Context, db *store.DB, actor portico.Actor) error {
	err := db.Update(ctx, actor, func(tx *store.Tx) error {
		if err := tx.EndEverything(totp.Step(tx.Now) + 1); err != nil {
			return err
		}
		return audit.Record(tx, portico.Event{CustomerID: portico.ProviderID, Action: portico.PortalRestored, Actor: actor})
	})
	if err != nil {
		return fmt.Errorf("ending what was issued before: %w", err)
	}
	return nil
}

// CheckKeys opens sealed values of each place, most at most, and says how many
// it looked at and how many do not open with the keyset.
func CheckKeys(ctx context.Context, db *store.DB, keys *seal.Keys, most int) (looked, closed int, err error) {
	for _, place := range store.SealedPlaces {
		values, err := db.Read(ctx).SealedOtherwise(place, []byte{}, "", most)
		if err != nil {
			return 0, 0, err
		}
		for _, v := range values {
			if _, err := keys.Open(v.Value, v.Owner, purposes[v.Place]); err != nil {
				closed++ // the caller says so
			}
		}
		looked += len(values)
	}
	return looked, closed, nil
}

// GiveUpKeys ends everything that is sealed, for good, because its keyset is
// lost. Authenticators stay enabled: the password alone lets nobody in who had
// one, but recovery codes do, and so does deleting the setup.
func GiveUpKeys(ctx context.Context, db *store.DB, actor portico.Actor) error {
	err := db.Update(ctx, actor, func(tx *store.Tx) error {
		if err := tx.ForgetSealed(); err != nil {
			return err
		}
		return audit.Record(tx, portico.Event{CustomerID: portico.ProviderID, Action: portico.KeysReplaced, Actor: actor})
	})
	if err != nil {
		return fmt.Errorf("giving up the lost keys: %w", err)
	}
	return nil
}
