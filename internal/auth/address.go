package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/mail"
	"portico/internal/outbox"
	"portico/internal/store"
)

// AddressReplaced completes a change of a user's email address that an
// administrator, an import or a command has made. Such a change takes effect at
// once: everything mailed to the old address expires, earlier "This wasn't me"
// links no longer undo anything, and the old address is notified. was is the
// account before the change.
func (s *Service) AddressReplaced(tx *store.Tx, was store.Account, actor portico.Actor, bulk bool) error {
	if err := tx.SettleAddress(was.ID); err != nil {
		return err
	}
	ends, err := tx.LinkEnds(was.ID, store.LinkActivate)
	if err != nil {
		return err
	}
	if err := s.endMailed(tx, was.ID); err != nil {
		return err
	}
	if was.Status == portico.Invited && ends.IsZero() {
		return nil // no activation link works at that address
	}
	return s.notifyReplaced(tx, was, actor, bulk)
}

// endMailed revokes the links and codes that were mailed to a user, and deletes
// the queued mails that carry such a link. Queued mails with a code are still
// sent, because they also report an event; their code no longer works.
func (s *Service) endMailed(tx *store.Tx, id portico.UserID) error {
	if err := tx.EndMailedSecrets(id); err != nil {
		return err
	}
	for _, kind := range []mail.Kind{mail.Welcome, mail.PasswordLink, mail.PasswordForgotten, mail.PasswordUnauthorized, mail.PasswordEnded, mail.PasswordGuessed, mail.EmailConfirm} {
		if err := tx.DropMails(id, string(kind)); err != nil {
			return err
		}
	}
	return nil
}

// notifyReplaced notifies an address that it was replaced. The link in that mail
// alerts the administrators and changes nothing: the reader of the old address
// may be the attacker from whom the account was recovered.
func (s *Service) notifyReplaced(tx *store.Tx, was store.Account, actor portico.Actor, bulk bool) error {
	return s.notify(tx, mail.EmailReplaced, was, actor, outbox.DataFor(was), bulk)
}

// AskEmail mails a confirmation link to a new address that a user has entered,
// and notifies the current address. The new address takes effect when the user
// confirms it on the linked page. AskEmail returns TooMany, about the field
// email, if the user has entered too many addresses.
func (s *Service) AskEmail(tx *store.Tx, a store.Account, actor portico.Actor, email string) error {
	f, err := failures(&tx.Reader, emailBucket+"/"+string(a.ID), emailBucket, a.ID)
	if err != nil {
		return err
	}
	if wait := waitFor(f, tx.Now); wait > 0 {
		told := tooMany("You have entered too many new email addresses. Try again in {0}.", wait)
		told.Fields = map[string]portico.Message{"email": told.Message}
		return told
	}
	if err := tx.PutFailures(fail(f, tx.Now)); err != nil {
		return err
	}
	if err := s.endPending(tx, a.ID); err != nil {
		return err
	}
	if err := s.Notify(tx, mail.EmailAsked, a, actor, ""); err != nil {
		return err
	}
	a.Email = email
	token, ends, err := tx.IssueLink(store.LinkEmail, a, portico.EmailLinkTTL)
	if err != nil {
		return err
	}
	d := outbox.DataFor(a)
	d.LoginID = "" // the reader of that address may be a stranger
	d.Link, d.Until = s.outbox.Link("/email/", token), ends
	return s.outbox.Queue(tx, mail.EmailConfirm, a, d)
}

func (s *Service) endPending(tx *store.Tx, id portico.UserID) error {
	if err := tx.ReplaceLinks(store.LinkEmail, id); err != nil {
		return err
	}
	return tx.DropMails(id, string(mail.EmailConfirm))
}

// PendingEmail is a new address that is not confirmed yet. The zero value means
// that there is none.
type PendingEmail struct {
	Email string
	Until time.Time
}

// PendingEmail returns the unconfirmed new address of the session's user.
func (s *Service) PendingEmail(ctx context.Context, ses *Session) (PendingEmail, error) {
	l, err := s.db.Read(ctx).PendingEmail(ses.User.ID)
	if notFound(err) {
		return PendingEmail{}, nil
	}
	return PendingEmail{l.Email, l.ExpiresAt}, err
}

// CancelEmail discards an unconfirmed new address. If there is none, it does
// nothing and returns nil.
func (s *Service) CancelEmail(ctx context.Context, ses *Session) error {
	err := s.db.Update(ctx, ses.Actor, func(tx *store.Tx) error {
		if _, err := tx.PendingEmail(ses.User.ID); err != nil {
			return store.NotFound(err, nil)
		}
		if err := s.endPending(tx, ses.User.ID); err != nil {
			return err
		}
		return audit.Record(tx, portico.Event{Action: portico.UserEdited, Actor: ses.Actor, Told: portico.Say("new email cancelled")}.Target(ses.User))
	})
	if err != nil {
		return fmt.Errorf("cancelling a new address: %w", err)
	}
	return nil
}

// EmailLink returns the user whose new address a link confirms. It returns Gone if the link no longer works, and Forbidden while the
// customer is suspended.
func (s *Service) EmailLink(ctx context.Context, token string) (LinkFor, error) {
	return store.View(ctx, s.db, func(r *store.Reader) (LinkFor, error) {
		a, l, err := linkedTo(r, token, store.LinkEmail, portico.Active)
		return LinkFor{User: a.User, Customer: a.Customer, NewEmail: l.Email}, err
	})
}

// ConfirmEmail makes the address that a link was mailed to the user's address.
// The old address is notified with a link that undoes the change. ConfirmEmail
// creates no session. It returns Gone if the link no longer works, and
// Forbidden while the customer is suspended.
func (s *Service) ConfirmEmail(ctx context.Context, o portico.Origin, token string) error {
	err := s.db.Update(ctx, portico.System(o), func(tx *store.Tx) error {
		a, l, err := linkedTo(&tx.Reader, token, store.LinkEmail, portico.Active)
		if err != nil {
			return err
		}
		actor := portico.AsUser(a.User, o)
		if err := s.Notify(tx, mail.EmailChanged, a, actor, ""); err != nil { // to the old address
			return err
		}
		a.Email = l.Email
		if err := tx.SaveProfile(a.CustomerID, a.User); err != nil {
			return err
		}
		if err := s.endMailed(tx, a.ID); err != nil {
			return err
		}
		return audit.Record(tx, portico.Event{Action: portico.UserEdited, Actor: actor, Told: portico.Say("#changed email")}.Target(a.User))
	})
	if errors.Is(err, store.ErrNotFound) {
		return errLinkOver(store.LinkEmail)
	}
	if err != nil {
		return fmt.Errorf("confirming a new address: %w", err)
	}
	return nil
}
