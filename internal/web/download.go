package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"portico/internal/spreadsheet"
)

const typeCSV = "text/csv; charset=utf-8"

// download is a response that is a file, sent piece by piece.
type download struct {
	w          http.ResponseWriter
	kind, name string
	admitted   func() error // returns nil while the reader may have more of the file
	begun      bool
}

// download returns a download for the reader of the request.
func (s *Server) download(w http.ResponseWriter, r *http.Request, kind, name string) *download {
	ctx, actor := r.Context(), scopeOf(r).actor
	return &download{w: w, kind: kind, name: name, admitted: func() error { return s.Auth.StillAdmitted(ctx, actor) }}
}

// piece must be called before each piece is written. The first call writes the
// headers, and the mark by which Excel reads a CSV file as UTF-8. Every call extends the write deadline by writeTimeout, so that a
// large file may take longer than a page, but a reader who stops reading may
// not. piece returns an error if the reader has lost the right to the file.
func (d *download) piece() error {
	if err := d.admitted(); err != nil {
		return err
	}
	first := !d.begun
	if first {
		d.begun = true
		d.w.Header().Set("Content-Type", d.kind)
		d.w.Header().Set("Content-Disposition", `attachment; filename="`+d.name+`"`)
	}
	end := time.Now().Add(writeTimeout) //nolint:forbidigo // deadlines of connections use the machine's clock
	if err := http.NewResponseController(d.w).SetWriteDeadline(end); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("giving a download more time: %w", err)
	}
	if first && d.kind == typeCSV {
		if _, err := io.WriteString(d.w, spreadsheet.BOM); err != nil {
			return fmt.Errorf("beginning a download: %w", err)
		}
	}
	return nil
}

// ended finishes a download. If part of the file has been sent and err is not
// nil, it closes the connection, so that the reader cannot mistake the part for
// the whole file.
func (s *Server) ended(r *http.Request, d *download, err error) error {
	if d.begun && err != nil {
		s.Log.Warn("a download was broken off", "id", visited(r).id, "error", err)
		panic(http.ErrAbortHandler)
	}
	return err
}
