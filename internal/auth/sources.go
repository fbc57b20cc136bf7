package auth

import (
	"context"
	"fmt"

	"portico"
	"portico/internal/store"
)

// mostSources is how many sources the throttle remembers of each kind. More than
// these fail within an hour only when that many hashes are made in it.
const mostSources = 100_000

// ForgetFailures removes failures that count no longer, and the oldest of
// sources, of which strangers can have any number. It is called every minute.
func (s *Service) ForgetFailures(ctx context.Context) error {
	for _, kind := range []string{networkBucket, addressBucket, subnetBucket} {
		err := s.db.Update(ctx, portico.System(portico.Origin{}), func(tx *store.Tx) error { return tx.DropFailures(kind, mostSources) })
		if err != nil {
			return fmt.Errorf("removing old failures: %w", err)
		}
	}
	return nil
}
