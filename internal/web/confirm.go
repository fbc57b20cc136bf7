package web

import (
	"net/http"
	"net/url"
	"strings"

	"portico"
	"portico/internal/web/ui"
)

// askConfirmation sends somebody whose identity was not confirmed lately to
// /confirm, from where what was begun goes on. A form with something typed
// into it is carried along in the page, so that nothing is lost; secrets are
// asked for again.
func (s *Server) askConfirmation(w http.ResponseWriter, r *http.Request) error {
	next := r.URL.Path
	if r.Method != http.MethodPost {
		return goOn(w, r, "/confirm?next="+url.QueryEscape(next), "")
	}
	f, err := readForm(r)
	if err != nil {
		return err
	}
	carried := map[string]string{}
	for name := range f.values {
		if !secrets[name] {
			carried[name] = f.values.Get(name)
		}
	}
	if len(carried) == 0 {
		return goOn(w, r, "/confirm?next="+url.QueryEscape(next), "")
	}
	page := s.confirmPageFor(r, next, carried)
	page.Problem = nil
	return s.send(w, http.StatusForbidden, page)
}

func (s *Server) confirmPage(w http.ResponseWriter, r *http.Request) error {
	return s.show(w, s.confirmPageFor(r, r.URL.Query().Get("next"), nil))
}

func (s *Server) confirmPageFor(r *http.Request, next string, carried map[string]string) ui.ConfirmPage {
	ses := session(r)
	return ui.ConfirmPage{
		Layout: s.layout(r, "Confirm that it is you", "/account"), LoginID: ses.User.LoginID, Issuer: ses.Customer.Issuer(),
		NeedsCode: ses.User.TwoFactor == portico.TwoFactorEnabled, Next: localPath(next), Carried: carried, Why: why(next),
	}
}

// why names what is about to be done, for the page to say so.
func why(next string) string {
	switch {
	case strings.HasSuffix(next, "/two-factor/enable"):
		return "enable"
	case strings.HasSuffix(next, "/two-factor/disable"):
		return "disable"
	case strings.HasSuffix(next, "/two-factor/delete"):
		return "delete"
	case strings.HasSuffix(next, "/password"):
		return "password"
	case strings.HasSuffix(next, "/profile"):
		return "profile"
	case strings.HasSuffix(next, "/suspend"):
		return "suspend"
	case strings.HasSuffix(next, "/reactivate"):
		return "reactivate"
	case next == doorsPath:
		return "doors"
	case strings.HasSuffix(next, "/recovery-codes"):
		return "recovery"
	}
	return ""
}

// carriedPrefix marks the fields of the form that goes on.
const carriedPrefix = "carried."

func (s *Server) confirm(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	carried := map[string]string{}
	for name, v := range f.values {
		if name, is := strings.CutPrefix(name, carriedPrefix); is && !secrets[name] {
			carried[name] = v[0]
		}
	}
	token, err := s.Auth.Confirm(r.Context(), session(r), f.secret("password"), f.secret("code"), f.secret("recovery_code"))
	if err != nil {
		return s.reject(w, err, func(p *ui.Problem) ui.Page {
			page := s.confirmPageFor(r, f.text("next"), carried)
			page.Problem, page.Recovers = p, f.secret("recovery_code") != ""
			return page
		})
	}
	s.renew(w, token)
	return s.resume(w, r, localPath(f.text("next")), carried, token)
}

// resume goes on with what the confirmation interrupted: a page by a redirect,
// a form by running its route as if it had been sent now. Its guard decides
// again, with the new token.
func (s *Server) resume(w http.ResponseWriter, r *http.Request, next string, carried map[string]string, token string) error {
	page := r.Clone(r.Context())
	page.URL = &url.URL{Path: orStart(next)}
	page.Method = http.MethodGet
	if _, pattern := s.mux.Handler(page); pattern != "" && len(carried) == 0 && !isStep(next) {
		return goOn(w, r, orStart(next), "")
	}
	page.Method = http.MethodPost
	if _, pattern := s.mux.Handler(page); pattern == "" {
		return goOn(w, r, "/", "")
	}
	page.PostForm = url.Values{}
	for name, value := range carried {
		page.PostForm.Set(name, value)
	}
	page.Form = page.PostForm
	page.Header.Set("Cookie", (&http.Cookie{Name: s.cookieName(sessionCookie), Value: token}).String())
	visited(r).session = nil
	s.mux.ServeHTTP(w, page)
	return nil
}

// isStep reports whether an address has a page only in the middle of what its
// form begins.
func isStep(path string) bool { return path == setupPath }
