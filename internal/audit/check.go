package audit

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"time"

	"portico"
	"portico/internal/seal"
	"portico/internal/store"
)

// Health is what Check has found.
type Health struct {
	Logs     int       // that were looked at
	Tampered Tampered  // logs that do not fit their checkpoint
	Waiting  time.Time // of the oldest event without a number; zero without one
	Key      string    // the public key; "" before it is made

	Forged   int64 // events that the portal did not write
	Unproved int64 // those of commands that work without the keyset, or forged ones that say so
	Counts   int   // counts of events that the portal did not write

	KeyMissing bool // though something was signed: after the loss of a keyset, or because somebody removed it
}

// Check holds every log's signed checkpoint against the end of what is stored
// of it, a few reads each, and all of them against what is sealed of them
// together. It changes nothing. Whether each event is as it was, only Verify
// sees.
func Check(ctx context.Context, db *store.DB, keys *seal.Keys) (h Health, err error) {
	err = db.View(ctx, func(r *store.Reader) error {
		h = Health{}
		l, err := openKey(r, keys)
		if errors.Is(err, store.ErrNotFound) {
			return withoutKey(r, &h)
		}
		if err != nil {
			return err
		}
		if err := waiting(r, &h); err != nil {
			return err
		}
		if err := l.counts(r, &h); err != nil {
			return err
		}
		return l.check(r, &h)
	})
	return h, err
}

// Look is Check for the portal while it runs: an error says what was found.
func (l *Log) Look(ctx context.Context) error {
	h, err := Check(ctx, l.DB, l.keys)
	return errors.Join(err, h.Tampered.err())
}

func (l *Log) check(r *store.Reader, h *Health) error {
	h.Key = l.Key()
	sum, _, err := l.readTogether(r)
	if errors.Is(err, ErrTampered) {
		h.Tampered.add(err)
	} else if err != nil {
		return err
	}
	found := err == nil
	err = eachLog(r, func(c portico.CustomerID, signed string) error {
		h.Logs++
		sum.add(l.tag(signed))
		err := l.consistent(r, c, h)
		if errors.Is(err, ErrTampered) {
			h.Tampered.add(fmt.Errorf("%s: %w", nameOf(r, c), err))
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	if found && sum != (combined{}) {
		h.Tampered.add(fmt.Errorf("%w (it is not the one that is sealed of all logs together: a log was taken back to an earlier state, or removed)", ErrTampered))
	}
	return eachWithoutLog(r, func(c portico.CustomerID) error {
		h.Logs++
		h.Tampered.add(fmt.Errorf("%s: %w (its checkpoint was removed)", nameOf(r, c), ErrTampered))
		return nil
	})
}

// nameOf returns what commands call a customer. A deleted one has its ID.
func nameOf(r *store.Reader, c portico.CustomerID) string {
	if customer, err := r.Customer(c); err == nil && customer.Slug != "" {
		return customer.Slug
	}
	return string(c)
}

// withoutKey looks at a database in which no program of this version has made
// the key. It is missing where there are logs and no older version's.
func withoutKey(r *store.Reader, h *Health) error {
	_, err := r.PortalSecret(secretBefore)
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	logs, err := r.Checkpoints("", 1)
	h.KeyMissing = len(logs) > 0
	return err
}

func (l *Log) consistent(r *store.Reader, c portico.CustomerID, h *Health) error {
	at, err := l.state(newTiles(r, c))
	if err != nil {
		return err
	}
	unattested, err := r.Unattested(c, at.Attested)
	for action, n := range unattested {
		if c == portico.ProviderID && action.Keyless() {
			h.Unproved += n
		} else {
			h.Forged += n
		}
	}
	return err
}

// counts counts the rows that SumUp will refuse. Before the first start of this
// version no row bears a MAC, so it counts none.
func (l *Log) counts(r *store.Reader, h *Health) error {
	if !l.rowsProved {
		return nil
	}
	counts, err := r.AllCounts(false)
	for _, n := range counts {
		if !hmac.Equal(n.MAC, l.key.row(store.CountsTable, n.Fields())) {
			h.Counts++
		}
	}
	return err
}

// waiting finds the oldest event without a number.
func waiting(r *store.Reader, h *Health) error {
	for after := ""; ; {
		next, err := r.UnnumberedAfter(after)
		if err != nil || next == "" {
			return err
		}
		after = next
		oldest, err := r.Unnumbered(portico.CustomerID(next), 1)
		if err != nil {
			return err
		}
		if len(oldest) > 0 && (h.Waiting.IsZero() || oldest[0].At.Before(h.Waiting)) {
			h.Waiting = oldest[0].At
		}
	}
}
