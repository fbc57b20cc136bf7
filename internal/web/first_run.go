package web

import (
	"crypto/subtle"
	"net/http"
	"strings"

	"portico"
	"portico/internal/users"
	"portico/internal/web/ui"
)

// firstRunOpen returns nil if the path has the token of the one-time set-up link
// and the database is still empty.
func (s *Server) firstRunOpen(r *http.Request) error {
	if s.SetupToken == "" || !sameToken(r.PathValue("token"), s.SetupToken) {
		return errNoPage
	}
	empty, err := s.Users.Empty(r.Context())
	if err == nil && !empty {
		err = portico.E(portico.Gone, "This portal is already set up. Log in, or ask the person who set it up for an account.")
	}
	return err
}

func (s *Server) firstRunPage(w http.ResponseWriter, r *http.Request) error {
	if err := s.firstRunOpen(r); err != nil {
		return err
	}
	return s.show(w, ui.FirstRunPage{Layout: s.layout(r, "Set up Portico", ""), Action: r.URL.Path, Kind: "administrator", Least: portico.MinPasswordLength})
}

func (s *Server) firstRun(w http.ResponseWriter, r *http.Request) error {
	if err := s.firstRunOpen(r); err != nil {
		return err
	}
	f, err := readForm(r)
	if err != nil {
		return err
	}
	page := ui.FirstRunPage{
		Layout: s.layout(r, "Set up Portico", ""), Action: r.URL.Path, Kind: f.text("kind"),
		CustomerName: f.text("customer_name"), CustomerSlug: strings.ToLower(f.text("customer_slug")),
		FirstName: f.text("first_name"), LastName: f.text("last_name"), Email: f.text("email"), LoginID: f.text("login_id"),
		Least: portico.MinPasswordLength,
	}
	err = s.Users.CreateFirst(r.Context(), visited(r).origin, users.FirstRun{
		Operator: page.Kind == "operator", CustomerName: page.CustomerName, Slug: page.CustomerSlug,
		User:     portico.User{FirstName: page.FirstName, LastName: page.LastName, Email: page.Email, LoginID: page.LoginID},
		Password: f.secret("password"),
	})
	if err != nil {
		return s.rerenderForm(w, r, err, func(p *ui.Problem) ui.Page {
			page.Problem = p
			for is, named := range map[string]string{"slug": "customer_slug", "name": "customer_name"} {
				if text := p.Field(is); text != "" {
					p.Fields[named] = text
				}
			}
			return page
		})
	}
	if err := s.Look(r.Context()); err != nil {
		return err
	}
	if page.Kind == "operator" && page.CustomerName+page.CustomerSlug != "" {
		return s.redirectAbout(w, r, "/login", "portal-ready-operator", page.LoginID)
	}
	return s.redirectAbout(w, r, "/login", "portal-ready", page.LoginID)
}

// sameToken reports whether two tokens are equal, in constant time.
func sameToken(got, want string) bool {
	return subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1
}
