package web

import (
	"net/http"

	"portico"
	"portico/internal/auth"
	"portico/internal/web/ui"
)

// The pages behind mailed links that ask for one click.

func linkPage(l ui.Layout, kind, action string, whose auth.LinkFor) ui.LinkPage {
	return ui.LinkPage{
		Layout: branded(l, whose.Customer), Kind: kind, Action: action,
		Name: whose.User.Name(), LoginID: whose.User.LoginID, Customer: whose.Customer.Name,
	}
}

// unauthorizedPage asks for one click, because a mail program that opens links by
// itself must not freeze an account.
func (s *Server) unauthorizedPage(w http.ResponseWriter, r *http.Request) error {
	whose, does, err := s.Resets.UnauthorizedLink(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	isFor(r, whose)
	return s.show(w, notMeLinkPage(s.layout(r, "This wasn't me", ""), linkAction(r), whose, does))
}

func (s *Server) reportUnauthorized(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	whose, _, err := s.Resets.UnauthorizedLink(r.Context(), token)
	if err != nil {
		return err
	}
	isFor(r, whose)
	done, err := s.Resets.ReportUnauthorizedActivity(r.Context(), visited(r).origin, token)
	if err != nil {
		return err
	}
	title := portico.Text("Your account is safe now")
	if !done.Ends {
		title = "Thank you for telling us"
	}
	page := notMeLinkPage(s.layout(r, title, ""), "", whose, done)
	page.Done = true
	return s.show(w, page)
}

// notMeLinkPage is the page of a "This wasn't me" link.
func notMeLinkPage(l ui.Layout, action string, whose auth.LinkFor, does auth.UnauthorizedReported) ui.LinkPage {
	page := linkPage(l, ui.LinkUnauthorized, action, whose)
	page.Does, page.Notified, page.Authenticator = does.UnauthorizedStep, does.Notified, does.Authenticator
	page.Passkeys, page.Recent = does.Passkeys, does.Recent
	page.Operator = whose.User.CustomerID == portico.ProviderID
	switch {
	case whose.Customer.Suspended():
		page.Suspended = whose.Customer.Name
	case whose.User.Status == portico.Suspended && !does.Suspends:
		page.AccountSuspended = true
	}
	return page
}

// emailPage asks for one click too.
func (s *Server) emailPage(w http.ResponseWriter, r *http.Request) error {
	whose, err := s.Auth.EmailLink(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	isFor(r, whose)
	page := linkPage(s.layout(r, "Confirm your email address", ""), ui.LinkEmail, linkAction(r), whose)
	page.LoginID, page.Email = "", whose.NewEmail // nobody knows yet who reads that mailbox
	return s.show(w, page)
}

func (s *Server) email(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	whose, err := s.Auth.EmailLink(r.Context(), token)
	if err != nil {
		return err
	}
	isFor(r, whose)
	if err := s.Auth.ConfirmEmail(r.Context(), visited(r).origin, token); err != nil {
		return err
	}
	page := linkPage(s.layout(r, "Your email address is confirmed", ""), ui.LinkEmail, "", whose)
	page.Done, page.LoginID, page.Email = true, "", whose.NewEmail
	return s.show(w, page)
}

func (s *Server) unlockPage(w http.ResponseWriter, r *http.Request) error {
	whose, err := s.Auth.UnlockLink(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	isFor(r, whose)
	return s.show(w, linkPage(s.layout(r, "Log in with this browser", ""), ui.LinkUnlock, linkAction(r), whose))
}

func (s *Server) unlock(w http.ResponseWriter, r *http.Request) error {
	token, err := s.Auth.Unlock(r.Context(), s.authVisit(r), r.PathValue("token"))
	if err != nil {
		return err
	}
	s.setCookie(w, browserCookie, token)
	return redirect(w, r, "/login", "browser-known")
}
