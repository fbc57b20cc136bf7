package auth

import (
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/mail"
	"portico/internal/outbox"
	"portico/internal/store"
)

// noteWrongCode records for an hour that a wrong code was entered for an
// account, and from which network.
func noteWrongCode(tx *store.Tx, tried attempt) error {
	_, subnet := sourceOf(tried.visit.Origin)
	for _, f := range []store.Failures{
		{Bucket: wrongCodeBucket + "/" + string(tried.account.ID), Kind: wrongCodeBucket, UserID: tried.account.ID, Customer: tried.account.CustomerID},
		{Bucket: wrongNetworkBucket + "/" + subnet, Kind: wrongNetworkBucket},
	} {
		f.Consecutive, f.FailedAt, f.ExpiresAt = 1, tx.Now, tx.Now.Add(time.Hour)
		if err := tx.PutFailures(f); err != nil {
			return err
		}
	}
	return nil
}

// raiseAlert records a wrong code. At most once an hour, it alerts the
// operators if wrong codes were entered for more than alertAccounts accounts,
// from alertNetworks networks or more. If the portal has several customers, one
// customer alone cannot cause an alert.
func (s *Service) raiseAlert(tx *store.Tx, tried attempt) error {
	if err := noteWrongCode(tx, tried); err != nil {
		return err
	}
	many, err := wrongCodesOnManyAccounts(&tx.Reader)
	if err != nil || !many {
		return err
	}
	alerted, err := failures(&tx.Reader, alertBucket, alertBucket, "")
	if err != nil || alerted.Consecutive > 0 {
		return err
	}
	alerted.Consecutive, alerted.FailedAt, alerted.ExpiresAt = 1, tx.Now, tx.Now.Add(time.Hour)
	if err := tx.PutFailures(alerted); err != nil {
		return err
	}
	if err := s.notifyOperators(tx); err != nil {
		return err
	}
	return audit.Record(tx, portico.Event{
		CustomerID: portico.ProviderID, Action: portico.GuessingAlertRaised, Actor: portico.System(portico.Origin{}),
		Told: portico.Say("Wrong codes on more than {0} accounts within an hour", alertAccounts),
	})
}

// wrongCodesOnManyAccounts reports whether the wrong codes of the last hour are more than a
// single customer or a single network could have caused. If there are several
// customers, it counts at most alertPerCustomer accounts of each.
func wrongCodesOnManyAccounts(r *store.Reader) (bool, error) {
	since := r.Now.Add(-time.Hour)
	accounts, err := r.FailingSince(wrongCodeBucket, since)
	if err != nil {
		return false, err
	}
	networks, err := r.FailingSince(wrongNetworkBucket, since)
	if err != nil || networks[""] < alertNetworks {
		return false, err
	}
	customers, err := r.Customers("", store.CustomerCursor{}, 2)
	if err != nil {
		return false, err
	}
	counted := 0
	for _, n := range accounts {
		if len(customers) > 1 {
			n = min(n, alertPerCustomer)
		}
		counted += n
	}
	return counted > alertAccounts, nil
}

// alertDivisorFor returns the divisor for the limits of a network. It is 1, except
// during an alert for the networks that wrong codes have come from.
func alertDivisorFor(r *store.Reader, subnet string) (int, error) {
	alerted, err := failures(r, alertBucket, alertBucket, "")
	if err != nil || alerted.Consecutive == 0 {
		return 1, err
	}
	wrong, err := failures(r, wrongNetworkBucket+"/"+subnet, wrongNetworkBucket, "")
	if err != nil || wrong.Consecutive == 0 {
		return 1, err
	}
	return alertDivisor, nil
}

// notifyOperators mails the alert to the active operators, 100 at most.
func (s *Service) notifyOperators(tx *store.Tx) error {
	operators, err := tx.ActivePeople(portico.ProviderID, portico.RoleOperator)
	if err != nil {
		return err
	}
	for _, a := range operators {
		if err := s.outbox.Queue(tx, mail.GuessingAlert, a, outbox.DataFor(a)); err != nil {
			return err
		}
	}
	return nil
}
