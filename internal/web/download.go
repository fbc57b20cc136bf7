package web

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"

	"portico"
)

// download is an answer that is a file, sent piece by piece.
type download struct {
	w          http.ResponseWriter
	kind, name string
	admitted   func() error // nil while its reader may have more of it
	begun      bool
}

// download begins one for the reader of the request.
func (s *Server) download(w http.ResponseWriter, r *http.Request, kind, name string) *download {
	ctx, actor := r.Context(), at(r).actor
	return &download{w: w, kind: kind, name: name, admitted: func() error { return s.Auth.StillAdmitted(ctx, actor) }}
}

// piece is called before each piece: it begins the file, and gives the piece
// the time that a page has, so that a large file may take longer and a reader
// who stops may not. It fails when the reader has lost the right to it.
func (d *download) piece() error {
	if err := d.admitted(); err != nil {
		return err
	}
	if !d.begun {
		d.begun = true
		d.w.Header().Set("Content-Type", d.kind)
		d.w.Header().Set("Content-Disposition", `attachment; filename="`+d.name+`"`)
	}
	end := time.Now().Add(writeTimeout) //nolint:forbidigo // connections keep the machine's time
	if err := http.NewResponseController(d.w).SetWriteDeadline(end); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("giving a download more time: %w", err)
	}
	return nil
}

// ended ends a download. When half a file has gone out the connection is cut,
// so that nobody takes it for a whole one.
func (s *Server) ended(r *http.Request, d *download, err error) error {
	if d.begun && err != nil {
		s.Log.Warn("a download was broken off", "id", visited(r).id, "error", err)
		panic(http.ErrAbortHandler)
	}
	return err
}

// formulas are the characters that formulas begin with, in the widths that
// spreadsheets in East Asia take for the same.
const formulas = "=+-@＝＋－＠﹢﹣﹦﹫"

// passedOver says of a character that some spreadsheet drops before it looks
// whether a cell is a formula.
func passedOver(r rune) bool {
	return r == '"' || r == '\'' || unicode.IsSpace(r) || !portico.Printable(string(r)) || unicode.Is(unicode.Cf, r)
}

// cell keeps a spreadsheet from taking a text, or what follows a semicolon in
// it, for a formula: some spreadsheets take semicolons for the ends of cells.
func cell(s string) string {
	parts := strings.Split(s, ";")
	for i, p := range parts {
		begin := strings.TrimLeftFunc(p, passedOver)
		if control := strings.IndexFunc(p, unicode.IsControl); control >= 0 && control < len(p)-len(begin) || strings.IndexAny(begin, formulas) == 0 {
			parts[i] = "'" + p
		}
	}
	return strings.Join(parts, ";")
}
