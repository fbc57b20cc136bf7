package imports

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"portico"
	"portico/internal/store"
)

// errSuperseded is returned if another program did the next chunk of an import, or
// if the import was stopped meanwhile.
var errSuperseded = errors.New("the import has moved on")

const (
	stoppedRights    portico.Text = "The account or the rights of {0} have changed. Anyone who can manage users can continue the import."
	stoppedSuspended portico.Text = "The customer is suspended, so invitations would not work. Continue the import once the customer is reactivated."
	stoppedBroken    portico.Text = "Something went wrong on our side. Continue the import. If it stops again, tell the people who run the portal."
)

// Work works on the imports of all customers, one chunk of each in
// turn, until none is left, and removes imports that have expired. It is called
// again and again while the portal runs. Several programs may run it on one
// database, because each chunk is done in the same transaction that records it
// as done.
func (s *Service) Work(ctx context.Context) error {
	if err := s.forgetExpired(ctx); err != nil {
		return err
	}
	left := map[string]bool{} // to other programs, or to a later call
	var failed error
	for {
		imports, err := s.db.Read(ctx).WorkingImports()
		if err != nil {
			return errors.Join(failed, err)
		}
		imports = slices.DeleteFunc(imports, func(i portico.Import) bool { return left[i.ID] })
		if len(imports) == 0 {
			return failed
		}
		for _, i := range imports {
			if _, err := s.doNextChunk(ctx, i); errors.Is(err, errSuperseded) {
				left[i.ID] = true
			} else if err != nil {
				left[i.ID] = true
				failed = errors.Join(failed, err)
			}
		}
	}
}

// finishSmall finishes a small import while its page waits.
func (s *Service) finishSmall(ctx context.Context, i portico.Import) error {
	if i.Chunks > smallChunks {
		return nil
	}
	for i.Running() {
		next, err := s.doNextChunk(ctx, i)
		if errors.Is(err, errSuperseded) {
			return nil
		}
		if err != nil {
			return err
		}
		i = next
	}
	return nil
}

// doNextChunk validates or runs the next chunk of an import in one transaction, and
// returns the import after that. If it fails, the import is stopped.
func (s *Service) doNextChunk(ctx context.Context, i portico.Import) (portico.Import, error) {
	to, err := s.doChunk(ctx, i)
	switch {
	case err == nil:
		return to, nil
	case errors.Is(err, errSuperseded) || ctx.Err() != nil:
		return i, err
	}
	stopErr := s.db.Update(ctx, portico.System(portico.Origin{}), func(tx *store.Tx) error { return stop(tx, i, portico.Say(stoppedBroken)) })
	return i, errors.Join(fmt.Errorf("import %s, chunk %d: %w", i.ID, i.ChunksDone, err), stopErr)
}

func (s *Service) doChunk(ctx context.Context, i portico.Import) (portico.Import, error) {
	var chunk []Row
	if !i.Inviting {
		var err error
		if chunk, err = storedChunk(s.db.Read(ctx), i.CustomerID, i.ID, i.ChunksDone); err != nil {
			return portico.Import{}, store.NotFound(err, errSuperseded)
		}
	}
	return store.Update(ctx, s.db, portico.System(portico.Origin{}), func(tx *store.Tx) (to portico.Import, err error) {
		now, err := tx.Import(i.CustomerID, i.ID)
		if err != nil {
			return to, store.NotFound(err, errSuperseded)
		}
		if now.Phase != i.Phase || now.Inviting != i.Inviting || now.ChunksDone != i.ChunksDone || !now.Running() {
			return to, errSuperseded
		}
		actor, err := importer(&tx.Reader, now)
		var refused *portico.Refusal
		if errors.As(err, &refused) {
			to, _ = now.Stop(refused.Reason) // cannot fail, because the import runs
			return to, stop(tx, now, refused.Reason)
		}
		if err != nil {
			return to, err
		}
		if now.Inviting {
			to, err = s.doInvitations(tx, actor, now)
		} else {
			to, err = s.doRows(tx, actor, now, chunk)
		}
		if portico.TooMany.Is(err) {
			return to, errMailLimit
		}
		return to, err
	})
}

