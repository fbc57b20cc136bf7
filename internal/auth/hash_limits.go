package auth

import (
	"context"
	"fmt"

	"portico"
	"portico/internal/store"
)

// recordPasswordHash is recordHashIn for an attempt at the password of an account. It
// does nothing for codes and for unknown login IDs.
func recordPasswordHash(tx *store.Tx, kind string, a store.Account, browserID string) error {
	if kind != passwordBucket || a.ID == "" {
		return nil
	}
	return recordHashIn(tx, a.ID, browserID)
}

// recordHashIn records one password hash of an account. place is a known device,
// "session", "link", or "" for everywhere else, and each place has a limit of
// its own. recordHashIn returns TooMany if there were too many hashes, of right
// and wrong passwords together.
func recordHashIn(tx *store.Tx, id portico.UserID, place string) error {
	f, err := failures(&tx.Reader, hashBucket+"/"+string(id)+"/"+place, hashBucket, id)
	if err != nil {
		return err
	}
	if wait := waitFor(f, tx.Now); wait > 0 {
		return tooMany("Too many log-ins and passwords in a short time. Try again in {0}.", wait)
	}
	return tx.PutFailures(fail(f, tx.Now))
}

// recordHash is recordHashIn in a transaction of its own. Hashes without an
// account, such as those of commands, are not counted.
func (s *Service) recordHash(ctx context.Context, o portico.Origin, id portico.UserID, place string) error {
	if id == "" {
		return nil
	}
	err := s.db.Update(ctx, portico.System(o), func(tx *store.Tx) error { return recordHashIn(tx, id, place) })
	if err != nil {
		return fmt.Errorf("counting a hash: %w", err)
	}
	return nil
}
