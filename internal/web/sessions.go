package web

import (
	"net/http"

	"portico"
	"portico/internal/web/ui"
)

const sessionsPath = "/account/sessions"

// browserName returns the name of a session's browser, also of one that sent none.
func browserName(o portico.Origin) portico.Message {
	if name := o.BrowserName(); name.Is() {
		return name
	}
	return portico.Say("Unknown browser")
}

func (s *Server) sessionsPage(w http.ResponseWriter, r *http.Request) error {
	sessions, browsers, err := s.Auth.Devices(r.Context(), session(r))
	if err != nil {
		return err
	}
	page := ui.SessionsPage{Layout: s.layout(r, "Where you are logged in", "/account"), Others: len(sessions) > 1}
	for _, row := range sessions {
		page.Sessions = append(page.Sessions, ui.LoginDevice{
			ID: row.ID, Browser: browserName(row.Origin), Address: row.Origin.Address,
			Since: row.CreatedAt, Seen: row.SeenAt, This: session(r).Is(row.ID),
		})
	}
	for _, b := range browsers {
		page.Browsers = append(page.Browsers, ui.LoginDevice{
			ID: b.ID, Browser: browserName(b.Origin), Address: b.Origin.Address, Seen: b.SeenAt, Until: b.TrustedUntil,
		})
	}
	return s.show(w, page)
}

func (s *Server) sessionEnd(w http.ResponseWriter, r *http.Request) error {
	return s.endPlace(w, r, "session-ended", func(f form) error {
		return s.Auth.EndSession(r.Context(), session(r), f.text("session"))
	})
}

func (s *Server) sessionsEndOthers(w http.ResponseWriter, r *http.Request) error {
	return s.endPlace(w, r, "sessions-ended", func(form) error {
		return s.Auth.EndOtherSessions(r.Context(), session(r))
	})
}

func (s *Server) browserForget(w http.ResponseWriter, r *http.Request) error {
	return s.endPlace(w, r, "browser-forgotten", func(f form) error {
		id := f.text("browser")
		if id == "" {
			return portico.E(portico.Invalid, "Choose the browser to forget.")
		}
		return s.Auth.ForgetBrowser(r.Context(), session(r), id)
	})
}

func (s *Server) endPlace(w http.ResponseWriter, r *http.Request, done string, end func(form) error) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	if err := end(f); err != nil {
		return err
	}
	return redirect(w, r, sessionsPath, done)
}
