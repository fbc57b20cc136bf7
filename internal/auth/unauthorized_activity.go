package auth

import (
	"slices"

	"portico"
	"portico/internal/audit"
	"portico/internal/mail"
	"portico/internal/outbox"
	"portico/internal/store"
)

// UnauthorizedLink is a "This wasn't me" link and its account.
type UnauthorizedLink struct {
	Account store.Account
	link    store.Link
	hash    []byte
}

// FindUnauthorizedLink finds a "This wasn't me" link. Unlike other links, it stays valid
// when the account changes, so that an attacker cannot disable it. FindUnauthorizedLink
// returns Gone if the link does not exist or has expired. Step reports whether
// it still works.
func FindUnauthorizedLink(r *store.Reader, token string) (UnauthorizedLink, error) {
	n := UnauthorizedLink{hash: store.HashToken(token)}
	var err error
	for _, kind := range []store.LinkKind{store.LinkUnauthorized, store.LinkReport} {
		n.link, err = r.Link(n.hash, kind)
		if !notFound(err) {
			break
		}
	}
	if notFound(err) {
		return n, errLinkOver(store.LinkUnauthorized)
	}
	if err != nil {
		return n, err
	}
	n.Account, err = r.Account(n.link.UserID)
	return n, err
}

// Step returns what the link's button does now. It returns Gone if the button
// does nothing.
func (n UnauthorizedLink) Step(resetOpen bool) (portico.UnauthorizedStep, error) {
	step := portico.NextUnauthorized(n.link.Mailed(), n.Account.Address(), n.Account.Status, resetOpen, n.Account.Customer.Suspended())
	if step == (portico.UnauthorizedStep{}) {
		return step, errLinkOver(store.LinkUnauthorized)
	}
	return step, nil
}

// UnauthorizedReported is what the button of a "This wasn't me" link does, or has done.
type UnauthorizedReported struct {
	portico.UnauthorizedStep
	Notified      portico.UnauthorizedNotified
	Authenticator bool                    // one was set up recently and stays, though it may be somebody else's
	Passkeys      bool                    // there are passkeys, which count only after the password from then on
	Recent        []portico.Authenticator // the passkeys that were added recently
}

// Preview returns what the button would do, given its step.
func (n UnauthorizedLink) Preview(r *store.Reader, step portico.UnauthorizedStep) (UnauthorizedReported, error) {
	done := UnauthorizedReported{UnauthorizedStep: step}
	_, notified, err := administratorsFor(r, n.Account)
	if err != nil {
		return done, err
	}
	done.Notified = notified
	return done, done.findAuthenticators(r, n.Account)
}

// ReportUnauthorizedActivity carries out a step, except for suspending the account, which the caller
// does before. Depending on the step, it ends everything issued to the account,
// makes the password expire, restores the address that the link was mailed to,
// notifies the customer's administrators, and mails a password link. It creates
// no session. In the result, Notified and Mails report which mails were queued.
func (s *Service) ReportUnauthorizedActivity(tx *store.Tx, o portico.Origin, n UnauthorizedLink, step portico.UnauthorizedStep) (done UnauthorizedReported, err error) {
	done.UnauthorizedStep = step
	a, err := tx.Account(n.Account.ID) // the caller may have suspended it
	if err != nil {
		return done, err
	}
	event := portico.Event{Action: portico.UnauthorizedActivityReported, Actor: portico.AsUser(a.User, o)}.Target(a.User)
	event.Told = toldOfReport(step)
	if step.SetsBack {
		if err := s.restoreAddress(tx, &a, n.link.Email); err != nil {
			return done, err
		}
	}
	if step.Ends {
		err = s.revokeAll(tx, a, n.link)
	} else {
		err = tx.UseLink(n.hash, n.link.Kind)
	}
	if err != nil {
		return done, err
	}
	if err := done.findAuthenticators(&tx.Reader, a); err != nil {
		return done, err
	}
	if err := s.notifyAdministrators(tx, a, o, &done); err != nil {
		return done, err
	}
	if err := audit.Record(tx, event); err != nil || !step.Mails {
		return done, err
	}
	done.Mails, err = s.mailPasswordLink(tx, emergencyBucket, a, Visit{Origin: o})
	return done, err
}

