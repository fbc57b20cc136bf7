package customers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/mail"
	"portico/internal/outbox"
	"portico/internal/store"
)

// checkpointEvery is how often administrators are mailed the checkpoint of
// their audit log. The provider cannot change the checkpoints that they have
// received.
const checkpointEvery = 7 * 24 * time.Hour

// MailCheckpoints mails the newest checkpoint of every log once a week: to the
// administrators of the customer, or to the operators for the provider's own
// log. Suspended customers get no mail. Several programs may run it at the same
// time. If a checkpoint was tampered with, the other logs are still mailed, and
// the error wraps audit.ErrTampered.
func (s *Service) MailCheckpoints(ctx context.Context, l *audit.Log) error {
	const batch = 500
	var tampered error // logs whose checkpoint was not signed by the portal
	for after := store.LogCursor(""); ; {
		r := s.db.Read(ctx)
		customers, err := r.Logs(r.Now.Add(-checkpointEvery), after, batch)
		if err != nil {
			return fmt.Errorf("mailing checkpoints: %w", err)
		}
		for _, c := range customers {
			after = store.LogCursor(c)
			err := s.db.Update(ctx, portico.System(portico.Origin{}), func(tx *store.Tx) error { return s.mailCheckpoint(tx, l, c) })
			if err != nil {
				err = fmt.Errorf("mailing the checkpoint of %s: %w", c, err)
			}
			if errors.Is(err, audit.ErrTampered) {
				tampered = errors.Join(tampered, err)
			} else if err != nil {
				return err
			}
		}
		if len(customers) < batch {
			return tampered
		}
	}
}

func (s *Service) mailCheckpoint(tx *store.Tx, l *audit.Log, c portico.CustomerID) error {
	first, err := tx.NoteMailed(c, tx.Now.Add(-checkpointEvery))
	if err != nil || !first {
		return err
	}
	at, err := l.Newest(&tx.Reader, c)
	if err != nil {
		return err
	}
	admins, err := tx.ActivePeople(c, portico.TopRole(c))
	if err != nil {
		return err
	}
	for _, a := range admins {
		if a.Customer.Suspended() {
			continue
		}
		d := outbox.DataFor(a)
		d.Checkpoint, d.Key = at.Signed, l.Key()
		if err := s.outbox.QueueBulk(tx, mail.AuditCheckpoint, a, d); err != nil {
			return err
		}
	}
	return nil
}
