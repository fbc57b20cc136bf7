package twofactorreset

import (
	"portico"
	"portico/internal/audit"
	"portico/internal/auth"
	"portico/internal/mail"
	"portico/internal/store"
	"portico/internal/users"
)

// advance takes an open request as far as it can go now, and stores it: it
// deletes the setup, ends an expired request, or mails the approvers.
func (s *Service) advance(tx *store.Tx, r *store.Reset, target store.Account, code auth.ResetCode) error {
	rule, err := ruleOf(&tx.Reader, r.Requester, target)
	if err != nil {
		return err
	}
	approvers, err := approversOf(&tx.Reader, target.Customer, r.Requester.UserID, r.Target)
	if err != nil {
		return err
	}
	step := portico.NextReset(r.ResetRequest, rule, approvers.Count(), tx.Now)
	switch step.Need {
	case portico.Closed:
		return errClosed
	case portico.HasExpired:
		return s.expire(tx, r)
	case portico.Ready:
		if r.ResetRequest, err = r.Finish(rule, approvers.Count(), tx.Now); err != nil {
			return err
		}
		return s.deleteSetup(tx, r, target, rule.Stricter(r.Rule), code)
	case portico.NeedsApproval:
		if err := s.notifyApprovers(tx, *r, approvers); err != nil {
			return err
		}
	}
	r.NextCheckAt = step.Until
	return tx.StepReset(r.CustomerID, *r)
}

// deleteSetup deletes the setup, revokes everything that was issued to the
// target, and mails the target. It is the only function that deletes another
// user's setup.
func (s *Service) deleteSetup(tx *store.Tx, r *store.Reset, target store.Account, rule portico.ResetRule, code auth.ResetCode) error {
	if r.Setup != "" {
		deleted, err := auth.DeleteSetup(tx, target.ID)
		if err != nil {
			return err
		}
		if !deleted {
			return errNoSetup
		}
	}
	if _, err := tx.RevokeAccess(target.ID, ""); err != nil {
		return err
	}
	// A thief who has the phone may have the laptop too.
	if err := tx.DeleteBrowsers(target.ID); err != nil {
		return err
	}
	// The failures were about the old authenticator and must not block the next one.
	if err := tx.ClearFailures(target.ID); err != nil {
		return err
	}
	if err := s.requireResetCode(tx, r, target, rule, code); err != nil {
		return err
	}
	if err := tx.StepReset(r.CustomerID, *r); err != nil {
		return err
	}
	return audit.Record(tx, portico.Event{
		CustomerID: r.CustomerID, Action: portico.TwoFactorReset, Actor: r.Requester, TargetID: r.Target, TargetName: r.TargetName,
		Details: portico.DetailsOf(r.ResetRequest).Stored(),
	})
}

// requireResetCode stores what the next log-in needs, and mails the target. If the
// rule asks for a reset code, it is mailed, or the requester delivers it in
// person.
func (s *Service) requireResetCode(tx *store.Tx, r *store.Reset, target store.Account, rule portico.ResetRule, code auth.ResetCode) error {
	if !rule.ResetCode {
		if err := tx.EndRequiredEnrolment(target.ID); err != nil {
			return err
		}
		return s.notifyTarget(tx, *r, target, mail.TwoFactorReset, "")
	}
	if err := tx.RequireEnrolment(target.ID); err != nil {
		return err
	}
	if err := tx.EndResetCode(target.ID); err != nil {
		return err
	}
	proven, err := emailPastCoolingOff(&tx.Reader, target)
	if err != nil {
		return err
	}
	if r.DeliverInPerson || !proven || code.Plain == "" {
		r.DeliverInPerson = true
		return s.notifyTarget(tx, *r, target, mail.TwoFactorResetHeld, "")
	}
	if err := code.Issue(tx, r.Requester, target); err != nil {
		return err
	}
	return s.notifyTarget(tx, *r, target, mail.TwoFactorResetCode, code.Plain)
}

// expire ends a request whose time is over.
func (s *Service) expire(tx *store.Tx, r *store.Reset) (err error) {
	if r.ResetRequest, err = r.Expire(tx.Now); err != nil {
		return err
	}
	if err := tx.StepReset(r.CustomerID, *r); err != nil {
		return err
	}
	return record(tx, portico.System(portico.Origin{}), portico.ResetHasExpired, r.ResetRequest, "")
}

// cancel ends an open request without effect. It returns errCodesClosed if the
// request has ended.
func cancel(tx *store.Tx, r *store.Reset, actor portico.Actor, reason portico.Text) error {
	return store.NotFound(users.CancelReset(tx, r, actor, reason), errClosed)
}
