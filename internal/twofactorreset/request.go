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

// Ask is what an actor requests.
type Ask struct {
	Reason          string
	InPerson        bool   // a reset code is shown to the actor instead of mailed
	AuthenticatorID string // of the only one to delete; "" for the whole setup
}

// Request requests that a user's 2FA setup, or one authenticator of it, be deleted.
// The web asks the actor to confirm first. If the customer's policy needs nothing
// more, it is deleted at once and the request is returned as done; otherwise the
// request waits for what it needs. Request returns a Conflict error if there is
// nothing to delete, the authenticator is the only one, a request is open already,
// or a limit is reached.
func (s *Service) Request(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.UserID, ask Ask) (portico.ResetRequest, error) {
	ask.Reason = strings.TrimSpace(ask.Reason)
	if !actor.Can(portico.ResetTwoFactor, c) {
		return portico.ResetRequest{}, portico.ErrForbidden
	}
	code, err := s.codeFor(ctx, c, id, portico.ResetRule{})
	if err != nil {
		return portico.ResetRequest{}, err
	}
	r, err := s.update(ctx, actor, func(tx *store.Tx) (store.Reset, error) {
		target, err := users.Target(tx, actor, portico.ResetTwoFactor, c, id)
		if err != nil {
			return store.Reset{}, err
		}
		r, err := s.newRequest(tx, actor, target, ask)
		if err != nil {
			return r, err
		}
		if err := s.rateLimit(tx, r, target); err != nil {
			return r, err
		}
		err = s.create(tx, &r, target, code)
		return r, err
	})
	if errors.Is(err, store.ErrTaken) {
		return portico.ResetRequest{}, errAlreadyOpen
	}
	if err != nil {
		return portico.ResetRequest{}, fmt.Errorf("deleting a 2FA setup: %w", err)
	}
	return r.ResetRequest, nil
}

// create stores a new request and advances it.
func (s *Service) create(tx *store.Tx, r *store.Reset, target store.Account, code auth.ResetCode) error {
	if err := tx.CreateReset(r.CustomerID, *r); err != nil {
		return err
	}
	if err := s.advance(tx, r, target, code); err != nil || r.State != portico.ResetOpen {
		return err
	}
	if err := s.notifyTarget(tx, *r, target, mail.TwoFactorResetRequested, ""); err != nil {
		return err
	}
	if r.Only.ID != "" {
		return record(tx, r.Requester, portico.ResetRequested, r.ResetRequest, portico.Say("Only {0}. Reason: {1}", r.Only.Named(), r.Reason))
	}
	return record(tx, r.Requester, portico.ResetRequested, r.ResetRequest, portico.Say("Reason: {0}", r.Reason))
}

// CheckReason returns an Invalid error about the field reason if a request needs another
// one.
func CheckReason(reason string) error { return portico.CheckReason(reason, "Enter the reason.") }

// newRequest checks that the actor may make the request, and returns it.
func (s *Service) newRequest(tx *store.Tx, actor portico.Actor, target store.Account, ask Ask) (store.Reset, error) {
	if err := CheckReason(ask.Reason); err != nil {
		return store.Reset{}, err
	}
	what, err := subjectOf(tx, target, ask.AuthenticatorID)
	if err != nil {
		return store.Reset{}, err
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
		ask.InPerson = true // it prints the code
	}
	approvers, err := approversOf(&tx.Reader, target.Customer, actor.UserID, target.ID)
	if err != nil {
		return store.Reset{}, err
	}
	if rule.TwoPeople && approvers.Count() > 0 {
		established, err := requesterEstablished(&tx.Reader, target.Customer, actor)
		if err != nil {
			return store.Reset{}, err
		}
		if !established {
			return store.Reset{}, errNewRequester
		}
	}
	id, err := store.NewID()
	if err != nil {
		return store.Reset{}, err
	}
	r := portico.ResetRequest{
		ID: portico.ResetID(id), CustomerID: target.CustomerID, Target: target.ID,
		TargetName: target.NameAndLogin(), Setup: what.setup, Only: what.only,
		Requester: actor, Reason: ask.Reason, Rule: rule, NoApprover: approvers.Count() == 0, DeliverInPerson: ask.InPerson,
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

// cancelOpen cancels the open request about a user, if any, because the command
// line does not wait for it.
func (s *Service) cancelOpen(tx *store.Tx, actor portico.Actor, target store.Account) error {
	open, err := tx.OpenReset(target.CustomerID, target.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return cancel(tx, &open, actor, "the command line was faster")
}

// codeFor returns a new reset code if a reset that is done now would mail one. It
// is made before the transaction, because hashing is slow. If the policy asks for
// a code only since then, there is none, and it is delivered in person.
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
