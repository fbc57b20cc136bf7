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
// headers. Every call extends the write deadline by writeTimeout, so that a
// large file may take longer than a page, but a reader who stops reading may
// not. piece returns an error if the reader has lost the right to the file.
func (d *download) piece() error {
	if err := d.admitted(); err != nil {
		return err
	}
	if !d.begun {
		d.begun = true
		d.w.Header().Set("Content-Type", d.kind)
		d.w.Header().Set("Content-Disposition", `attachment; filename="`+d.name+`"`)
	}
	end := time.Now().Add(writeTimeout) //nolint:forbidigo // deadlines of connections use the machine's clock
	if err := http.NewResponseController(d.w).SetWriteDeadline(end); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("giving a download more time: %w", err)
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

// formulas are the characters that a formula can begin with, including the
// full-width and small forms that East Asian spreadsheets treat the same.
const formulas = "=+-@＝＋－＠﹢﹣﹦﹫"

// passedOver reports whether some spreadsheet drops r before it checks whether
// a cell is a formula.
func passedOver(r rune) bool {
	return r == '"' || r == '\'' || unicode.IsSpace(r) || !portico.Printable(string(r)) || unicode.Is(unicode.Cf, r)
}

// cell escapes s so that a spreadsheet does not read it as a formula. It
// escapes each part after a semicolon too, because some spreadsheets treat
// semicolons as separators of cells.
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
