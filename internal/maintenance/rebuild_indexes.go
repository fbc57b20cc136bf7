package maintenance

import (
	"context"
	"fmt"

	"portico"
	"portico/internal/audit"
	"portico/internal/store"
)

// indexBatch is how many people are indexed in one transaction, for which others
// wait.
const indexBatch = 250

// Reindex indexes those people anew who were not indexed when the
// database was migrated. It returns nil at once if everybody is.
func Reindex(ctx context.Context, db *store.DB) error {
	more, err := db.Read(ctx).Reindexing()
	for err == nil && more && ctx.Err() == nil {
		more, err = store.Update(ctx, db, portico.System(portico.Origin{}), func(tx *store.Tx) (bool, error) {
			return tx.ContinueReindexing(indexBatch)
		})
	}
	if err != nil {
		return fmt.Errorf("indexing people: %w", err)
	}
	return nil
}

// RebuildIndexes recomputes the counts of people, and repairs the search index
// and the sort keys. All of them follow from the people themselves, and can be
// rebuilt at any time.
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
	for last := portico.UserID(""); ; {
		next, err := store.Update(ctx, db, actor, func(tx *store.Tx) (portico.UserID, error) { return tx.Reindex(last, indexBatch) })
		if err != nil {
			return fmt.Errorf("indexing people: %w", err)
		}
		if last = next; last == "" {
			return nil
		}
	}
}
