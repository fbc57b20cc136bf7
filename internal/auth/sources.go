package auth

import (
	"context"
	"fmt"

	"portico"
	"portico/internal/store"
)

// mostSources is how many buckets of sources and of hashes are kept, for each
// kind. If failures come from more addresses within an hour, the limits of
// sources no longer stop them. The limits of the login IDs still do, because
// those buckets are kept.
const mostSources = 100_000

// ForgetFailures deletes expired failures, and the oldest buckets of sources
// and hashes, of which strangers could otherwise create any number. It is
// called every minute.
func (s *Service) ForgetFailures(ctx context.Context) error {
	for _, kind := range []string{networkBucket, addressBucket, subnetBucket, wrongNetworkBucket, hashBucket} {
		err := s.db.Update(ctx, portico.System(portico.Origin{}), func(tx *store.Tx) error { return tx.DropFailures(kind, mostSources) })
		if err != nil {
			return fmt.Errorf("removing old failures: %w", err)
		}
	}
	return nil
}
