package web

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"

	"portico"
	"portico/internal/web/ui"
)

// maxTyped bounds the cookie of a form that is kept over a log-in. Beside the
// other headers of the response it has to fit into the 4 KiB that nginx takes
// from a server by default.
const maxTyped = 2600

// Keys of the notices of the log-in page.
const (
	overTyped  = "session-over-typed"  // the form is kept
	overLost   = "session-over-lost"   // it could not be kept
	overFile   = "session-over-file"   // files are not kept
	overButton = "session-over-button" // nothing was typed
)

// sessionOver answers a form that arrived without a session. It changes
// nothing. It redirects to the log-in, which says so and leads to the form's
// page, and keeps what was typed in a cookie, sealed to the account (see
// auth.SealTyped). The origin of the form was checked before, as for every
// POST.
func (s *Server) sessionOver(w http.ResponseWriter, r *http.Request) error {
	if r.URL.Path == "/logout" {
		s.toLogin(w, r)
		return nil
	}
	c, done, err := s.typedIn(r)
	if err != nil {
		return err
	}
	to := s.pageOf(r, localPath(c.Path))
	if done == overFile {
		to = s.pageOf(r, path.Dir(c.Path)) // where the form was begun
	}
	if done == overTyped {
		sealed, err := s.sealTyped(r, c)
		if err != nil {
			return err
		}
		if sealed == "" {
			done = overLost
		} else {
			s.setCookie(w, typedCookie, sealed)
		}
	}
	return redirect(w, r, "/login?next="+url.QueryEscape(to), done)
}

// typedIn returns the form of a request, without its secrets, and the key of
// the notice about it. Only overTyped is worth keeping.
func (s *Server) typedIn(r *http.Request) (carried, string, error) {
	c := carried{Path: r.URL.Path, Fields: map[string]string{}}
	if mediaType(r) == "multipart/form-data" {
		return c, overFile, nil
	}
	f, err := readForm(r)
	if err != nil {
		return c, overLost, nil //nolint:nilerr // the form is not read, and nothing of it is kept
	}
	for name := range f.values {
		if !secrets[name] {
			c.Fields[name] = f.values.Get(name)
		}
	}
	if c.Path == "/confirm" { // what was typed is the form that waits for the confirmation
		sealed, _ := base64.RawURLEncoding.DecodeString(f.text("form")) // OpenWaiting rejects the rest
		waiting, ok, err := s.Auth.OpenWaiting(r.Context(), s.authVisit(r), sealed)
		if err != nil {
			return c, "", err
		}
		if !ok || json.Unmarshal(waiting, &c) != nil {
			return carried{Path: f.text("next")}, overButton, nil //nolint:nilerr // no form of ours waits
		}
	}
	if rt, _, is := s.routed(r, http.MethodPost, c.Path); !is || typedPages[withoutBase(rt.pattern)] == nil {
		return c, overButton, nil
	}
	return c, overTyped, nil
}

// sealTyped returns the value of typedCookie for a form, or "" if it cannot be
// kept: it is too large, or the visit does not say whose it is.
func (s *Server) sealTyped(r *http.Request, c carried) (string, error) {
	c.Until = s.Now().Add(carriedTTL)
	b, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("keeping a form: %w", err)
	}
	var small bytes.Buffer
	z, err := flate.NewWriter(&small, flate.BestCompression)
	if err != nil {
		return "", fmt.Errorf("keeping a form: %w", err)
	}
	_, _ = z.Write(b) // into memory
	_ = z.Close()     // into memory
	sealed, ok, err := s.Auth.SealTyped(r.Context(), s.authVisit(r), small.Bytes())
	if err != nil || !ok || base64.RawURLEncoding.EncodedLen(len(sealed)) > maxTyped {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

// openTyped returns the form in typedCookie. ok is false unless the portal
// sealed it for this account, within carriedTTL.
func (s *Server) openTyped(r *http.Request) (c carried, ok bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(s.cookie(r, typedCookie))
	if err != nil {
		return carried{}, false
	}
	small, err := s.Auth.OpenTyped(session(r), sealed)
	if err != nil {
		return carried{}, false
	}
	b, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(small)), maxForm))
	if err != nil || json.Unmarshal(b, &c) != nil || !s.Now().Before(c.Until) {
		return carried{}, false
	}
	return c, true
}

// restore shows the page of a request with the form that was kept over the
// log-in, and reports whether it did. It never carries the form out: it calls
// only typedPages, and the button sends the form as always. The cookie is
// removed when the form is shown, or if it belongs to somebody else.
func (s *Server) restore(w http.ResponseWriter, r *http.Request) (bool, error) {
	if r.Method != http.MethodGet || session(r) == nil || s.cookie(r, typedCookie) == "" {
		return false, nil
	}
	c, ok := s.openTyped(r)
	if !ok {
		s.setCookie(w, typedCookie, "")
		return false, nil
	}
	if s.pageOf(r, c.Path) != r.URL.Path {
		return false, nil // the form waits for its page
	}
	rt, to, is := s.routed(r, http.MethodPost, c.Path)
	typed := typedPages[withoutBase(rt.pattern)]
	if !is || typed == nil {
		return false, nil
	}
	visited(r).notice = "form-restored"
	var page ui.Page
	err := s.admit(rt.guard.unconfirmed(), to)
	if err == nil {
		to.PostForm = c.form().values // with the zone that its days are in
		page, err = typed(s, to, c.form(), nil)
	}
	if told := portico.ErrorOf(err); told != nil && told.Code != portico.Unavailable {
		// What the form is about has changed, or may not be changed any more: the page
		// itself says so.
		visited(r).notice = ""
		s.setCookie(w, typedCookie, "")
		return false, nil
	}
	if err != nil {
		return false, err
	}
	s.setCookie(w, typedCookie, "")
	return true, s.show(w, page)
}
