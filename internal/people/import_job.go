package people

import (
	"context"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"portico"
	"portico/internal/audit"
	"portico/internal/store"
)

// Limits of imports on a page.
const (
	jobChunk       = 1000   // rows in one transaction, for which others wait
	mostUnfinished = 10     // unfinished imports of one customer
	mostFinished   = 20     // finished imports that are kept for their refused rows
	mostRefused    = 20_000 // refused rows that an import keeps; further ones are only counted
	atOnceChunks   = 2      // chunks that are done before the page answers
)

// mostBytes is the space that the unfinished imports of one customer may take
// up in the database. It has room for one file of the largest size.
const mostBytes = ImportBytes

var errFull = portico.E(portico.Conflict, "The imports that are not finished take up all the room there is for them. Carry them out or discard them first.")

var errNoImport = portico.E(portico.NotFound, "There is no such import. It was discarded, or has run out.")

// ReceiveImport stores a file chunk by chunk as it arrives, and returns its
// import. ValidateImport must be called next to validate it. It returns an
// Invalid error if the file does not have the format of ReferenceFile; in that
// case nothing is kept.
func (s *Service) ReceiveImport(ctx context.Context, actor portico.Actor, c portico.CustomerID, name string, content io.Reader) (portico.Import, error) {
	if !actor.Can(portico.ManagePeople, c) {
		return portico.Import{}, ErrForbidden
	}
	ir, err := readImport(content)
	if err != nil {
		return portico.Import{}, err
	}
	i, err := s.createImport(ctx, actor, c, fileName(name))
	if err != nil {
		return i, err
	}
	err = ir.chunks(jobChunk, func(rows []ImportRow) error {
		content, err := writeChunk(rows)
		if err != nil {
			return err
		}
		from := i
		i.Chunks, i.Rows, i.Bytes = i.Chunks+1, i.Rows+len(rows), i.Bytes+int64(len(content))
		return s.db.Update(ctx, actor, func(tx *store.Tx) error {
			if _, bytes, err := tx.UnfinishedImports(c); err != nil {
				return err
			} else if bytes+int64(len(content)) > mostBytes {
				return errFull
			}
			if err := tx.PutImportChunk(c, i.ID, from.Chunks, content); err != nil {
				return store.NotFound(err, errNoImport)
			}
			return store.NotFound(tx.StepImport(c, from, i), errNoImport)
		})
	})
	if err != nil {
		s.ForgetUpload(ctx, c, i.ID)
		return portico.Import{}, err
	}
	return i, nil
}

// ForgetUpload removes a file that was uploaded in part, or whose form was not
// valid. If that fails, the file is removed when it expires.
func (s *Service) ForgetUpload(ctx context.Context, c portico.CustomerID, id string) {
	late, cancel := store.Detached(ctx)
	defer cancel()
	_ = s.db.Update(late, portico.System(portico.Origin{}), func(tx *store.Tx) error {
		i, err := tx.Import(c, id)
		if err != nil || i.Phase != portico.ImportReceiving {
			return err
		}
		return tx.DeleteImport(c, id)
	})
}

// createImport adds an import without content. It returns a Conflict error if
// the customer has too many unfinished imports.
func (s *Service) createImport(ctx context.Context, actor portico.Actor, c portico.CustomerID, name string) (portico.Import, error) {
	id, err := store.NewID()
	if err != nil {
		return portico.Import{}, err
	}
	var i portico.Import
	err = s.db.Update(ctx, actor, func(tx *store.Tx) error {
		n, _, err := tx.UnfinishedImports(c)
		if err != nil {
			return err
		}
		if n >= mostUnfinished {
			return portico.E(portico.Conflict, fmt.Sprintf("There are %d imports that are not finished. Carry them out or discard them first.", n))
		}
		by, err := tx.Account(actor.UserID)
		if err != nil {
			return err
		}
		i = portico.Import{
			ID: id, CustomerID: c, FileName: name, UserID: actor.UserID, By: actor.Name, Origin: actor.Origin, Epoch: by.Epoch,
			Phase: portico.ImportReceiving, CreatedAt: tx.Now, ChangedAt: tx.Now,
		}
		return tx.CreateImport(i)
	})
	return i, err
}

