package web

import (
	"net/http"

	"portico"
	"portico/internal/auth"
	"portico/internal/web/ui"
)

func (s *Server) forgotPage(w http.ResponseWriter, r *http.Request) error {
	return s.show(w, ui.ForgotPage{Layout: s.layout(r, "Forgotten password", "")})
}

func (s *Server) forgot(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	page := ui.ForgotPage{Layout: s.layout(r, "Forgotten password", ""), LoginID: f.text("login_id")}
	if page.LoginID == "" {
		err = portico.FieldError("login_id", "Enter your login ID.")
	} else {
		err = s.Auth.Forgotten(r.Context(), s.authVisit(r), page.LoginID)
	}
	if err != nil {
		return s.reject(w, err, func(p *ui.Problem) ui.Page {
			page.Problem = p
			return page
		})
	}
	page.Sent = true
	return s.show(w, page)
}

func linkPage(l ui.Layout, kind, action string, whose auth.LinkFor) ui.LinkPage {
	return ui.LinkPage{
		Layout: branded(l, whose.Customer), Kind: kind, Action: action,
		Name: whose.User.Name(), LoginID: whose.User.LoginID, Customer: whose.Customer.Name,
	}
}

// notMePage asks for one press: a mail program that opens links by itself must
// not freeze anybody.
func (s *Server) notMePage(w http.ResponseWriter, r *http.Request) error {
	whose, cancels, err := s.Resets.NotMeLink(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	page := linkPage(s.layout(r, "This wasn't me", ""), ui.LinkNotMe, r.URL.Path, whose)
	page.Cancels = cancels
	return s.show(w, page)
}

func (s *Server) notMe(w http.ResponseWriter, r *http.Request) error {
	whose, cancels, err := s.Resets.NotMeLink(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	if err := s.Resets.NotMe(r.Context(), visited(r).origin, r.PathValue("token")); err != nil {
		return err
	}
	page := linkPage(s.layout(r, "Your account is safe now", ""), ui.LinkNotMe, "", whose)
	page.Done, page.Cancels = true, cancels
	return s.show(w, page)
}

func (s *Server) unlockPage(w http.ResponseWriter, r *http.Request) error {
	whose, err := s.Auth.UnlockLink(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	return s.show(w, linkPage(s.layout(r, "Log in with this browser", ""), ui.LinkUnlock, r.URL.Path, whose))
}

func (s *Server) unlock(w http.ResponseWriter, r *http.Request) error {
	token, err := s.Auth.Unlock(r.Context(), s.authVisit(r), r.PathValue("token"))
	if err != nil {
		return err
	}
	s.setCookie(w, browserCookie, token)
	return goOn(w, r, "/login", "browser-known")
}
