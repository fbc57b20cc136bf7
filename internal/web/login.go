package web

import (
	"errors"
	"net/http"
	"net/url"

	"portico"
	"portico/internal/auth"
	"portico/internal/web/ui"
)

func (s *Server) loginPage(w http.ResponseWriter, r *http.Request) error {
	next := nextOf(r.URL)
	_, err := s.Auth.Authenticate(r.Context(), s.authVisit(r))
	switch {
	case err == nil:
		return redirect(w, r, s.pageOf(r, next), "")
	case !portico.Unauthenticated.Is(err):
		return err
	}
	page := s.loginPageFor(r, next)
	page.LoginID = page.About // a notice here is about a login ID
	page.Empty = s.known.Load().empty
	if page.Notice == "" && s.cookie(r, sessionCookie) != "" {
		page.Notice = "session-over" // the same for every reason: why is the person's own business
	}
	return s.show(w, page)
}

func (s *Server) loginPageFor(r *http.Request, next string) ui.LoginPage {
	return ui.LoginPage{Layout: s.layout(r, "Log in", ""), Next: next, Passkeys: s.Auth.TakesPasskeys()}
}

func (s *Server) login(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	next := localPath(f.text("next"))
	out, err := s.Auth.Login(r.Context(), s.authVisit(r), f.text("login_id"), f.secret("password"))
	if portico.Forbidden.Is(err) {
		err = asInvalid(err) // shown on the form, beside what was typed
	}
	if err != nil {
		return s.rerenderForm(w, r, err, func(p *ui.Problem) ui.Page {
			page := s.loginPageFor(r, next)
			page.Problem, page.LoginID = p, f.text("login_id")
			return page
		})
	}
	return s.nextStep(w, r, out, next)
}

// asInvalid turns a refusal into an error that the form shows.
func asInvalid(err error) error {
	if told := portico.ErrorOf(err); told != nil {
		return &portico.Error{Code: portico.Invalid, Message: told.Message, Err: err}
	}
	return err
}

// nextStep sets the cookies for the step that auth.Next has chosen, and
// redirects to that step.
func (s *Server) nextStep(w http.ResponseWriter, r *http.Request, out auth.Outcome, next string) error {
	if out.BrowserToken != "" {
		s.setCookie(w, browserCookie, out.BrowserToken)
	}
	switch out.Step {
	case auth.StepDone, auth.StepEnrol:
		s.setCookie(w, loginCookie, "")
		s.setCookie(w, sessionCookie, out.Token)
		if s.cookie(r, accountCookie) != string(out.Account) && s.cookie(r, listCookie) != "" {
			s.setCookie(w, listCookie, "") // somebody else's
		}
		s.setCookie(w, accountCookie, string(out.Account))
		if out.Recovered {
			return redirect(w, r, "/account", "recovered")
		}
		if out.Unsaved {
			return redirect(w, r, leadingTo(recoveryPath, next), "")
		}
		return redirect(w, r, s.pageOf(r, next), "")
	case auth.StepCode, auth.StepResetCode:
		// The new log-in has ended the session that this browser had.
		s.setCookie(w, sessionCookie, "")
		s.setCookie(w, accountCookie, "")
		s.setCookie(w, loginCookie, out.Token)
		to := "/login/code"
		if out.Step == auth.StepResetCode {
			to = "/login/recovery"
		}
		return redirect(w, r, leadingTo(to, next), "")
	}
	return portico.E(portico.Forbidden, "This log-in cannot continue. Start again.")
}

// leadingTo returns the address of a page of the log-in that leads to next
// afterwards.
func leadingTo(page, next string) string {
	if next == "" {
		return page
	}
	return page + "?next=" + url.QueryEscape(next)
}

func (s *Server) codePage(w http.ResponseWriter, r *http.Request) error {
	page, err := s.codePageFor(r, r.URL.Query().Get("next"))
	if errors.Is(err, errAsksResetCode) {
		return redirect(w, r, leadingTo("/login/recovery", nextOf(r.URL)), "")
	}
	if err != nil {
		return s.startAgain(w, r, err)
	}
	return s.show(w, page)
}

