package users

import (
	"context"
	"fmt"

	"portico"
	"portico/internal/store"
)

// FreeLoginIDs removes the login IDs that were held back and are free again, so
// that they are not kept for longer than is said. Several programs may run it.
func (s *Service) FreeLoginIDs(ctx context.Context) error {
	const batch = 1000
	for {
		n, err := store.Update(ctx, s.db, portico.System(portico.Origin{}), func(tx *store.Tx) (int64, error) { return tx.FreeLoginIDs(batch) })
		if err != nil {
			return fmt.Errorf("freeing login IDs: %w", err)
		}
		if n < batch {
			return nil
		}
	}
}