// fileName returns the name that the browser gave the file, without directories
// and at most 80 characters long. It returns "file.csv" if the name cannot be
// shown.
func fileName(name string) string {
	name = strings.TrimSpace(path.Base(strings.ReplaceAll(name, `\`, "/")))
	runes := []rune(name)
	if !portico.Printable(name) || name == "" || name == "." || name == "/" {
		return "file.csv"
	}
	return string(runes[:min(len(runes), 80)])
}

// ValidateImport begins to validate an uploaded file. It finishes this before it
// returns if the file is small.
func (s *Service) ValidateImport(ctx context.Context, actor portico.Actor, c portico.CustomerID, id string, invite bool) error {
	to, err := s.changeImport(ctx, actor, c, id, func(_ *store.Tx, i portico.Import) (portico.Import, error) {
		if i.Phase != portico.ImportReceiving || i.UserID != actor.UserID {
			return i, errNoImport
		}
		i.Phase, i.Invite = portico.ImportValidating, invite
		return i, nil
	})
	if err != nil {
		return err
	}
	return s.workAtOnce(ctx, to)
}

// StartImport runs a validated import, or continues a stopped one, in the name
// of the actor.
func (s *Service) StartImport(ctx context.Context, actor portico.Actor, c portico.CustomerID, id string) error {
	to, err := s.changeImport(ctx, actor, c, id, func(tx *store.Tx, i portico.Import) (portico.Import, error) {
		by, err := tx.Account(actor.UserID)
		if err != nil {
			return i, err
		}
		to, err := i.Start(actor, by.Epoch)
		if err != nil || to.Phase != portico.ImportRunning {
			return to, err
		}
		return to, recordImport(tx, actor, portico.ImportStarted, to, fmt.Sprintf("%s: %d rows, %d of them done", to.FileName, to.Rows, to.RowsDone))
	})
	if err != nil {
		return err
	}
	return s.workAtOnce(ctx, to)
}

// StopImport stops an import between two chunks. It can be continued later.
func (s *Service) StopImport(ctx context.Context, actor portico.Actor, c portico.CustomerID, id string) error {
	_, err := s.changeImport(ctx, actor, c, id, func(tx *store.Tx, i portico.Import) (portico.Import, error) {
		to, err := i.Stop("Stopped by " + actor.Name + ".")
		if err != nil {
			return i, err
		}
		return to, recordImport(tx, actor, portico.ImportStopped, to, importSummary(to.FileName, to.Counts))
	})
	return err
}

// DiscardImport removes an import and its file. Changes by rows that were run
// stay.
func (s *Service) DiscardImport(ctx context.Context, actor portico.Actor, c portico.CustomerID, id string) error {
	if !actor.Can(portico.ManagePeople, c) {
		return ErrForbidden
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
		return recordImport(tx, actor, portico.ImportDiscarded, i, fmt.Sprintf("%s, after %d of %d rows", i.FileName, i.RunRows(), i.Rows))
	})
}

// changeImport takes a customer's import from one state to the next.
func (s *Service) changeImport(ctx context.Context, actor portico.Actor, c portico.CustomerID, id string,
	f func(*store.Tx, portico.Import) (portico.Import, error),
) (to portico.Import, err error) {
	if !actor.Can(portico.ManagePeople, c) {
		return to, ErrForbidden
	}
	err = s.db.Update(ctx, actor, func(tx *store.Tx) error {
		i, err := tx.Import(c, id)
		if err != nil {
			return store.NotFound(err, errNoImport)
		}
		if to, err = f(tx, i); err != nil {
			return err
		}
		return tx.StepImport(c, i, to) // cannot conflict, because i was read in this transaction
	})
	return to, err
}

func recordImport(tx *store.Tx, actor portico.Actor, action portico.Action, i portico.Import, details string) error {
	return audit.Record(tx, portico.Event{CustomerID: i.CustomerID, Action: action, Actor: actor, Details: details})
}

// Imports lists a customer's newest imports, finished or not, at most twice
// mostUnfinished.
func (s *Service) Imports(ctx context.Context, actor portico.Actor, c portico.CustomerID) ([]portico.Import, error) {
	if !actor.Can(portico.ManagePeople, c) {
		return nil, ErrForbidden
	}
	return s.db.Read(ctx).Imports(c, 2*mostUnfinished)
}

// ImportView is an import as its page shows it.
type ImportView struct {
	portico.Import
	Refused []portico.RefusedRow // the first refused rows
	Rows    []ImportRow          // the first of the other rows, before the import is run
}

// ViewImport returns a customer's import with at most most of its first rows.
// Refused rows come first.
func (s *Service) ViewImport(ctx context.Context, actor portico.Actor, c portico.CustomerID, id string, most int) (v ImportView, err error) {
	if !actor.Can(portico.ManagePeople, c) {
		return v, ErrForbidden
	}
	err = s.db.View(ctx, func(r *store.Reader) error {
		if v.Import, err = r.Import(c, id); err != nil {
			return store.NotFound(err, errNoImport)
		}
		if v.Refused, err = r.RefusedRows(c, id, 0, most); err != nil || v.Phase != portico.ImportValidated {
			return err
		}
		rows, err := keptChunk(r, c, id, 0)
		if err != nil {
			return err
		}
		check(actor, c, rows)
		if rows, err = plan(r, actor, c, rows, true); err != nil {
			return err
		}
		rows = slices.DeleteFunc(rows, func(row ImportRow) bool { return row.Action == RowRefused })
		v.Rows = rows[:min(len(rows), most-len(v.Refused))]
		return nil
	})
	return v, err
}

// RefusedRows calls f with the refused rows of a customer's import, at most 500
// at a time. It stops at the first error of f. If not all of them were kept,
// the last row says how many are missing.
func (s *Service) RefusedRows(ctx context.Context, actor portico.Actor, c portico.CustomerID, id string, f func([]portico.RefusedRow) error) error {
	if !actor.Can(portico.ManagePeople, c) {
		return ErrForbidden
	}
	i, err := s.db.Read(ctx).Import(c, id)
	if err != nil {
		return store.NotFound(err, errNoImport)
	}
	const batch = 500
	for line, listed := 0, 0; ; {
		rows, err := s.db.Read(ctx).RefusedRows(c, id, line, batch)
		if err != nil {
			return err
		}
		if listed += len(rows); len(rows) < batch && listed < i.Counts.Refused {
			more := fmt.Sprintf("%d rows more were refused: the reasons of the first %d are kept.", i.Counts.Refused-listed, mostRefused)
			return f(append(rows, portico.RefusedRow{Reason: more}))
		}
		if err := f(rows); err != nil || len(rows) < batch {
			return err
		}
		line = rows[batch-1].Line
	}
}
