package web

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"portico"
	"portico/internal/web/ui"
)

func (s *Server) userNewPage(w http.ResponseWriter, r *http.Request) error {
	page := s.userNewPageFor(r)
	if asked := portico.Role(r.URL.Query().Get("role")); slices.Contains(page.Roles, asked) {
		page.Role = asked
	}
	return s.show(w, page)
}

func (s *Server) userNewPageFor(r *http.Request) ui.NewUserPage {
	roles := scopeOf(r).actor.Role.Grantable(scopeOf(r).customer.ID)
	page := ui.NewUserPage{Layout: s.layout(r, "New user", scopeOf(r).access()), Roles: roles}
	if len(roles) > 0 {
		page.Role = roles[0]
	}
	return page
}

// userForm returns the user that a form describes.
func userForm(f form) portico.User {
	return portico.User{
		FirstName: f.text("first_name"), LastName: f.text("last_name"), Email: f.text("email"),
		Labels: portico.ParseLabels(f.text("labels")), Role: portico.Role(f.text("role")), Language: f.text("language"),
	}
}

func (s *Server) userNew(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	u := userForm(f)
	created, err := s.Users.Invite(r.Context(), scopeOf(r).actor, scopeOf(r).customer.ID, u)
	if err != nil {
		return s.rerenderTyped(w, r, f, err, (*Server).typedNewUser)
	}
	return s.redirectAbout(w, r, scopeOf(r).user(created.ID), "user-created", created.Name())
}

func (s *Server) typedNewUser(r *http.Request, f form, p *ui.Problem) (ui.Page, error) {
	page, u := s.userNewPageFor(r), userForm(f)
	page.Problem, page.FirstName, page.LastName, page.Email = p, u.FirstName, u.LastName, u.Email
	page.Labels, page.Role, page.LanguageCode = f.text("labels"), u.Role, u.Language
	return page, nil
}

func (s *Server) userPage(w http.ResponseWriter, r *http.Request) error {
	page, err := s.userPageFor(r)
	if err != nil {
		return err
	}
	return s.show(w, page)
}

// target returns the ID of the user that the address names.
func target(r *http.Request) portico.UserID { return portico.UserID(r.PathValue("user")) }

func (s *Server) userPageFor(r *http.Request) (ui.UserPage, error) {
	c := scopeOf(r).customer.ID
	found, err := s.Users.Find(r.Context(), scopeOf(r).actor, c, target(r))
	if err != nil {
		return ui.UserPage{}, err
	}
	u := found.User
	page := ui.UserPage{
		Layout: titled(s.layout(r, "", scopeOf(r).access()), u.Name()), User: u, Self: u.ID == session(r).User.ID, Address: scopeOf(r).user(u.ID), List: s.listAt(r, u.ID),
		Manages:      scopeOf(r).actor.MayActOn(portico.ManagePeople, u),
		SendsLinks:   u.Status == portico.Active && scopeOf(r).actor.MayActOn(portico.SendPasswordLink, u),
		Locked:       u.Status == portico.Active && found.Locked,
		EndsSessions: u.Status == portico.Active && scopeOf(r).actor.MayActOn(portico.EndSessions, u),
		Resets:       (u.TwoFactor != portico.TwoFactorNone || u.EnrolmentPending) && scopeOf(r).actor.MayActOn(portico.ResetTwoFactor, u),
		LoginID:      u.LoginID,
		FirstName:    u.FirstName, LastName: u.LastName, Email: u.Email, Labels: strings.Join(u.Labels, ", "), Role: u.Role, LanguageCode: u.Language,
		Roles: scopeOf(r).actor.Role.Grantable(c), InviteEnds: found.InviteEnds, MailDelay: found.MailDelay, Refusal: found.Refusal,
		Required: scopeOf(r).customer.Policy.RequiredFrom(portico.User{Role: u.Role}), PasskeyRequired: scopeOf(r).customer.Policy.PasskeyFrom(u.Role), Exempt: u.ExemptUntil.After(s.Now()),
		Exempts:   scopeOf(r).actor.MayActOn(portico.ManagePolicy, u),
		MustEnrol: s.mustEnrolWithout(r, u),
	}
	if page.Resets {
		plan, err := s.Resets.PlanFor(r.Context(), scopeOf(r).actor, c, u.ID)
		if err != nil {
			return page, err
		}
		page.Rule = plan.Rule
		if plan.Open != "" {
			page.Request = scopeOf(r).reset(plan.Open)
		}
	}
	return page, s.addActivity(r, &page)
}

// mustEnrolWithout reports whether a user without a 2FA setup could do nothing
// but set it up.
func (s *Server) mustEnrolWithout(r *http.Request, u portico.User) bool {
	u.TwoFactor = portico.TwoFactorNone
	return scopeOf(r).customer.Policy.MustEnrol(u, s.Now())
}

