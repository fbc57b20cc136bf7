package auth

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"

	"portico"
	"portico/internal/audit"
	"portico/internal/mail"
	"portico/internal/outbox"
	"portico/internal/store"
)

// Forgotten mails a link to choose a new password to the user with the login ID,
// and to the address if active accounts have it as their own: then the mail has
// their login IDs. If there is no such account, the response is the same, also in
// timing, because the work is done after it. While strangers delay the account's
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
		named, addressed, err := s.accountsFor(ctx, loginID)
		if err != nil {
			s.outbox.Log.Error("finding an account", "error", err)
			return
		}
		for _, accounts := range [][]store.Account{named, addressed} {
			if err := s.db.Update(ctx, portico.System(v.Origin), func(tx *store.Tx) error { return s.mailForgotten(tx, accounts, v) }); err != nil {
				s.outbox.Log.Error("queueing a password link", "error", err)
			}
		}
	})
	return nil
}

// mostOfAddress is how many accounts of one address a mail lists.
const mostOfAddress = 20

// accountsFor returns the account that somebody means who has typed its login ID,
// and those of the address that was typed. An account that is meant in both ways
// is among the latter.
func (s *Service) accountsFor(ctx context.Context, typed string) (named, addressed []store.Account, err error) {
	a, _, err := s.accountFor(ctx, typed)
	if err == nil && portico.IsEmail(typed) {
		addressed, err = s.db.Read(ctx).AccountsByEmail(typed, mostOfAddress)
	}
	if err != nil {
		return nil, nil, err
	}
	if a.ID != "" && !slices.ContainsFunc(addressed, func(b store.Account) bool { return b.ID == a.ID }) {
		named = []store.Account{a}
	}
	return named, addressed, nil
}

// mailForgotten queues one mail to the address of these accounts, with a link for
// each of them that may have another one.
func (s *Service) mailForgotten(tx *store.Tx, accounts []store.Account, v Visit) error {
	var active []store.Account
	for _, a := range accounts {
		a, err := tx.Account(a.ID) // as it is by now
		switch {
		case notFound(err):
		case err != nil:
			return err
		case a.Status == portico.Active && !a.Customer.Suspended():
			active = append(active, a)
			if err := s.mailUnlockAgain(tx, a); err != nil {
				return err
			}
		}
	}
	switch len(active) {
	case 0:
		return nil
	case 1:
		_, err := s.mailPasswordLink(tx, forgottenBucket, active[0], v)
		return err
	}
	return s.mailLoginIDs(tx, active, v)
}

// mailLoginIDs queues the mail to an address that several accounts have. Each of
// them counts against its own limit, and without a link for any there is no mail.
func (s *Service) mailLoginIDs(tx *store.Tx, accounts []store.Account, v Visit) error {
	provider, err := tx.Customer(portico.ProviderID)
	if err != nil {
		return err
	}
	d := outbox.DataFor(accounts[0], accounts[1:]...)
	d.Brand = provider.Issuer()
	outbox.SetOrigin(&d, v.Origin)
	for _, a := range accounts {
		listed := mail.AccountData{LoginID: a.LoginID, Customer: a.Customer.Name}
		allowed, _, err := linkMailAllowed(tx, forgottenBucket+"/"+string(a.ID), forgottenBucket, a, store.LinkPassword)
		if err != nil {
			return err
		}
		if allowed {
			token, ends, err := tx.IssueLink(store.LinkPassword, a, portico.ForgottenLinkTTL)
			if err != nil {
				return err
			}
			listed.Link, d.Until = s.outbox.Link("/password/", token), ends
			if err := audit.Record(tx, portico.Event{Action: portico.PasswordLinkAsked, Actor: portico.System(v.Origin)}.Target(a.User)); err != nil {
				return err
			}
		}
		d.Accounts = append(d.Accounts, listed)
	}
	if d.Until.IsZero() {
		return nil
	}
	return s.outbox.Queue(tx, mail.LoginIDsForgotten, accounts[0], d)
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
	outbox.SetOrigin(&d, v.Origin)
	recent, err := recentAuthenticators(&tx.Reader, a)
	if err != nil {
		return false, err
	}
	d.Authenticator, d.Passkeys = len(recent) > 0, named(d.Language, passkeysOf(recent))
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
