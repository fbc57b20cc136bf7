package imports

import (
	"context"
	"slices"

	"portico"
	"portico/internal/store"
)

// List lists a customer's imports, finished or not, newest first.
func (s *Service) List(ctx context.Context, actor portico.Actor, c portico.CustomerID) ([]portico.Import, error) {
	if !actor.Can(portico.ManagePeople, c) {
		return nil, portico.ErrForbidden
	}
	return s.db.Read(ctx).Imports(c, maxUnfinished+MaxFinished)
}

// View is an import as its page shows it.
type View struct {
	portico.Import
	Refused []portico.RefusedRow // the first refused rows
	Rows    []Row                // the first of the other rows, before the import is run
}

// View returns a customer's import with at most most of its first rows.
// Refused rows come first.
func (s *Service) View(ctx context.Context, actor portico.Actor, c portico.CustomerID, id string, most int) (View, error) {
	if !actor.Can(portico.ManagePeople, c) {
		return View{}, portico.ErrForbidden
	}
	return store.View(ctx, s.db, func(r *store.Reader) (v View, err error) {
		if v.Import, err = r.Import(c, id); err != nil {
			return v, store.NotFound(err, errNoImport)
		}
		if v.Refused, err = r.RefusedRows(c, id, 0, most); err != nil || v.Phase != portico.ImportValidated {
			return v, err
		}
		rows, err := storedChunk(r, c, id, 0)
		if err != nil {
			return v, err
		}
		validate(actor, c, rows)
		if rows, err = plan(r, actor, c, rows, true); err != nil {
			return v, err
		}
		rows = slices.DeleteFunc(rows, func(row Row) bool { return row.Action == RowRefused })
		v.Rows = rows[:min(len(rows), most-len(v.Refused))]
		return v, nil
	})
}

// RefusedRows calls f with the refused rows of a customer's import, at most 500
// at a time. It stops at the first error of f. If not all of them were kept,
// the last row says how many are missing.
func (s *Service) RefusedRows(ctx context.Context, actor portico.Actor, c portico.CustomerID, id string, f func([]portico.RefusedRow) error) error {
	if !actor.Can(portico.ManagePeople, c) {
		return portico.ErrForbidden
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
			more := portico.Say("{0} more rows were refused. The reasons of the first {1} are kept.", i.Counts.Refused-listed, maxRefused)
			return f(append(rows, portico.RefusedRow{Reason: more}))
		}
		if err := f(rows); err != nil || len(rows) < batch {
			return err
		}
		line = rows[batch-1].Line
	}
}
