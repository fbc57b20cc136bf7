package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"portico"
)

// eventFilter is what an address asks for of the audit log.
type eventFilter struct {
	person, action, from, until string // as typed
	query                       portico.EventQuery
	problem                     *portico.Error
}

// eventFilterOf parses the query of an address. Invalid values are reported in
// problem. The page then shows that problem and no events, because other events
// than the ones asked for would mislead.
func (s *Server) eventFilterOf(r *http.Request, v url.Values) (eventFilter, error) {
	f := eventFilter{person: strings.TrimSpace(v.Get("person")), action: v.Get("action"), from: v.Get("from"), until: v.Get("until")}
	fail := func(field string, text portico.Text) {
		f.problem = portico.FieldError(field, text)
	}
	if action := portico.Action(f.action); action != "" {
		f.query.Actions = []portico.Action{action}
		if string(action.Text()) == f.action {
			fail("action", "Choose one of the actions in the list.")
		}
	}
	zone := s.zone(r)
	var err error
	if f.query.From, err = date(f.from, zone); err != nil {
		fail("from", "Enter the first day as year, month and day, such as 2026-11-23.")
	}
	if f.query.Until, err = date(f.until, zone); err != nil {
		fail("until", "Enter the last day as year, month and day, such as 2026-11-23.")
	} else if f.until != "" {
		last := in(zone, f.query.Until)
		f.query.Until = dayBegins(time.Date(last.Year(), last.Month(), last.Day()+1, 0, 0, 0, 0, time.UTC), zone) // the last day is included
	}
	if f.problem == nil && f.until != "" && f.from > f.until { // both are year, month and day
		fail("from", "The first day is after the last day.")
	}
	if f.person == "" {
		return f, nil
	}
	f.query.Person, err = s.Users.LoggedAs(r.Context(), scopeOf(r).actor, scopeOf(r).customer.ID, f.person)
	if portico.NotFound.Is(err) {
		fail("person", "Nobody here has this login ID. Enter the complete login ID.")
		return f, nil
	}
	return f, err
}

// address returns an address under path with the same filter and one more
// parameter. An empty value adds none.
func (f eventFilter) address(path, name, value string) string {
	v := url.Values{}
	for key, typed := range map[string]string{"person": f.person, "action": f.action, "from": f.from, "until": f.until, name: value} {
		if typed != "" {
			v.Set(key, typed)
		}
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}
