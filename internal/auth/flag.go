package auth

import (
	"portico"
	"portico/internal/audit"
	"portico/internal/mail"
	"portico/internal/store"
)

// flagAfterReset looks at a log-in after somebody's 2FA setup was deleted by
// another: when the password was changed since, and this network is one from
// which the person had not logged in before, that is how an account is taken
// over. It stops nobody; the administrators are told.
func (s *Service) flagAfterReset(tx *store.Tx, a store.Account, v Visit) error {
	done, err := lastReset(&tx.Reader, a)
	if err != nil || done.ID == "" {
		return err
	}
	changed, err := tx.Events(a.CustomerID, portico.EventQuery{Person: a.ID, Action: portico.PasswordChanged, From: done.EndedAt}, store.EventCursor{}, 1)
	if err != nil || len(changed) == 0 {
		return err
	}
	before, err := tx.Events(a.CustomerID, portico.EventQuery{Person: a.ID, Action: portico.LoginDone, Until: done.EndedAt}, store.EventCursor{}, 100)
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
	if err := s.tellOfFlag(tx, a, v); err != nil {
		return err
	}
	return audit.Record(tx, portico.Event{Action: portico.ResetFlagged, Actor: portico.System(v.Origin)}.Target(a.User))
}

// lastReset finds the last reset of an account that is still watched and not
// flagged; the zero one when there is none.
func lastReset(r *store.Reader, a store.Account) (store.Reset, error) {
	done, err := r.LastReset(a.CustomerID, a.ID)
	if notFound(err) || err == nil && (!done.EndedAt.After(r.Now.Add(-portico.ResetWatched)) || !done.FlaggedAt.IsZero()) {
		return store.Reset{}, nil
	}
	return done, err
}

func (s *Service) tellOfFlag(tx *store.Tx, a store.Account, v Visit) error {
	leads, err := tx.ActivePeople(a.CustomerID, portico.LeadRole(a.CustomerID))
	if err != nil {
		return err
	}
	for _, lead := range leads {
		if lead.ID == a.ID {
			continue
		}
		d := DataFor(lead)
		d.Whom, d.Address, d.Browser = a.Name()+" ("+a.LoginID+")", v.Origin.Address, v.Origin.BrowserName()
		if err := s.notices.Queue(tx, mail.ResetFlagged, lead, d); err != nil {
			return err
		}
	}
	return nil
}
