package web

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"portico"
	"portico/internal/imports"
	"portico/internal/spreadsheet"
	"portico/internal/web/ui"
)

const (
	shownRows     = 200              // of an import, on its page
	uploadTimeout = 10 * time.Minute // for sending a file
)

func (p scope) imports() string { return p.access() + "/import" }

// importFile returns the address of one import.
func (p scope) importFile(id string) string { return p.base + "/imports/" + url.PathEscape(id) }

func (s *Server) importPage(w http.ResponseWriter, r *http.Request) error {
	page, err := s.importPageFor(r)
	if err != nil {
		return err
	}
	return s.show(w, page)
}

func (s *Server) importPageFor(r *http.Request) (ui.ImportPage, error) {
	sc := scopeOf(r)
	page := ui.ImportPage{Layout: s.layout(r, "Import users", sc.access()), Most: imports.MaxRows, Kept: imports.MaxFinished}
	imports, err := s.Imports.List(r.Context(), sc.actor, sc.customer.ID)
	for _, i := range imports {
		if i.Phase != portico.ImportReceiving {
			page.Imports = append(page.Imports, ui.ImportLine{Import: i, Address: sc.importFile(i.ID)})
		}
	}
	return page, err
}

func (s *Server) importReference(w http.ResponseWriter, r *http.Request) error {
	d := s.download(w, r, typeCSV, "portico-users.csv")
	if err := d.piece(); err != nil {
		return err
	}
	_, _ = io.WriteString(w, imports.ReferenceFile) // the client may have gone
	return nil
}

// importSend receives a file and starts its validation.
func (s *Server) importSend(w http.ResponseWriter, r *http.Request) error {
	page, err := s.importPageFor(r)
	if err != nil {
		return err
	}
	sc := scopeOf(r)
	i, f, err := s.receive(w, r)
	if err == nil {
		err = s.Imports.Validate(r.Context(), sc.actor, sc.customer.ID, i.ID, f.ticked("invite"))
	}
	if err != nil {
		if i.ID != "" {
			s.Imports.ForgetUpload(r.Context(), sc.customer.ID, i.ID)
		}
		return s.rerenderForm(w, r, err, func(p *ui.Problem) ui.Page {
			page.Problem = p
			return page
		})
	}
	return redirect(w, r, sc.importFile(i.ID), "")
}

// receive reads the form with the file. The file is stored while it arrives and
// is never held in memory as a whole.
func (s *Server) receive(w http.ResponseWriter, r *http.Request) (i portico.Import, f form, err error) {
	if mediaType(r) != "multipart/form-data" {
		return i, f, errMediaType
	}
	if err := allowTime(w, uploadTimeout); err != nil {
		return i, f, err
	}
	r.Body = http.MaxBytesReader(w, r.Body, imports.MaxBytes+maxForm)
	parts, err := r.MultipartReader()
	if err != nil {
		return i, f, errUnreadable
	}
	values := url.Values{}
	for {
		part, err := parts.NextPart()
		switch {
		case errors.Is(err, io.EOF):
			if i.ID == "" {
				return i, f, portico.FieldError("file", "Choose a CSV file with at least one user.")
			}
			f, err = checkForm(values)
			return i, f, err
		case err != nil:
			return i, f, bodyError(err)
		case part.FormName() == "file" && i.ID == "":
			i, err = s.Imports.Receive(r.Context(), scopeOf(r).actor, scopeOf(r).customer.ID, part.FileName(), part)
		case len(values) < 10:
			err = readValue(part, values)
		default:
			err = errUnreadable
		}
		if err != nil {
			return i, f, sendError(err)
		}
	}
}

func readValue(part *multipart.Part, values url.Values) error {
	b, err := io.ReadAll(io.LimitReader(part, maxForm+1))
	if err != nil {
		return err
	}
	if len(b) > maxForm || part.FormName() == "file" {
		return errUnreadable
	}
	values.Add(part.FormName(), string(b))
	return nil
}

// sendError returns the error for a body that broke off while it was stored.
func sendError(err error) error {
	var tooMuch *http.MaxBytesError
	if errors.As(err, &tooMuch) {
		return errTooLarge
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errUnreadable
	}
	return err
}

// allowTime sets the deadlines for the request body and the response to d from
// now.
func allowTime(w http.ResponseWriter, d time.Duration) error {
	rc := http.NewResponseController(w)
	end := time.Now().Add(d) //nolint:forbidigo // deadlines of connections use the machine's clock
	if err := errors.Join(rc.SetReadDeadline(end), rc.SetWriteDeadline(end)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("giving an upload more time: %w", err)
	}
	return nil
}

