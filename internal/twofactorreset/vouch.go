package twofactorreset

import (
	"context"
	"fmt"

	"portico"
	"portico/internal/store"
	"portico/internal/users"
)

// VouchFor returns the request that a colleague is asked to vouch for. It returns
// a NotFound error for a request of another customer, a Forbidden error for a
// user who may not vouch, and a Gone error if the request needs no proof.
func (s *Service) VouchFor(ctx context.Context, u portico.User, id portico.ResetID) (portico.ResetRequest, error) {
	r, err := s.db.Read(ctx).Reset(u.CustomerID, id)
	if err != nil {
		return portico.ResetRequest{}, store.NotFound(err, errNoRequest)
	}
	return r.ResetRequest, mayVouch(u, r)
}

// mayVouch checks that a user may vouch: one with 2FA, who is neither the
// requester nor the target.
func mayVouch(u portico.User, r store.Reset) error {
	switch {
	case u.ID == r.Target || u.ID == r.Requester.UserID:
		return portico.E(portico.Forbidden, "A colleague has to vouch: neither the requester nor the user whose setup it is.")
	case u.TwoFactor != portico.TwoFactorEnabled:
		return portico.E(portico.Forbidden, "To vouch for a colleague, you need Two Factor Authentication yourself.")
	case r.State != portico.ResetOpen || r.Proof.Kind != "":
		return portico.E(portico.Gone, "Nobody has to vouch for this request any more.")
	}
	return nil
}

// Vouch records that a colleague vouches. The web asks for the colleague's
// password and code immediately before.
func (s *Service) Vouch(ctx context.Context, actor portico.Actor, id portico.ResetID) error {
	err := s.change(ctx, actor, actor.CustomerID, id, func(tx *store.Tx, r *store.Reset, target store.Account) error {
		u, err := tx.User(actor.CustomerID, actor.UserID)
		if err != nil {
			return store.NotFound(err, portico.ErrForbidden)
		}
		if err := mayVouch(u, *r); err != nil {
			return err
		}
		established, err := users.Established(&tx.Reader, target.Customer, u.ID)
		if err != nil {
			return err
		}
		if !established {
			return portico.E(portico.Forbidden, "Your account is new or was changed less than 7 days ago, so you cannot vouch yet. Ask another colleague.")
		}
		return s.recordProof(tx, actor, r, portico.ResetProof{Kind: portico.ProofVouched})
	})
	if err != nil {
		return fmt.Errorf("vouching: %w", err)
	}
	return nil
}
