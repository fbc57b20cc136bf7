package ui

import (
	"time"

	"portico"
)

// AuditPage is /administration/audit.
type AuditPage struct {
	Layout
	Problem  *Problem // with the filter
	Customer string
	WholeLog bool   // nothing is filtered
	LoginID  string // of a person, as typed
	Action   string
	From     string
	Until    string
	Actions  []portico.Action
	CSV      string // addresses of the same events as files
	JSON     string
	Rows     []EventRow
	Next     string
	First    string
	Bound    *BoundLog // nil before it is signed for the first time
}

// BoundLog is what a log is verified by.
type BoundLog struct {
	Events int
	At     time.Time // when it was signed
	Key    string
}

// EventRow is an event with the short name of its browser.
type EventRow struct {
	portico.Event
	Browser string
}

// StartPage is /.
type StartPage struct {
	Layout
	FirstName string
	TwoFactor portico.TwoFactor
	Guessed   time.Time // when somebody last guessed codes; zero when nobody does
	Coverage  *Coverage // for those who see people
	Resets    []portico.Event
	Asked     portico.ResetRequest // to delete the reader's own setup; the zero one when nobody asks
	Open      []RequestRow         // resets that wait for something
	Odd       []portico.Event      // what was odd about resets lately
}

// Coverage is how safely a customer's active people log in, and who waits for
// something.
type Coverage struct {
	Active, Enabled, Disabled, None int
	Invited, Locked                 int
}

// Percent is how many of a hundred active people have 2FA enabled, rounded
// down, so that it says 100 when nobody is left.
func (c Coverage) Percent() int { return c.part(c.Enabled, 100) }

// chartWidth is the width of the chart in its own units.
const chartWidth = 400

// Bar is a piece of the chart.
type Bar struct {
	X, Width int
	Kind     string // of the colour
}

// Bars are the pieces of the chart, those of nobody left out.
func (c Coverage) Bars() []Bar {
	var bars []Bar
	x := 0
	for _, b := range []struct {
		n    int
		kind string
	}{{c.Enabled, "ok"}, {c.Disabled, "quiet"}, {c.None, "warn"}} {
		if b.n == 0 {
			continue
		}
		w := max(2, c.part(b.n, chartWidth))
		bars = append(bars, Bar{x, w, b.kind})
		x += w
	}
	if n := len(bars); n > 0 { // rounding leaves no gap and no overhang
		bars[n-1].Width = chartWidth - bars[n-1].X
	}
	return bars
}

func (c Coverage) part(n, of int) int {
	if c.Active == 0 {
		return 0
	}
	return n * of / c.Active
}

// On, Off and Without are the states, for the legend of the chart.
func (StartPage) On() portico.TwoFactor      { return portico.TwoFactorEnabled }
func (StartPage) Off() portico.TwoFactor     { return portico.TwoFactorDisabled }
func (StartPage) Without() portico.TwoFactor { return portico.TwoFactorNone }

func (AuditPage) template() string { return "audit" }
func (StartPage) template() string { return "start" }
