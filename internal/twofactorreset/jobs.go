package twofactorreset

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portico"
	"portico/internal/store"
)

// RunDue does what is due, and ends what is over, of all customers. Several
// programs may do so at once: a request is ended once.
func (s *Service) RunDue(ctx context.Context) error {
	const batch = 50
	due, err := s.db.Read(ctx).ResetsToCheck(batch)
	if err != nil {
		return err
	}
	var failed error
	for _, r := range due {
		err := s.change(ctx, portico.System(portico.Origin{}), r.CustomerID, r.ID, func(*store.Tx, *store.Reset, store.Account) error { return nil })
		if err != nil && !portico.Conflict.Is(err) { // another was faster, or it was cancelled: its page says why
			failed = errors.Join(failed, fmt.Errorf("carrying out the reset %s: %w", r.ID, err))
		}
	}
	return failed
}

// requestsKept is how long requests stay that have ended. What they were stays in the
// audit log, as long as the policy keeps that.
const requestsKept = 365 * 24 * time.Hour

// Forget removes requests that ended long ago. It is called again and again.
func (s *Service) Forget(ctx context.Context) error {
	for n := int64(1); n > 0; {
		err := s.db.Update(ctx, portico.System(portico.Origin{}), func(tx *store.Tx) (err error) {
			n, err = tx.ForgetResets(tx.Now.Add(-requestsKept))
			return err
		})
		if err != nil {
			return fmt.Errorf("removing old requests: %w", err)
		}
	}
	return nil
}
