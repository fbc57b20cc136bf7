package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portico"
	"portico/internal/seal"
	"portico/internal/store"
)

// Health is what Check has found.
type Health struct {
	Logs    int       // that were looked at
	Bent    []error   // logs that do not fit their checkpoint
	Waiting time.Time // of the oldest event without a number; zero without one
}

// Check holds every log's signed checkpoint against the end of what is stored
// of it, a few reads each, and changes nothing. Whether each event is as it was,
// only Verify sees.
func Check(ctx context.Context, db *store.DB, keys *seal.Keys) (h Health, err error) {
	sealed, err := db.Read(ctx).PortalSecret(secretName)
	if errors.Is(err, store.ErrNotFound) {
		return h, nil // no program of this version has run yet
	}
	if err != nil {
		return h, err
	}
	secret, err := keys.Open(sealed, secretName, store.PurposePortal)
	if err != nil {
		return h, fmt.Errorf("opening the key of the audit log: %w", err)
	}
	l := Log{DB: db}
	if l.key, err = keyFrom(secret); err != nil {
		return h, err
	}
	err = db.View(ctx, func(r *store.Reader) error {
		h = Health{}
		if err := waiting(r, &h); err != nil {
			return err
		}
		return eachLog(r, func(c portico.CustomerID) error {
			h.Logs++
			err := l.fits(r, c)
			if errors.Is(err, ErrBent) {
				h.Bent = append(h.Bent, fmt.Errorf("%s: %w", c, err))
				return nil
			}
			return err
		})
	})
	return h, err
}

func (l *Log) fits(r *store.Reader, c portico.CustomerID) error {
	at, err := l.state(newTiles(r, c))
	if err != nil {
		return err
	}
	last, err := r.LastNumber(c)
	if err == nil && last != at.Size-1 && at.Kept < at.Size {
		err = fmt.Errorf("%w (it ends with number %d and not %d)", ErrBent, last+1, at.Size)
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
