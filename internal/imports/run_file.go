package imports

import (
	"context"
	"fmt"
	"io"

	"portico"
	"portico/internal/audit"
	"portico/internal/store"
)

// File is a file that the command line imports.
type File struct {
	Name    string
	Content io.Reader
	Invite  bool
	DryRun  bool                              // only reports what would be done
	Refused func(portico.RefusedRow)          // called for each refused row
	Done    func(counts portico.ImportCounts) // called after each chunk with the counts so far

	Windows1252 bool // a file that is not in UTF-8 is in Windows-1252; otherwise RunFile returns *spreadsheet.NotUTF8
}

// FileReport is what there is to say of a file after its import.
type FileReport struct {
	Encoding  string   // that it was converted from; "" for UTF-8
	Ignored   []string // columns that an import ignores
	Uninvited int      // people whom the import created and mailed no invitation
	Waiting   int      // people of earlier imports who have no valid invitation either
}

// fileChunk is how many rows of a command's import are one transaction. The
// number is large because rows that are written together touch the same
// database pages.
const fileChunk = 8_000

// RunFile runs an import for the command line, chunk by chunk while the file
// is read. It accepts password hashes from other systems. Rows that are not
// valid are refused; the other rows are imported.
func (s *Service) RunFile(ctx context.Context, actor portico.Actor, c portico.CustomerID, f File) (report FileReport, err error) {
	if !actor.Can(portico.ManagePeople, c) {
		return report, portico.ErrForbidden
	}
	f.Name = fileName(f.Name)
	ir, err := newFileReader(f.Content, f.Windows1252)
	if err != nil {
		return report, err
	}
	if err := s.recordFile(ctx, actor, c, portico.ImportStarted, f, portico.Verbatim(f.Name)); err != nil {
		return report, err
	}
	var counts portico.ImportCounts
	err = readAhead(ctx, ir, actor, c, func(rows []Row) error {
		n, chunk, err := s.applyFileChunk(ctx, actor, c, f, rows)
		if err != nil {
			return fmt.Errorf("importing from line %d on: %w", rows[0].Line, err)
		}
		counts, report.Uninvited, report.Waiting = counts.Plus(n), report.Uninvited+chunk.uninvited, report.Waiting+chunk.waiting
		f.Done(counts)
		return nil
	})
	if err != nil {
		return report, err
	}
	report.Encoding, report.Ignored = string(ir.file.Encoding()), ir.ignored
	return report, s.recordFile(ctx, actor, c, portico.ImportEnded, f, summary(f.Name, counts))
}

// readAhead reads and checks the next chunk while f works on the current one.
func readAhead(ctx context.Context, ir *reader, actor portico.Actor, c portico.CustomerID, f func([]Row) error) error {
	ctx, cancel := context.WithCancel(ctx)
	chunks, read := make(chan []Row), make(chan error, 1)
	go func() {
		defer close(chunks)
		read <- ir.chunks(fileChunk, func(rows []Row) error {
			validate(actor, c, rows)
			select {
			case chunks <- rows:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	var err error
	for rows := range chunks {
		if err == nil {
			if err = f(rows); err != nil {
				cancel() // ends the reader
			}
		}
	}
	cancel()
	if err != nil {
		return err
	}
	return <-read
}

// applyFileChunk runs or previews one chunk in one transaction.
func (s *Service) applyFileChunk(ctx context.Context, actor portico.Actor, c portico.CustomerID, f File, checked []Row) (n portico.ImportCounts, chunk plannedChunk, err error) {
	chunk, err = s.planOrApply(ctx, actor, c, f, checked)
	if err != nil {
		return n, chunk, err
	}
	n, refused := countRows(chunk.rows)
	for _, row := range refused {
		f.Refused(row)
	}
	return n, chunk, nil
}

// plannedChunk is a chunk of a file, planned or applied.
type plannedChunk struct {
	rows      []Row
	uninvited int // people whom it created and mailed no invitation
	waiting   int // people whom it found, and who have no valid invitation
}

// planOrApply plans a chunk, and applies it unless it is a dry run.
func (s *Service) planOrApply(ctx context.Context, actor portico.Actor, c portico.CustomerID, f File, checked []Row) (plannedChunk, error) {
	if f.DryRun {
		return store.View(ctx, s.db, func(r *store.Reader) (plannedChunk, error) {
			rows, err := plan(r, actor, c, checked, true)
			if err != nil {
				return plannedChunk{}, err
			}
			waiting, err := countWaiting(r, rows)
			return plannedChunk{rows: rows, waiting: waiting}, err
		})
	}
	return store.Update(ctx, s.db, actor, func(tx *store.Tx) (plannedChunk, error) {
		rows, err := plan(&tx.Reader, actor, c, checked, false)
		if err != nil {
			return plannedChunk{}, err
		}
		created, err := s.apply(tx, actor, c, rows, f.Name, f.Invite)
		if err != nil {
			return plannedChunk{}, err
		}
		waiting, err := countWaiting(&tx.Reader, rows)
		return plannedChunk{rows, countUninvited(created, f.Invite), waiting}, err
	})
}

// recordFile writes an event about the whole import, unless it is a dry run.
func (s *Service) recordFile(ctx context.Context, actor portico.Actor, c portico.CustomerID, action portico.Action, f File, told portico.Message) error {
	if f.DryRun {
		return nil
	}
	return s.db.Update(ctx, actor, func(tx *store.Tx) error {
		return audit.Record(tx, portico.Event{CustomerID: c, Action: action, Actor: actor, Told: told})
	})
}

// summary returns what an import did, for the audit log.
func summary(file string, n portico.ImportCounts) portico.Message {
	return portico.Say("{0}: {1} created, {2} updated, {3} unchanged, {4} refused", file, n.Created, n.Updated, n.Unchanged, n.Refused)
}
