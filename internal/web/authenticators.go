package web

import (
	"net/http"
	"slices"

	"portico"
	"portico/internal/web/ui"
)

// authenticatorAdd begins the set-up of another authenticator app.
func (s *Server) authenticatorAdd(w http.ResponseWriter, r *http.Request) error {
	err := s.Auth.BeginAdding(r.Context(), session(r))
	if portico.Conflict.Is(err) { // another tab was faster
		if session(r).User.TwoFactor == portico.TwoFactorNone { // and deleted the setup
			return redirect(w, r, "/account", "")
		}
		return redirect(w, r, "/account", "app-limit")
	}
	if err != nil {
		return err
	}
	return redirect(w, r, enrolmentPath, "")
}

// ownAuthenticator returns the reader's authenticator that the address names, and
// all of them. It returns NotFound if there is none.
func (s *Server) ownAuthenticator(r *http.Request) (own portico.Authenticator, all []portico.Authenticator, err error) {
	all, err = s.Auth.Authenticators(r.Context(), session(r).User.ID)
	if err != nil {
		return own, nil, err
	}
	i := slices.IndexFunc(all, func(a portico.Authenticator) bool { return a.ID == r.PathValue("authenticator") })
	if i < 0 {
		return own, nil, portico.E(portico.NotFound, "This authenticator does not exist any more.")
	}
	return all[i], all, nil
}

// passkeysHere returns the passkeys among authenticators that work at the portal's address.
func passkeysHere(all []portico.Authenticator) []portico.Authenticator {
	return slices.DeleteFunc(slices.Clone(all), func(a portico.Authenticator) bool {
		return a.Kind != portico.AuthenticatorPasskey || a.Elsewhere != ""
	})
}

// stays returns the ID of the reader's only passkey that works here, where the policy
// requires one, so that it cannot be deleted. Otherwise it returns "".
func (s *Server) stays(r *http.Request, all []portico.Authenticator) string {
	here := passkeysHere(all)
	if len(here) != 1 || !session(r).Customer.Policy.PasskeyRequired(session(r).User, s.Now()) {
		return ""
	}
	return here[0].ID
}

func (s *Server) authenticatorPage(w http.ResponseWriter, r *http.Request) error {
	own, _, err := s.ownAuthenticator(r)
	if err != nil {
		return err
	}
	return s.show(w, s.authenticatorPageFor(r, own, s.language(r).Say(own.Shown())))
}

func (s *Server) authenticatorPageFor(r *http.Request, own portico.Authenticator, name string) ui.AuthenticatorPage {
	return ui.AuthenticatorPage{Layout: s.layout(r, "Rename authenticator", "/account"), Authenticator: own, Address: r.URL.Path, Name: name}
}

func (s *Server) authenticatorRename(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	if err := s.Auth.RenameAuthenticator(r.Context(), session(r), r.PathValue("authenticator"), f.text("name")); err != nil {
		return s.rerenderTyped(w, r, f, err, (*Server).typedAuthenticator)
	}
	return redirect(w, r, "/account", "authenticator-renamed")
}

func (s *Server) typedAuthenticator(r *http.Request, f form, p *ui.Problem) (ui.Page, error) {
	own, _, err := s.ownAuthenticator(r)
	page := s.authenticatorPageFor(r, own, f.text("name"))
	page.Problem = p
	return page, err
}

func (s *Server) authenticatorDeletePage(w http.ResponseWriter, r *http.Request) error {
	own, all, err := s.ownAuthenticator(r)
	if err != nil {
		return err
	}
	if len(all) == 1 {
		return redirect(w, r, "/account/two-factor/delete", "") // all of the setup goes with it
	}
	if s.stays(r, all) == own.ID {
		return redirect(w, r, "/account", "") // that page says why
	}
	return s.show(w, ui.DeleteAuthenticatorPage{Layout: s.layout(r, "Delete authenticator", "/account"), Authenticator: own, Address: r.URL.Path})
}

func (s *Server) authenticatorDelete(w http.ResponseWriter, r *http.Request) error {
	token, err := s.Auth.DeleteAuthenticator(r.Context(), session(r), r.PathValue("authenticator"))
	if err != nil {
		return err
	}
	s.renew(w, token)
	return redirect(w, r, "/account", "authenticator-deleted")
}
