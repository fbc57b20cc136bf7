package imports

import (
	"context"
	"io"
	"path"
	"strings"

	"portico"
	"portico/internal/store"
)

// Limits of imports on a page.
const (
	jobChunk      = 1000   // rows in one transaction, for which others wait
	maxUnfinished = 10     // unfinished imports of one customer
	MaxFinished   = 20     // finished imports that are kept for their refused rows
	maxSent       = 1024   // bytes of a refused row that an import keeps
	maxRefused    = 20_000 // refused rows that an import keeps; further ones are only counted
	smallChunks   = 2      // chunks that are done before the page answers
)

// maxUnfinishedBytes is the space that the unfinished imports of one customer may take
// up in the database. It has room for one file of the largest size.
const maxUnfinishedBytes = MaxBytes

var errFull = portico.E(portico.Conflict, "The unfinished imports take up all available space. Start or discard them first.")

var errNoImport = portico.E(portico.NotFound, "There is no such import. It was discarded, or has expired.")

// Receive stores a file chunk by chunk as it arrives, and returns its
// import. Validate must be called next to validate it. It returns an
// Invalid error if the file does not have the format of ReferenceFile; in that
// case nothing is kept.
func (s *Service) Receive(ctx context.Context, actor portico.Actor, c portico.CustomerID, name string, content io.Reader) (portico.Import, error) {
	if !actor.Can(portico.ManagePeople, c) {
		return portico.Import{}, portico.ErrForbidden
	}
	ir, err := newFileReader(content, true) // the page shows what became of the names before anything is done
	if err != nil {
		return portico.Import{}, err
	}
	ir.keeps = true
	i, err := s.create(ctx, actor, c, fileName(name))
	if err != nil {
		return i, err
	}
	err = ir.chunks(jobChunk, func(rows []Row) error {
		content, err := writeChunk(rows)
		if err != nil {
			return err
		}
		from := i
		i.Chunks, i.Rows, i.Bytes = i.Chunks+1, i.Rows+len(rows), i.Bytes+int64(len(content))
		i.Encoding, i.Ignored = string(ir.file.Encoding()), strings.Join(ir.ignored, ", ")
		return s.db.Update(ctx, actor, func(tx *store.Tx) error {
			if _, bytes, err := tx.UnfinishedImports(c); err != nil {
				return err
			} else if bytes+int64(len(content)) > maxUnfinishedBytes {
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

// create adds an import without content. It returns a Conflict error if
// the customer has too many unfinished imports.
func (s *Service) create(ctx context.Context, actor portico.Actor, c portico.CustomerID, name string) (portico.Import, error) {
	id, err := store.NewID()
	if err != nil {
		return portico.Import{}, err
	}
	return store.Update(ctx, s.db, actor, func(tx *store.Tx) (portico.Import, error) {
		n, _, err := tx.UnfinishedImports(c)
		if err != nil {
			return portico.Import{}, err
		}
		if n >= maxUnfinished {
			return portico.Import{}, portico.E(portico.Conflict, "There are {0} unfinished imports. Start or discard them first.", n)
		}
		by, err := tx.Account(actor.UserID)
		if err != nil {
			return portico.Import{}, err
		}
		i := portico.Import{
			ID: id, CustomerID: c, FileName: name, UserID: actor.UserID, By: actor.Name, Origin: actor.Origin, Epoch: by.Epoch,
			Phase: portico.ImportReceiving, CreatedAt: tx.Now, ChangedAt: tx.Now,
		}
		return i, tx.CreateImport(i)
	})
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
