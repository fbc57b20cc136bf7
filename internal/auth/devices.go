package auth

import (
	"context"
	"crypto/subtle"
	"fmt"
	"slices"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/mail"
	"portico/internal/store"
)

// rememberDevice makes the visit's browser a known device of a user who has logged
// in, under a new token, and returns that token. If the user proved an authenticator
// and asked for it with remember, and the customer's policy allows it, the device
// skips the code for portico.RememberTTL.
func (s *Service) rememberDevice(tx *store.Tx, p Proof, a store.Account, v Visit, remember bool) (string, error) {
	id, err := store.NewID()
	if err != nil {
		return "", err
	}
	b := store.Browser{ID: id, UserID: a.ID, Origin: v.Origin}
	token, hash := store.NewToken()
	if v.BrowserToken != "" {
		old, err := tx.Browser(a.ID, store.HashToken(v.BrowserToken))
		if err != nil && !notFound(err) {
			return "", err
		}
		b.AuthenticatorID, b.TrustedUntil, b.TrustEpoch = old.AuthenticatorID, old.TrustedUntil, old.TrustEpoch
		if p.Remembered { // no code was entered, so earlier failures still count
			b.Failures = old.Failures
		}
		if err := tx.RotateDeviceToken(store.HashToken(v.BrowserToken), hash); err != nil {
			return "", err
		}
	}
	if p.authenticated() {
		b.AuthenticatorID = p.Authenticator
	}
	if p.authenticated() && remember && a.Customer.Policy.Remembers(a.User, tx.Now) {
		b.TrustedUntil, b.TrustEpoch = tx.Now.Add(portico.RememberTTL), a.Epoch
		e := portico.Event{Action: portico.BrowserRemembered, Actor: portico.AsUser(a.User, v.Origin)}.Target(a.User)
		if err := audit.Record(tx, e); err != nil {
			return "", err
		}
	}
	return token, tx.PutBrowser(b, hash, tx.Now.Add(portico.BrowserTTL))
}

// notifyOfNewBrowser notifies the user of a log-in with a passkey in a browser that is
// new to the account, and records it.
func (s *Service) notifyOfNewBrowser(tx *store.Tx, p Proof, a store.Account, v Visit) error {
	if !p.Passkey {
		return nil
	}
	if _, err := tx.Browser(a.ID, store.HashToken(v.BrowserToken)); !notFound(err) {
		return err
	}
	found, err := tx.Authenticators(a.ID)
	if err != nil {
		return err
	}
	i := store.AuthenticatorIndex(found, p.Authenticator)
	if i < 0 {
		return errNoAuthenticator
	}
	named, actor := found[i].Shown().Shown(), portico.AsUser(a.User, v.Origin)
	if err := s.notifyNamed(tx, mail.PasskeyUsedAnew, a, actor, named); err != nil {
		return err
	}
	return audit.Record(tx, portico.Event{Action: portico.PasskeyUsedAnew, Actor: actor, Told: named}.Target(a.User))
}

// trustedDevice reports whether a user may skip the code in this browser. A
// remembered device is bound to the user, the authenticator and the epoch for
// which it was remembered. It never replaces the password.
func (s *Service) trustedDevice(r *store.Reader, a store.Account, v Visit) (bool, error) {
	if v.BrowserToken == "" || !a.Customer.Policy.Remembers(a.User, r.Now) {
		return false, nil
	}
	b, err := r.Browser(a.ID, store.HashToken(v.BrowserToken))
	if notFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if b.Failures >= browserFailures || !r.Now.Before(b.TrustedUntil) || b.TrustEpoch != a.Epoch || !trustedSince(b).After(a.EndedAt) {
		return false, nil
	}
	return proved(r, b)
}

// proved reports whether one of the authenticators that a user has now was
// proved in a browser.
func proved(r *store.Reader, b store.Browser) (bool, error) {
	found, err := r.Authenticators(b.UserID)
	return store.AuthenticatorIndex(found, b.AuthenticatorID) >= 0, err
}

