package twofactorreset

import (
	"portico"
	"portico/internal/audit"
	"portico/internal/auth"
	"portico/internal/mail"
	"portico/internal/store"
)

// advance takes an open request as far as it goes now, and stores it.
func (s *Service) advance(tx *store.Tx, r *store.Reset, target store.Account, code auth.ResetCode) error {
	rule, err := ruleOf(&tx.Reader, r.Requester, target)
	if err != nil {
		return err
	}
	could, err := approvers(&tx.Reader, target.Customer, r.Requester.UserID, r.Target)
	if err != nil {
		return err
	}
	step := portico.NextReset(r.ResetRequest, rule, could.Others(), tx.Now)
	switch step.Need {
	case portico.Closed:
		return errClosed
	case portico.HasExpired:
		return s.expire(tx, r)
	case portico.Ready:
		if r.ResetRequest, err = r.Finish(rule, could.Others(), tx.Now); err != nil {
			return err
		}
		return s.deleteSetup(tx, r, target, rule.Stricter(r.Rule), code)
	case portico.NeedsApproval:
		if err := s.notifyApprovers(tx, *r, could); err != nil {
			return err
		}
	}
	r.NextCheckAt = step.Until
	return tx.StepReset(r.CustomerID, *r)
}

// deleteSetup deletes the setup: everything issued to the person ends, and the
// person is mailed. It is the one place that does so for somebody else.
func (s *Service) deleteSetup(tx *store.Tx, r *store.Reset, target store.Account, rule portico.ResetRule, code auth.ResetCode) error {
	if r.AuthenticatorID != "" {
		deleted, err := auth.DeleteAuthenticator(tx, target.ID)
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
	// Who has the phone may have the laptop too: no browser is known.
	if err := tx.DeleteBrowsers(target.ID); err != nil {
		return err
	}
	// Wrong codes were of the old authenticator; the next one must not begin closed.
	if err := tx.ClearFailures(target.ID); err != nil {
		return err
	}
	if err := s.requireResetCode(tx, r, target, rule, code); err != nil {
		return err
	}
	if err := tx.StepReset(r.CustomerID, *r); err != nil {
		return err
	}
	return record(tx, r.Requester, portico.TwoFactorReset, r.ResetRequest, doneDetails(r.ResetRequest))
}

// requireResetCode says what the next log-in needs, and mails the person.
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

// doneDetails are what the report reads.
func doneDetails(r portico.ResetRequest) string {
	return audit.Reset{Reason: r.Reason, Proof: proofWords(r.Proof), Approver: r.Approval.Name}.Details()
}

// proofWords says in the audit log how the caller was checked.
func proofWords(p portico.ResetProof) string {
	switch p.Kind {
	case portico.ProofMailed:
		return "mailed code read back"
	case portico.ProofVouched:
		return p.Name + " vouched"
	case portico.ProofCallBack:
		return "called back on " + p.Text
	case portico.ProofInPerson:
		return "seen in person by " + p.Text
	}
	return string(p.Kind)
}

func (s *Service) expire(tx *store.Tx, r *store.Reset) (err error) {
	if r.ResetRequest, err = r.Expire(tx.Now); err != nil {
		return err
	}
	if err := tx.StepReset(r.CustomerID, *r); err != nil {
		return err
	}
	return record(tx, portico.System(portico.Origin{}), portico.ResetHasExpired, r.ResetRequest, "")
}

// cancel ends an open request that shall not take effect. If the
// portal did not write the row, the event names the person as the account does.
func (s *Service) cancel(tx *store.Tx, r *store.Reset, actor portico.Actor, why string) (err error) {
	if !tx.ProvedReset(*r) {
		target, err := tx.Account(r.Target)
		if err != nil {
			return err
		}
		r.TargetName = portico.Event{}.Target(target.User).TargetName
	}
	if r.ResetRequest, err = r.Cancel(actor.Name, why, tx.Now); err != nil {
		return err
	}
	if err := tx.StepReset(r.CustomerID, *r); err != nil {
		return store.NotFound(err, errClosed)
	}
	return record(tx, actor, portico.ResetWasCancelled, r.ResetRequest, why)
}
