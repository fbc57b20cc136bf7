package auth

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"portico"
	"portico/internal/mail"
	"portico/internal/seal"
	"portico/internal/store"
)

// Notices tells people by mail what happened to their account. A mail is
// queued in the transaction of what it tells of, so that there is the one if
// and only if there is the other, and Deliver sends it afterwards.
type Notices struct {
	DB      *store.DB
	Keys    *seal.Keys
	Sender  mail.Sender
	BaseURL string // without a slash at its end
	Now     func() time.Time
	Log     *slog.Logger
}

// Link is the address of a mailed, one-time page.
func (n *Notices) Link(path, token string) string { return n.BaseURL + path + token }

// letter is what a queued mail says, as it is sealed.
type letter struct {
	To   string
	Data mail.Data
}

// Queue leaves a mail to a person for Deliver.
func (n *Notices) Queue(tx *store.Tx, kind mail.Kind, to store.Account, d mail.Data) error {
	return n.queue(tx, kind, to, d, false)
}

// QueueBulk is Queue for one mail of very many: it goes out after those that
// somebody waits for.
func (n *Notices) QueueBulk(tx *store.Tx, kind mail.Kind, to store.Account, d mail.Data) error {
	return n.queue(tx, kind, to, d, true)
}

func (n *Notices) queue(tx *store.Tx, kind mail.Kind, to store.Account, d mail.Data, bulk bool) error {
	d.PortalURL, d.At = n.BaseURL, tx.Now
	if err := mail.Check(kind, d); err != nil {
		return err
	}
	plain, err := json.Marshal(letter{to.Email, d})
	if err != nil {
		return fmt.Errorf("writing the mail: %w", err)
	}
	id, err := store.NewID()
	if err != nil {
		return err
	}
	sealed, err := n.Keys.Seal(plain, string(to.ID), purposeMail)
	if err != nil {
		return err
	}
	return tx.PutMail(store.Mail{ID: id, UserID: to.ID, Kind: string(kind), Bulk: bulk, Sealed: sealed})
}

// Tell queues a mail to an account's person about what actor did to it, with a
// link that says "This wasn't me".
func (s *Service) Tell(tx *store.Tx, kind mail.Kind, a store.Account, actor portico.Actor, reason string) error {
	d := DataFor(a)
	d.Reason = reason
	return s.TellData(tx, kind, a, actor, d)
}

// TellData is Tell with what the mail says beside who, where and when.
func (s *Service) TellData(tx *store.Tx, kind mail.Kind, a store.Account, actor portico.Actor, d mail.Data) error {
	return s.tell(tx, kind, a, actor, d, false)
}

func (s *Service) tell(tx *store.Tx, kind mail.Kind, a store.Account, actor portico.Actor, d mail.Data, bulk bool) error {
	link := store.LinkNotMe
	if kind == mail.EmailReplaced {
		link = store.LinkReport
	}
	token, _, err := IssueLink(tx, link, a, portico.NotMeTime)
	if err != nil {
		return err
	}
	d.NotMe = s.notices.Link("/not-me/", token)
	d.Address, d.Browser = actor.Origin.Address, actor.Origin.BrowserName()
	if actor.Kind == portico.ActorUser && actor.UserID != a.ID || actor.Kind == portico.ActorCommandLine {
		// Where a colleague sits is not the person's to know; that it was a
		// colleague is.
		d.By, d.Address, d.Browser = actor.Name, "", ""
	}
	return s.notices.queue(tx, kind, a, d, bulk)
}

// DataFor is what every mail to a person holds.
func DataFor(a store.Account) mail.Data {
	return mail.Data{Brand: a.Customer.Issuer(), Customer: a.Customer.Name, Name: a.Name(), LoginID: a.LoginID}
}
