package twofactorreset

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portico"
	"portico/internal/store"
)

// RunDue advances the requests of all customers that are due: it carries them
// out, or ends those that have expired. Several programs may run it on one
// database, because a request ends only once.
func (s *Service) RunDue(ctx context.Context) error {
	const batch = 50
	due, err := s.db.Read(ctx).ResetsToCheck(batch)
	if err != nil {
		return err
	}
	var failed error
	for _, r := range due {
		err := s.change(ctx, portico.System(portico.Origin{}), r.CustomerID, r.ID, func(*store.Tx, *store.Reset, store.Account) error { return nil })
		if err != nil && !portico.Conflict.Is(err) { // a Conflict: another program was faster, or the request was cancelled
			failed = errors.Join(failed, fmt.Errorf("carrying out the reset %s: %w", r.ID, err))
		}
	}
	return failed
}

// requestsKept is how long ended requests are kept. Their events stay in the
// audit log for as long as the policy says.
const requestsKept = 365 * 24 * time.Hour

// Forget removes requests that ended long ago.
func (s *Service) Forget(ctx context.Context) error {
	for {
		n, err := store.Update(ctx, s.db, portico.System(portico.Origin{}), func(tx *store.Tx) (int64, error) {
			return tx.ForgetResets(tx.Now.Add(-requestsKept))
		})
		if err != nil {
			return fmt.Errorf("removing old requests: %w", err)
		}
		if n == 0 {
			return nil
		}
	}
}
