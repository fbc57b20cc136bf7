package twofactorreset

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"portico"
	"portico/internal/auth"
	"portico/internal/mail"
	"portico/internal/store"

	"portico/internal/users"
)

// Request is where a 2FA setup is asked to be deleted. The web asks the actor to
// confirm the own identity before. Where the customer's policy asks for
// nothing more it is done with that, and the request comes back as done; else
// it waits for what it needs. handOver shows the one-time code, if the policy
// asks for one, to the actor in place of mailing it. Conflict when there is
// nothing to delete, a request is open already, or the actor was stopped.
func (s *Service) Request(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.UserID, reason string, handOver bool) (portico.ResetRequest, error) {
	if !actor.Can(portico.ResetTwoFactor, c) {
		return portico.ResetRequest{}, portico.ErrForbidden
	}
	code, err := s.codeFor(ctx, c, id, portico.ResetRule{})
	if err != nil {
		return portico.ResetRequest{}, err
	}
	var r store.Reset
	var stopped error
	err = s.db.Update(ctx, actor, func(tx *store.Tx) error {
		target, err := users.Target(tx, actor, portico.ResetTwoFactor, c, id)
		if err != nil {
			return err
		}
		if r, err = s.newRequest(tx, actor, target, strings.TrimSpace(reason), handOver); err != nil {
			return err
		}
		if stopped, err = s.rateLimit(tx, r, target); err != nil || stopped != nil {
			return err
		}
		return s.store(tx, &r, target, code)
	})
	if errors.Is(err, store.ErrTaken) {
		return portico.ResetRequest{}, errAlreadyOpen
	}
	if err == nil {
		err = stopped
	}
	if err != nil {
		return portico.ResetRequest{}, fmt.Errorf("deleting a 2FA setup: %w", err)
	}
	return r.ResetRequest, nil
}

// store stores a new request and takes it as far as it goes now.
func (s *Service) store(tx *store.Tx, r *store.Reset, target store.Account, code auth.ResetCode) error {
	if err := tx.CreateReset(r.CustomerID, *r); err != nil {
		return err
	}
	if err := s.advance(tx, r, target, code); err != nil || r.State != portico.ResetOpen {
		return err
	}
	if err := s.notifyTarget(tx, *r, target, mail.TwoFactorResetRequested, ""); err != nil {
		return err
	}
	return record(tx, r.Requester, portico.ResetRequested, r.ResetRequest, "Reason: "+r.Reason)
}

// newRequest makes the request as it stands when it is asked for.
func (s *Service) newRequest(tx *store.Tx, actor portico.Actor, target store.Account, reason string, handOver bool) (store.Reset, error) {
	if err := users.CheckReason(reason, "Enter why the 2FA setup is deleted."); err != nil {
		return store.Reset{}, err
	}
	if target.AuthenticatorID == "" && !target.EnrolmentPending {
		return store.Reset{}, errNoSetup
	}
	rule, err := ruleOf(&tx.Reader, actor, target)
	if err != nil {
		return store.Reset{}, err
	}
	if !rule.AtOnce() && target.Status != portico.Active {
		return store.Reset{}, errNotActive
	}
	if actor.Kind == portico.ActorCommandLine {
		if err := s.cancelOpen(tx, actor, target); err != nil {
			return store.Reset{}, err
		}
		handOver = true // it prints the code
	}
	could, err := approvers(&tx.Reader, target.Customer, actor.UserID, target.ID)
	if err != nil {
		return store.Reset{}, err
	}
	if rule.TwoPeople && could.Others() > 0 {
		if counts, err := requesterEstablished(&tx.Reader, target.Customer, actor); err != nil || !counts {
			return store.Reset{}, errors.Join(err, errNewRequester)
		}
	}
	id, err := store.NewID()
	if err != nil {
		return store.Reset{}, err
	}
	r := portico.ResetRequest{
		ID: portico.ResetID(id), CustomerID: target.CustomerID, Target: target.ID,
		TargetName: portico.Event{}.Target(target.User).TargetName, AuthenticatorID: target.AuthenticatorID,
		Requester: actor, Reason: reason, Rule: rule, NoApprover: could.Others() == 0, DeliverInPerson: handOver,
		HelpDeskPhrase: newHelpDeskPhrase(), AskedAt: tx.Now, State: portico.ResetOpen,
	}
	if actor.Kind == portico.ActorUser {
		requester, err := tx.Account(actor.UserID)
		if err != nil {
			return store.Reset{}, err
		}
		r.RequesterEpoch = requester.Epoch
	}
	return store.Reset{ResetRequest: r, NextCheckAt: tx.Now}, nil
}

// cancelOpen takes the place of whatever is under way.
func (s *Service) cancelOpen(tx *store.Tx, actor portico.Actor, target store.Account) error {
	open, err := tx.OpenReset(target.CustomerID, target.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.cancel(tx, &open, actor, "the command line was faster")
}

// codeFor makes a one-time code where a reset that is done now would mail one.
// It is hashed outside of the transaction; where the policy has changed
// meanwhile and none is at hand, it is handed over instead.
func (s *Service) codeFor(ctx context.Context, c portico.CustomerID, id portico.UserID, asked portico.ResetRule) (auth.ResetCode, error) {
	r := s.db.Read(ctx)
	if _, err := r.User(c, id); err != nil {
		return auth.ResetCode{}, store.NotFound(err, users.ErrNobody)
	}
	target, err := r.Account(id)
	if err != nil {
		return auth.ResetCode{}, err
	}
	rule, err := ruleFor(r, target)
	if err != nil || !rule.Stricter(asked).ResetCode {
		return auth.ResetCode{}, err
	}
	return auth.NewResetCode(), nil
}