func (s *Server) userSave(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	to := userForm(f)
	to.LoginID = f.text("login_id")
	if to.LoginID == "" && f.sent("login_id") {
		err = portico.FieldError("login_id", "Enter a login ID.")
	} else {
		err = s.Users.Edit(r.Context(), scopeOf(r).actor, scopeOf(r).customer.ID, target(r), to)
	}
	if err != nil {
		return s.rerenderTyped(w, r, f, err, (*Server).typedUser)
	}
	return s.redirectAbout(w, r, scopeOf(r).user(target(r)), "user-saved", to.Name())
}

func (s *Server) typedUser(r *http.Request, f form, p *ui.Problem) (ui.Page, error) {
	page, err := s.userPageFor(r)
	to := userForm(f)
	page.Problem, page.LoginID, page.FirstName, page.LastName, page.Email = p, f.text("login_id"), to.FirstName, to.LastName, to.Email
	page.Labels, page.Role, page.LanguageCode = f.text("labels"), to.Role, to.Language
	return page, err
}

// act returns the handler of a button that changes the user whom the address
// names and needs no further input. It redirects to an address with a notice.
func (s *Server) act(do func(context.Context, portico.Actor, portico.CustomerID, portico.UserID) error, to func(*http.Request) string, done string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		sc := scopeOf(r)
		found, err := s.Users.Find(r.Context(), sc.actor, sc.customer.ID, target(r)) // before the name is gone
		if err != nil {
			return err
		}
		if err := do(r.Context(), sc.actor, sc.customer.ID, target(r)); err != nil {
			return err
		}
		return s.redirectAbout(w, r, to(r), done, found.Name())
	}
}

// toUser and toList are addresses that act redirects to.
func (s *Server) toUser(r *http.Request) string { return scopeOf(r).user(target(r)) }
func (s *Server) toList(r *http.Request) string { return s.listAt(r, target(r)) }

// userInvite invites a user again, by mail, or by a link to hand over.
func (s *Server) userInvite(w http.ResponseWriter, r *http.Request) error {
	if s.NoMail {
		return s.activationLink(w, r)
	}
	return s.act(s.Users.Reinvite, s.toUser, "invitation-sent")(w, r)
}

// activationLink shows an activation link, once, to be handed over.
func (s *Server) activationLink(w http.ResponseWriter, r *http.Request) error {
	page, err := s.userPageFor(r)
	if err != nil {
		return err
	}
	shown, err := s.Users.ActivationLink(r.Context(), scopeOf(r).actor, scopeOf(r).customer.ID, target(r))
	if err != nil {
		return err
	}
	return s.show(w, ui.ActivationLinkPage{
		Layout: s.layout(r, "Activation link", scopeOf(r).access()), Links: []ui.ActivationLink{{User: shown.User, Link: shown.Link, Until: shown.Ends}}, Back: page.Address,
	})
}

func (s *Server) userReactivate(w http.ResponseWriter, r *http.Request) error {
	sc := scopeOf(r)
	mailed, err := s.Users.Reactivate(r.Context(), sc.actor, sc.customer.ID, target(r))
	if err != nil {
		return err
	}
	found, err := s.Users.Find(r.Context(), sc.actor, sc.customer.ID, target(r))
	if err != nil {
		return err
	}
	done := "reactivated"
	if mailed {
		done = "reactivated-mailed"
	}
	return s.redirectAbout(w, r, s.toUser(r), done, found.Name())
}

// askPage returns the page that asks for a confirmation before a change to a
// user. It returns Forbidden if the actor may not make the change.
func (s *Server) askPage(r *http.Request, kind string, title portico.Text, need portico.Permission) (ui.AskPage, error) {
	found, err := s.Users.Find(r.Context(), scopeOf(r).actor, scopeOf(r).customer.ID, target(r))
	if err != nil {
		return ui.AskPage{}, err
	}
	u := found.User
	if !scopeOf(r).actor.MayActOn(need, u) {
		return ui.AskPage{}, portico.E(portico.Forbidden, "Your role does not allow this for that user.")
	}
	return ui.AskPage{Layout: s.layout(r, title, scopeOf(r).access()), Kind: kind, User: u, Action: r.URL.Path, Cancel: scopeOf(r).user(u.ID)}, nil
}

func (s *Server) userSuspendPage(w http.ResponseWriter, r *http.Request) error {
	page, err := s.askPage(r, ui.AskSuspend, "Suspend user", portico.ManagePeople)
	if err != nil {
		return err
	}
	return s.show(w, page)
}

func (s *Server) userDeletePage(w http.ResponseWriter, r *http.Request) error {
	page, err := s.askPage(r, ui.AskDelete, "Delete user", portico.ManagePeople)
	if err != nil {
		return err
	}
	return s.show(w, page)
}

func (s *Server) userWithdrawPage(w http.ResponseWriter, r *http.Request) error {
	page, err := s.askPage(r, ui.AskWithdraw, "Withdraw invitation", portico.ManagePeople)
	if err != nil {
		return err
	}
	return s.show(w, page)
}
