package auth

import (
	"fmt"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/mail"
	"portico/internal/store"
)

// noteWrongCode remembers for an hour that a code of an account was wrong, and
// from which network it came.
func noteWrongCode(tx *store.Tx, g guess) error {
	_, subnet := sourceOf(g.visit.Origin)
	for _, f := range []store.Failures{
		{Bucket: wrongCodeBucket + "/" + string(g.account.ID), Kind: wrongCodeBucket, UserID: g.account.ID, Customer: g.account.CustomerID},
		{Bucket: wrongNetworkBucket + "/" + subnet, Kind: wrongNetworkBucket},
	} {
		f.InARow, f.FailedAt, f.ExpiresAt = 1, tx.Now, tx.Now.Add(time.Hour)
		if err := tx.PutFailures(f); err != nil {
			return err
		}
	}
	return nil
}

// raiseAlarm reports, once an hour, that codes fail on many accounts, of
// several customers and from several networks.
func (s *Service) raiseAlarm(tx *store.Tx, g guess) error {
	if err := noteWrongCode(tx, g); err != nil {
		return err
	}
	many, err := wrongOnMany(&tx.Reader)
	if err != nil || !many {
		return err
	}
	told, err := failures(&tx.Reader, alarmBucket, alarmBucket, "")
	if err != nil || told.InARow > 0 {
		return err
	}
	told.InARow, told.FailedAt, told.ExpiresAt = 1, tx.Now, tx.Now.Add(time.Hour)
	if err := tx.PutFailures(told); err != nil {
		return err
	}
	if err := s.tellOperators(tx); err != nil {
		return err
	}
	return audit.Record(tx, portico.Event{
		CustomerID: portico.ProviderID, Action: portico.PortalAlarm, Actor: portico.System(portico.Origin{}),
		Details: fmt.Sprintf("Wrong codes on more than %d accounts within an hour", alarmAccounts),
	})
}

// wrongOnMany reports whether wrong codes of an hour are more than one customer
// or one network could have made: where there are several customers, each
// counts only in part.
func wrongOnMany(r *store.Reader) (bool, error) {
	since := r.Now.Add(-time.Hour)
	accounts, err := r.FailingSince(wrongCodeBucket, since)
	if err != nil {
		return false, err
	}
	networks, err := r.FailingSince(wrongNetworkBucket, since)
	if err != nil || networks[""] < alarmNetworks {
		return false, err
	}
	customers, err := r.Customers("", store.CustomerCursor{}, 2)
	if err != nil {
		return false, err
	}
	counted := 0
	for _, n := range accounts {
		if len(customers) > 1 {
			n = min(n, alarmCustomer)
		}
		counted += n
	}
	return counted > alarmAccounts, nil
}

// alarmOver returns by how much the limits of a network are stricter: nobody's
// but of those whose codes the alarm is about.
func alarmOver(r *store.Reader, subnet string) (int, error) {
	told, err := failures(r, alarmBucket, alarmBucket, "")
	if err != nil || told.InARow == 0 {
		return 1, err
	}
	wrong, err := failures(r, wrongNetworkBucket+"/"+subnet, wrongNetworkBucket, "")
	if err != nil || wrong.InARow == 0 {
		return 1, err
	}
	return alarmDivisor, nil
}

// tellOperators mails the alarm to every active operator.
func (s *Service) tellOperators(tx *store.Tx) error {
	leads, err := tx.ActivePeople(portico.ProviderID, portico.RoleOperator)
	if err != nil {
		return err
	}
	for _, a := range leads {
		if err := s.notices.Queue(tx, mail.PortalAlarm, a, DataFor(a)); err != nil {
			return err
		}
	}
	return nil
}
