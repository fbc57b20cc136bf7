package twofactorreset

import (
	"slices"

	"portico"
	"portico/internal/auth"
	"portico/internal/mail"
	"portico/internal/store"

	"portico/internal/users"
)

// notifyTarget mails the person of a request what happens, with the link that
// says "This wasn't me". code is what the mail holds to be used, if anything.
func (s *Service) notifyTarget(tx *store.Tx, r store.Reset, target store.Account, kind mail.Kind, code string) error {
	rule, err := ruleOf(&tx.Reader, r.Requester, target)
	if err != nil {
		return err
	}
	d := auth.DataFor(target)
	d.Reason, d.Code, d.Phrase = r.Reason, code, r.HelpDeskPhrase
	switch kind {
	case mail.TwoFactorResetRequested:
		if due := r.Due(rule); due.After(tx.Now) {
			d.Until = due
		}
	case mail.TwoFactorResetCallCode:
		d.Until = r.CallUntil
	}
	return s.auth.NotifyWith(tx, kind, target, r.Requester, d)
}

// notifyApprovers mails those who can approve a request where it is, and somebody who
// could until lately.
func (s *Service) notifyApprovers(tx *store.Tx, r store.Reset, could users.Admins) error {
	for i, a := range slices.Concat(could.Established, could.Lately) {
		d := auth.DataFor(a)
		d.Changed = i >= len(could.Established)
		d.Whom, d.By, d.Reason = r.TargetName, r.Requester.Name, r.Reason
		d.Link, d.Until = s.notices.Link("/administration/resets/", string(r.ID)), r.AskedAt.Add(portico.ResetDay)
		if err := s.notices.Queue(tx, mail.TwoFactorResetWaiting, a, d); err != nil {
			return err
		}
	}
	return nil
}

// warning is what the other administrators are told of.
type warning struct {
	kind      mail.Kind
	who, whom string
	replaced  bool // it was said from an address that the person had before
}

const (
	frozen  = mail.AccountFrozen
	stopped = mail.TwoFactorResetRateLimited
)

// notifyAdministrators mails a warning to a customer's administrators but one.
func (s *Service) notifyAdministrators(tx *store.Tx, c portico.CustomerID, but portico.UserID, w warning) error {
	leads, err := auth.LeadsToWarn(&tx.Reader, c)
	if err != nil {
		return err
	}
	for _, a := range leads {
		if a.ID == but {
			continue
		}
		d := auth.DataFor(a)
		d.By, d.Whom, d.Replaced = w.who, w.whom, w.replaced
		if err := s.notices.Queue(tx, w.kind, a, d); err != nil {
			return err
		}
	}
	return nil
}
