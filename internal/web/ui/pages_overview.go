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
	WholeLog bool   // there is no filter
	LoginID  string // of a person, as typed
	Action   string
	From     string
	Until    string
	Actions  []portico.ActionGroup
	CSV      string // addresses of the same events as files
	JSON     string
	Rows     []EventRow
	Next     string
	First    string
	Bound    *BoundLog // nil before the first checkpoint
}

// BoundLog is what a reader needs to verify a log.
type BoundLog struct {
	Events int
	At     time.Time // when it was signed
	Key    string
}

// EventRow is an event with the short name of its browser.
type EventRow struct {
	portico.Event
	Browser portico.Message
}

// EventAt returns an event with its time in the reader's zone.
func (l Layout) EventAt(e EventRow) EventRow {
	e.At = l.Local(e.At)
	return e
}

// StartPage is /.
type StartPage struct {
	Layout
	First        *FirstSteps // nil for others than operators, and once all of them are done
	FirstName    string
	TwoFactor    portico.TwoFactor
	Guessed      time.Time // since when the reader's codes are being guessed; zero if they are not
	Unsaved      bool      // the reader has not said yet that the recovery codes are saved
	RecoveryFew  bool      // the reader has few recovery codes left
	RecoveryLeft int
	Coverage     *Coverage // for readers who may see people
	Resets       []portico.Event
	Asked        portico.ResetRequest // to delete the reader's own setup; zero if there is none
	Open         []RequestRow         // open requests for resets
	Suspicious   []portico.Event      // recent suspicious events about resets
}

// FirstSteps are what an operator of a new portal does first.
type FirstSteps struct {
	Customer      bool   // there is one
	Administrator bool   // somebody is in a customer
	Invite        string // address at which to invite the administrator; "" before there is a customer
	TwoFactor     bool   // the reader has 2FA
}

// Coverage is how many of a customer's active people have 2FA, and how many
// people are invited or locked out.
type Coverage struct {
	Active, Enabled, Disabled, None int
	Invited, Locked                 int
}

// Percent returns the percentage of active people who have 2FA enabled, rounded
// down, so that it is 100 only if all of them have.
func (c Coverage) Percent() int { return c.part(c.Enabled, 100) }

// chartWidth is the width of the chart in its own units.
const chartWidth = 400

// Bar is one segment of the chart.
type Bar struct {
	X, Width int
	Kind     string // selects the colour
}

// Bars returns the segments of the chart, without empty ones.
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
	if n := len(bars); n > 0 { // the last one closes the gap, or removes the overhang, that rounding leaves
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

// On, Off and Without return the states, for the legend of the chart.
func (StartPage) On() portico.TwoFactor      { return portico.TwoFactorEnabled }
func (StartPage) Off() portico.TwoFactor     { return portico.TwoFactorDisabled }
func (StartPage) Without() portico.TwoFactor { return portico.TwoFactorNone }

func (AuditPage) template() string { return "audit" }
func (StartPage) template() string { return "start" }
