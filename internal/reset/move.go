package reset

import (
	"context"
	"errors"
	"fmt"

	"portico"
	"portico/internal/auth"
	"portico/internal/people"
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

// Approve lets a request go on, in the name of another administrator of the
// customer itself. The web asks for a lately confirmed identity.
func (s *Service) Approve(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.ResetID) error {
	if !actor.Can(portico.ResetTwoFactor, c) || actor.Kind != portico.ActorUser {
		return people.ErrForbidden
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
		known, err := people.Established(&tx.Reader, target.Customer, a.ID)
		if err != nil {
			return err
		}
		if !known {
			return portico.E(portico.Forbidden, "Your account is new or was changed less than 7 days ago, so that it cannot approve yet.")
		}
		if step.Need != portico.NeedsApproval {
			return errNotYet
		}
		counts, err := requesterCounts(&tx.Reader, target.Customer, r.Requester)
		if err != nil {
			return err
		}
		if !counts {
			return portico.E(portico.Forbidden, "The account of who asked is new or was changed less than 7 days ago. Cancel this request and ask yourself, so that a colleague approves.")
		}
		return record(tx, actor, portico.ResetApproved, r.ResetRequest, "")
	})
	if err != nil {
		return fmt.Errorf("approving a reset: %w", err)
	}
	return nil
}

// Cancel ends a request for good. Somebody who could request it may, and so may its
// person.
func (s *Service) Cancel(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.ResetID) error {
	if !actor.Can(portico.ResetTwoFactor, c) {
		return people.ErrForbidden
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
		if !sees(actor, r.ResetRequest, target) {
			return people.ErrForbidden
		}
		return s.cancel(tx, &r, actor, "")
	})
	if err != nil {
		return fmt.Errorf("cancelling a reset: %w", err)
	}
	return nil
}

// OpenFor is the open request to delete the actor's own setup, the zero one
// when there is none.
func (s *Service) OpenFor(ctx context.Context, actor portico.Actor) (portico.ResetRequest, error) {
	r, err := s.db.Read(ctx).OpenReset(actor.CustomerID, actor.UserID)
	return r.ResetRequest, store.NotFound(err, nil)
}

// Keep cancels the open request to delete the actor's own setup: somebody who is
// logged in has no need of it. It is no error when there is none.
func (s *Service) Keep(ctx context.Context, actor portico.Actor) error {
	err := s.db.Update(ctx, actor, func(tx *store.Tx) error {
		r, err := tx.OpenReset(actor.CustomerID, actor.UserID)
		if err != nil {
			return store.NotFound(err, nil)
		}
		return s.cancel(tx, &r, actor, "by the person")
	})
	if err != nil {
		return fmt.Errorf("keeping the own setup: %w", err)
	}
	return nil
}

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

// UnauthorizedLink says whom a "This wasn't me" link is for, and what its button does
// now. Gone when it does nothing any more.
func (s *Service) UnauthorizedLink(ctx context.Context, token string) (whose auth.LinkFor, does auth.UnauthorizedReported, err error) {
	err = s.db.View(ctx, func(r *store.Reader) error {
		n, err := auth.FindUnauthorizedLink(r, token)
		if err != nil {
			return err
		}
		whose = auth.LinkFor{User: n.Account.User, Customer: n.Account.Customer}
		_, step, _, err := unauthorizedStep(r, n)
		if err != nil {
			return err
		}
		does, err = n.Preview(r, step)
		return err
	})
	return whose, does, err
}

// unauthorizedStep finds the open request of the account, if any, and what the button
// of the link does.
func unauthorizedStep(r *store.Reader, n auth.UnauthorizedLink) (open store.Reset, step portico.NotMeStep, isOpen bool, err error) {
	open, err = r.OpenReset(n.Account.CustomerID, n.Account.ID)
	isOpen = err == nil
	if err := store.NotFound(err, nil); err != nil {
		return open, step, false, err
	}
	step, err = n.Step(isOpen)
	return open, step, isOpen, err
}

// ReportUnauthorizedActivity is the button behind such a link, without a log-in. While a request is
// open, it cancels that and freezes the account: nobody logs in until another
// administrator than the requester reactivates it.
func (s *Service) ReportUnauthorizedActivity(ctx context.Context, o portico.Origin, token string) (done auth.UnauthorizedReported, err error) {
	err = s.db.Update(ctx, portico.System(o), func(tx *store.Tx) error {
		n, err := auth.FindUnauthorizedLink(&tx.Reader, token)
		if err != nil {
			return err
		}
		open, step, isOpen, err := unauthorizedStep(&tx.Reader, n)
		if err != nil {
			return err
		}
		if isOpen && (step.Ends || step.Suspends) {
			if err := s.freeze(tx, &open, n.Account, o, step); err != nil {
				return err
			}
		}
		done, err = s.auth.ReportUnauthorizedActivity(tx, o, n, step)
		return err
	})
	if err != nil {
		return done, fmt.Errorf("freezing an account: %w", err)
	}
	return done, nil
}

// freeze cancels a request and suspends its person. From an address that was
// replaced it undoes nothing else: the password stays as it is.
func (s *Service) freeze(tx *store.Tx, r *store.Reset, a store.Account, o portico.Origin, step portico.NotMeStep) error {
	r.Frozen = true
	why := "by the button in the mail; the account is frozen"
	if !step.Ends {
		why = "by the button in a mail to an address before; the account is frozen"
	}
	if err := s.cancel(tx, r, portico.AsUser(a.User, o), why); err != nil {
		return err
	}
	if a.Status == portico.Active {
		if err := suspend(tx, a, step.Ends); err != nil {
			return err
		}
	}
	return s.notifyAdministrators(tx, r.CustomerID, "", warning{kind: frozen, who: r.Requester.Name, whom: r.TargetName, replaced: !step.Ends})
}

// suspend ends all log-ins of somebody, for nobody to log in until another one
// has reactivated the account.
func suspend(tx *store.Tx, a store.Account, password bool) error {
	if _, err := tx.RevokeAccess(a.ID, ""); err != nil {
		return err
	}
	if password {
		if err := tx.ExpirePassword(a.ID); err != nil {
			return err
		}
	}
	a.Status = portico.Suspended
	return tx.SaveProfile(a.CustomerID, a.User)
}
