package web

import (
	"net/http"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // zones do not depend on the machine's files
)

// zoneCookie names the reader's time zone. The pages' script sets it.
const zoneCookie = "portico_zone"

// zone returns the time zone in which a request reads and shows days and times,
// or nil if none is known; then it is UTC. A form is read in the zone that its
// page was shown in, also if the browser's has changed since.
func (s *Server) zone(r *http.Request) *time.Location {
	if loc := zoneNamed(r.PostForm.Get("zone")); loc != nil {
		return loc
	}
	c, err := r.Cookie(zoneCookie)
	if err != nil {
		return nil // http.ErrNoCookie is the only error there is
	}
	return zoneNamed(c.Value)
}

// zones holds the zones that zoneNamed has loaded. It cannot grow without
// bound: only names of the time zone database are kept.
var zones sync.Map

// zoneNamed returns the zone of a name such as Europe/Berlin, or nil for
// anything else.
func zoneNamed(name string) *time.Location {
	if loc, is := zones.Load(name); is {
		return loc.(*time.Location) //nolint:forcetypeassert // nothing else is stored
	}
	if name == "" || len(name) > 64 || strings.EqualFold(name, "Local") { // Local is the server's
		return nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	zones.Store(name, loc)
	return loc
}

// in returns a time in a zone, or in UTC if the zone is nil.
func in(zone *time.Location, t time.Time) time.Time {
	if zone == nil {
		return t.UTC()
	}
	return t.In(zone)
}

// date parses an optional day in a zone, as browsers send it, and returns when
// it begins. It returns the zero time for an empty field.
func date(typed string, zone *time.Location) (time.Time, error) {
	if typed == "" {
		return time.Time{}, nil
	}
	day, err := time.Parse(time.DateOnly, typed)
	if err != nil {
		return time.Time{}, err
	}
	return dayBegins(day, zone), nil
}

// dayBegins returns the first moment of a day in a zone. That is not always
// midnight: where clocks change then, midnight is skipped, or comes twice.
func dayBegins(day time.Time, zone *time.Location) time.Time {
	if zone == nil {
		zone = time.UTC
	}
	midnight := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, zone)
	for offset := -2 * time.Hour; offset <= 2*time.Hour; offset += 15 * time.Minute {
		t := midnight.Add(offset)
		if t.Day() == day.Day() && t.Add(-time.Nanosecond).Day() != day.Day() {
			return t
		}
	}
	return midnight
}

// typedDay returns the day of a time as date parses it, "" for the zero time.
func typedDay(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return in(zone, t).Format(time.DateOnly)
}
