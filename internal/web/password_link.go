package web

import (
	"net/http"

	"portico"
	"portico/internal/web/ui"
)

func (s *Server) forgotPage(w http.ResponseWriter, r *http.Request) error {
	return s.show(w, ui.ForgotPage{Layout: s.layout(r, "Forgotten login ID or password", "")})
}

func (s *Server) forgot(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	page := ui.ForgotPage{Layout: s.layout(r, "Forgotten login ID or password", ""), LoginID: f.text("login_id")}
	if page.LoginID == "" {
		err = portico.FieldError("login_id", "Enter your login ID or your email address.")
	} else {
		err = s.Auth.Forgotten(r.Context(), s.authVisit(r), page.LoginID)
	}
	if err != nil {
		return s.rerenderForm(w, r, err, func(p *ui.Problem) ui.Page {
			page.Problem = p
			return page
		})
	}
	page.Sent = true
	return s.show(w, page)
}

func (s *Server) newPasswordPage(w http.ResponseWriter, r *http.Request) error {
	page, err := s.newPasswordPageFor(r)
	if err != nil {
		return err
	}
	return s.show(w, page)
}

func (s *Server) newPasswordPageFor(r *http.Request) (ui.NewPasswordPage, error) {
	whose, err := s.Auth.PasswordLink(r.Context(), r.PathValue("token"))
	isFor(r, whose)
	return ui.NewPasswordPage{
		Layout: branded(s.layout(r, "Choose a new password", ""), whose.Customer), Action: linkAction(r),
		Name: whose.User.Name(), LoginID: whose.User.LoginID, Least: whose.Least,
	}, err
}

func (s *Server) newPassword(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	page, err := s.newPasswordPageFor(r)
	if err != nil {
		return err
	}
	err = s.Auth.SetPasswordByLink(r.Context(), visited(r).origin, r.PathValue("token"), f.secret("password"))
	if err != nil {
		return s.rerenderForm(w, r, err, func(p *ui.Problem) ui.Page {
			page.Problem = p
			return page
		})
	}
	return s.redirectAbout(w, r, "/login", "password-saved", page.LoginID)
}
