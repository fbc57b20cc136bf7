package auth

import (
	"context"
	"fmt"

	"portico"
	"portico/internal/audit"
	"portico/internal/mail"
	"portico/internal/outbox"
	"portico/internal/store"
)

// UnlockLink returns the user of a link that makes a device known. It returns
// Gone if the link no longer works, and Forbidden while the customer is
// suspended.
func (s *Service) UnlockLink(ctx context.Context, token string) (LinkFor, error) {
	return s.linkFor(ctx, token, store.LinkUnlock, portico.Active)
}

// Unlock makes the visit's browser a known device of an account whose password
// is being guessed, so that its user can log in there. It returns the browser's
// new token. It proves nothing else. It returns Gone if the link no longer
// works, and Forbidden while the customer is suspended.
func (s *Service) Unlock(ctx context.Context, v Visit, token string) (string, error) {
	id, err := store.NewID()
	if err != nil {
		return "", err
	}
	browser, hash := store.NewToken()
	err = s.db.Update(ctx, portico.System(v.Origin), func(tx *store.Tx) error {
		a, err := linked(&tx.Reader, token, store.LinkUnlock, portico.Active)
		if err != nil {
			return err
		}
		if err := tx.UseLink(store.HashToken(token), store.LinkUnlock); err != nil {
			return err
		}
		if v.BrowserToken != "" {
			if err := tx.RotateDeviceToken(store.HashToken(v.BrowserToken), hash); err != nil {
				return err
			}
		}
		if err := tx.PutBrowser(store.Browser{ID: id, UserID: a.ID, Origin: v.Origin}, hash, tx.Now.Add(portico.BrowserTTL)); err != nil {
			return err
		}
		return audit.Record(tx, portico.Event{Action: portico.DeviceUnlocked, Actor: portico.AsUser(a.User, v.Origin)}.Target(a.User))
	})
	if notFound(err) {
		return "", errLinkOver(store.LinkUnlock)
	}
	if err != nil {
		return "", fmt.Errorf("making a browser known: %w", err)
	}
	return browser, nil
}

// mailUnlock queues a mail with a link that makes a device known, unless
// unlockBucket has reached its limit. Earlier links stay valid, so that
// somebody who keeps asking cannot leave the user without one. It queues nothing while
// the user or the customer is suspended, because the link would not work.
func (s *Service) mailUnlock(tx *store.Tx, a store.Account) error {
	a, err := tx.Account(a.ID)
	if err != nil || a.Status != portico.Active || a.Customer.Suspended() {
		return err
	}
	allowed, _, err := linkMailAllowed(tx, unlockBucket+"/"+string(a.ID), unlockBucket, a, store.LinkUnlock)
	if err != nil || !allowed {
		return err
	}
	token, ends, err := tx.IssueLink(store.LinkUnlock, a, portico.UnlockLinkTTL)
	if err != nil {
		return err
	}
	d := outbox.DataFor(a)
	d.Link, d.Until = s.outbox.Link("/unlock/", token), ends
	return s.outbox.Queue(tx, mail.PasswordGuessed, a, d)
}

// mailUnlockAgain mails another unlock link if strangers are delaying the
// account's log-ins.
func (s *Service) mailUnlockAgain(tx *store.Tx, a store.Account) error {
	f, err := failures(&tx.Reader, passwordBucket+"/"+string(a.ID), passwordBucket, a.ID)
	if err != nil || f.Consecutive < closeConsecutive {
		return err
	}
	return s.mailUnlock(tx, a)
}
