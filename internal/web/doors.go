package web

import (
	"net/http"
	"strconv"

	"portico"
	"portico/internal/web/ui"
)

const doorsPath = ownBase + "/doors"

var errNoDoors = portico.E(portico.NotFound, "The provider has no doors to itself.")

func (s *Server) doorsPage(w http.ResponseWriter, r *http.Request) error {
	if at(r).customer.ID == portico.ProviderID {
		return errNoDoors
	}
	return s.show(w, s.doorsPageFor(r))
}

func (s *Server) doorsPageFor(r *http.Request) ui.DoorsPage {
	c := at(r).customer
	page := ui.DoorsPage{Layout: s.layout(r, "Doors to the provider", doorsPath), Closed: c.Closed, Hours: portico.DoorHours}
	if c.Closed && c.Open(s.Now()) {
		page.Until = c.OpenUntil
	}
	return page
}

// doors grants provider access for a number of hours (0: until it is revoked),
// or revokes it.
func (s *Server) doors(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	pl, done := at(r), ""
	switch f.text("doors") {
	case "close":
		done, err = "doors-closed", s.People.CloseDoors(r.Context(), pl.actor, pl.customer.ID)
	case "open":
		hours, bad := strconv.Atoi(f.text("hours"))
		if bad != nil {
			hours = -1 // no such choice
		}
		done, err = "doors-opened", s.People.OpenDoors(r.Context(), pl.actor, pl.customer.ID, hours)
	default:
		err = errUnreadable
	}
	if err != nil {
		return s.reject(w, err, func(p *ui.Problem) ui.Page {
			page := s.doorsPageFor(r)
			page.Problem = p
			return page
		})
	}
	return goOn(w, r, doorsPath, done)
}
