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
// target, and mails the target. It and deleteOne are the only functions that delete
// another user's authenticators.
func (s *Service) deleteSetup(tx *store.Tx, r *store.Reset, target store.Account, rule portico.ResetRule, code auth.ResetCode) error {
	if r.Only.ID != "" {
		return s.deleteOne(tx, r, target)
	}
	if r.Setup != "" {
		deleted, err := auth.DeleteSetup(tx, target.ID)
		if err != nil {
			return err
		}
		if !deleted {
			return errNoSetup
		}
	}
	if err := endAccess(tx, target.ID); err != nil {
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

// deleteOne is deleteSetup for one authenticator. The others stay in force, and the
// recovery codes count: the next log-in needs one of them, so it needs no reset code.
// The failures stay as well, because they were about the others too.
func (s *Service) deleteOne(tx *store.Tx, r *store.Reset, target store.Account) error {
	if err := tx.DeleteAuthenticator(target.ID, r.Only.ID); err != nil {
		return store.NotFound(err, errNoSetup)
	}
	if err := endAccess(tx, target.ID); err != nil {
		return err
	}
	if err := s.notifyTarget(tx, *r, target, mail.AuthenticatorDeleted, ""); err != nil {
		return err
	}
	if err := tx.StepReset(r.CustomerID, *r); err != nil {
		return err
	}
	return audit.Record(tx, portico.Event{
		CustomerID: r.CustomerID, Action: portico.AuthenticatorReset, Actor: r.Requester, TargetID: r.Target, TargetName: r.TargetName,
		Details: portico.DetailsOf(r.ResetRequest).Stored(),
	})
}

// endAccess ends everything that was issued to a target.
func endAccess(tx *store.Tx, id portico.UserID) error {
	if _, err := tx.RevokeAccess(id, ""); err != nil {
		return err
	}
	// A thief who has the phone may have the laptop too.
	return tx.DeleteBrowsers(id)
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
	return record(tx, portico.System(portico.Origin{}), portico.ResetHasExpired, r.ResetRequest, r.Told(""))
}

// cancel ends an open request without effect. It returns errCodesClosed if the
// request has ended.
func cancel(tx *store.Tx, r *store.Reset, actor portico.Actor, reason portico.Text) error {
	return store.NotFound(users.CancelReset(tx, r, actor, reason), errClosed)
}