// trustedSince returns the time at which a browser was last remembered.
func trustedSince(b store.Browser) time.Time { return b.TrustedUntil.Add(-portico.RememberTTL) }

// sameBrowser reports whether a pending login continues in the browser in which
// the password was entered.
func sameBrowser(p store.PendingLogin, v Visit) bool {
	return len(p.BrowserHash) > 0 && subtle.ConstantTimeCompare(p.BrowserHash, store.HashToken(v.BrowserToken)) == 1
}

// LoginDevice is a session or a remembered device, as shown to its user.
type LoginDevice struct {
	ID     string
	Origin portico.Origin
	Seen   store.Session // for a session: its times
	This   bool
}

// Devices returns the sessions and remembered devices of the session's user.
func (s *Service) Devices(ctx context.Context, ses *Session) (sessions []store.Session, browsers []store.Browser, err error) {
	return s.DevicesOf(ctx, ses.User.ID)
}

// DevicesOf is Devices for an actor who may manage the user. The caller must
// check that permission.
func (s *Service) DevicesOf(ctx context.Context, id portico.UserID) (sessions []store.Session, browsers []store.Browser, err error) {
	type devices struct {
		sessions []store.Session
		browsers []store.Browser
	}
	found, err := store.View(ctx, s.db, func(r *store.Reader) (found devices, err error) {
		a, err := r.Account(id)
		if err != nil {
			return found, err
		}
		if found.sessions, err = r.Sessions(id); err != nil {
			return found, err
		}
		found.sessions = slices.DeleteFunc(found.sessions, func(row store.Session) bool { return !valid(row, r.Now) })
		if !a.Customer.Policy.Remembers(a.User, r.Now) {
			return found, nil
		}
		found.browsers, err = r.TrustedBrowsers(id, a.Epoch)
		found.browsers = slices.DeleteFunc(found.browsers, func(b store.Browser) bool { return !trustedSince(b).After(a.EndedAt) })
		return found, err
	})
	return found.sessions, found.browsers, err
}

// EndSession ends another session of the user. If it has already ended,
// EndSession returns nil.
func (s *Service) EndSession(ctx context.Context, ses *Session, id string) error {
	return s.changeOwn(ctx, ses, "ending a session", func(tx *store.Tx, row store.Session) (portico.Action, error) {
		ended, err := tx.EndSession(row.Account.ID, id)
		return ifDone(ended, portico.SessionEnded), err
	})
}

// EndOtherSessions ends every session of the user except this one.
func (s *Service) EndOtherSessions(ctx context.Context, ses *Session) error {
	return s.changeOwn(ctx, ses, "ending sessions", func(tx *store.Tx, row store.Session) (portico.Action, error) {
		n, err := tx.EndOtherSessions(row.Account.ID, row.ID)
		return ifDone(n > 0, portico.SessionsEnded), err
	})
}

// ForgetBrowser makes one remembered device ask for the code again, or every
// remembered device if id is "".
func (s *Service) ForgetBrowser(ctx context.Context, ses *Session, id string) error {
	return s.changeOwn(ctx, ses, "forgetting a browser", func(tx *store.Tx, row store.Session) (portico.Action, error) {
		done, err := tx.RevokeTrust(row.Account.ID, id)
		return ifDone(done, portico.BrowserForgotten), err
	})
}

func ifDone(done bool, action portico.Action) portico.Action {
	if !done {
		return ""
	}
	return action
}

// changeOwn runs a change to the user's own account that makes it safer, and
// records the action that f returns unless it is "".
func (s *Service) changeOwn(ctx context.Context, ses *Session, doing string, f func(*store.Tx, store.Session) (portico.Action, error)) error {
	err := s.db.Update(ctx, ses.Actor, func(tx *store.Tx) error {
		row, err := s.current(tx, ses)
		if err != nil {
			return err
		}
		action, err := f(tx, row)
		if err != nil || action == "" {
			return err
		}
		return audit.Record(tx, portico.Event{Action: action, Actor: ses.Actor}.Target(row.Account.User))
	})
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
