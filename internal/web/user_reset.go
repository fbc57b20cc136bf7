package web

import (
	"net/http"

	"portico"
	"portico/internal/twofactorreset"
	"portico/internal/web/ui"
)

func (s *Server) userResetPage(w http.ResponseWriter, r *http.Request) error {
	page, err := s.askResetPage(r)
	if err != nil {
		return err
	}
	if page.User.TwoFactor == portico.TwoFactorNone && !page.NewCode {
		return redirect(w, r, s.toList(r), "") // deleted in the meantime: the list says so
	}
	if page.Open != "" {
		return redirect(w, r, page.Open, "")
	}
	return s.show(w, page)
}

// askResetPage returns the page that asks before a 2FA reset. Its Cancel leads
// back to the list, where the administrator comes from.
func (s *Server) askResetPage(r *http.Request) (ui.AskPage, error) {
	sc := scopeOf(r)
	page, err := s.askPage(r, ui.AskReset, "Delete 2FA setup", portico.ResetTwoFactor)
	if err != nil {
		return page, err
	}
	plan, err := s.Resets.PlanFor(r.Context(), sc.actor, sc.customer.ID, target(r))
	if err == nil {
		err = plan.Refused
	}
	page.Cancel, page.Resets, page.MustEnrol = s.toList(r), sc.resets(), s.mustEnrolWithout(r, page.User)
	page.Rule, page.NoApprover, page.NoneYet, page.Earlier = plan.Rule, plan.NoApprover, plan.NoneYet, plan.Earlier
	page.MailProven = plan.EmailPastCoolingOff && !s.NoMail
	page.DeliverInPerson = !page.MailProven
	page.NewCode = page.User.EnrolmentPending && page.User.TwoFactor == portico.TwoFactorNone
	if page.NewCode {
		page.Title = s.text(r, "New reset code")
	}
	if plan.Open != "" {
		page.Open = sc.reset(plan.Open)
	}
	if err != nil {
		return page, err
	}
	if page.Authenticators, err = s.Auth.Authenticators(r.Context(), page.User.ID); page.Several() {
		page.Title = s.text(r, "Delete 2FA setup or one authenticator")
	}
	return page, err
}

func (s *Server) userReset(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	if err := portico.Together(twofactorreset.CheckReason(f.text("reason")), s.checkChosen(r, f)); err != nil {
		return s.rerenderTyped(w, r, f, err, (*Server).typedReset)
	}
	handOver := f.text("hand_over") == "yes"
	asked, err := s.Resets.Request(r.Context(), scopeOf(r).actor, scopeOf(r).customer.ID, target(r), twofactorreset.Ask{
		Reason: f.text("reason"), InPerson: handOver, AuthenticatorID: f.text("authenticator"),
	})
	if err != nil {
		return s.rerenderTyped(w, r, f, err, (*Server).typedReset)
	}
	to, done := s.toList(r), "reset-done-code"
	switch {
	case asked.State == portico.ResetOpen:
		to, done = scopeOf(r).reset(asked.ID), "reset-asked"
	case asked.Only.ID != "":
		to, done = s.toUser(r), "authenticator-reset"
		found, err := s.Users.Find(r.Context(), scopeOf(r).actor, scopeOf(r).customer.ID, target(r))
		if err != nil {
			return err
		}
		if scopeOf(r).customer.Policy.LacksPasskey(found.User, s.Now()) {
			done = "authenticator-reset-lacks"
		}
	case !asked.Rule.ResetCode:
		done = "reset-done"
	case asked.DeliverInPerson:
		to, done = scopeOf(r).reset(asked.ID), "reset-done-held"
	}
	return s.redirectAbout(w, r, to, done, asked.TargetName)
}

// checkChosen returns an Invalid error if a user has several authenticators and the form
// does not say what is deleted.
func (s *Server) checkChosen(r *http.Request, f form) error {
	if f.sent("authenticator") {
		return nil
	}
	page, err := s.askResetPage(r)
	if err == nil && page.Several() {
		err = portico.FieldError("authenticator", "Choose what to delete.")
	}
	return err
}

func (s *Server) typedReset(r *http.Request, f form, p *ui.Problem) (ui.Page, error) {
	page, err := s.askResetPage(r)
	page.Problem, page.Reason, page.DeliverInPerson, page.Chosen = p, f.text("reason"), f.text("hand_over") == "yes", f.text("authenticator")
	if f.sent("authenticator") && page.Chosen == "" {
		page.Chosen = ui.AskWhole
	}
	return page, err
}
