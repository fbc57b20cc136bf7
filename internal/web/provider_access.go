package web

import (
	"net/http"
	"strconv"

	"portico"
	"portico/internal/web/ui"
)

const (
	providerAccessPath = ownBase + "/provider-access"
	formerAccessPath   = ownBase + "/doors"
)

var errNoProviderAccess = portico.E(portico.NotFound, "The provider does not need access to itself.")

func (s *Server) providerAccessPage(w http.ResponseWriter, r *http.Request) error {
	if scopeOf(r).customer.ID == portico.ProviderID {
		return errNoProviderAccess
	}
	return s.show(w, s.providerAccessPageFor(r))
}

// formerAccessPage leads from the address of earlier versions to the page.
func (s *Server) formerAccessPage(w http.ResponseWriter, r *http.Request) error {
	return redirect(w, r, providerAccessPath, "")
}

func (s *Server) providerAccessPageFor(r *http.Request) ui.ProviderAccessPage {
	c := scopeOf(r).customer
	page := ui.ProviderAccessPage{Layout: s.layout(r, "Provider access", providerAccessPath), Closed: c.AccessRevoked, Hours: portico.GrantHours}
	if c.AccessRevoked && c.ProviderMayEnter(s.Now()) {
		page.Until = c.AccessGrantedUntil
	}
	return page
}

// changeProviderAccess grants provider access for a number of hours (0: until it is revoked),
// or revokes it.
func (s *Server) changeProviderAccess(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	sc, done := scopeOf(r), ""
	switch f.text("doors") {
	case "close":
		done, err = "access-revoked", s.Customers.RevokeProviderAccess(r.Context(), sc.actor, sc.customer.ID)
	case "open":
		hours, bad := strconv.Atoi(f.text("hours"))
		if bad != nil {
			hours = -1 // no such choice
		}
		done, err = "access-granted", s.Customers.GrantProviderAccess(r.Context(), sc.actor, sc.customer.ID, hours)
	default:
		err = errUnreadable
	}
	if err != nil {
		return s.rerenderTyped(w, r, f, err, (*Server).typedProviderAccess)
	}
	return redirect(w, r, providerAccessPath, done)
}

func (s *Server) typedProviderAccess(r *http.Request, f form, p *ui.Problem) (ui.Page, error) {
	if scopeOf(r).customer.ID == portico.ProviderID {
		return nil, errNoProviderAccess
	}
	page := s.providerAccessPageFor(r)
	page.Problem, page.Chosen = p, f.text("hours")
	return page, nil
}
