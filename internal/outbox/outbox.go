// Package outbox owns the queue of mails that notify users: which addresses a
// mail goes to, how it is stored until it is sent, and its delivery.
//
// It does not own the text of mails or how a mail server is spoken to (package
// mail), or what users are notified of (package auth and those above it).
package outbox

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"portico"
	"portico/internal/mail"
	"portico/internal/seal"
	"portico/internal/store"
)

// Outbox notifies users by mail about events on their accounts. A mail is
// queued in the transaction of its event, so that neither exists without the
// other. Deliver sends it afterwards.
type Outbox struct {
	DB      *store.DB
	Keys    *seal.Keys
	Sender  mail.Sender
	BaseURL string // without a trailing slash; "" if it is not known, so that nothing can be queued
	Now     func() time.Time
	Log     *slog.Logger

	NoServer bool // no mail server is set, so that nobody receives what Sender takes

	unrecorded sync.Map // the addresses of mails that were sent while the database was away, by ID

	mu     sync.Mutex
	pauses time.Duration // how long the last pause was; 0 while the mail server works
	paused time.Time     // when the pause ends
}

// Link returns the address of a page that a one-time link opens.
func (o *Outbox) Link(path, token string) string { return o.BaseURL + path + token }

// ToAdministrators queues a mail to those whom a warning to a customer's
// administrators reaches, except one user. fill adds what the mail says to the
// data that every mail has.
func (o *Outbox) ToAdministrators(tx *store.Tx, c portico.CustomerID, except portico.UserID, kind mail.Kind, fill func(*mail.Data)) error {
	admins, err := tx.AdministratorsToWarn(c)
	if err != nil {
		return err
	}
	for _, a := range admins {
		if a.ID == except {
			continue
		}
		d := DataFor(a)
		fill(&d)
		if err := o.Queue(tx, kind, a, d); err != nil {
			return err
		}
	}
	return nil
}

// queuedMail is the content of a queued mail before it is sealed.
type queuedMail struct {
	To   string
	Data mail.Data
}

// Queue queues a mail to a user.
func (o *Outbox) Queue(tx *store.Tx, kind mail.Kind, to store.Account, d mail.Data) error {
	return o.queue(tx, kind, to, d, false)
}

// QueueBulk is Queue for one of very many mails. It is sent after those that
// somebody is waiting for.
func (o *Outbox) QueueBulk(tx *store.Tx, kind mail.Kind, to store.Account, d mail.Data) error {
	return o.queue(tx, kind, to, d, true)
}

func (o *Outbox) queue(tx *store.Tx, kind mail.Kind, to store.Account, d mail.Data, bulk bool) error {
	if err := o.put(tx, kind, to, d, bulk); err != nil || !mail.Protects(kind) {
		return err
	}
	return o.queueEarlier(tx, kind, to, d, bulk)
}

// queueEarlier leaves a mail that protects an account for the addresses as well
// that an administrator has replaced lately: somebody who acts against the person may
// have done so. It holds nothing that lets somebody in, because they may have been
// a thief's.
func (o *Outbox) queueEarlier(tx *store.Tx, kind mail.Kind, to store.Account, d mail.Data, bulk bool) error {
	earlier, err := tx.EarlierAddresses(to.ID, to.Email)
	if err != nil {
		return err
	}
	d.Earlier, d.LoginID, d.Phrase = true, "", ""
	for _, to.Email = range earlier {
		if d.UnauthorizedURL != "" {
			token, _, err := tx.IssueLink(store.LinkReport, to, portico.UnauthorizedTTL)
			if err != nil {
				return err
			}
			d.UnauthorizedURL, d.Address, d.Browser = o.Link("/not-me/", token), "", ""
		}
		if err := o.put(tx, kind, to, d, bulk); err != nil {
			return err
		}
	}
	return nil
}

// ErrNoBaseURL is returned for a mail whose links would lead nowhere.
var ErrNoBaseURL error = &store.Advice{Before: "the base URL is not known yet: start", Command: "serve", After: ", which records it, or give --base-url"}

// put stores one mail for Deliver.
func (o *Outbox) put(tx *store.Tx, kind mail.Kind, to store.Account, d mail.Data, bulk bool) error {
	if o.BaseURL == "" {
		return ErrNoBaseURL
	}
	if d.Language == "" {
		return fmt.Errorf("the mail %q has no language: its data does not come from DataFor", kind)
	}
	d.PortalURL, d.At = o.BaseURL, tx.Now
	if err := mail.Check(kind, d); err != nil {
		return err
	}
	plain, err := json.Marshal(queuedMail{to.Email, d})
	if err != nil {
		return fmt.Errorf("writing the mail: %w", err)
	}
	id, err := store.NewID()
	if err != nil {
		return err
	}
	sealed, err := o.Keys.Seal(plain, string(to.ID), store.PurposeMail)
	if err != nil {
		return err
	}
	return tx.PutMail(store.Mail{ID: id, UserID: to.ID, Kind: string(kind), Bulk: bulk, Sealed: sealed})
}
