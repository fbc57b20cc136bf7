package twofactorreset

import (
	"context"
	"fmt"

	"portico"
	"portico/internal/auth"
	"portico/internal/store"
)

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
