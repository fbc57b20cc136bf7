package auth

import (
	"portico"
	"portico/internal/audit"
	"portico/internal/mail"
	"portico/internal/outbox"
	"portico/internal/store"
)

// flagSuspiciousLogin examines a log-in that follows a 2FA reset. If the password
// was changed after the reset, and none of the user's last 100 log-ins before
// the reset came from this network, it looks like an account takeover.
// flagSuspiciousLogin does not prevent the log-in; it notifies the administrators.
func (s *Service) flagSuspiciousLogin(tx *store.Tx, a store.Account, v Visit) error {
	done, err := lastReset(&tx.Reader, a)
	if err != nil || done.ID == "" {
		return err
	}
	changed, err := tx.Events(a.CustomerID, portico.EventQuery{Person: a.ID, Actions: []portico.Action{portico.PasswordChanged}, From: done.EndedAt}, store.EventCursor{}, 1)
	if err != nil || len(changed) == 0 {
		return err
	}
	before, err := tx.Events(a.CustomerID, portico.EventQuery{Person: a.ID, Actions: []portico.Action{portico.LoginDone}, Until: done.EndedAt}, store.EventCursor{}, 100)
	if err != nil {
		return err
	}
	_, here := sourceOf(v.Origin)
	for _, e := range before {
		if _, network := sourceOf(e.Actor.Origin); network == here {
			return nil
		}
	}
	first, err := tx.FlagReset(a.CustomerID, done.ID)
	if err != nil || !first {
		return err
	}
	if err := s.notifySuspicious(tx, a, v); err != nil {
		return err
	}
	return audit.Record(tx, portico.Event{Action: portico.ResetFlagged, Actor: portico.System(v.Origin)}.Target(a.User))
}

// lastReset returns the last reset of an account if it ended less than
// portico.ResetWatched ago and is not flagged yet, and otherwise the zero
// Reset.
func lastReset(r *store.Reader, a store.Account) (store.Reset, error) {
	done, err := r.LastReset(a.CustomerID, a.ID)
	if notFound(err) || err == nil && (!done.EndedAt.After(r.Now.Add(-portico.ResetWatched)) || !done.FlaggedAt.IsZero()) {
		return store.Reset{}, nil
	}
	return done, err
}

func (s *Service) notifySuspicious(tx *store.Tx, a store.Account, v Visit) error {
	return s.outbox.ToAdministrators(tx, a.CustomerID, a.ID, mail.TwoFactorResetSuspicious, func(d *mail.Data) {
		d.Whom = a.NameAndLogin()
		outbox.SetOrigin(d, v.Origin)
	})
}
