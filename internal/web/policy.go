package web

import (
	"net/http"

	"portico/internal/web/ui"
)

func (s *Server) policyPage(w http.ResponseWriter, r *http.Request) error {
	pl := at(r)
	return s.show(w, ui.PolicyPage{
		Layout: s.layout(r, "Policy", pl.policy()), Customer: pl.customer.Name,
		RememberBrowsers: pl.customer.Policy.RememberBrowsers,
	})
}

func (s *Server) policy(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(w, r)
	if err != nil {
		return err
	}
	pl := at(r)
	to := pl.customer.Policy
	to.RememberBrowsers = f.ticked("remember_browsers")
	if err := s.People.SavePolicy(r.Context(), pl.actor, pl.customer.ID, &to); err != nil {
		return err
	}
	return goOn(w, r, pl.policy(), "policy-saved")
}
