package twofactorreset

import (
	"context"
	"errors"

	"portico"
	"portico/internal/store"
)

// update runs f in a transaction, and returns the request as f leaves it. If f
// returns a Refusal, what f has written is committed, and the Refusal is returned.
func (s *Service) update(ctx context.Context, actor portico.Actor, f func(*store.Tx) (store.Reset, error)) (store.Reset, error) {
	type result struct {
		request store.Reset
		refused *portico.Refusal
	}
	done, err := store.Update(ctx, s.db, actor, func(tx *store.Tx) (done result, err error) {
		if done.request, err = f(tx); errors.As(err, &done.refused) {
			return done, nil
		}
		return done, err
	})
	if err == nil && done.refused != nil {
		return store.Reset{}, done.refused
	}
	return done.request, err
}

// change runs f on an open request and then advances the request. If the request
// cannot go on, it is cancelled, and a Conflict error says why.
func (s *Service) change(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.ResetID, f func(*store.Tx, *store.Reset, store.Account) error) error {
	peek, err := s.db.Read(ctx).Reset(c, id)
	if err != nil {
		return store.NotFound(err, errNoRequest)
	}
	code, err := s.codeFor(ctx, c, peek.Target, peek.Rule)
	if err != nil {
		return err
	}
	_, err = s.update(ctx, actor, func(tx *store.Tx) (store.Reset, error) {
		r, target, err := s.loadOpen(tx, c, id)
		if err != nil {
			return r, err
		}
		if err := f(tx, &r, target); err != nil {
			return r, err
		}
		err = s.advance(tx, &r, target, code)
		return r, err
	})
	return store.NotFound(err, errClosed)
}

// loadOpen returns an open request and its target. If the request cannot go on,
// it cancels the request and returns a Refusal that says why.
func (s *Service) loadOpen(tx *store.Tx, c portico.CustomerID, id portico.ResetID) (r store.Reset, target store.Account, err error) {
	if r, err = tx.Reset(c, id); err != nil {
		return r, target, store.NotFound(err, errNoRequest)
	}
	if r.State != portico.ResetOpen {
		return r, target, errClosed
	}
	if target, err = tx.Account(r.Target); err != nil {
		return r, target, err
	}
	err = checkOpen(tx, r, target)
	var refused *portico.Refusal
	if errors.As(err, &refused) {
		if err := cancel(tx, &r, portico.System(portico.Origin{}), refused.Reason.Text); err != nil {
			return r, target, err
		}
	}
	return r, target, err
}

// cannotGoOn returns the refusal of a request that is cancelled. text tells the
// person, and reason the audit log.
func cannotGoOn(reason, text portico.Text) error {
	return &portico.Refusal{Err: portico.E(portico.Conflict, text), Reason: portico.Say(reason)}
}

// checkOpen checks that an open request can go on, with its users as they are
// now. It returns a Refusal if not.
func checkOpen(tx *store.Tx, r store.Reset, target store.Account) error {
	switch {
	case !tx.ProvedReset(r):
		return cannotGoOn("someone other than the portal changed it in the database", "This request cannot continue and was cancelled: someone other than the portal changed it in the database.")
	case target.Status != portico.Active || target.Customer.Suspended():
		return cannotGoOn("the user cannot log in at the moment", "This request cannot continue and was cancelled: the user cannot log in at the moment.")
	case !r.AskedAt.After(target.EndedAt):
		return cannotGoOn("the customer has been suspended", "This request cannot continue and was cancelled: the customer has been suspended.")
	}
	different, err := setupChanged(tx, r, target)
	if err != nil {
		return err
	}
	if different {
		return cannotGoOn("the setup has been changed", "This request cannot continue and was cancelled: the setup has been changed.")
	}
	changed, err := tx.Changes(target.CustomerID, target.ID)
	if err != nil {
		return err
	}
	if changed.Standing.After(r.AskedAt) {
		return cannotGoOn("the user has been suspended or has another role now", "This request cannot continue and was cancelled: the user has been suspended or has another role now.")
	}
	if err := checkRequester(tx, r, target); err != nil {
		return err
	}
	if r.Approval.By == "" {
		return nil
	}
	a, err := tx.Account(r.Approval.By) // if the account is gone, a is empty and cannot approve
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if !portico.CanApprove(a.User, r.CustomerID) || a.Epoch != r.Approval.Epoch {
		return cannotGoOn("the approver may no longer approve", "This request cannot continue and was cancelled: the approver may no longer approve.")
	}
	return nil
}

// checkRequester checks that the requester could still ask for the reset. It
// returns a Refusal if the requester has lost the role, the account has ended or
// changed its password or authenticator, or the customer has revoked provider
// access.
func checkRequester(tx *store.Tx, r store.Reset, target store.Account) error {
	gone := cannotGoOn("the requester may no longer ask for it", "This request cannot continue and was cancelled: the requester may no longer ask for it.")
	if r.Requester.Kind != portico.ActorUser {
		return gone // a request of the command line is never open: it is done at once
	}
	a, err := tx.Account(r.Requester.UserID)
	if err != nil {
		return store.NotFound(err, gone)
	}
	actor := portico.AsUser(a.User, r.Requester.Origin)
	if a.CustomerID != r.CustomerID {
		if actor, err = actor.Enter(target.Customer, tx.Now); err != nil {
			return gone
		}
	}
	if a.Status != portico.Active || a.Customer.Suspended() || a.PasswordExpired || a.Epoch != r.RequesterEpoch ||
		!actor.MayActOn(portico.ResetTwoFactor, target.User) {
		return gone
	}
	return nil
}