// doRows validates or runs the rows of a chunk, and stores the next state of
// the import.
func (s *Service) doRows(tx *store.Tx, actor portico.Actor, i portico.Import, chunk []Row) (to portico.Import, err error) {
	c := i.CustomerID
	rows := slices.Clone(chunk)
	validate(actor, c, rows)
	if rows, err = plan(&tx.Reader, actor, c, rows, i.Phase != portico.ImportRunning); err != nil {
		return to, err
	}
	if i.Phase == portico.ImportRunning {
		if err := recordTaken(tx, actor, c, rows, i.FileName); portico.TooMany.Is(err) {
			why := portico.ErrorOf(err).Message
			to, _ = i.Stop(why) // cannot fail, because the import runs
			return to, stop(tx, i, why)
		} else if err != nil {
			return to, err
		}
		created, err := s.apply(tx, actor, c, rows, i.FileName, i.Invite)
		if err != nil {
			return to, err
		}
		if i.Invite {
			err = tx.DeleteImportChunk(c, i.ID, i.ChunksDone)
		} else {
			i.Uninvited += countUninvited(created, i.Invite)
			err = tx.ReplaceImportChunk(c, i.ID, i.ChunksDone, writeUninvited(len(rows), created))
		}
		if err != nil {
			return to, err
		}
	}
	n, refused := countRows(rows)
	refused = refused[:min(len(refused), max(0, maxRefused-i.Counts.Refused))]
	if err := tx.RefuseRows(c, i.ID, rows[0].Line, rows[len(rows)-1].Line, refused); err != nil {
		return to, err
	}
	to = i.Advance(len(rows), n)
	if err := tx.StepImport(c, i, to); err != nil || !to.Finished() {
		return to, err
	}
	if err := tx.ForgetFinishedImports(c, MaxFinished); err != nil {
		return to, err
	}
	return to, record(tx, actor, portico.ImportEnded, to, summary(to.FileName, to.Counts))
}

// importer returns the actor of an import, with the role and the customer
// that the user has now. It returns a Refusal if the import must stop because
// these have changed.
func importer(r *store.Reader, i portico.Import) (portico.Actor, error) {
	told := portico.E(portico.Conflict, stoppedRights, i.By)
	refused := &portico.Refusal{Err: told, Reason: told.Message}
	a, err := r.Account(i.UserID)
	if err != nil {
		return portico.Actor{}, err
	}
	if a.Status != portico.Active || a.Customer.Suspended() || a.Epoch != i.Epoch {
		return portico.Actor{}, refused
	}
	actor := portico.AsUser(a.User, i.Origin)
	if a.CustomerID != i.CustomerID {
		c, err := r.Customer(i.CustomerID)
		if err != nil {
			return portico.Actor{}, err
		}
		if actor, err = actor.Enter(c, r.Now); err != nil {
			return portico.Actor{}, refused
		}
		if c.Suspended() && i.Invite && i.Phase == portico.ImportRunning {
			told := portico.E(portico.Conflict, stoppedSuspended)
			return portico.Actor{}, &portico.Refusal{Err: told, Reason: told.Message}
		}
	}
	if !actor.Can(portico.ManagePeople, i.CustomerID) {
		return portico.Actor{}, refused
	}
	return actor, nil
}

// stop stops an import in the name of the portal.
func stop(tx *store.Tx, i portico.Import, reason portico.Message) error {
	to, err := i.Stop(reason)
	if err != nil {
		return err
	}
	if err := tx.StepImport(i.CustomerID, i, to); err != nil {
		return err
	}
	return record(tx, portico.System(portico.Origin{}), portico.ImportStopped, to, portico.Join("{0} {1}", reason, summary(to.FileName, to.Counts)))
}

// forgetExpired removes imports that have expired, if there are any.
func (s *Service) forgetExpired(ctx context.Context) error {
	r := s.db.Read(ctx)
	old, err := r.OldImports(r.Now.Add(-portico.UploadTTL), r.Now.Add(-portico.ImportTTL), r.Now.Add(-portico.ImportKept))
	if err != nil || len(old) == 0 {
		return err
	}
	return s.db.Update(ctx, portico.System(portico.Origin{}), func(tx *store.Tx) error {
		for _, i := range old {
			if err := tx.DeleteImport(i.CustomerID, i.ID); err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
		}
		return nil
	})
}
