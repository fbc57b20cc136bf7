package reset

import (
	"slices"

	"portico"
	"portico/internal/auth"
	"portico/internal/mail"
	"portico/internal/people"
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

// tellApprovers mails whoever can approve a request where it is, and whoever
// could until lately.
func (s *Service) tellApprovers(tx *store.Tx, r store.Reset, could people.Leads) error {
	for i, a := range slices.Concat(could.Established, could.Lately) {
		d := auth.DataFor(a)
		d.Changed = i >= len(could.Established)
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
	replaced  bool // it was said from an address that the person had before
}

const (
	frozen  = mail.ResetFrozen
	stopped = mail.ResetStopped
)

// tellOthers mails a warning to a customer's administrators but one.
func (s *Service) tellOthers(tx *store.Tx, c portico.CustomerID, but portico.UserID, w warning) error {
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
