package twofactorreset

import (
	"context"
	"fmt"

	"portico"
	"portico/internal/store"
)

// Cancel ends an open request. Its target may do so, and anyone who could have
// made the request.
func (s *Service) Cancel(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.ResetID) error {
	if !actor.Can(portico.ResetTwoFactor, c) {
		return portico.ErrForbidden
	}
	err := s.db.Update(ctx, actor, func(tx *store.Tx) error {
		r, err := tx.Reset(c, id)
		if err != nil {
			return store.NotFound(err, errNoRequest)
		}
		target, err := tx.User(c, r.Target)
		if err != nil {
			return err
		}
		if !maySee(actor, r.ResetRequest, target) {
			return portico.ErrForbidden
		}
		return cancel(tx, &r, actor, "")
	})
	if err != nil {
		return fmt.Errorf("cancelling a reset: %w", err)
	}
	return nil
}

// OpenFor returns the open request to delete the actor's own setup, or a zero
// request if there is none.
func (s *Service) OpenFor(ctx context.Context, actor portico.Actor) (portico.ResetRequest, error) {
	r, err := s.db.Read(ctx).OpenReset(actor.CustomerID, actor.UserID)
	return r.ResetRequest, store.NotFound(err, nil)
}

// CancelOwn cancels the open request to delete the actor's own setup: a user who
// is logged in does not need it. It returns nil if there is none.
func (s *Service) CancelOwn(ctx context.Context, actor portico.Actor) error {
	err := s.db.Update(ctx, actor, func(tx *store.Tx) error {
		r, err := tx.OpenReset(actor.CustomerID, actor.UserID)
		if err != nil {
			return store.NotFound(err, nil)
		}
		return cancel(tx, &r, actor, "by the user")
	})
	if err != nil {
		return fmt.Errorf("keeping the setup: %w", err)
	}
	return nil
}
