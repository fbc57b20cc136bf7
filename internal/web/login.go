package web

import (
	"net/http"
	"net/url"

	"portico"
	"portico/internal/auth"
	"portico/internal/web/ui"
)

func (s *Server) loginPage(w http.ResponseWriter, r *http.Request) error {
	next := localPath(r.URL.Query().Get("next"))
	_, err := s.Auth.Authenticate(r.Context(), s.cookie(r, sessionCookie), visited(r).origin)
	switch {
	case err == nil:
		return goOn(w, r, orStart(next), "")
	case !portico.Unauthenticated.Is(err):
		return err
	}
	return s.show(w, ui.LoginPage{Layout: s.layout(r, "Log in", ""), Next: next})
}

func (s *Server) login(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(w, r)
	if err != nil {
		return err
	}
	next := localPath(f.text("next"))
	out, err := s.Auth.Login(r.Context(), s.authVisit(r), f.text("login_id"), f.secret("password"))
	if err != nil {
		return s.reject(w, err, func(p *ui.Problem) ui.Page {
			return ui.LoginPage{Layout: s.layout(r, "Log in", ""), Problem: p, LoginID: f.text("login_id"), Next: next}
		})
	}
	return s.proceed(w, r, out, next)
}

// proceed shows the way to the step that the dispatcher has chosen.
func (s *Server) proceed(w http.ResponseWriter, r *http.Request, out auth.Outcome, next string) error {
	switch out.Step {
	case auth.StepDone:
		s.setCookie(w, loginCookie, "")
		s.setCookie(w, sessionCookie, out.Token)
		return goOn(w, r, orStart(next), "")
	case auth.StepCode:
		// The session that this browser had has ended with the new log-in.
		s.setCookie(w, sessionCookie, "")
		s.setCookie(w, loginCookie, out.Token)
		to := "/login/code"
		if next != "" {
			to += "?next=" + url.QueryEscape(next)
		}
		return goOn(w, r, to, "")
	}
	return portico.E(portico.Forbidden, "This log-in cannot go on. Begin again.")
}

func orStart(next string) string {
	if next == "" {
		return "/"
	}
	return next
}

func (s *Server) codePage(w http.ResponseWriter, r *http.Request) error {
	page, err := s.codePageFor(r, nil, r.URL.Query().Get("next"))
	if err != nil {
		return s.startAgain(w, r, err)
	}
	return s.show(w, page)
}

func (s *Server) codePageFor(r *http.Request, p *ui.Problem, next string) (ui.CodePage, error) {
	u, issuer, err := s.Auth.Pending(r.Context(), s.cookie(r, loginCookie))
	if err != nil {
		return ui.CodePage{}, err
	}
	return ui.CodePage{Layout: s.layout(r, "Enter your code", ""), Problem: p, LoginID: u.LoginID, Issuer: issuer, Next: localPath(next)}, nil
}

func (s *Server) code(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(w, r)
	if err != nil {
		return err
	}
	out, err := s.Auth.SubmitCode(r.Context(), s.authVisit(r), f.secret("code"))
	if err == nil {
		return s.proceed(w, r, out, localPath(f.text("next")))
	}
	page, pageErr := s.codePageFor(r, nil, f.text("next"))
	if portico.Gone.Is(err) || portico.Gone.Is(pageErr) {
		return s.startAgain(w, r, err)
	}
	if pageErr != nil {
		return pageErr
	}
	return s.reject(w, err, func(p *ui.Problem) ui.Page {
		page.Problem = p
		return page
	})
}

// startAgain goes back to the first step when a log-in has run out.
func (s *Server) startAgain(w http.ResponseWriter, r *http.Request, err error) error {
	if !portico.Gone.Is(err) {
		return err
	}
	s.setCookie(w, loginCookie, "")
	return goOn(w, r, "/login", "login-over")
}

func (s *Server) logout(w http.ResponseWriter, r *http.Request) error {
	if err := s.Auth.Logout(r.Context(), session(r)); err != nil {
		return err
	}
	s.setCookie(w, sessionCookie, "")
	return goOn(w, r, "/login", "logged-out")
}

// sessionCheck tells a proxy who is logged in, for its auth_request.
func (s *Server) sessionCheck(w http.ResponseWriter, r *http.Request) error {
	ses := session(r)
	h := w.Header()
	h.Set("Portico-Login-ID", url.PathEscape(ses.User.LoginID))
	h.Set("Portico-Customer", ses.CustomerSlug)
	h.Set("Portico-Role", string(ses.User.Role))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) error { return plain(w, "ok\n") }

func (s *Server) readyz(w http.ResponseWriter, r *http.Request) error {
	if err := s.Ping(r.Context()); err != nil {
		return &portico.Error{Code: portico.Busy, Text: "The database does not answer.", Err: err}
	}
	return plain(w, "ok\n")
}

func plain(w http.ResponseWriter, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte(text)) // the client may have gone
	return nil
}
