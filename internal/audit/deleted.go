package audit

import (
	"context"
	"errors"
	"fmt"

	"portico"
	"portico/internal/store"
)

// trimDeleted deletes what is old of the logs of deleted customers. Once a log has
// no event left, it deletes the log and what was kept of the customer, and records
// that in the provider's own log. From a log that was tampered with nothing is
// deleted.
func (l *Log) trimDeleted(ctx context.Context, tampered *Tampered) error {
	const batch = 100
	for after := ""; ; {
		deleted, err := l.DB.Read(ctx).DeletedCustomers(after, batch)
		if err != nil {
			return err
		}
		for _, d := range deleted {
			after = d.Slug
			err := l.forget(ctx, d)
			if err != nil {
				err = fmt.Errorf("deleting the log of the deleted customer %s: %w", d.Slug, err)
			}
			if errors.Is(err, ErrTampered) || errors.Is(err, errMonths) {
				tampered.add(err)
			} else if err != nil {
				return err
			}
		}
		if len(deleted) < batch {
			return nil
		}
	}
}

// forget trims the log of a deleted customer, and deletes it once it is empty.
// It goes on where it was stopped: the checkpoint is deleted first.
func (l *Log) forget(ctx context.Context, d store.DeletedCustomer) error {
	kept := retention{d.AuditMonths, false}
	if err := l.trim(ctx, d.ID, kept); err != nil && !errors.Is(err, errWithoutCheckpoint) {
		return err
	}
	for more := true; more; {
		var err error
		more, err = store.Update(ctx, l.DB, portico.System(portico.Origin{}), func(tx *store.Tx) (bool, error) { return l.forgetSome(tx, d) })
		if err != nil {
			return err
		}
	}
	return nil
}

// forgetSome takes the deletion of a log a step further. It returns false if there
// is nothing more to do.
func (l *Log) forgetSome(tx *store.Tx, d store.DeletedCustomer) (bool, error) {
	if left, err := tx.CountEvents(d.ID); err != nil || left > 0 {
		return false, err
	}
	at, err := l.Newest(&tx.Reader, d.ID)
	if errors.Is(err, errWithoutCheckpoint) {
		return tx.ForgetLog(d.ID)
	}
	if err != nil {
		return false, err
	}
	if at.Kept != at.Size {
		return false, fmt.Errorf("%w (its events were removed)", ErrTampered)
	}
	if err := tx.ForgetCheckpoint(d.ID, at.Signed); err != nil {
		return false, err
	}
	if err := l.addTogether(tx, at.Signed, ""); err != nil {
		return false, err
	}
	return true, Record(tx, portico.Event{
		CustomerID: portico.ProviderID, Action: portico.DeletedLogEnded, Actor: portico.System(portico.Origin{}),
		Told: portico.Say("{0}, deleted on {1}: {2} events until {3}", d.Slug, portico.Date(d.DeletedAt.UTC()), at.Size, portico.Date(at.At.UTC())),
	})
}
