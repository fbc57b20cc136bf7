package web

import (
	"errors"
	"net/http"
	"time"

	"portico"
	"portico/internal/auth"
	"portico/internal/passkey"
	"portico/internal/web/ui"
)

const newPasskeyPath = "/account/passkeys/new"

// makingPasskey is how long a browser and its user may need to make a passkey. One that
// is sent after the confirmation has expired is refused, and stays in the device.
const makingPasskey = 2 * time.Minute

// makePasskeyWithin returns for how long the page that adds a passkey may begin to make
// one: after that, neither the confirmation nor the page's challenge might still count
// for it. enough is false if a confirmation comes first.
func (s *Server) makePasskeyWithin(ses *auth.Session) (within time.Duration, enough bool) {
	ends, enough := ses.RescueUntil, true
	if ses.Fresh {
		ends = ses.ConfirmedAt.Add(portico.ConfirmationTTL)
		enough = ends.Sub(s.Now()) > makingPasskey+time.Minute
	}
	left := min(ends.Sub(s.Now()), passkey.Timeout)
	return max(left-makingPasskey, left/4), enough
}

func (s *Server) passkeyNewPage(w http.ResponseWriter, r *http.Request) error {
	within, enough := s.makePasskeyWithin(session(r))
	if !enough {
		return auth.ErrNotConfirmed
	}
	page, err := s.passkeyPageFor(r, r.URL.Query().Get("replaces"), within)
	if portico.Conflict.Is(err) {
		return redirect(w, r, "/account", "passkey-limit")
	}
	if err != nil {
		return err
	}
	return s.show(w, page)
}

// passkeyPageFor returns the page that adds a passkey, in place of the one with the ID
// replaces if it is not "". It begins to make one within the given time.
func (s *Server) passkeyPageFor(r *http.Request, replaces string, within time.Duration) (ui.PasskeyPage, error) {
	n, err := s.Auth.OfferPasskey(r.Context(), session(r), replaces)
	title := portico.Text("Add a passkey")
	if n.Replaces.ID != "" {
		title = "Replace a lost passkey"
	}
	policy, u := session(r).Customer.Policy, session(r).User
	page := ui.PasskeyPage{
		Layout: s.layout(r, title, "/account"), Options: string(n.Options), First: n.First, Off: n.Off, Back: twoFactorHome(r),
		Replaces: n.Replaces, Renews: n.Renews, Codes: n.Codes, Seconds: int(within.Seconds()),
		Only: policy.LacksPasskey(u, s.Now()), AfterPassword: !policy.PasskeyLogin(u), AppsEnded: policy.PasskeyRequired(u, s.Now()),
	}
	if n.Apps {
		page.AppsEnd = policy.AppsEnd(u, s.Now())
	}
	return page, err
}

func (s *Server) passkeyNew(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	done, err := s.Auth.AddPasskey(r.Context(), session(r), f.text("replaces"), f.text("name"), []byte(f.secret("passkey")))
	if portico.Conflict.Is(err) { // another tab was faster
		return redirect(w, r, "/account", "passkey-limit")
	}
	if err != nil {
		within, _ := s.makePasskeyWithin(session(r))
		page, pageErr := s.passkeyPageFor(r, f.text("replaces"), within)
		if pageErr != nil {
			return pageErr
		}
		return s.rerenderForm(w, r, err, func(p *ui.Problem) ui.Page {
			page.Problem, page.Name = p, f.text("name")
			return page
		})
	}
	s.renew(w, done.Token)
	s.setCookie(w, browserCookie, done.BrowserToken)
	return redirect(w, r, "/account", passkeyNotice(r, done, f.text("name")))
}

// passkeyNotice returns the key of the notice after a passkey was added with a name as
// typed.
func passkeyNotice(r *http.Request, done auth.SetupDone, name string) string {
	switch {
	case portico.CleanAuthenticatorName(name) != name:
		return "passkey-name-cut"
	case done.Kind != auth.SetupAdd:
		return setupNotice(r, done)
	case session(r).User.TwoFactor == portico.TwoFactorDisabled:
		return "passkey-added-off"
	}
	return "passkey-added"
}

// passkey is the second step of a log-in with a passkey.
func (s *Server) passkey(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	out, err := s.Auth.SubmitPasskey(r.Context(), s.authVisit(r), []byte(f.secret("passkey")), f.ticked("remember"))
	if err == nil {
		return s.nextStep(w, r, out, localPath(f.text("next")))
	}
	page, pageErr := s.codePageFor(r, f.text("next"))
	return s.secondAgain(w, r, err, pageErr, func(p *ui.Problem) ui.Page {
		page.Problem, page.Remembers = p, f.ticked("remember")
		return page
	})
}

// passkeyLoginOptions answers the script of the log-in page with the options for a
// log-in with a passkey. They are for this browser alone, which is given a token.
func (s *Server) passkeyLoginOptions(w http.ResponseWriter, r *http.Request) error {
	options, token, err := s.Auth.OfferPasskeyLogin(r.Context(), s.authVisit(r))
	if err != nil {
		return err
	}
	if s.cookie(r, browserCookie) == "" {
		s.setCookie(w, browserCookie, token)
	}
	w.Header().Set("Content-Type", "application/json")
	_, err = w.Write(options)
	return err
}

// loginByPasskey is a whole log-in with a passkey.
func (s *Server) loginByPasskey(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	next := localPath(f.text("next"))
	out, err := s.Auth.LoginByPasskey(r.Context(), s.authVisit(r), []byte(f.secret("passkey")))
	if err != nil {
		var unknown auth.UnknownPasskey
		_ = errors.As(err, &unknown)
		return s.rerenderForm(w, r, err, func(p *ui.Problem) ui.Page {
			page := s.loginPageFor(r, next)
			page.Problem, page.Unknown = p, string(unknown.Signal)
			return page
		})
	}
	return s.nextStep(w, r, out, next)
}
