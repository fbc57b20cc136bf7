package auth

import (
	"context"
	"crypto/sha256"
	"fmt"

	"portico"
	"portico/internal/audit"
	"portico/internal/mail"
	"portico/internal/outbox"
	"portico/internal/store"
)

// Forgotten mails a link to choose a new password to the user with the login
// ID. If no active user has it, the response is the same, also in timing,
// because the work is done after it. While strangers delay the account's
// log-ins, Forgotten also mails a link that makes the device known, so that the
// user can log in with the old password. It returns TooMany if there were too
// many requests or failures from the network address.
func (s *Service) Forgotten(ctx context.Context, v Visit, loginID string) error {
	err := s.db.Update(ctx, portico.System(v.Origin), func(tx *store.Tx) error {
		if err := s.sourceAllows(&tx.Reader, v); err != nil {
			return err
		}
		return s.recordSourceFailure(tx, v)
	})
	if err != nil {
		return err
	}
	s.later.Go(func() {
		ctx, cancel := store.Detached(ctx)
		defer cancel()
		a, _, err := s.accountFor(ctx, loginID)
		switch {
		case err != nil:
			s.outbox.Log.Error("finding an account", "error", err)
		case a.ID != "" && a.Status == portico.Active && !a.Customer.Suspended():
			if err := s.db.Update(ctx, portico.System(v.Origin), func(tx *store.Tx) error {
				a, err := tx.Account(a.ID) // as it is by now
				if err != nil || a.Status != portico.Active || a.Customer.Suspended() {
					return err
				}
				if _, err := s.mailPasswordLink(tx, forgottenBucket, a, v); err != nil {
					return err
				}
				return s.mailUnlockAgain(tx, a)
			}); err != nil {
				s.outbox.Log.Error("queueing a password link", "user", string(a.ID), "error", err)
			}
		}
	})
	return nil
}

// mailPasswordLink queues a mail with a link to choose a new password, and reports
// whether the user's mailbox has a link then. If several were mailed recently,
// it queues no other, and mailed reports whether one of them still works; see
// linkMailAllowed. Earlier links stay valid: somebody who keeps asking must not
// invalidate the one that the user is about to open. Strangers can ask for links,
// so links for an emergency have a bucket of their own.
func (s *Service) mailPasswordLink(tx *store.Tx, kind string, a store.Account, v Visit) (mailed bool, err error) {
	bucket := kind + "/" + string(a.ID)
	if kind == emergencyBucket { // one bucket for each address: a thief's links do not use up the user's
		bucket += fmt.Sprintf("/%x", sha256.Sum256([]byte(a.Email)))
	}
	if a, err = tx.Account(a.ID); err != nil { // the link is bound to the account as it is now
		return false, err
	}
	allowed, works, err := linkMailAllowed(tx, bucket, kind, a, store.LinkPassword)
	if err != nil || !allowed {
		return works, err
	}
	token, ends, err := tx.IssueLink(store.LinkPassword, a, portico.ForgottenLinkTTL)
	if err != nil {
		return false, err
	}
	d := outbox.DataFor(a)
	d.Link, d.Until = s.outbox.Link("/password/", token), ends
	d.Address, d.Browser = v.Origin.Address, v.Origin.BrowserName()
	if d.Authenticator, err = newAuthenticator(&tx.Reader, a); err != nil {
		return false, err
	}
	if err := s.outbox.Queue(tx, passwordLinkMails[kind], a, d); err != nil {
		return false, err
	}
	return true, audit.Record(tx, portico.Event{Action: portico.PasswordLinkAsked, Actor: portico.System(v.Origin)}.Target(a.User))
}

// passwordLinkMails holds the kind of mail for each limit on mails with a link to choose
// a password.
var passwordLinkMails = map[string]mail.Kind{
	forgottenBucket: mail.PasswordForgotten, emergencyBucket: mail.PasswordUnauthorized, endedBucket: mail.PasswordEnded,
}

// linkMailAllowed counts a mail with a link against its limit and reports whether
// it may be sent. If it may not, works reports whether an earlier link still
// works. For mails that everybody can ask for, the limit starts again when no link
// works any more: strangers can use up the mails, but they cannot end a link.
// Only somebody who reads the mailbox, has a session, or administers the customer
// can.
func linkMailAllowed(tx *store.Tx, bucket, kind string, a store.Account, link store.LinkKind) (allowed, works bool, err error) {
	f, err := failures(&tx.Reader, bucket, kind, a.ID)
	if err != nil {
		return false, false, err
	}
	if waitFor(f, tx.Now) > 0 {
		works, err := anyHolds(&tx.Reader, a, link)
		if err != nil || works || kind != forgottenBucket && kind != unlockBucket {
			return false, works, err
		}
		f.Consecutive, f.Recent = 0, nil
	}
	return true, false, tx.PutFailures(fail(f, tx.Now))
}
