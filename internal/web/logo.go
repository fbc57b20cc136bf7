package web

import (
	"errors"
	"io"
	"net/http"

	"portico"
	"portico/internal/customers"
	"portico/internal/web/ui"
)

// logoPath returns the address of the logo of a customer or of the provider, "" if it has none.
func logoPath(c portico.Customer) string {
	if c.Logo == "" {
		return ""
	}
	return "/logo/" + c.Logo
}

// logo sends a logo, which is always a PNG that the portal encoded itself. The
// address contains the hash of the content.
func (s *Server) logo(w http.ResponseWriter, r *http.Request) error {
	picture, err := s.Customers.Logo(r.Context(), r.PathValue("hash"))
	if err != nil {
		return err
	}
	sendLasting(w, "image/png", string(picture))
	return nil
}

// accent sends the style for a customer's colour. The style depends on the
// address alone, so it reveals nothing about customers.
func (s *Server) accent(w http.ResponseWriter, r *http.Request) error {
	css, ok := ui.AccentStyle(r.PathValue("colour"), r.URL.Query().Has("preview"))
	if !ok {
		return portico.E(portico.NotFound, "There is no such colour.")
	}
	sendLasting(w, "text/css; charset=utf-8", css)
	return nil
}

// icon sends the initials of a brand on its colour, for the tabs of browsers. Like
// the style, the picture depends on the address alone.
func (s *Server) icon(w http.ResponseWriter, r *http.Request) error {
	svg, ok := ui.InitialsIcon(r.PathValue("colour"), r.PathValue("initials"))
	if !ok {
		return portico.E(portico.NotFound, "There is no such picture.")
	}
	sendLasting(w, "image/svg+xml", svg)
	return nil
}

// sendLasting sends what its address names for good, so that browsers may cache it
// for ever.
func sendLasting(w http.ResponseWriter, contentType, content string) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = io.WriteString(w, content) // the client may have gone
}

// readPicture reads the uploaded file into memory, with a limit on its size. If
// no file was chosen, the result is empty but not nil: for SaveLogo, nil means
// to remove the logo.
func readPicture(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if mediaType(r) != "multipart/form-data" {
		return nil, errMediaType
	}
	const most = customers.LogoBytes + maxForm
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
	defer func() { _ = file.Close() }() // the file is in memory
	uploaded, err := io.ReadAll(file)
	if err != nil {
		return nil, errUnreadable
	}
	return uploaded, nil
}
