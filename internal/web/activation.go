package web

import (
	"cmp"
	"net/http"

	"portico/internal/auth"
	"portico/internal/web/ui"
)

func (s *Server) activatePage(w http.ResponseWriter, r *http.Request) error {
	whose, err := s.Auth.Activation(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	isFor(r, whose)
	return s.show(w, ui.ActivatePage{
		Layout: branded(s.layout(r, "Activate your account", ""), whose.Customer), Action: linkAction(r),
		Name: whose.User.Name(), Customer: whose.Customer.Name, LoginID: cmp.Or(whose.User.LoginID, whose.User.Email), Least: whose.Least, // people remember their address
	})
}

func (s *Server) activate(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	token := r.PathValue("token")
	whose, err := s.Auth.Activation(r.Context(), token)
	if err != nil {
		return err
	}
	isFor(r, whose)
	visit := s.authVisit(r)
	visit.Language = string(chosenHere(r))
	out, err := s.Auth.Activate(r.Context(), visit, token, f.text("login_id"), f.secret("password"))
	if err != nil {
		return s.rerenderForm(w, r, err, func(p *ui.Problem) ui.Page {
			return ui.ActivatePage{
				Layout: branded(s.layout(r, "Activate your account", ""), whose.Customer), Problem: p, Action: linkAction(r),
				Name: whose.User.Name(), Customer: whose.Customer.Name, LoginID: f.text("login_id"), Least: whose.Least,
			}
		})
	}
	to := "/?done=activated"
	if out.Step == auth.StepEnrol { // the password may not be what the next log-in needs
		to = requiredPath + "?done=activated-required"
	}
	return s.nextStep(w, r, out, to)
}
