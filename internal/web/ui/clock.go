package ui

import (
	"time"

	"portico/internal/locale"
)

// day formats a date as people read it, in the zone that Layout.Local has chosen.
func day(l locale.Language, t time.Time) string {
	if beginsLater(t) {
		return l.Time(t, locale.DayAndTime)
	}
	return l.Time(t, locale.Day)
}

// dayAhead formats a date that is the given number of days ahead. It leaves out
// the year unless that is more than 300 days.
func dayAhead(l locale.Language, t time.Time, days int) string {
	switch {
	case days > 300:
		return day(l, t)
	case beginsLater(t):
		return l.Time(t, locale.DayOfYearAndTime)
	}
	return l.Time(t, locale.DayOfYear)
}

// beginsLater reports whether a date was chosen in another zone and begins at
// another time than midnight in this one, which is shown with it.
func beginsLater(t time.Time) bool {
	return t.Hour() != 0 || t.Minute() != 0
}

// begins returns the time of day at which a date begins that was chosen in another zone,
// "" for midnight.
func begins(t time.Time) string {
	if t.IsZero() || !beginsLater(t) {
		return ""
	}
	return t.Format("15:04")
}

// clock is a time as people read it, as programs read it, and in UTC if the
// text is in another zone.
type clock struct{ Text, Machine, UTC string }

func when(l locale.Language, t time.Time) clock { return clockAt(l, t, locale.Minute) }

// moment is when with seconds, for the order of events.
func moment(l locale.Language, t time.Time) clock { return clockAt(l, t, locale.Second) }

func clockAt(l locale.Language, t time.Time, layout locale.Layout) clock {
	if t.IsZero() {
		return clock{}
	}
	utc := t.UTC()
	c := clock{l.Time(utc, layout) + " UTC", utc.Format(time.RFC3339), ""}
	if t.Location() != time.UTC {
		c.Text, c.UTC = l.Time(t, layout), c.Text
	}
	return c
}
