package web

import (
	"net/http"

	"portico/internal/web/ui"
)

// typedPage returns the page of a form with what was typed and what is wrong
// with it. It changes nothing.
type typedPage func(s *Server, r *http.Request, f form, p *ui.Problem) (ui.Page, error)

// typedPages are the forms in which something is typed or chosen, by their
// addresses without the base. A form that arrives without a session is shown
// again by them after the log-in (see restore).
var typedPages = map[string]typedPage{
	"/account/profile": (*Server).typedProfile,

	"/account/authenticators/{authenticator}": (*Server).typedAuthenticator,

	"/access/new":                      (*Server).typedNewUser,
	"/access/selected":                 (*Server).typedSelection,
	"/access/selected/apply":           (*Server).typedSelection,
	"/access/{user}":                   (*Server).typedUser,
	"/access/{user}/two-factor/delete": (*Server).typedReset,
	"/access/{user}/exemption":         (*Server).typedExemption,
	"/resets/{reset}/proof":            (*Server).typedProof,
	"/policy":                          (*Server).typedPolicy,
	"/provider-access":                 (*Server).typedProviderAccess,

	"/branding":      (*Server).typedBranding,
	"/customers/new": (*Server).typedNewCustomer,
	"/":              (*Server).typedCustomer, // /customers/{slug} itself
	"/delete":        (*Server).typedCustomerDelete,
}

// rerenderTyped re-renders a form with what was typed and what is wrong with
// it. It returns errors that the form cannot fix, such as Forbidden.
func (s *Server) rerenderTyped(w http.ResponseWriter, r *http.Request, f form, err error, typed typedPage) error {
	status, p := s.problemOf(w, r, err)
	if p == nil {
		return err
	}
	page, err := typed(s, r, f, p)
	if err != nil {
		return err
	}
	return s.send(w, status, page)
}
