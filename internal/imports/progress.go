package imports

import (
	"context"

	"portico"
	"portico/internal/audit"
	"portico/internal/store"
)

// Validate begins to validate an uploaded file. It finishes this before it
// returns if the file is small.
func (s *Service) Validate(ctx context.Context, actor portico.Actor, c portico.CustomerID, id string, invite bool) error {
	to, err := s.change(ctx, actor, c, id, func(_ *store.Tx, i portico.Import) (portico.Import, error) {
		if i.Phase != portico.ImportReceiving || i.UserID != actor.UserID {
			return i, errNoImport
		}
		i.Phase, i.Invite = portico.ImportValidating, invite
		return i, nil
	})
	if err != nil {
		return err
	}
	return s.finishSmall(ctx, to)
}

// Start runs a validated import, or continues a stopped one, in the name
// of the actor.
func (s *Service) Start(ctx context.Context, actor portico.Actor, c portico.CustomerID, id string) error {
	to, err := s.change(ctx, actor, c, id, func(tx *store.Tx, i portico.Import) (portico.Import, error) {
		by, err := tx.Account(actor.UserID)
		if err != nil {
			return i, err
		}
		to, err := i.Start(actor, by.Epoch)
		if err != nil || to.Phase != portico.ImportRunning {
			return to, err
		}
		return to, record(tx, actor, portico.ImportStarted, to, portico.SayCount(to.Rows, "{0}: {n} row, {1} done|{0}: {n} rows, {1} of them done", to.FileName, to.RowsDone))
	})
	if err != nil {
		return err
	}
	return s.finishSmall(ctx, to)
}

// Stop stops an import between two chunks. It can be continued later.
func (s *Service) Stop(ctx context.Context, actor portico.Actor, c portico.CustomerID, id string) error {
	_, err := s.change(ctx, actor, c, id, func(tx *store.Tx, i portico.Import) (portico.Import, error) {
		to, err := i.Stop(portico.Say("Stopped by {0}.", actor.Shown()))
		if err != nil {
			return i, err
		}
		return to, record(tx, actor, portico.ImportStopped, to, summary(to.FileName, to.Counts))
	})
	return err
}

// Discard removes an import and its file. Changes by rows that were run
// stay.
func (s *Service) Discard(ctx context.Context, actor portico.Actor, c portico.CustomerID, id string) error {
	if !actor.Can(portico.ManagePeople, c) {
		return portico.ErrForbidden
	}
	return s.db.Update(ctx, actor, func(tx *store.Tx) error {
		i, err := tx.Import(c, id)
		if err != nil {
			return store.NotFound(err, errNoImport)
		}
		if i.Phase == portico.ImportRunning && i.Running() {
			return portico.E(portico.Conflict, "Stop the import before you discard it.")
		}
		if err := tx.DeleteImport(c, id); err != nil || i.Phase == portico.ImportDone {
			return err
		}
		return record(tx, actor, portico.ImportDiscarded, i, portico.SayCount(i.Rows, "{0}, after {1} of {n} row|{0}, after {1} of {n} rows", i.FileName, i.RunRows()))
	})
}

// change takes a customer's import from one state to the next.
func (s *Service) change(ctx context.Context, actor portico.Actor, c portico.CustomerID, id string,
	f func(*store.Tx, portico.Import) (portico.Import, error),
) (portico.Import, error) {
	if !actor.Can(portico.ManagePeople, c) {
		return portico.Import{}, portico.ErrForbidden
	}
	return store.Update(ctx, s.db, actor, func(tx *store.Tx) (portico.Import, error) {
		i, err := tx.Import(c, id)
		if err != nil {
			return i, store.NotFound(err, errNoImport)
		}
		to, err := f(tx, i)
		if err != nil {
			return to, err
		}
		return to, tx.StepImport(c, i, to) // cannot conflict, because i was read in this transaction
	})
}

func record(tx *store.Tx, actor portico.Actor, action portico.Action, i portico.Import, told portico.Message) error {
	return audit.Record(tx, portico.Event{CustomerID: i.CustomerID, Action: action, Actor: actor, Told: told})
}
