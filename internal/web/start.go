package web

import (
	"net/http"
	"slices"
	"time"

	"portico"
	"portico/internal/customers"
	"portico/internal/web/ui"
)

// shownResets is how many events of a kind the start page shows.
const shownResets = 5

func (s *Server) startPage(w http.ResponseWriter, r *http.Request) error {
	sc := scopeOf(r)
	u := session(r).User
	guessed, err := s.Auth.GuessedAt(r.Context(), session(r))
	if err != nil {
		return err
	}
	page := ui.StartPage{Layout: s.layout(r, "Start", "/"), FirstName: u.FirstName, TwoFactor: u.TwoFactor, Guessed: guessed}
	if sc.actor.Can(portico.SeePeople, sc.customer.ID) {
		o, err := s.Users.Overview(r.Context(), sc.actor, sc.customer.ID)
		if err != nil {
			return err
		}
		page.Coverage = &ui.Coverage{Active: o.Enabled + o.Disabled + o.None, Enabled: o.Enabled, Disabled: o.Disabled, None: o.None, Invited: o.Invited, Locked: o.Locked}
	}
	rec, err := s.Auth.Recovery(r.Context(), session(r))
	if err != nil {
		return err
	}
	enabled := u.TwoFactor == portico.TwoFactorEnabled
	page.Unsaved, page.RecoveryFew, page.RecoveryLeft = rec.Unsaved && enabled, enabled && rec.Left <= portico.RecoveryWarning, rec.Left
	if err := s.firstSteps(r, &page); err != nil {
		return err
	}
	if page.Asked, err = s.Resets.OpenFor(r.Context(), session(r).Actor); err != nil {
		return err
	}
	if err := s.startResets(r, &page); err != nil {
		return err
	}
	if sc.actor.Can(portico.SeeAudit, sc.customer.ID) {
		events, _, err := s.Audit.Page(r.Context(), sc.actor, sc.customer.ID, portico.EventQuery{Actions: portico.ActionsOfResets()}, "")
		if err != nil {
			return err
		}
		page.Resets = events[:min(shownResets, len(events))]
	}
	return s.show(w, page)
}

// firstSteps adds what an operator of a new portal still has to do. It looks at
// the first page of the customers: an operator with more of them has invited
// somebody. Once somebody was invited, it does not look again.
func (s *Server) firstSteps(r *http.Request, page *ui.StartPage) error {
	ses := session(r)
	if !ses.Actor.Can(portico.ManageCustomers, portico.ProviderID) {
		return nil
	}
	first := ui.FirstSteps{Customer: true, Administrator: true, TwoFactor: ses.User.TwoFactor == portico.TwoFactorEnabled}
	if !s.invited.Load() {
		found, err := s.Customers.List(r.Context(), ses.Actor, "", "")
		if err != nil {
			return err
		}
		first.Customer, first.Administrator = len(found.Customers) > 0, invited(found)
		s.invited.Store(first.Administrator)
		if first.Customer {
			first.Invite = customerPath(found.Customers[0].Slug) + "/access/new"
		}
	}
	if !first.Customer || !first.Administrator || !first.TwoFactor {
		page.First = &first
	}
	return nil
}

// invited reports whether somebody was invited to one of the customers.
func invited(found customers.Page) bool {
	return found.Next != "" || slices.ContainsFunc(found.Customers, func(c customers.Summary) bool {
		return !c.Counted || c.People > 0 // without provider access, somebody is there who has revoked it
	})
}

// alertTTL is how long the start page shows suspicious events about resets.
const alertTTL = 7 * 24 * time.Hour

// startResets adds the open requests and the recent suspicious events.
func (s *Server) startResets(r *http.Request, page *ui.StartPage) error {
	sc := scopeOf(r)
	if !sc.actor.Can(portico.ResetTwoFactor, sc.customer.ID) {
		return nil
	}
	open, err := s.Resets.List(r.Context(), sc.actor, sc.customer.ID, true)
	if err != nil {
		return err
	}
	page.Open = resetRows(sc, open)
	if !sc.actor.Can(portico.SeeAudit, sc.customer.ID) {
		return nil
	}
	for _, action := range []portico.Action{portico.ResetStopped, portico.ResetFlagged} {
		events, _, err := s.Audit.Page(r.Context(), sc.actor, sc.customer.ID, portico.EventQuery{Actions: []portico.Action{action}, From: s.Now().Add(-alertTTL)}, "")
		if err != nil {
			return err
		}
		page.Suspicious = append(page.Suspicious, events[:min(shownResets, len(events))]...)
	}
	return nil
}
