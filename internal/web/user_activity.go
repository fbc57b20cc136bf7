package web

import (
	"net/http"
	"net/url"

	"portico"
	"portico/internal/web/ui"
)

// shownEvents is how many of a user's last events the user's page shows.
const shownEvents = 5

// addActivity adds what the reader may see of how a user logs in, and of what the
// user did last or was done to the user.
func (s *Server) addActivity(r *http.Request, page *ui.UserPage) error {
	sc := scopeOf(r)
	protection, err := s.Users.Protection(r.Context(), sc.actor, sc.customer.ID, page.User.ID)
	if err != nil {
		return err
	}
	page.Authenticators, page.RecoveryLeft = protection.Authenticators, protection.RecoveryCodes
	if page.EndsSessions {
		sessions, _, err := s.Auth.DevicesOf(r.Context(), page.User.ID)
		if err != nil {
			return err
		}
		if page.Sessions = len(sessions); page.Sessions > 0 {
			page.LastSeen = sessions[0].SeenAt
		}
	}
	if !sc.actor.Can(portico.SeeAudit, sc.customer.ID) {
		return nil
	}
	events, err := s.Audit.Last(r.Context(), sc.actor, sc.customer.ID, portico.EventQuery{Person: page.User.ID}, shownEvents)
	if err != nil {
		return err
	}
	for _, e := range events {
		page.Events = append(page.Events, ui.EventRow{Event: e, Browser: e.Actor.Origin.BrowserName()})
	}
	if page.User.LoginID != "" {
		page.AuditURL = sc.audit() + "?" + url.Values{"person": {page.User.LoginID}}.Encode()
	}
	return nil
}
