package web

import (
	"errors"
	"net/http"
	"strings"

	"portico"
	"portico/internal/people"
	"portico/internal/web/ui"
)

func (s *Server) userNewPage(w http.ResponseWriter, r *http.Request) error {
	return s.show(w, s.userNewPageFor(r))
}

func (s *Server) userNewPageFor(r *http.Request) ui.NewUserPage {
	ses := session(r)
	roles := ses.Actor.Role.Grantable(ses.User.CustomerID)
	page := ui.NewUserPage{Layout: s.layout(r, "New user", accessPath), Roles: roles}
	if len(roles) > 0 {
		page.Role = roles[0]
	}
	return page
}

// userForm is what the forms about a person hold.
func userForm(f form) portico.User {
	return portico.User{
		FirstName: f.text("first_name"), LastName: f.text("last_name"), Email: f.text("email"),
		Labels: portico.ParseLabels(f.text("labels")), Role: portico.Role(f.text("role")),
	}
}

func (s *Server) userNew(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(w, r)
	if err != nil {
		return err
	}
	u := userForm(f)
	ses := session(r)
	created, err := s.People.Invite(r.Context(), ses.Actor, ses.User.CustomerID, u)
	if errors.Is(err, people.ErrMail) {
		return s.mailFailed(w, r, created.ID, err)
	}
	if err != nil {
		return s.reject(w, err, func(p *ui.Problem) ui.Page {
			page := s.userNewPageFor(r)
			page.Problem, page.FirstName, page.LastName, page.Email = p, u.FirstName, u.LastName, u.Email
			page.Labels, page.Role = f.text("labels"), u.Role
			return page
		})
	}
	return goOn(w, r, userPath(created.ID), "user-created")
}

// mailFailed says on the person's page that the mail can be sent again there.
func (s *Server) mailFailed(w http.ResponseWriter, r *http.Request, id portico.UserID, err error) error {
	s.Log.Error("sending a link", "id", visited(r).id, "error", err)
	return goOn(w, r, userPath(id), "mail-failed")
}

func (s *Server) userPage(w http.ResponseWriter, r *http.Request) error {
	page, err := s.userPageFor(r)
	if err != nil {
		return err
	}
	return s.show(w, page)
}

// target is the person an address names.
func target(r *http.Request) portico.UserID { return portico.UserID(r.PathValue("user")) }

func (s *Server) userPageFor(r *http.Request) (ui.UserPage, error) {
	ses := session(r)
	c := ses.User.CustomerID
	u, ends, err := s.People.Find(r.Context(), ses.Actor, c, target(r))
	if err != nil {
		return ui.UserPage{}, err
	}
	return ui.UserPage{
		Layout: s.layout(r, u.Name(), accessPath), User: u, Self: u.ID == ses.User.ID, Address: userPath(u.ID),
		Manages:      ses.Actor.MayActOn(portico.ManagePeople, u),
		SendsLinks:   u.Status == portico.Active && ses.Actor.MayActOn(portico.SendPasswordLink, u),
		EndsSessions: u.Status == portico.Active && ses.Actor.MayActOn(portico.EndSessions, u),
		Resets:       u.TwoFactor != portico.TwoFactorNone && ses.Actor.MayActOn(portico.ResetTwoFactor, u),
		FirstName:    u.FirstName, LastName: u.LastName, Email: u.Email, Labels: strings.Join(u.Labels, ", "), Role: u.Role,
		Roles: ses.Actor.Role.Grantable(c), InviteEnds: ends,
	}, nil
}

func (s *Server) userSave(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(w, r)
	if err != nil {
		return err
	}
	to := userForm(f)
	ses := session(r)
	if err := s.People.Edit(r.Context(), ses.Actor, ses.User.CustomerID, target(r), to); err != nil {
		page, pageErr := s.userPageFor(r)
		if pageErr != nil {
			return pageErr
		}
		return s.reject(w, err, func(p *ui.Problem) ui.Page {
			page.Problem, page.FirstName, page.LastName, page.Email = p, to.FirstName, to.LastName, to.Email
			page.Labels, page.Role = f.text("labels"), to.Role
			return page
		})
	}
	return goOn(w, r, userPath(target(r)), "user-saved")
}

