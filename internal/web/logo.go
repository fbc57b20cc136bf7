package web

import (
	"errors"
	"io"
	"net/http"

	"portico"
	"portico/internal/people"
	"portico/internal/web/ui"
)

// logoPath is the address of a customer's picture, "" when it has none.
func logoPath(c portico.Customer) string {
	if c.Logo == "" {
		return ""
	}
	return "/logo/" + c.Logo
}

// logo sends a picture, which is a PNG of our own making. Its address holds
// the hash of its content, so that browsers may keep it for ever.
func (s *Server) logo(w http.ResponseWriter, r *http.Request) error {
	picture, err := s.People.Logo(r.Context(), r.PathValue("hash"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(picture) // the client may have gone
	return nil
}

// accent sends the style that a customer's colour makes. It follows from the
// address alone, so that it tells of no customer.
func (s *Server) accent(w http.ResponseWriter, r *http.Request) error {
	css, ok := ui.AccentStyle(r.PathValue("colour"))
	if !ok {
		return portico.E(portico.NotFound, "There is no such colour.")
	}
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = io.WriteString(w, css) // the client may have gone
	return nil
}

func (s *Server) logoSave(w http.ResponseWriter, r *http.Request) error {
	uploaded, err := readPicture(w, r)
	if err != nil {
		return err
	}
	c, err := s.customerOf(r)
	if err != nil {
		return err
	}
	if err := s.People.SaveLogo(r.Context(), session(r).Actor, c.ID, uploaded); err != nil {
		return s.reject(w, err, func(p *ui.Problem) ui.Page {
			page := s.customerPageFor(r, c)
			page.Problem = p
			return page
		})
	}
	return goOn(w, r, customerPath(c.Slug), "logo-saved")
}

// readPicture reads the file of the logo's form, in memory and bounded. Without
// one it is empty, and never nil.
func readPicture(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if mediaType(r) != "multipart/form-data" {
		return nil, errMediaType
	}
	const most = people.LogoBytes + maxForm
	r.Body = http.MaxBytesReader(w, r.Body, most)
	if err := r.ParseMultipartForm(most); err != nil {
		return nil, bodyError(err)
	}
	file, _, err := r.FormFile("logo")
	if errors.Is(err, http.ErrMissingFile) {
		return []byte{}, nil
	}
	if err != nil {
		return nil, errUnreadable
	}
	defer func() { _ = file.Close() }() // in memory
	uploaded, err := io.ReadAll(file)
	if err != nil {
		return nil, errUnreadable
	}
	return uploaded, nil
}

func (s *Server) logoRemove(w http.ResponseWriter, r *http.Request) error {
	c, err := s.customerOf(r)
	if err != nil {
		return err
	}
	if err := s.People.SaveLogo(r.Context(), session(r).Actor, c.ID, nil); err != nil {
		return err
	}
	return goOn(w, r, customerPath(c.Slug), "logo-removed")
}