// importView shows one import.
func (s *Server) importView(w http.ResponseWriter, r *http.Request) error {
	sc := scopeOf(r)
	v, err := s.Imports.View(r.Context(), sc.actor, sc.customer.ID, r.PathValue("import"), shownRows)
	if err != nil {
		return err
	}
	page := ui.ImportFilePage{
		Layout: titled(s.layout(r, "", sc.access()), s.text(r, "Import of {0}", v.FileName)), Import: v.Import, Address: sc.importFile(v.ID), RefusedFile: len(v.Refused) > 0,
	}
	if v.Running() {
		return s.show(w, page)
	}
	for _, row := range v.Refused {
		refused := ui.ImportRow{Line: row.Line, LoginID: row.LoginID, Does: imports.RowRefused, Why: row.Reason}
		refused.Name, refused.Email = strings.TrimSpace(row.Sent["first_name"]+" "+row.Sent["last_name"]), row.Sent["email"]
		page.Rows = append(page.Rows, refused)
	}
	for _, row := range v.Rows {
		page.Rows = append(page.Rows, ui.ImportRow{
			Line: row.Line, LoginID: row.User.LoginID, Name: row.User.Name(), Email: row.User.Email, Does: row.Action, Why: row.Reason,
		})
	}
	switch {
	case v.Phase == portico.ImportValidated:
		page.More = v.RowsDone - len(page.Rows)
	case len(v.Refused) == shownRows:
		page.More = v.Counts.Refused - shownRows
	}
	return s.show(w, page)
}

// importRefused sends the refused rows of an import as a file, as they were
// sent and with the reasons, so that they can be corrected and sent again.
func (s *Server) importRefused(w http.ResponseWriter, r *http.Request) error {
	sc := scopeOf(r)
	d := s.download(w, r, typeCSV, sc.customer.Slug+"-refused.csv")
	c := csv.NewWriter(w)
	var names []string
	return s.ended(r, d, s.Imports.RefusedRows(r.Context(), sc.actor, sc.customer.ID, r.PathValue("import"), func(rows []portico.RefusedRow) error {
		first := !d.begun
		if err := d.piece(); err != nil {
			return err
		}
		if first {
			names = imports.RefusedColumns(rows)
			_ = c.Write(names) // buffered; c.Error returns a failed write
		}
		for _, row := range rows {
			record := make([]string, len(names))
			for i, name := range names {
				record[i] = row.Sent[name]
			}
			if len(row.Sent) == 0 {
				record[0] = row.LoginID
			}
			last := len(names) - 1
			record[last-2], record[last-1], record[last] = strconv.Itoa(row.Line), row.Reason.String(), string(row.Status)
			for i := range record {
				record[i] = guarded(record[i])
			}
			_ = c.Write(record) // c.Error returns a failed write
		}
		c.Flush()
		return c.Error()
	}))
}

// guarded escapes a cell that is sent back. One that an uploaded file escaped
// stays as it is.
func guarded(cell string) string { return spreadsheet.Cell(spreadsheet.Text(cell)) }

// importInvite invites the people whom an import created without an invitation.
func (s *Server) importInvite(w http.ResponseWriter, r *http.Request) error {
	sc := scopeOf(r)
	if s.NoMail {
		return portico.E(portico.Conflict, "This portal has no mail server, so no invitations are sent: you find each activation link on the user's page.")
	}
	if err := s.Imports.Invite(r.Context(), sc.actor, sc.customer.ID, r.PathValue("import")); err != nil {
		return err
	}
	return redirect(w, r, sc.importFile(r.PathValue("import")), "")
}

func (s *Server) importStart(w http.ResponseWriter, r *http.Request) error {
	sc := scopeOf(r)
	if err := s.Imports.Start(r.Context(), sc.actor, sc.customer.ID, r.PathValue("import")); err != nil {
		return err
	}
	return redirect(w, r, sc.importFile(r.PathValue("import")), "")
}

func (s *Server) importStop(w http.ResponseWriter, r *http.Request) error {
	sc := scopeOf(r)
	if err := s.Imports.Stop(r.Context(), sc.actor, sc.customer.ID, r.PathValue("import")); err != nil {
		return err
	}
	return redirect(w, r, sc.importFile(r.PathValue("import")), "")
}

func (s *Server) importDiscard(w http.ResponseWriter, r *http.Request) error {
	sc := scopeOf(r)
	if err := s.Imports.Discard(r.Context(), sc.actor, sc.customer.ID, r.PathValue("import")); err != nil {
		return err
	}
	return redirect(w, r, sc.imports(), "import-discarded")
}