func (s *Server) codePageFor(r *http.Request, next string) (ui.CodePage, error) {
	whose, err := s.Auth.Pending(r.Context(), s.authVisit(r))
	if err == nil && whose.ResetCode {
		err = errAsksResetCode
	}
	page := ui.CodePage{
		Layout: s.layout(r, "Enter your code", ""), LoginID: whose.User.LoginID, Issuer: whose.Issuer,
		Remember: whose.Remember, Next: localPath(next), NoApp: !whose.Ways.App, Passkey: string(whose.Ways.Passkey),
		Elsewhere: whose.Ways.Elsewhere, TakesPasskeys: s.Auth.TakesPasskeys(),
	}
	if page.NoApp {
		page.Title = s.text(r, "Use your passkey")
	}
	return page, err
}

func (s *Server) code(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	out, err := s.Auth.SubmitCode(r.Context(), s.authVisit(r), f.secret("code"), f.ticked("remember"))
	if err == nil {
		return s.nextStep(w, r, out, localPath(f.text("next")))
	}
	page, pageErr := s.codePageFor(r, f.text("next"))
	return s.secondAgain(w, r, err, pageErr, func(p *ui.Problem) ui.Page {
		page.Problem, page.Remembers = p, f.ticked("remember")
		return page
	})
}

// errAsksResetCode redirects from the page for authenticator codes to the page for
// reset codes.
var errAsksResetCode = portico.E(portico.Gone, "Your 2FA setup was deleted. Log in with the reset code.")

// secondAgain answers a failed attempt at the second step. It re-renders the
// page, or starts again if the pending login has expired.
func (s *Server) secondAgain(w http.ResponseWriter, r *http.Request, err, pageErr error, page func(*ui.Problem) ui.Page) error {
	if portico.Gone.Is(err) || portico.Gone.Is(pageErr) {
		return s.startAgain(w, r, errors.Join(err, pageErr))
	}
	if pageErr != nil {
		return pageErr
	}
	return s.rerenderForm(w, r, err, page)
}

func (s *Server) recoveryPage(w http.ResponseWriter, r *http.Request) error {
	page, err := s.recoveryPageFor(r, r.URL.Query().Get("next"))
	if err != nil {
		return s.startAgain(w, r, err)
	}
	return s.show(w, page)
}

func (s *Server) recoveryPageFor(r *http.Request, next string) (ui.RecoveryPage, error) {
	whose, err := s.Auth.Pending(r.Context(), s.authVisit(r))
	page := ui.RecoveryPage{
		Layout: s.layout(r, "Use a recovery code", ""), LoginID: whose.User.LoginID, Next: localPath(next), ResetCode: whose.ResetCode,
	}
	if page.ResetCode {
		page.Title = s.text(r, "Enter your reset code")
	}
	return page, err
}

func (s *Server) recovery(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	out, err := s.Auth.SubmitRecovery(r.Context(), s.authVisit(r), f.secret("recovery_code"))
	if err == nil {
		return s.nextStep(w, r, out, localPath(f.text("next")))
	}
	page, pageErr := s.recoveryPageFor(r, f.text("next"))
	return s.secondAgain(w, r, err, pageErr, func(p *ui.Problem) ui.Page {
		page.Problem = p
		return page
	})
}

// startAgain redirects to the first step if the pending login has expired. It
// keeps the address that the log-in leads to. Other errors are returned.
func (s *Server) startAgain(w http.ResponseWriter, r *http.Request, err error) error {
	if !portico.Gone.Is(err) {
		return err
	}
	s.setCookie(w, loginCookie, "")
	return redirect(w, r, leadingTo("/login", askedNext(r)), "login-over")
}

func (s *Server) logout(w http.ResponseWriter, r *http.Request) error {
	if err := s.Auth.Logout(r.Context(), session(r)); err != nil {
		return err
	}
	for _, name := range []string{sessionCookie, accountCookie, typedCookie, listCookie, noticeCookie} {
		s.setCookie(w, name, "")
	}
	return redirect(w, r, "/login", "logged-out")
}
