package twofactorreset

import (
	"slices"

	"portico"
	"portico/internal/mail"
	"portico/internal/outbox"
	"portico/internal/store"
	"portico/internal/users"
)

// notifyTarget mails the target what happens to a request, with a link to report
// unauthorized activity. code is the code that the mail contains, if any.
func (s *Service) notifyTarget(tx *store.Tx, r store.Reset, target store.Account, kind mail.Kind, code string) error {
	rule, err := ruleOf(&tx.Reader, r.Requester, target)
	if err != nil {
		return err
	}
	d := outbox.DataFor(target)
	d.Reason, d.Code, d.Phrase = r.Reason, code, r.HelpDeskPhrase
	d.Named = namedIn(d, r.Only)
	switch kind {
	case mail.AuthenticatorDeleted, mail.TwoFactorReset:
		left, err := tx.Account(target.ID)
		if err != nil {
			return err
		}
		d.Passkey = left.Customer.Policy.LacksPasskey(left.User, tx.Now)
	case mail.TwoFactorResetRequested:
		if due := r.Due(rule); due.After(tx.Now) {
			d.Until = due
		}
	case mail.TwoFactorResetCallCode:
		d.Until = r.CallUntil
	}
	return s.auth.NotifyWith(tx, kind, target, r.Requester, d)
}

// notifyApprovers mails a request to its possible approvers, and tells those who
// could approve until lately that they cannot now.
func (s *Service) notifyApprovers(tx *store.Tx, r store.Reset, approvers users.Admins) error {
	for i, a := range slices.Concat(approvers.Established, approvers.Lately) {
		d := outbox.DataFor(a)
		d.Changed = i >= len(approvers.Established)
		d.Whom, d.By, d.Reason, d.Named = r.TargetName, r.Requester.Name, r.Reason, namedIn(d, r.Only)
		d.Link, d.Until = s.outbox.Link("/administration/resets/", string(r.ID)), r.AskedAt.Add(portico.ResetDay)
		if err := s.outbox.Queue(tx, mail.TwoFactorResetWaiting, a, d); err != nil {
			return err
		}
	}
	return nil
}

// namedIn returns kind and name of the only authenticator that a request is for, in the
// language of a mail, or "" if it is for the whole setup.
func namedIn(d mail.Data, only portico.Authenticator) string {
	if only.ID == "" {
		return ""
	}
	return d.Language.Say(only.Named())
}

// notification is what the other administrators are mailed about a request.
type notification struct {
	kind              mail.Kind
	requester, target string                // names
	only              portico.Authenticator // see ResetRequest.Only
	replaced          bool                  // the report came from an earlier address of the target
}

// notifyAdministrators mails a customer's administrators, except one.
func (s *Service) notifyAdministrators(tx *store.Tx, c portico.CustomerID, except portico.UserID, n notification) error {
	return s.outbox.ToAdministrators(tx, c, except, n.kind, func(d *mail.Data) {
		d.By, d.Whom, d.Replaced = n.requester, n.target, n.replaced
		d.Named = namedIn(*d, n.only)
	})
}
