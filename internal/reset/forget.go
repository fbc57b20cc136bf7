package reset

import (
	"context"
	"fmt"
	"time"

	"portico"
	"portico/internal/store"
)

// kept is how long requests stay that have ended. What they were stays in the
// audit log, as long as the policy keeps that.
const kept = 365 * 24 * time.Hour

// Forget removes requests that ended long ago. It is called again and again.
func (s *Service) Forget(ctx context.Context) error {
	for n := int64(1); n > 0; {
		err := s.db.Update(ctx, portico.System(portico.Origin{}), func(tx *store.Tx) (err error) {
			n, err = tx.ForgetResets(tx.Now.Add(-kept))
			return err
		})
		if err != nil {
			return fmt.Errorf("removing old requests: %w", err)
		}
	}
	return nil
}
