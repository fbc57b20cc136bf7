package reset

import (
	"errors"

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
	if why, err := requesterGone(tx, r, target); why != "" || err != nil {
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

// requesterGone says why the requester could not ask now: the role was lost, the
// account ended or changed its password or authenticator, the customer closed
// the provider's access.
func requesterGone(tx *store.Tx, r store.Reset, target store.Account) (string, error) {
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
