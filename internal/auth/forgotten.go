package auth

import (
	"context"
	"fmt"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/mail"
	"portico/internal/store"
)

// Forgotten mails a link to choose a new password to whoever has the login ID.
// The answer is the same, in words and in time, when nobody has it: the work
// is done later. TooMany when the address asks too often.
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
			if err := s.db.Update(ctx, portico.System(v.Origin), func(tx *store.Tx) error { return s.mailReset(tx, a, v) }); err != nil {
				s.notices.Log.Error("queueing a password link", "user", string(a.ID), "error", err)
			}
		}
	})
	return nil
}

// mailReset queues a link to choose a new password, a few times an hour at
// most. Earlier links go on to hold: whoever asks again and again must not end
// the one that the person is about to use.
func (s *Service) mailReset(tx *store.Tx, a store.Account, v Visit) error {
	f, err := failures(&tx.Reader, resetBucket+"/"+string(a.ID), resetBucket, a.ID)
	if err != nil || waitFor(f, tx.Now, 1) > 0 {
		return err
	}
	if err := tx.PutFailures(fail(f, tx.Now)); err != nil {
		return err
	}
	if a, err = tx.Account(a.ID); err != nil { // for its epoch, which the link holds
		return err
	}
	token, ends, err := IssueLink(tx, store.LinkPassword, a, portico.ForgottenTime)
	if err != nil {
		return err
	}
	d := DataFor(a)
	d.Link, d.Until = s.notices.Link("/password/", token), ends
	d.Address, d.Browser = v.Origin.Address, v.Origin.BrowserName()
	if err := s.notices.Queue(tx, mail.PasswordForgotten, a, d); err != nil {
		return err
	}
	return audit.Record(tx, portico.Event{Action: portico.ResetAsked, Actor: portico.System(v.Origin)}.Target(a.User))
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

// NotMeAccount finds the account of a "This wasn't me" link. Unlike other links
// it does not end with what an attacker does to the account next. Gone when it
// holds no longer.
func NotMeAccount(r *store.Reader, token string) (store.Account, error) {
	a, _, err := notMeAccount(r, token)
	return a, err
}

func notMeAccount(r *store.Reader, token string) (store.Account, store.Link, error) {
	l, err := r.Link(hashToken(token), store.LinkNotMe)
	if notFound(err) {
		return store.Account{}, l, errLinkOver
	}
	if err != nil {
		return store.Account{}, l, err
	}
	a, err := r.Account(l.UserID)
	return a, l, err
}

// NotMe freezes an account for its person, who says that something was
// somebody else: everything issued ends, the password lets nobody in any more,
// and the customer's administrators are told. The mail address goes back to
// the one that the link was mailed to. It logs nobody in.
func (s *Service) NotMe(tx *store.Tx, o portico.Origin, token string) error {
	a, l, err := notMeAccount(&tx.Reader, token)
	if err != nil {
		return err
	}
	event := portico.Event{Action: portico.NotMe, Actor: portico.AsUser(a.User, o)}.Target(a.User)
	if a.Email != l.Email {
		event.Details = "mail address set back"
		a.Email = l.Email
		if err := tx.SaveProfile(a.CustomerID, a.User); err != nil {
			return err
		}
	}
	if err := tx.ReplaceLinks(store.LinkNotMe, a.ID); err != nil {
		return err
	}
	if a.Status == portico.Active {
		if err := tx.ExpirePassword(a.ID); err != nil {
			return err
		}
	}
	if _, err := tx.EndAccess(a.ID, ""); err != nil {
		return err
	}
	if err := tx.DeleteBrowsers(a.ID); err != nil {
		return err
	}
	if err := tx.EndResetCode(a.ID); err != nil { // it may be in the wrong hands too
		return err
	}
	if err := s.tellLeads(tx, a, o); err != nil {
		return err
	}
	if err := audit.Record(tx, event); err != nil || a.Status != portico.Active {
		return err
	}
	return s.mailReset(tx, a, Visit{Origin: o})
}

// tellLeads tells a customer's other administrators that somebody said "This
// wasn't me".
func (s *Service) tellLeads(tx *store.Tx, a store.Account, o portico.Origin) error {
	leads, err := tx.ActivePeople(a.CustomerID, portico.LeadRole(a.CustomerID))
	if err != nil {
		return err
	}
	for _, lead := range leads {
		if lead.ID == a.ID {
			continue
		}
		d := DataFor(lead)
		d.Whom, d.Address, d.Browser = a.Name()+" ("+a.LoginID+")", o.Address, o.BrowserName()
		if err := s.notices.Queue(tx, mail.NotMe, lead, d); err != nil {
			return err
		}
	}
	return nil
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
