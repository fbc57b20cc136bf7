package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portico"
	"portico/internal/store"
)

// trimBatch is how many events are deleted in one transaction.
const trimBatch = 1000

// Trim deletes what each customer's policy no longer keeps, the provider's own
// events among them, and records that.
// From a log that was bent nothing is deleted.
func (l *Log) Trim(ctx context.Context) error {
	provider, err := l.DB.Read(ctx).Customer(portico.ProviderID)
	if err != nil {
		return err
	}
	bent, err := l.trimOf(ctx, []portico.Customer{provider})
	for after := (store.CustomerCursor{}); err == nil; {
		var customers []portico.Customer
		if customers, err = l.DB.Read(ctx).Customers("", after, 100); err != nil {
			break
		}
		var more error
		more, err = l.trimOf(ctx, customers)
		bent = errors.Join(bent, more)
		if len(customers) < 100 {
			break
		}
		after = store.CursorAfter(customers[99])
	}
	return errors.Join(err, bent)
}

// trimOf is Trim for some customers.
func (l *Log) trimOf(ctx context.Context, customers []portico.Customer) (bent, err error) {
	for _, c := range customers {
		err := l.trim(ctx, c.ID, c.Policy.AuditMonths)
		if err != nil {
			err = fmt.Errorf("deleting old events of %s: %w", c.Slug, err)
		}
		if errors.Is(err, ErrBent) {
			bent = errors.Join(bent, err)
		} else if err != nil {
			return bent, err
		}
	}
	return bent, nil
}

// trim deletes the beginning of a customer's log, up to the first event that is
// kept. Their hashes stay in the tree, so that old checkpoints can be checked;
// the checkpoint says from where on events are kept.
func (l *Log) trim(ctx context.Context, c portico.CustomerID, months int) error {
	if months == 0 {
		return nil
	}
	if err := l.sequence(ctx, c); err != nil {
		return err
	}
	for {
		var n int64
		err := l.DB.Update(ctx, portico.System(portico.Origin{}), func(tx *store.Tx) (err error) {
			n, err = l.trimSome(tx, c, tx.Now.AddDate(0, -months, 0))
			return err
		})
		if err != nil || n < trimBatch {
			return err
		}
	}
}

func (l *Log) trimSome(tx *store.Tx, c portico.CustomerID, before time.Time) (int64, error) {
	was, err := l.state(newTiles(&tx.Reader, c))
	if err != nil {
		return 0, err
	}
	entries, err := tx.Entries(c, was.Kept, trimBatch)
	if err != nil {
		return 0, err
	}
	next := was
	for _, e := range entries {
		if !e.At.Before(before) || e.Number >= was.Size {
			break
		}
		next.Kept = e.Number + 1
	}
	if next.Kept == was.Kept {
		return 0, nil
	}
	n, err := tx.DeleteEntries(c, was.Kept, next.Kept)
	if err != nil {
		return 0, err
	}
	next.At = tx.Now
	if err := l.put(tx, was, next); err != nil {
		return 0, err
	}
	return n, Record(tx, portico.Event{
		CustomerID: c, Action: portico.AuditTrimmed, Actor: portico.System(portico.Origin{}),
		Details: fmt.Sprintf("%d events from before %s, numbers %d to %d", n, before.Format("2 January 2006"), was.Kept+1, next.Kept),
	})
}
