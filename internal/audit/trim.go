package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"portico"
	"portico/internal/store"
)

// trimBatch is how many events are deleted in one transaction.
const trimBatch = 1000

// errMonths is returned for a retention that no policy can ask for: somebody wrote
// it into the database.
var errMonths = errors.New("the policy keeps events for a time that the portal does not take")

// retention says which events of a log are deleted.
type retention struct {
	months   int  // how old they are; 0 for none
	recorded bool // in the log itself: not in that of a deleted customer, which would never become empty
}

// Trim deletes what each customer's policy no longer keeps, the provider's own
// events among them, and records that. It does so in the logs of deleted customers
// as well, which end with their last event.
// From a log that was tampered with nothing is deleted.
func (l *Log) Trim(ctx context.Context) error {
	provider, err := l.DB.Read(ctx).Customer(portico.ProviderID)
	if err != nil {
		return err
	}
	var tampered Tampered
	err = l.trimOf(ctx, []portico.Customer{provider}, &tampered)
	for after := (store.CustomerCursor{}); err == nil; {
		var customers []portico.Customer
		if customers, err = l.DB.Read(ctx).Customers("", after, 100); err != nil {
			break
		}
		err = l.trimOf(ctx, customers, &tampered)
		if len(customers) < 100 {
			break
		}
		after = store.CursorAfter(customers[99])
	}
	if err == nil {
		err = l.trimDeleted(ctx, &tampered)
	}
	return errors.Join(err, tampered.err())
}

// trimOf is Trim for some customers.
func (l *Log) trimOf(ctx context.Context, customers []portico.Customer, tampered *Tampered) error {
	for _, c := range customers {
		err := l.trim(ctx, c.ID, retention{c.Policy.AuditMonths, true})
		if err != nil {
			err = fmt.Errorf("deleting old events of %s: %w", c.Slug, err)
		}
		if errors.Is(err, ErrTampered) || errors.Is(err, errMonths) {
			tampered.add(err)
		} else if err != nil {
			return err
		}
	}
	return nil
}

// trim deletes the beginning of a customer's log, up to the first event that is
// kept. Their hashes stay in the tree, so that old checkpoints can be checked;
// the checkpoint says from where on events are kept.
func (l *Log) trim(ctx context.Context, c portico.CustomerID, kept retention) error {
	months := kept.months
	if months == 0 {
		return nil
	}
	if months < portico.MinAuditMonths || months > portico.MaxAuditMonths {
		return fmt.Errorf("%w: %d months", errMonths, months)
	}
	if err := l.sequence(ctx, c); err != nil {
		return err
	}
	for {
		n, err := store.Update(ctx, l.DB, portico.System(portico.Origin{}), func(tx *store.Tx) (int64, error) {
			return l.trimSome(tx, c, tx.Now.AddDate(0, -months, 0), kept.recorded)
		})
		if err != nil || n < trimBatch {
			return err
		}
	}
}

func (l *Log) trimSome(tx *store.Tx, c portico.CustomerID, before time.Time, recorded bool) (int64, error) {
	tree := newTiles(&tx.Reader, c)
	was, err := l.state(tree)
	if err != nil {
		return 0, err
	}
	entries, err := tx.Entries(c, was.Kept, trimBatch)
	if err != nil {
		return 0, err
	}
	old := 0
	for old < len(entries) && entries[old].At.Before(before) && entries[old].Number < was.Size {
		old++
	}
	if old == 0 {
		return 0, nil
	}
	if err := tree.holds(was, entries[:old]); err != nil {
		return 0, err
	}
	next := was
	next.Kept += int64(old)
	n, err := tx.DeleteEntries(c, was.Kept, next.Kept)
	if err != nil {
		return 0, err
	}
	next.At = tx.Now
	if err := l.put(tx, was, next); err != nil || !recorded {
		return n, err
	}
	return n, Record(tx, portico.Event{
		CustomerID: c, Action: portico.AuditTrimmed, Actor: portico.System(portico.Origin{}),
		Details: portico.TrimDetails{Events: n, Before: before.Format(time.DateOnly), First: was.Kept + 1, Last: next.Kept}.Stored(),
	})
}

// holds checks that the first stored events are those of the signed tree: none
// changed and none missing. Their age stands in their rows alone, which anybody
// with access to the database can change. It returns ErrTampered if they differ.
func (t *tiles) holds(at Checkpoint, entries []store.Entry) error {
	indexes := make([]int64, len(entries))
	for i := range entries {
		indexes[i] = tlog.StoredHashIndex(0, at.Kept+int64(i))
	}
	hashes, err := tlog.TileHashReader(tlog.Tree{N: at.Size, Hash: at.Root}, t).ReadHashes(indexes)
	if err != nil {
		return fmt.Errorf("%w (%w)", ErrTampered, err)
	}
	for i, e := range entries {
		if e.Number != at.Kept+int64(i) {
			return fmt.Errorf("%w (event %d was removed)", ErrTampered, at.Kept+int64(i)+1)
		}
		if leafHash(e) != hashes[i] {
			return fmt.Errorf("%w (event %d was changed)", ErrTampered, e.Number+1)
		}
	}
	return nil
}

// Height, ReadTiles and SaveTiles implement tlog.TileReader, with which the library
// checks stored hashes against the root of a tree.
func (t *tiles) Height() int { return tileHeight }

// ReadTiles returns tiles as they are stored.
func (t *tiles) ReadTiles(of []tlog.Tile) ([][]byte, error) {
	read := make([][]byte, len(of))
	for i, tile := range of {
		data, err := t.tile(tile.L, tile.N)
		if err != nil {
			return nil, err
		}
		if len(data) < tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%w (hashes are missing)", ErrTampered)
		}
		read[i] = data[:tile.W*tlog.HashSize]
	}
	return read, nil
}

// SaveTiles does nothing: tile already keeps what was read.
func (t *tiles) SaveTiles([]tlog.Tile, [][]byte) {}
