package twofactorreset

import (
	"time"

	"portico"
	"portico/internal/mail"
	"portico/internal/store"
	"portico/internal/users"
)

// rateLimit enforces the limits of the policy. If a request exceeds one, it
// records that, notifies the other administrators, and returns a Refusal.
func (s *Service) rateLimit(tx *store.Tx, r store.Reset, target store.Account) error {
	if r.Requester.Kind == portico.ActorCommandLine {
		return nil
	}
	p, _, err := effectivePolicy(&tx.Reader, target.Customer)
	if err != nil {
		return err
	}
	exceeded, err := exceededLimit(&tx.Reader, p, r)
	if err != nil || exceeded == nil {
		return err
	}
	notified, err := tx.Events(r.CustomerID, portico.EventQuery{Person: r.Requester.UserID, Actions: []portico.Action{portico.ResetStopped}, From: tx.Now.Add(-time.Hour)}, store.EventCursor{}, 1)
	if err != nil {
		return err
	}
	if err := record(tx, r.Requester, portico.ResetStopped, r.ResetRequest, exceeded.Reason); err != nil {
		return err
	}
	if len(notified) == 0 { // one mail an hour is enough
		if err := s.notifyAdministrators(tx, r.CustomerID, r.Requester.UserID, notification{kind: mail.TwoFactorResetRateLimited, requester: r.Requester.Name, target: r.TargetName}); err != nil {
			return err
		}
	}
	return exceeded
}

// exceededLimit returns the refusal by the limit that a request exceeds, or nil.
func exceededLimit(r *store.Reader, p portico.ResetPolicy, asked store.Reset) (*portico.Refusal, error) {
	if p.OncePerDay {
		last, err := r.LastReset(asked.CustomerID, asked.Target)
		if err := store.NotFound(err, nil); err != nil {
			return nil, err
		}
		if last.EndedAt.After(r.Now.Add(-portico.ResetDay)) {
			return &portico.Refusal{
				Err:    portico.E(portico.Conflict, "This was blocked: the 2FA setup of this user was deleted less than 24 hours ago. The other administrators have been told."),
				Reason: portico.Say("the 2FA setup of this user was deleted less than 24 hours ago"),
			}, nil
		}
	}
	if p.PerHour > 0 {
		n, err := recentRequests(r, asked)
		if err != nil {
			return nil, err
		}
		if n >= p.PerHour {
			return &portico.Refusal{
				Err:    portico.E(portico.Conflict, "This was blocked: the limit of {0} an hour is reached. The other administrators have been told.", p.PerHour),
				Reason: portico.Say("the limit of {0} an hour is reached", p.PerHour),
			}, nil
		}
	}
	return nil, nil
}

// recentRequests counts the requests of the requester within the last hour. The
// requests of accounts that were created or changed lately count together, and
// for every requester: otherwise one administrator could create accounts to get
// a limit with each.
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
