package twofactorreset

import (
	"context"
	"fmt"

	"portico"
	"portico/internal/store"
	"portico/internal/users"
)

// Approve approves a request in the name of an administrator of the customer
// other than the requester. The web asks the approver to confirm first.
func (s *Service) Approve(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.ResetID) error {
	if !actor.Can(portico.ResetTwoFactor, c) || actor.Kind != portico.ActorUser {
		return portico.ErrForbidden
	}
	err := s.change(ctx, actor, c, id, func(tx *store.Tx, r *store.Reset, target store.Account) error {
		a, err := tx.Account(actor.UserID)
		if err != nil {
			return err
		}
		step, err := next(&tx.Reader, *r, target)
		if err != nil {
			return err
		}
		if r.ResetRequest, err = r.Approve(a.User, a.Epoch, tx.Now); err != nil {
			return err
		}
		established, err := users.Established(&tx.Reader, target.Customer, a.ID)
		if err != nil {
			return err
		}
		if !established {
			return portico.E(portico.Forbidden, "Your account is new or was changed less than 7 days ago, so you cannot approve yet.")
		}
		if step.Need != portico.NeedsApproval {
			return errNotYet
		}
		requester, err := requesterEstablished(&tx.Reader, target.Customer, r.Requester)
		if err != nil {
			return err
		}
		if !requester {
			return portico.E(portico.Forbidden, "The requester's account is new or was changed less than 7 days ago. Cancel this request and make one yourself, so that a colleague can approve it.")
		}
		return record(tx, actor, portico.ResetApproved, r.ResetRequest, r.Told(""))
	})
	if err != nil {
		return fmt.Errorf("approving a reset: %w", err)
	}
	return nil
}
