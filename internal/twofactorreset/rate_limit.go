package twofactorreset

import (
	"fmt"
	"time"

	"portico"
	"portico/internal/store"

	"portico/internal/users"
)

// rateLimit refuses a request by the limits of the policy, records that and tells
// the other administrators. The error it returns first is for the requester.
func (s *Service) rateLimit(tx *store.Tx, r store.Reset, target store.Account) (told, err error) {
	if r.Requester.Kind == portico.ActorCommandLine {
		return nil, nil
	}
	p, _, err := effectivePolicy(&tx.Reader, target.Customer)
	if err != nil {
		return nil, err
	}
	why, err := exceededLimit(&tx.Reader, p, r)
	if err != nil || why == "" {
		return nil, err
	}
	warned, err := tx.Events(r.CustomerID, portico.EventQuery{Person: r.Requester.UserID, Action: portico.ResetStopped, From: tx.Now.Add(-time.Hour)}, store.EventCursor{}, 1)
	if err != nil {
		return nil, err
	}
	if err := record(tx, r.Requester, portico.ResetStopped, r.ResetRequest, why); err != nil {
		return nil, err
	}
	if len(warned) == 0 { // one mail an hour says it
		if err := s.notifyAdministrators(tx, r.CustomerID, r.Requester.UserID, warning{kind: stopped, who: r.Requester.Name, whom: r.TargetName}); err != nil {
			return nil, err
		}
	}
	return portico.E(portico.Conflict, "This was stopped: "+why+". The other administrators were told."), nil
}

// exceededLimit says which limit a request is over, "" for none.
func exceededLimit(r *store.Reader, p portico.ResetPolicy, asked store.Reset) (string, error) {
	if p.OncePerDay {
		last, err := r.LastReset(asked.CustomerID, asked.Target)
		if err := store.NotFound(err, nil); err != nil {
			return "", err
		}
		if last.EndedAt.After(r.Now.Add(-portico.ResetDay)) {
			return "the 2FA setup of this person was deleted less than 24 hours ago", nil
		}
	}
	if p.PerHour > 0 {
		n, err := recentRequests(r, asked)
		if err != nil {
			return "", err
		}
		if n >= p.PerHour {
			return fmt.Sprintf("the limit of %d an hour is reached", p.PerHour), nil
		}
	}
	return "", nil
}

// recentRequests counts what the requester has asked for within an hour. Accounts
// that were made or changed lately count together, and for everybody: one
// administrator could make them up, to have as many limits.
func recentRequests(r *store.Reader, asked store.Reset) (int, error) {
	own, err := users.ActorEstablished(r, asked.Requester)
	if err != nil {
		return 0, err
	}
	requesters, err := r.ResetRequesters(asked.CustomerID, r.Now.Add(-time.Hour))
	if err != nil {
		return 0, err
	}
	n := 0
	for _, a := range requesters {
		counts := !own || a.By == asked.Requester.UserID
		if !counts {
			known, err := users.UserEstablished(r, a.By)
			if err != nil {
				return 0, err
			}
			counts = !known
		}
		if counts {
			n += a.Requests
		}
	}
	return n, nil
}
