package web

import (
	"net/http"
	"time"

	"portico"
	"portico/internal/web/ui"
)

func (s *Server) exemptPage(w http.ResponseWriter, r *http.Request) error {
	page, err := s.exemptPageFor(r)
	if err != nil {
		return err
	}
	return s.show(w, page)
}

func (s *Server) exemptPageFor(r *http.Request) (ui.ExemptPage, error) {
	ask, err := s.askPage(r, "", "Exempt from 2FA", portico.ManagePolicy)
	if err != nil {
		return ui.ExemptPage{}, err
	}
	zone := s.zone(r)
	page := ui.ExemptPage{
		Layout: ask.Layout, User: ask.User, Action: ask.Action, Cancel: ask.Cancel,
		Least: typedDay(s.Now().Add(24*time.Hour), zone), Most: typedDay(s.Now().Add(portico.MaxExemption), zone),
	}
	page.Passkey = scopeOf(r).customer.Policy.Passkeys.For(ask.User.Role).Use == portico.PasskeysRequired
	if ask.User.ExemptUntil.After(s.Now()) {
		page.Until, page.Reason = typedDay(ask.User.ExemptUntil, zone), ask.User.ExemptReason
	}
	return page, nil
}

func (s *Server) exempt(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	sc := scopeOf(r)
	found, err := s.Users.Find(r.Context(), sc.actor, sc.customer.ID, target(r))
	if err != nil {
		return err
	}
	until := dayForm(f.text("exempt_until"), found.ExemptUntil, s.zone(r)) // Exempt refuses the zero time
	err = s.Users.Exempt(r.Context(), sc.actor, sc.customer.ID, target(r), until, f.text("reason"))
	if err != nil {
		return s.rerenderTyped(w, r, f, err, (*Server).typedExemption)
	}
	return s.redirectAbout(w, r, s.toUser(r), "exempted", found.Name())
}

func (s *Server) typedExemption(r *http.Request, f form, p *ui.Problem) (ui.Page, error) {
	page, err := s.exemptPageFor(r)
	page.Problem, page.Until, page.Reason = p, f.text("exempt_until"), f.text("reason")
	return page, err
}
