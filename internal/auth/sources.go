package auth

import (
	"context"
	"fmt"

	"portico"
	"portico/internal/store"
)

// mostSources is how many sources the throttle remembers of each kind, and in how
// many browsers hashes are counted. Whoever fails from more addresses within an
// hour is not held by those, but by the buckets of the login IDs, which stay.
const mostSources = 100_000

// ForgetFailures removes failures that count no longer, and the oldest of
// sources, of which strangers can have any number. It is called every minute.
func (s *Service) ForgetFailures(ctx context.Context) error {
	for _, kind := range []string{networkBucket, addressBucket, subnetBucket, wrongNetworkBucket, hashBucket} {
		err := s.db.Update(ctx, portico.System(portico.Origin{}), func(tx *store.Tx) error { return tx.DropFailures(kind, mostSources) })
		if err != nil {
			return fmt.Errorf("removing old failures: %w", err)
		}
	}
	return nil
}
