package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/mail"
	"portico/internal/store"
)

// AddressReplaced follows a change of somebody's mail address by an
// administrator, an import or a command, which holds at once: what was mailed
// to the address before ends, "This wasn't me" undoes nothing from before, and
// that address is told. was is the account before the change.
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
		return nil // nobody at that address knows of the account
	}
	return s.tellReplaced(tx, was, actor, bulk)
}

// endMailed ends what was mailed to a person, and takes back the mails with
// links that have not gone out. Those with a code tell of something too: they go
// out, and the code is of no use.
func (s *Service) endMailed(tx *store.Tx, id portico.UserID) error {
	if err := tx.EndMailedSecrets(id); err != nil {
		return err
	}
	for _, kind := range []mail.Kind{mail.Welcome, mail.PasswordLink, mail.PasswordForgotten, mail.PasswordGuessed, mail.EmailConfirm} {
		if err := tx.DropMails(id, string(kind)); err != nil {
			return err
		}
	}
	return nil
}

// tellReplaced tells an address that it was replaced. Its link alarms the
// administrators and changes nothing: who reads that address may be the one
// from whom the account was taken back.
func (s *Service) tellReplaced(tx *store.Tx, was store.Account, actor portico.Actor, bulk bool) error {
	return s.tell(tx, mail.EmailReplaced, was, actor, DataFor(was), bulk)
}

// AskEmail mails a link to a new address that a person has entered, and tells
// the present one. The new address counts once the link was opened. TooMany
// when that was asked for too often.
func (s *Service) AskEmail(tx *store.Tx, a store.Account, actor portico.Actor, email string) error {
	f, err := failures(&tx.Reader, emailBucket+"/"+string(a.ID), emailBucket, a.ID)
	if err != nil {
		return err
	}
	if wait := waitFor(f, tx.Now, 1); wait > 0 {
		told := tooMany("You have entered many new e-mail addresses.", wait)
		told.Fields = map[string]string{"email": told.Text}
		return told
	}
	if err := tx.PutFailures(fail(f, tx.Now)); err != nil {
		return err
	}
	if err := s.endPending(tx, a.ID); err != nil {
		return err
	}
	if err := s.Tell(tx, mail.EmailAsked, a, actor, ""); err != nil {
		return err
	}
	a.Email = email
	token, ends, err := IssueLink(tx, store.LinkEmail, a, portico.EmailTime)
	if err != nil {
		return err
	}
	d := DataFor(a)
	d.LoginID = "" // nobody knows who reads that address
	d.Link, d.Until = s.notices.Link("/email/", token), ends
	return s.notices.Queue(tx, mail.EmailConfirm, a, d)
}

func (s *Service) endPending(tx *store.Tx, id portico.UserID) error {
	if err := tx.ReplaceLinks(store.LinkEmail, id); err != nil {
		return err
	}
	return tx.DropMails(id, string(mail.EmailConfirm))
}

// PendingEmail is a new address that waits for its link; the zero value is
// none.
type PendingEmail struct {
	Email string
	Until time.Time
}

// PendingEmail finds the new address of the session's person.
func (s *Service) PendingEmail(ctx context.Context, ses *Session) (PendingEmail, error) {
	l, err := s.db.Read(ctx).PendingEmail(ses.User.ID)
	if notFound(err) {
		return PendingEmail{}, nil
	}
	return PendingEmail{l.Email, l.ExpiresAt}, err
}

// CancelEmail gives up a new address that waits for its link. It is no error
// when none waits.
func (s *Service) CancelEmail(ctx context.Context, ses *Session) error {
	err := s.db.Update(ctx, ses.Actor, func(tx *store.Tx) error {
		if _, err := tx.PendingEmail(ses.User.ID); err != nil {
			return store.NotFound(err, nil)
		}
		if err := s.endPending(tx, ses.User.ID); err != nil {
			return err
		}
		return audit.Record(tx, portico.Event{Action: portico.UserEdited, Actor: ses.Actor, Details: "new e-mail cancelled"}.Target(ses.User))
	})
	if err != nil {
		return fmt.Errorf("cancelling a new address: %w", err)
	}
	return nil
}

// EmailLink says whose new address a link confirms, and which. Gone when it no
// longer works.
func (s *Service) EmailLink(ctx context.Context, token string) (whose LinkFor, email string, err error) {
	err = s.db.View(ctx, func(r *store.Reader) error {
		a, l, err := linkedTo(r, token, store.LinkEmail, portico.Active)
		whose, email = LinkFor{User: a.User, Customer: a.Customer}, l.Email
		return err
	})
	return whose, email, err
}

// ConfirmEmail makes the address that a link was mailed to the person's. The
// address before is told, with a link that takes the change back. It logs
// nobody in.
func (s *Service) ConfirmEmail(ctx context.Context, o portico.Origin, token string) error {
	err := s.db.Update(ctx, portico.System(o), func(tx *store.Tx) error {
		a, l, err := linkedTo(&tx.Reader, token, store.LinkEmail, portico.Active)
		if err != nil {
			return err
		}
		actor := portico.AsUser(a.User, o)
		if err := s.Tell(tx, mail.EmailChanged, a, actor, ""); err != nil { // to the address before
			return err
		}
		a.Email = l.Email
		if err := tx.SaveProfile(a.CustomerID, a.User); err != nil {
			return err
		}
		if err := s.endMailed(tx, a.ID); err != nil {
			return err
		}
		return audit.Record(tx, portico.Event{Action: portico.UserEdited, Actor: actor, Details: "e-mail"}.Target(a.User))
	})
	if errors.Is(err, store.ErrNotFound) {
		return errLinkOver
	}
	if err != nil {
		return fmt.Errorf("confirming a new address: %w", err)
	}
	return nil
}
