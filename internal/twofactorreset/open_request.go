package twofactorreset

import (
	"context"
	"errors"

	"portico"
	"portico/internal/auth"
	"portico/internal/store"
)

// change runs one change of an open request and takes it as far as it goes then.
// Where the request can go on no longer it is cancelled, which is a Conflict.
func (s *Service) change(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.ResetID, f func(*store.Tx, *store.Reset, store.Account) error) error {
	peek, err := s.db.Read(ctx).Reset(c, id)
	if err != nil {
		return store.NotFound(err, errNoRequest)
	}
	code, err := s.codeFor(ctx, c, peek.Target, peek.Rule)
	if err != nil {
		return err
	}
	return s.changeWith(ctx, actor, c, id, code, f)
}

func (s *Service) changeWith(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.ResetID, code auth.ResetCode,
	f func(*store.Tx, *store.Reset, store.Account) error,
) error {
	var why string
	err := s.db.Update(ctx, actor, func(tx *store.Tx) error {
		r, target, died, err := s.loadOpen(tx, c, id)
		if why = died; err != nil || died != "" {
			return err
		}
		if err := f(tx, &r, target); err != nil {
			return err
		}
		return s.advance(tx, &r, target, code)
	})
	if err == nil && why != "" {
		err = portico.E(portico.Conflict, "This request cannot go on and was cancelled: "+why+".")
	}
	return store.NotFound(err, errClosed)
}

// loadOpen is an open request with its person, and is ended here when it cannot
// go on.
func (s *Service) loadOpen(tx *store.Tx, c portico.CustomerID, id portico.ResetID) (r store.Reset, target store.Account, why string, err error) {
	if r, err = tx.Reset(c, id); err != nil {
		return r, target, "", store.NotFound(err, errNoRequest)
	}
	if r.State != portico.ResetOpen {
		return r, target, "", errClosed
	}
	if target, err = tx.Account(r.Target); err != nil {
		return r, target, "", err
	}
	if !tx.ProvedReset(r) {
		why = "it was changed in the database, and not by the portal"
		return r, target, why, s.cancel(tx, &r, portico.System(portico.Origin{}), why)
	}
	if why, err = closeReason(tx, r, target); err != nil || why == "" {
		return r, target, "", err
	}
	return r, target, why, s.cancel(tx, &r, portico.System(portico.Origin{}), why)
}

// closeReason says why an open request cannot go on, "" when it can: the people in it
// is asked for again as they are now.
func closeReason(tx *store.Tx, r store.Reset, target store.Account) (string, error) {
	switch {
	case target.Status != portico.Active || target.Customer.Suspended():
		return "the person cannot log in at present", nil
	case !r.AskedAt.After(target.EndedAt):
		return "the customer was suspended meanwhile", nil
	case target.AuthenticatorID != r.AuthenticatorID || r.AuthenticatorID == "" && !target.EnrolmentPending:
		return "the setup was changed meanwhile", nil
	}
	changed, err := tx.Changes(target.CustomerID, target.ID)
	if err != nil {
		return "", err
	}
	if changed.Standing.After(r.AskedAt) {
		return "the person was suspended or given another role meanwhile", nil
	}
	if why, err := requesterCloseReason(tx, r, target); why != "" || err != nil {
		return why, err
	}
	if r.Approval.By == "" {
		return "", nil
	}
	a, err := tx.Account(r.Approval.By) // of nobody any more, it approves nothing
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return "", err
	}
	if !portico.CanApprove(a.User, r.CustomerID) || a.Epoch != r.Approval.Epoch {
		return "who approved could not do so now", nil
	}
	return "", nil
}

// requesterCloseReason says why the requester could not ask now: the role was lost, the
// account ended or changed its password or authenticator, the customer closed
// the provider's access.
func requesterCloseReason(tx *store.Tx, r store.Reset, target store.Account) (string, error) {
	const gone = "who asked could not do so now"
	if r.Requester.Kind != portico.ActorUser {
		return gone, nil // the command line's are done at once
	}
	a, err := tx.Account(r.Requester.UserID)
	if errors.Is(err, store.ErrNotFound) {
		return gone, nil
	}
	if err != nil {
		return "", err
	}
	actor := portico.AsUser(a.User, r.Requester.Origin)
	if a.CustomerID != r.CustomerID {
		if actor, err = actor.Enter(target.Customer, tx.Now); err != nil {
			return gone, nil //nolint:nilerr // it says why not
		}
	}
	if a.Status != portico.Active || a.Customer.Suspended() || a.PasswordExpired || a.Epoch != r.RequesterEpoch ||
		!actor.MayActOn(portico.ResetTwoFactor, target.User) {
		return gone, nil
	}
	return "", nil
}
