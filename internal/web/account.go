package web

import (
	"net/http"

	"portico"
	"portico/internal/web/ui"
)

func (s *Server) accountPage(w http.ResponseWriter, r *http.Request) error {
	page := s.accountPageFor(r)
	var err error
	if page.Guessed, err = s.Auth.GuessedAt(r.Context(), session(r)); err != nil {
		return err
	}
	if page.NewEmail, err = s.newEmail(r); err != nil {
		return err
	}
	rec, err := s.Auth.Recovery(r.Context(), session(r))
	if err != nil {
		return err
	}
	page.RecoveryLeft, page.RecoveryFew, page.Codes, page.Unsaved = rec.Left, rec.Left <= portico.RecoveryWarning, rec.Codes, rec.Unsaved
	own, signals, err := s.Auth.OwnAuthenticators(r.Context(), session(r))
	if err != nil {
		return err
	}
	page.Accepted, page.Details = string(signals.Accepted), string(signals.Details)
	page.Authenticators = asPolicyHas(own, session(r).Customer.Policy, page.User)
	page.Stays = s.stays(r, own)
	page.TakesPasskeys = s.Auth.TakesPasskeys()
	page.AddsPasskey = page.TakesPasskeys && portico.AuthenticatorPasskey.In(page.Authenticators) < portico.MaxPasskeys
	if page.Passkeys() > 0 || !page.PasskeyOnly { // otherwise an app was lost, and no other one replaces it
		page.RescueUntil = session(r).RescueUntil
	}
	page.RenewsPasskeys = page.TakesPasskeys && !page.RescueUntil.IsZero()
	page.Rescued = page.Rescues() && !session(r).Fresh
	page.AddsApp = !page.PasskeyOnly && portico.AuthenticatorTOTP.In(page.Authenticators) < portico.MaxApps
	return s.show(w, page)
}

// asPolicyHas returns authenticators as a policy lets their user use them.
func asPolicyHas(all []portico.Authenticator, p portico.Policy, u portico.User) []portico.Authenticator {
	for i := range all {
		all[i].Alone = all[i].Alone && p.PasskeyLogin(u)
	}
	return all
}

func (s *Server) accountPageFor(r *http.Request) ui.AccountPage {
	u, policy := session(r).User, session(r).Customer.Policy
	page := ui.AccountPage{
		Layout: s.layout(r, "Account", "/account"), User: u, TwoFactor: u.TwoFactor,
		Enforced: policy.TwoFactorRequired(u, s.Now()), PasskeyOnly: policy.PasskeyRequired(u, s.Now()),
		PasskeyDue: policy.PasskeyAhead(u, s.Now()),
	}
	return page
}

func (s *Server) profilePage(w http.ResponseWriter, r *http.Request) error {
	u := session(r).User
	return s.show(w, ui.ProfilePage{Layout: s.layout(r, "Edit profile", "/account"), FirstName: u.FirstName, LastName: u.LastName, Email: u.Email})
}

func (s *Server) profile(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	to := portico.User{FirstName: f.text("first_name"), LastName: f.text("last_name"), Email: f.text("email")}
	waits, err := s.Users.SaveOwnProfile(r.Context(), session(r).Actor, to)
	if err != nil {
		return s.rerenderTyped(w, r, f, err, (*Server).typedProfile)
	}
	if waits {
		return redirect(w, r, "/account", "email-asked")
	}
	return redirect(w, r, "/account", "profile-saved")
}

func (s *Server) typedProfile(r *http.Request, f form, p *ui.Problem) (ui.Page, error) {
	return ui.ProfilePage{
		Layout: s.layout(r, "Edit profile", "/account"), Problem: p,
		FirstName: f.text("first_name"), LastName: f.text("last_name"), Email: f.text("email"),
	}, nil
}

// newEmail returns the new email address that waits to be confirmed by its
// link.
func (s *Server) newEmail(r *http.Request) (ui.NewEmail, error) {
	p, err := s.Auth.PendingEmail(r.Context(), session(r))
	return ui.NewEmail{Email: p.Email, Until: p.Until}, err
}

func (s *Server) emailCancel(w http.ResponseWriter, r *http.Request) error {
	if err := s.Auth.CancelEmail(r.Context(), session(r)); err != nil {
		return err
	}
	return redirect(w, r, "/account", "email-cancelled")
}

func (s *Server) passwordPage(w http.ResponseWriter, r *http.Request) error {
	return s.show(w, s.passwordPageFor(r))
}

func (s *Server) passwordPageFor(r *http.Request) ui.PasswordPage {
	ses := session(r)
	return ui.PasswordPage{
		Layout: s.layout(r, "Change password", "/account"), LoginID: ses.User.LoginID,
		Least: ses.Customer.Policy.PasswordMinimum(ses.User, s.Now()),
	}
}

func (s *Server) password(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	token, err := s.Auth.ChangePassword(r.Context(), session(r), f.secret("password"), f.secret("new_password"))
	if err != nil {
		return s.rerenderForm(w, r, err, func(p *ui.Problem) ui.Page {
			page := s.passwordPageFor(r)
			page.Problem = p
			return page
		})
	}
	s.renew(w, token)
	return redirect(w, r, "/account", "password-changed")
}
