package maintenance

import (
	"context"
	"fmt"

	"portico"
	"portico/internal/audit"
	"portico/internal/auth"
	"portico/internal/seal"
	"portico/internal/store"
	"portico/internal/totp"
)

// RevokeRestored makes a database that was restored from a backup safe to use. The
// backup brings back sessions, links and remembered devices that have ended
// since, so RevokeRestored ends all of them. It also uses up all time steps up to
// the next one: no code counts that an attacker may have seen by now, even from
// a phone with a clock that is ahead. See store.Tx.RevokeAll for what else
// ends.
func RevokeRestored(ctx context.Context, db *store.DB, actor portico.Actor) error {
	err := db.Update(ctx, actor, func(tx *store.Tx) error {
		if err := tx.RevokeAll(totp.Step(tx.Now) + 1); err != nil {
			return err
		}
		if err := tx.RecordRestore(); err != nil {
			return err
		}
		return audit.Record(tx, portico.Event{CustomerID: portico.ProviderID, Action: portico.PortalRestored, Actor: actor})
	})
	if err != nil {
		return fmt.Errorf("ending what was issued before: %w", err)
	}
	return nil
}

// CheckKeys tries to open up to most sealed values of each place. It returns
// how many values it tried, and how many of them the keyset does not open.
func CheckKeys(ctx context.Context, db *store.DB, keys *seal.Keys, most int) (looked, closed int, err error) {
	for _, place := range store.SealedPlaces {
		values, err := db.Read(ctx).SealedOtherwise(place, []byte{}, "", most)
		if err != nil {
			return 0, 0, err
		}
		closed += Closed(keys, values)
		looked += len(values)
	}
	return looked, closed, nil
}

// Closed returns how many of the values the keyset does not open.
func Closed(keys *seal.Keys, values []store.Sealed) (closed int) {
	for _, v := range values {
		if _, err := keys.Open(v.Value, v.Owner, v.Place.Purpose); err != nil {
			closed++ // the caller reports it
		}
	}
	return closed
}

// AbandonKeys deletes all sealed values for good, because their keyset is lost.
// Authenticators stay enabled: users who had one cannot log in with the
// password alone, but can with a recovery code or after a reset of their setup.
// From then on the keyset of the database is keys: the first secret is sealed with
// them, so that the old keyset, if it turns up again, is the wrong one.
func AbandonKeys(ctx context.Context, db *store.DB, keys *seal.Keys, actor portico.Actor) error {
	err := db.Update(ctx, actor, func(tx *store.Tx) error {
		if err := tx.ForgetSealed(); err != nil {
			return err
		}
		if err := auth.MakeNamesKey(tx, keys); err != nil {
			return err
		}
		return audit.Record(tx, portico.Event{CustomerID: portico.ProviderID, Action: portico.KeysReplaced, Actor: actor})
	})
	if err != nil {
		return fmt.Errorf("giving up the lost keys: %w", err)
	}
	return nil
}
