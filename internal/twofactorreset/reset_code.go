package twofactorreset

import (
	"context"
	"fmt"
	"time"

	"portico"
	"portico/internal/auth"
	"portico/internal/store"
)

// mayShowCode reports whether the reset code of a request can still be delivered
// in person.
func mayShowCode(r store.Reset, target store.Account, now time.Time) bool {
	return r.State == portico.ResetDone && r.Only.ID == "" && r.DeliverInPerson && r.CodeShownAt.IsZero() && target.EnrolmentPending &&
		now.Before(r.EndedAt.Add(portico.ResetCodeTTL))
}

// ShowCode issues the reset code of a request that is done, for the requester to
// deliver in person. It is shown only here, and only once.
func (s *Service) ShowCode(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.ResetID) (string, error) {
	code := auth.NewResetCode()
	err := s.db.Update(ctx, actor, func(tx *store.Tx) error {
		r, err := tx.Reset(c, id)
		if err != nil {
			return store.NotFound(err, errNoRequest)
		}
		if !actor.Can(portico.ResetTwoFactor, c) || actor.Kind != r.Requester.Kind || actor.UserID != r.Requester.UserID {
			return portico.ErrForbidden
		}
		target, err := tx.Account(r.Target)
		if err != nil {
			return err
		}
		if !tx.ProvedReset(r) || !mayShowCode(r, target, tx.Now) || actor.Kind == portico.ActorUser && !actor.MayActOn(portico.ResetTwoFactor, target.User) {
			return errNoCode
		}
		if err := tx.ShowResetCode(c, id); err != nil {
			return store.NotFound(err, errNoCode)
		}
		return code.Issue(tx, actor, target)
	})
	if err != nil {
		return "", fmt.Errorf("showing the reset code: %w", err)
	}
	return code.Plain, nil
}
