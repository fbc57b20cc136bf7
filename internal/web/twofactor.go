package web

import (
	"fmt"
	"net/http"

	"portico"
	"portico/internal/auth"
	"portico/internal/web/ui"
)

// enrolmentPath is the Account page during enrolment. It shows the same QR code
// each time it is loaded, and leaving it enables nothing.
const enrolmentPath = "/account/two-factor/enable"

// twoFactorHome returns the address of the page that shows the person's own 2FA
// status.
func twoFactorHome(r *http.Request) string {
	if session(r).MustEnrol {
		return requiredPath
	}
	return "/account"
}

func (s *Server) twoFactorEnable(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	if f.ticked("move") {
		err = s.Auth.BeginMove(r.Context(), session(r), f.text("authenticator"))
	} else {
		err = s.Auth.BeginSetup(r.Context(), session(r))
	}
	if portico.Conflict.Is(err) {
		return redirect(w, r, "/account", "") // another tab was faster: the page says that 2FA is enabled
	}
	if err != nil {
		return err
	}
	return redirect(w, r, enrolmentPath, "")
}

func (s *Server) enrolmentPage(w http.ResponseWriter, r *http.Request) error {
	page, err := s.enrolmentPageFor(r)
	if portico.Gone.Is(err) {
		return redirect(w, r, "/account", "")
	}
	if err != nil {
		return err
	}
	return s.show(w, page)
}

func (s *Server) enrolmentPageFor(r *http.Request) (ui.AccountPage, error) {
	page := s.accountPageFor(r)
	setup, err := s.Auth.Setup(r.Context(), session(r))
	if err != nil {
		return page, err
	}
	page.Title = s.text(r, "Set up Two Factor Authentication")
	page.Enrolment = &ui.Enrolment{
		Key: setup.Key, URI: setup.URI, Issuer: setup.Entry.Issuer, Account: setup.Entry.Account,
		Moving: setup.Kind == auth.SetupMove, Replaces: setup.Replaces, Adding: setup.Kind == auth.SetupAdd, Off: setup.Off, Name: s.language(r).Say(setup.Name),
		NoApp: setup.Kind == auth.SetupKept && !setup.Ways.App, Passkey: string(setup.Ways.Passkey),
	}
	if setup.URI != "" {
		if page.Enrolment.QR, err = ui.NewQR(setup.URI); err != nil {
			return page, fmt.Errorf("drawing the QR code: %w", err)
		}
	}
	return page, nil
}

func (s *Server) twoFactorConfirm(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	var done auth.SetupDone
	if f.sent("passkey") {
		done, err = s.Auth.ConfirmSetupByPasskey(r.Context(), session(r), []byte(f.secret("passkey")))
	} else {
		done, err = s.Auth.ConfirmSetup(r.Context(), session(r), f.secret("code"), f.text("name"))
	}
	if portico.Gone.Is(err) {
		return redirect(w, r, twoFactorHome(r), "setup-over")
	}
	if err != nil {
		page, pageErr := s.enrolmentPageFor(r)
		if portico.Gone.Is(pageErr) {
			return redirect(w, r, twoFactorHome(r), "setup-over")
		}
		if pageErr != nil {
			return pageErr
		}
		if f.sent("name") {
			page.Enrolment.Name = f.text("name")
		}
		return s.rerenderForm(w, r, err, func(p *ui.Problem) ui.Page {
			page.Problem = p
			return page
		})
	}
	s.renew(w, done.Token)
	s.setCookie(w, browserCookie, done.BrowserToken)
	return redirect(w, r, "/account", setupNotice(r, done))
}

// setupNotice returns the key of the notice after an enrolment.
func setupNotice(r *http.Request, done auth.SetupDone) string {
	switch done.Kind {
	case auth.SetupMove:
		if done.Replaced == portico.AuthenticatorPasskey {
			return "passkey-replaced"
		}
		return "moved"
	case auth.SetupAdd:
		if session(r).User.TwoFactor == portico.TwoFactorDisabled {
			return "app-added-off"
		}
		return "app-added"
	}
	return "enabled"
}

func (s *Server) twoFactorDisable(w http.ResponseWriter, r *http.Request) error {
	token, err := s.Auth.Disable(r.Context(), session(r))
	if err != nil {
		return err
	}
	if token == "" { // nothing was enabled, for example during enrolment
		return redirect(w, r, "/account", "")
	}
	s.renew(w, token)
	return redirect(w, r, "/account", "disabled")
}

func (s *Server) twoFactorDeletePage(w http.ResponseWriter, r *http.Request) error {
	ses := session(r)
	if ses.User.TwoFactor == portico.TwoFactorNone || ses.Customer.Policy.TwoFactorRequired(ses.User, s.Now()) {
		return redirect(w, r, "/account", "") // that page says why
	}
	return s.show(w, ui.DeleteOwnPage{Layout: s.layout(r, "Delete 2FA setup", "/account")})
}

func (s *Server) twoFactorDelete(w http.ResponseWriter, r *http.Request) error {
	token, err := s.Auth.DeleteTwoFactor(r.Context(), session(r))
	if err != nil {
		return err
	}
	if token == "" { // already deleted in another tab
		return redirect(w, r, "/account", "")
	}
	s.renew(w, token)
	return redirect(w, r, "/account", "deleted")
}

// twoFactorRequired is the page for a person who must set up 2FA before anything
// else.
func (s *Server) twoFactorRequired(w http.ResponseWriter, r *http.Request) error {
	ses := session(r)
	if !ses.MustEnrol {
		return redirect(w, r, "/account", "")
	}
	kept, err := s.Auth.Authenticators(r.Context(), ses.User.ID)
	if err != nil {
		return err
	}
	only, passkey := ses.Customer.Policy.PasskeyRequired(ses.User, s.Now()), len(passkeysHere(kept)) > 0
	return s.show(w, ui.RequiredPage{
		Layout: s.layout(r, "Set up Two Factor Authentication", ""), Customer: ses.Customer.Name,
		Kept: ses.User.TwoFactor == portico.TwoFactorDisabled, Reset: ses.User.EnrolmentPending,
		KeptPasskey: passkey, KeptApp: portico.AuthenticatorTOTP.In(kept) > 0 && (!only || !passkey),
		Passkeys: s.Auth.TakesPasskeys(), Only: only,
		Lacks: ses.User.TwoFactor == portico.TwoFactorEnabled,
	})
}
