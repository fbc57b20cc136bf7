package auth

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/mail"
	"portico/internal/store"
)

// Forgotten mails a link to choose a new password to whoever has the login ID.
// The answer is the same, in words and in time, when nobody has it: the work
// is done later. While strangers keep the account's passwords waiting, there is
// a link as well that lets the person in with the old one. TooMany when the address asks too often.
func (s *Service) Forgotten(ctx context.Context, v Visit, loginID string) error {
	err := s.db.Update(ctx, portico.System(v.Origin), func(tx *store.Tx) error {
		if err := s.sourceAllows(&tx.Reader, v); err != nil {
			return err
		}
		return chargeSource(tx, v)
	})
	if err != nil {
		return err
	}
	s.later.Go(func() {
		ctx, cancel := store.Late(ctx)
		defer cancel()
		a, _, err := s.accountFor(ctx, loginID)
		switch {
		case err != nil:
			s.notices.Log.Error("finding an account", "error", err)
		case a.ID != "" && a.Status == portico.Active && !a.Customer.Suspended():
			if err := s.db.Update(ctx, portico.System(v.Origin), func(tx *store.Tx) error {
				if _, err := s.mailReset(tx, resetBucket, a, v); err != nil {
					return err
				}
				return s.mailUnlockAgain(tx, a)
			}); err != nil {
				s.notices.Log.Error("queueing a password link", "user", string(a.ID), "error", err)
			}
		}
	})
	return nil
}

// mailReset queues a link to choose a new password, and reports whether a link
// is in the person's mailbox then: where a few were mailed lately and one of
// them still works, there is no other. Earlier links go on to hold: whoever
// asks again and again must not end the one that the person is about to use.
// Strangers can ask for links, so that what the person needs in an emergency
// has a bucket of its own.
func (s *Service) mailReset(tx *store.Tx, kind string, a store.Account, v Visit) (mailed bool, err error) {
	bucket := kind + "/" + string(a.ID)
	if kind == emergencyBucket { // of each address: a thief's do not use up the person's
		bucket += fmt.Sprintf("/%x", sha256.Sum256([]byte(a.Email)))
	}
	f, err := failures(&tx.Reader, bucket, kind, a.ID)
	if err != nil {
		return false, err
	}
	if waitFor(f, tx.Now, 1) > 0 {
		ends, err := tx.LinkEnds(a.ID, store.LinkPassword)
		return !ends.IsZero(), err
	}
	if err := tx.PutFailures(fail(f, tx.Now)); err != nil {
		return false, err
	}
	if a, err = tx.Account(a.ID); err != nil { // as it is now, which the link is bound to
		return false, err
	}
	token, ends, err := IssueLink(tx, store.LinkPassword, a, portico.ForgottenTime)
	if err != nil {
		return false, err
	}
	d := DataFor(a)
	d.Link, d.Until = s.notices.Link("/password/", token), ends
	d.Address, d.Browser = v.Origin.Address, v.Origin.BrowserName()
	if err := s.notices.Queue(tx, mail.PasswordForgotten, a, d); err != nil {
		return false, err
	}
	return true, audit.Record(tx, portico.Event{Action: portico.ResetAsked, Actor: portico.System(v.Origin)}.Target(a.User))
}

// UnlockLink says whom a link is for that makes a browser known. Gone when it
// holds no longer.
func (s *Service) UnlockLink(ctx context.Context, token string) (LinkFor, error) {
	return s.linkFor(ctx, token, store.LinkUnlock, portico.Active)
}

// Unlock makes the visit's browser known to an account whose password is being
// guessed, so that its person can log in there. It returns the browser's new
// token. It proves nothing else.
func (s *Service) Unlock(ctx context.Context, v Visit, token string) (string, error) {
	id, err := store.NewID()
	if err != nil {
		return "", err
	}
	browser, hash := newToken()
	err = s.db.Update(ctx, portico.System(v.Origin), func(tx *store.Tx) error {
		a, err := linked(&tx.Reader, token, store.LinkUnlock, portico.Active)
		if err != nil {
			return err
		}
		if err := tx.UseLink(hashToken(token), store.LinkUnlock); err != nil {
			return err
		}
		if v.BrowserToken != "" {
			if err := tx.RenewBrowser(hashToken(v.BrowserToken), hash); err != nil {
				return err
			}
		}
		if err := tx.PutBrowser(store.Browser{ID: id, UserID: a.ID, Origin: v.Origin}, hash, tx.Now.Add(portico.BrowserTime)); err != nil {
			return err
		}
		return audit.Record(tx, portico.Event{Action: portico.BrowserUnlocked, Actor: portico.AsUser(a.User, v.Origin)}.Target(a.User))
	})
	if notFound(err) {
		return "", errLinkOver
	}
	if err != nil {
		return "", fmt.Errorf("making a browser known: %w", err)
	}
	return browser, nil
}

// GuessedAt returns since when codes of the session's person are being
// guessed by somebody who knows the password; zero when nobody does.
func (s *Service) GuessedAt(ctx context.Context, ses *Session) (time.Time, error) {
	r := s.db.Read(ctx)
	f, err := failures(r, codeBucket+"/"+string(ses.User.ID), codeBucket, ses.User.ID)
	if err != nil || (limit{within: day}).count(f, r.Now) < guessingInARow {
		return time.Time{}, err
	}
	return f.Recent[len(f.Recent)-1], nil
}
