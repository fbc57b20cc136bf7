package auth

import (
	"context"
	"fmt"

	"portico"
	"portico/internal/store"
)

// countHash is hashesAllow for an attempt at the password of an account. It
// does nothing for codes and for unknown login IDs.
func countHash(tx *store.Tx, kind string, a store.Account, browserID string) error {
	if kind != passwordBucket || a.ID == "" {
		return nil
	}
	return hashesAllow(tx, a.ID, browserID)
}

// hashesAllow records one password hash of an account. place is a known device,
// "session", "link", or "" for everywhere else, and each place has a limit of
// its own. hashesAllow returns TooMany if there were too many hashes, of right
// and wrong passwords together.
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

// chargeHash is hashesAllow in a transaction of its own. Hashes without an
// account, such as those of commands, are not counted.
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

// forgetPasswords resets the failures of a user's password after it was changed.
// It also resets the note of guessed codes, so that the user is notified again of
// somebody who knows the new password.
func forgetPasswords(tx *store.Tx, id portico.UserID) error {
	for _, kind := range []string{passwordBucket, shareBucket, networkBucket, toldBucket} {
		if err := tx.ClearFailuresOf(id, kind); err != nil {
			return err
		}
	}
	return nil
}

// forgetAfterChange resets failures after a user has changed the password in a
// session. With 2FA enabled, the session has proved the authenticator, and
// anybody who guessed codes knew only the old password. So all failures are
// reset, and without 2FA those of the password alone.
func forgetAfterChange(tx *store.Tx, a store.Account) error {
	if a.TwoFactor == portico.TwoFactorEnabled {
		return tx.ClearFailures(a.ID)
	}
	return forgetPasswords(tx, a.ID)
}
