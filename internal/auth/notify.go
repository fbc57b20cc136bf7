package auth

import (
	"portico"
	"portico/internal/mail"
	"portico/internal/outbox"
	"portico/internal/store"
)

// Notify notifies a user by mail about what actor did to the account. The mail
// has a "This wasn't me" link.
func (s *Service) Notify(tx *store.Tx, kind mail.Kind, a store.Account, actor portico.Actor, reason string) error {
	d := outbox.DataFor(a)
	d.Reason = reason
	return s.NotifyWith(tx, kind, a, actor, d)
}

// NotifyWith is Notify with the data of the mail. NotifyWith itself sets the link,
// who acted, and from where.
func (s *Service) NotifyWith(tx *store.Tx, kind mail.Kind, a store.Account, actor portico.Actor, d mail.Data) error {
	return s.notify(tx, kind, a, actor, d, false)
}

func (s *Service) notify(tx *store.Tx, kind mail.Kind, a store.Account, actor portico.Actor, d mail.Data, bulk bool) error {
	link := store.LinkUnauthorized
	if kind == mail.EmailReplaced {
		link = store.LinkReport
	}
	token, _, err := tx.IssueLink(link, a, portico.UnauthorizedTTL)
	if err != nil {
		return err
	}
	d.UnauthorizedURL = s.outbox.Link("/not-me/", token)
	outbox.SetOrigin(&d, actor.Origin)
	if actor.Kind == portico.ActorUser && actor.UserID != a.ID || actor.Kind == portico.ActorCommandLine {
		// The user learns which colleague acted, but not from where.
		d.By, d.Address, d.Browser = d.Language.Say(actor.Shown()), "", ""
	}
	if bulk {
		return s.outbox.QueueBulk(tx, kind, a, d)
	}
	return s.outbox.Queue(tx, kind, a, d)
}