// act answers a form that changes somebody without asking for anything.
func (s *Server) act(w http.ResponseWriter, r *http.Request, do func(actor portico.Actor, c portico.CustomerID, id portico.UserID) error, to, done string) error {
	ses := session(r)
	err := do(ses.Actor, ses.User.CustomerID, target(r))
	if errors.Is(err, people.ErrMail) {
		return s.mailFailed(w, r, target(r), err)
	}
	if err != nil {
		return err
	}
	return goOn(w, r, to, done)
}

func (s *Server) userInvite(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, func(a portico.Actor, c portico.CustomerID, id portico.UserID) error {
		return s.People.Reinvite(r.Context(), a, c, id)
	}, userPath(target(r)), "invitation-sent")
}

func (s *Server) userPasswordLink(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, func(a portico.Actor, c portico.CustomerID, id portico.UserID) error {
		return s.People.SendPasswordLink(r.Context(), a, c, id)
	}, userPath(target(r)), "password-link-sent")
}

func (s *Server) userReactivate(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, func(a portico.Actor, c portico.CustomerID, id portico.UserID) error {
		return s.People.Reactivate(r.Context(), a, c, id)
	}, userPath(target(r)), "reactivated")
}

func (s *Server) userEndSessions(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, func(a portico.Actor, c portico.CustomerID, id portico.UserID) error {
		return s.People.EndSessions(r.Context(), a, c, id)
	}, userPath(target(r)), "sessions-ended")
}

func (s *Server) userWithdraw(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, func(a portico.Actor, c portico.CustomerID, id portico.UserID) error {
		return s.People.Withdraw(r.Context(), a, c, id)
	}, accessPath, "invitation-withdrawn")
}

func (s *Server) userSuspend(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, func(a portico.Actor, c portico.CustomerID, id portico.UserID) error {
		return s.People.Suspend(r.Context(), a, c, id)
	}, userPath(target(r)), "suspended")
}

// askPage asks before something is done to somebody. Whoever may not do it is
// told so here already.
func (s *Server) askPage(r *http.Request, kind, title string, need portico.Permission) (ui.AskPage, error) {
	ses := session(r)
	u, _, err := s.People.Find(r.Context(), ses.Actor, ses.User.CustomerID, target(r))
	if err != nil {
		return ui.AskPage{}, err
	}
	if !ses.Actor.MayActOn(need, u) {
		return ui.AskPage{}, portico.E(portico.Forbidden, "Your role does not allow this for that person.")
	}
	return ui.AskPage{Layout: s.layout(r, title, accessPath), Kind: kind, User: u, Action: r.URL.Path, Cancel: userPath(u.ID)}, nil
}

func (s *Server) userSuspendPage(w http.ResponseWriter, r *http.Request) error {
	page, err := s.askPage(r, ui.AskSuspend, "Suspend user", portico.ManagePeople)
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

func (s *Server) userResetPage(w http.ResponseWriter, r *http.Request) error {
	page, err := s.resetPage(r)
	if err != nil {
		return err
	}
	if page.User.TwoFactor == portico.TwoFactorNone {
		return goOn(w, r, accessPath, "") // deleted meanwhile: the list says so
	}
	return s.show(w, page)
}

// resetPage goes back to the list, where the administrator comes from.
func (s *Server) resetPage(r *http.Request) (ui.AskPage, error) {
	page, err := s.askPage(r, ui.AskReset, "Delete 2FA setup", portico.ResetTwoFactor)
	page.Cancel = accessPath
	return page, err
}

func (s *Server) userReset(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(w, r)
	if err != nil {
		return err
	}
	page, err := s.resetPage(r)
	if err != nil {
		return err
	}
	ses := session(r)
	err = s.People.DeleteTwoFactor(r.Context(), ses.Actor, ses.User.CustomerID, target(r), f.text("reason"))
	if err != nil {
		return s.reject(w, err, func(p *ui.Problem) ui.Page {
			page.Problem, page.Reason = p, f.text("reason")
			return page
		})
	}
	return goOn(w, r, accessPath, "reset-done")
}
