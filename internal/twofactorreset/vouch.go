package twofactorreset

import (
	"context"
	"fmt"

	"portico"
	"portico/internal/store"

	"portico/internal/users"
)

// VouchFor says what a colleague is asked to vouch for: of the same customer,
// with 2FA enabled, neither who asks nor whose setup it is. NotFound for
// everybody else, and where nothing waits for it.
func (s *Service) VouchFor(ctx context.Context, u portico.User, id portico.ResetID) (portico.ResetRequest, error) {
	r, err := s.db.Read(ctx).Reset(u.CustomerID, id)
	if err != nil {
		return portico.ResetRequest{}, store.NotFound(err, errNoRequest)
	}
	return r.ResetRequest, mayVouch(u, r)
}

func mayVouch(u portico.User, r store.Reset) error {
	switch {
	case u.ID == r.Target || u.ID == r.Requester.UserID:
		return portico.E(portico.Forbidden, "A colleague has to vouch: neither who asks nor whose setup it is.")
	case u.TwoFactor != portico.TwoFactorEnabled:
		return portico.E(portico.Forbidden, "To vouch for somebody, you need Two Factor Authentication yourself.")
	case r.State != portico.ResetOpen || r.Proof.Kind != "":
		return portico.E(portico.Gone, "Nobody has to vouch here any more.")
	}
	return nil
}

// Vouch records that a colleague vouches. The web asks for the colleague's own
// password and code just before.
func (s *Service) Vouch(ctx context.Context, actor portico.Actor, id portico.ResetID) error {
	err := s.change(ctx, actor, actor.CustomerID, id, func(tx *store.Tx, r *store.Reset, target store.Account) error {
		u, err := tx.User(actor.CustomerID, actor.UserID)
		if err != nil {
			return store.NotFound(err, portico.ErrForbidden)
		}
		if err := mayVouch(u, *r); err != nil {
			return err
		}
		known, err := users.Established(&tx.Reader, target.Customer, u.ID)
		if err != nil {
			return err
		}
		if !known {
			return portico.E(portico.Forbidden, "Your account is new or was changed less than 7 days ago, so that it cannot vouch yet. Ask another colleague.")
		}
		return s.recordProof(tx, actor, r, portico.ResetProof{Kind: portico.ProofVouched})
	})
	if err != nil {
		return fmt.Errorf("vouching: %w", err)
	}
	return nil
}
