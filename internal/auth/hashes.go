package auth

import (
	"context"
	"fmt"

	"portico"
	"portico/internal/store"
)

// countHash is hashesAllow for an attempt at a password of somebody.
func countHash(tx *store.Tx, kind string, a store.Account, browserID string) error {
	if kind != passwordBucket || a.ID == "" {
		return nil
	}
	return hashesAllow(tx, a.ID, browserID)
}

// hashesAllow counts one hash of an account in a known browser, or elsewhere for
// "". TooMany when there were enough, right ones also.
func hashesAllow(tx *store.Tx, id portico.UserID, place string) error {
	f, err := failures(&tx.Reader, hashBucket+"/"+string(id)+"/"+place, hashBucket, id)
	if err != nil {
		return err
	}
	if wait := waitFor(f, tx.Now, 1); wait > 0 {
		return tooMany("Too many log-ins and passwords in a short time.", wait)
	}
	return tx.PutFailures(fail(f, tx.Now))
}

// chargeHash is hashesAllow in a transaction of its own. What nobody's account
// asks for, such as a command, is not counted.
func (s *Service) chargeHash(ctx context.Context, o portico.Origin, id portico.UserID, place string) error {
	if id == "" {
		return nil
	}
	err := s.db.Update(ctx, portico.System(o), func(tx *store.Tx) error { return hashesAllow(tx, id, place) })
	if err != nil {
		return fmt.Errorf("counting a hash: %w", err)
	}
	return nil
}

// forgetPasswords takes back the failures of a person's password, which was
// changed.
func forgetPasswords(tx *store.Tx, id portico.UserID) error {
	for _, kind := range []string{passwordBucket, shareBucket, networkBucket} {
		if err := tx.ClearFailuresOf(id, kind); err != nil {
			return err
		}
	}
	return nil
}

// forgetAfterChange takes back what failed before a person changed the password
// in a session. With 2FA enabled that session has proved the authenticator, and
// whoever guessed codes knew only the old password.
func forgetAfterChange(tx *store.Tx, a store.Account) error {
	if a.TwoFactor == portico.TwoFactorEnabled {
		return tx.ClearFailures(a.ID)
	}
	return forgetPasswords(tx, a.ID)
}
