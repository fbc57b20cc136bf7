package web

import (
	"net/http"

	"portico"
	"portico/internal/web/ui"
)

const policyPath = "/administration/policy"

func (s *Server) policyPage(w http.ResponseWriter, r *http.Request) error {
	ses := session(r)
	p, err := s.People.Policy(r.Context(), ses.Actor, ses.User.CustomerID)
	if err != nil {
		return err
	}
	return s.show(w, ui.PolicyPage{Layout: s.layout(r, "Policy", policyPath), Customer: ses.CustomerName, RememberBrowsers: p.RememberBrowsers})
}

func (s *Server) policy(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(w, r)
	if err != nil {
		return err
	}
	ses := session(r)
	to := portico.Policy{RememberBrowsers: f.ticked("remember_browsers")}
	if err := s.People.SavePolicy(r.Context(), ses.Actor, ses.User.CustomerID, to); err != nil {
		return err
	}
	return goOn(w, r, policyPath, "policy-saved")
}
