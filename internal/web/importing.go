package web

import (
	"errors"
	"io"
	"net/http"
	"slices"

	"portico/internal/people"
	"portico/internal/web/ui"
)

// shownRows is how many rows of an import its page lists.
const shownRows = 200

func (s *Server) importPageFor(r *http.Request) ui.ImportPage {
	return ui.ImportPage{Layout: s.layout(r, "Import users", at(r).access())}
}

func (s *Server) importPage(w http.ResponseWriter, r *http.Request) error {
	return s.show(w, s.importPageFor(r))
}

func (s *Server) importReference(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="portico-users.csv"`)
	_, _ = io.WriteString(w, people.ReferenceFile) // the client may have gone
	return nil
}

// readUpload reads the file of the import form, in memory and bounded.
func readUpload(w http.ResponseWriter, r *http.Request) (content []byte, f form, err error) {
	if mediaType(r) != "multipart/form-data" {
		return nil, form{}, errMediaType
	}
	r.Body = http.MaxBytesReader(w, r.Body, people.ImportBytes+maxForm)
	if err := r.ParseMultipartForm(people.ImportBytes + maxForm); err != nil {
		return nil, form{}, bodyError(err)
	}
	if f, err = checkForm(r.PostForm); err != nil {
		return nil, form{}, err
	}
	file, _, err := r.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) {
		return nil, f, nil // told as an empty file is
	}
	if err != nil {
		return nil, f, errUnreadable
	}
	defer func() { _ = file.Close() }() // in memory
	content, err = io.ReadAll(file)
	if err != nil {
		return nil, f, errUnreadable
	}
	return content, f, nil
}

func (s *Server) importLook(w http.ResponseWriter, r *http.Request) error {
	content, f, err := readUpload(w, r)
	if err != nil {
		return err
	}
	page := s.importPageFor(r)
	looked, err := s.People.LookAtImport(r.Context(), at(r).actor, at(r).customer.ID, content, f.ticked("invite"))
	if err != nil {
		return s.reject(w, err, func(p *ui.Problem) ui.Page {
			page.Problem = p
			return page
		})
	}
	page.Preview = preview(looked)
	return s.show(w, page)
}

func preview(i people.Import) *ui.ImportPreview {
	p := &ui.ImportPreview{ID: i.ID, Invite: i.Invite, Counts: counts(i)}
	rows := slices.Clone(i.Rows)
	slices.SortStableFunc(rows, func(a, b people.ImportRow) int {
		return refusedFirst(a) - refusedFirst(b)
	})
	if len(rows) > shownRows {
		p.More, rows = len(rows)-shownRows, rows[:shownRows]
	}
	for _, row := range rows {
		p.Rows = append(p.Rows, ui.ImportRow{Line: row.Line, LoginID: row.User.LoginID, Name: row.User.Name(), Email: row.User.Email, Does: row.Does, Why: row.Why})
	}
	return p
}

func refusedFirst(row people.ImportRow) int {
	if row.Does == people.RowRefused {
		return 0
	}
	return 1
}

func counts(i people.Import) (c ui.ImportCounts) {
	for _, row := range i.Rows {
		switch row.Does {
		case people.RowCreate:
			c.Create++
		case people.RowUpdate:
			c.Update++
		case people.RowUnchanged:
			c.Unchanged++
		case people.RowRefused:
			c.Refused++
		}
	}
	return c
}

func (s *Server) importApply(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(w, r)
	if err != nil {
		return err
	}
	done, err := s.People.CarryOutImport(r.Context(), at(r).actor, at(r).customer.ID, f.text("id"))
	if err != nil && !errors.Is(err, people.ErrMail) {
		return err
	}
	page := s.importPageFor(r)
	if err != nil {
		s.Log.Error("sending invitations", "id", visited(r).id, "error", err)
		page.Problem = &ui.Problem{Text: "Everybody was imported, but not all invitations could be mailed. Send them again from each person's page."}
	}
	c := counts(done)
	page.Done = &c
	return s.show(w, page)
}
