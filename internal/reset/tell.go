package reset

import (
	"portico"
	"portico/internal/auth"
	"portico/internal/mail"
	"portico/internal/store"
)

// tellPerson mails the person of a request what happens, with the link that
// says "This wasn't me". code is what the mail holds to be used, if anything.
func (s *Service) tellPerson(tx *store.Tx, r store.Reset, target store.Account, kind mail.Kind, code string) error {
	rule, err := ruleOf(&tx.Reader, r.By, target)
	if err != nil {
		return err
	}
	d := auth.DataFor(target)
	d.Reason, d.Code, d.Phrase = r.Reason, code, r.Phrase
	switch kind {
	case mail.ResetAsked:
		if due := r.Due(rule); due.After(tx.Now) {
			d.Until = due
		}
	case mail.ResetCall:
		d.Until = r.CallUntil
	}
	return s.auth.TellData(tx, kind, target, r.By, d)
}

// tellApprovers mails whoever can approve a request where it is.
func (s *Service) tellApprovers(tx *store.Tx, r store.Reset, could []store.Account) error {
	for _, a := range could {
		d := auth.DataFor(a)
		d.Whom, d.By, d.Reason = r.TargetName, r.By.Name, r.Reason
		d.Link, d.Until = s.notices.Link("/administration/resets/", string(r.ID)), r.AskedAt.Add(portico.ResetDay)
		if err := s.notices.Queue(tx, mail.ResetWaits, a, d); err != nil {
			return err
		}
	}
	return nil
}

// warning is what the other administrators are told of.
type warning struct {
	kind      mail.Kind
	who, whom string
}

const (
	frozen  = mail.ResetFrozen
	stopped = mail.ResetStopped
)

// tellOthers mails a warning to a customer's active administrators but one.
func (s *Service) tellOthers(tx *store.Tx, c portico.CustomerID, but portico.UserID, w warning) error {
	leads, err := tx.ActivePeople(c, portico.LeadRole(c))
	if err != nil {
		return err
	}
	for _, a := range leads {
		if a.ID == but {
			continue
		}
		d := auth.DataFor(a)
		d.By, d.Whom = w.who, w.whom
		if err := s.notices.Queue(tx, w.kind, a, d); err != nil {
			return err
		}
	}
	return nil
}