// toldOfReport returns the details of the event of a report, whose sentence says that
// the account is frozen until a new password is chosen.
func toldOfReport(step portico.UnauthorizedStep) portico.Message {
	switch {
	case step.SetsBack && step.Suspends:
		return portico.Say("mail address set back; frozen until an administrator reactivates it too, because of an open request")
	case step.SetsBack:
		return portico.Say("mail address set back")
	case step.Ends && step.Suspends:
		return portico.Say("and until an administrator reactivates it, because of an open request")
	case step.Ends:
		return portico.Message{}
	case step.Suspends:
		return portico.Say("reported from an address before; the account is frozen")
	}
	return portico.Say("reported; nothing was changed")
}

// restoreAddress restores the address that a link was mailed to. As with every
// replacement, the other address is notified.
func (s *Service) restoreAddress(tx *store.Tx, a *store.Account, email string) error {
	was := *a
	a.Email = email
	if err := tx.SaveProfile(a.CustomerID, a.User); err != nil {
		return err
	}
	return s.notifyReplaced(tx, was, portico.System(portico.Origin{}), false)
}

// revokeAll ends everything that was issued to an account, mailed or not.
func (s *Service) revokeAll(tx *store.Tx, a store.Account, pressed store.Link) error {
	if err := tx.EndUnauthorizedLinks(a.ID, pressed.AddressVersion); err != nil {
		return err
	}
	if err := s.endMailed(tx, a.ID); err != nil {
		return err
	}
	if a.Status != portico.Invited { // a suspended user may be reactivated, with the same password
		if err := tx.ExpirePassword(a.ID); err != nil {
			return err
		}
	}
	if err := tx.EndPasskeysAlone(a.ID); err != nil { // one may be a thief's, who needs no password for it
		return err
	}
	if _, err := tx.RevokeAccess(a.ID, ""); err != nil {
		return err
	}
	if err := tx.DeleteBrowsers(a.ID); err != nil {
		return err
	}
	return tx.EndResetCode(a.ID) // somebody else may have it too
}

// administratorsFor returns the users who can help somebody who presses "This wasn't me":
// the customer's other administrators, present and recent, and if there are none at
// present, the operators, provided that the customer grants them access.
func administratorsFor(r *store.Reader, a store.Account) ([]store.Account, portico.UnauthorizedNotified, error) {
	others, err := r.AdministratorsToWarn(a.CustomerID)
	if err != nil {
		return nil, "", err
	}
	others = slices.DeleteFunc(others, func(other store.Account) bool { return other.ID == a.ID })
	if slices.ContainsFunc(others, func(other store.Account) bool { return portico.CanApprove(other.User, a.CustomerID) }) {
		return others, portico.NotifiedAdministrators, nil
	}
	if a.CustomerID == portico.ProviderID || !a.Customer.ProviderMayEnter(r.Now) {
		return others, portico.NotifiedNobody, nil
	}
	operators, err := r.ActivePeople(portico.ProviderID, portico.RoleOperator)
	if err != nil || len(operators) == 0 {
		return others, portico.NotifiedNobody, err
	}
	return append(others, operators...), portico.NotifiedProvider, nil
}

// notifyAdministrators notifies those who can help that a user has reported unauthorized
// activity, and records in done who they are.
func (s *Service) notifyAdministrators(tx *store.Tx, a store.Account, o portico.Origin, done *UnauthorizedReported) error {
	kind := mail.UnauthorizedActivity
	if !done.Ends {
		kind = mail.AddressReported
	}
	administrators, notified, err := administratorsFor(&tx.Reader, a)
	if err != nil {
		return err
	}
	done.Notified = notified
	if done.Suspends && !done.Ends {
		return nil // they were notified of the freeze
	}
	for _, administrator := range administrators {
		d := outbox.DataFor(administrator)
		d.Customer, d.Authenticator, d.Passkeys = a.Customer.Name, done.Authenticator, named(d.Language, done.Recent)
		d.Whom, d.Frozen = a.NameAndLogin(), done.Suspends
		outbox.SetOrigin(&d, o)
		if administrator.CustomerID != a.CustomerID {
			d.Base = "/customers/" + a.Customer.Slug
		}
		if err := s.outbox.Queue(tx, kind, administrator, d); err != nil {
			return err
		}
	}
	return nil
}
