package people

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/auth"
	"portico/internal/mail"
	"portico/internal/store"
)

// checkpointEvery is how often administrators are mailed the checkpoint of
// their audit log, so that the provider cannot rewrite what they hold.
const checkpointEvery = 7 * 24 * time.Hour

// MailCheckpoints mails every log's newest checkpoint to the customer's
// administrators, once a week, also when several programs do so at the same
// time; the provider's own to its operators.
func (s *Service) MailCheckpoints(ctx context.Context, l *audit.Log) error {
	const batch = 500
	var bent error // logs whose checkpoint is not the portal's
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
			if errors.Is(err, audit.ErrBent) {
				bent = errors.Join(bent, err)
			} else if err != nil {
				return err
			}
		}
		if len(customers) < batch {
			return bent
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
	leads, err := tx.ActivePeople(c, portico.LeadRole(c))
	if err != nil {
		return err
	}
	for _, a := range leads {
		if a.Customer.Suspended() {
			continue
		}
		d := auth.DataFor(a)
		d.Checkpoint, d.Key = at.Signed, l.Key()
		if err := s.notices.QueueBulk(tx, mail.AuditCheckpoint, a, d); err != nil {
			return err
		}
	}
	return nil
}
