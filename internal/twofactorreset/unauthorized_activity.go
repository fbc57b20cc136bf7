package twofactorreset

import (
	"context"
	"fmt"

	"portico"
	"portico/internal/auth"
	"portico/internal/mail"
	"portico/internal/store"
)

// UnauthorizedLink returns the user of a "This wasn't me" link, and what its
// button does now. It returns a Gone error if the button does nothing any more.
func (s *Service) UnauthorizedLink(ctx context.Context, token string) (whose auth.LinkFor, does auth.UnauthorizedReported, err error) {
	type preview struct {
		whose auth.LinkFor
		does  auth.UnauthorizedReported
	}
	found, err := store.View(ctx, s.db, func(r *store.Reader) (found preview, err error) {
		n, err := auth.FindUnauthorizedLink(r, token)
		if err != nil {
			return found, err
		}
		found.whose = auth.LinkFor{User: n.Account.User, Customer: n.Account.Customer}
		_, step, _, err := unauthorizedStep(r, n)
		if err != nil {
			return found, err
		}
		found.does, err = n.Preview(r, step)
		return found, err
	})
	return found.whose, found.does, err
}

// unauthorizedStep returns what the button of the link does, and the open
// request about the account, if any.
func unauthorizedStep(r *store.Reader, n auth.UnauthorizedLink) (open store.Reset, step portico.UnauthorizedStep, isOpen bool, err error) {
	open, err = r.OpenReset(n.Account.CustomerID, n.Account.ID)
	isOpen = err == nil
	if err := store.NotFound(err, nil); err != nil {
		return open, step, false, err
	}
	step, err = n.Step(isOpen)
	return open, step, isOpen, err
}

// ReportUnauthorizedActivity is what that button does, without a log-in. While a
// request is open, it cancels the request and freezes the account: the user
// cannot log in until an administrator other than the requester reactivates it.
func (s *Service) ReportUnauthorizedActivity(ctx context.Context, o portico.Origin, token string) (auth.UnauthorizedReported, error) {
	done, err := store.Update(ctx, s.db, portico.System(o), func(tx *store.Tx) (done auth.UnauthorizedReported, err error) {
		n, err := auth.FindUnauthorizedLink(&tx.Reader, token)
		if err != nil {
			return done, err
		}
		open, step, isOpen, err := unauthorizedStep(&tx.Reader, n)
		if err != nil {
			return done, err
		}
		if isOpen && (step.Ends || step.Suspends) {
			if err := s.freeze(tx, &open, n.Account, o, step); err != nil {
				return done, err
			}
		}
		return s.auth.ReportUnauthorizedActivity(tx, o, n, step)
	})
	if err != nil {
		return done, fmt.Errorf("freezing an account: %w", err)
	}
	return done, nil
}

// freeze cancels a request and suspends its target. A report from an earlier
// address of the target leaves the password as it is.
func (s *Service) freeze(tx *store.Tx, r *store.Reset, a store.Account, o portico.Origin, step portico.UnauthorizedStep) error {
	r.Frozen = true
	reason := portico.Text("with the button in the email; the account is frozen")
	if !step.Ends {
		reason = "with the button in an email to a previous address; the account is frozen"
	}
	if err := cancel(tx, r, portico.AsUser(a.User, o), reason); err != nil {
		return err
	}
	if a.Status == portico.Active {
		if err := suspend(tx, a, step.Ends); err != nil {
			return err
		}
	}
	return s.notifyAdministrators(tx, r.CustomerID, "", notification{kind: mail.AccountFrozen, requester: r.Requester.Name, target: r.TargetName, only: r.Only, replaced: !step.Ends})
}

// suspend ends all sessions of an account and keeps its user out until the
// account is reactivated. With expirePassword, its password no longer works then.
func suspend(tx *store.Tx, a store.Account, expirePassword bool) error {
	if _, err := tx.RevokeAccess(a.ID, ""); err != nil {
		return err
	}
	if expirePassword {
		if err := tx.ExpirePassword(a.ID); err != nil {
			return err
		}
	}
	a.Status = portico.Suspended
	return tx.SaveProfile(a.CustomerID, a.User)
}
