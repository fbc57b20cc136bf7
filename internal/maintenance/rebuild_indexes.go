package maintenance

import (
	"context"
	"fmt"

	"portico"
	"portico/internal/audit"
	"portico/internal/store"
)

// RebuildIndexes recomputes the counts of people and completes the search index. Both
// follow from the people themselves, and can be rebuilt at any time.
func RebuildIndexes(ctx context.Context, db *store.DB, actor portico.Actor) error {
	err := db.Update(ctx, actor, func(tx *store.Tx) error {
		if err := tx.RebuildCounts(); err != nil {
			return err
		}
		return audit.Record(tx, portico.Event{CustomerID: portico.ProviderID, Action: portico.PortalRepaired, Actor: actor})
	})
	if err != nil {
		return fmt.Errorf("counting anew: %w", err)
	}
	const batch = 500
	for last := portico.UserID(""); ; {
		var next portico.UserID
		err := db.Update(ctx, actor, func(tx *store.Tx) (err error) {
			next, err = tx.AddMissingWords(last, batch)
			return err
		})
		if err != nil {
			return fmt.Errorf("adding missing words: %w", err)
		}
		if last = next; last == "" {
			return nil
		}
	}
}
