package ui

import (
	"time"

	"portico"
)

// ReportPage is /administration/report.
type ReportPage struct {
	Layout
	Problem     *Problem // with the period
	Customer    string
	At          time.Time // when it was made
	From, Until string    // dates
	CSV         string
	All         Coverage
	Roles       []RoleCoverage
	Without     []portico.User // people without 2FA, the first ones
	More        bool           // there are more of them
	Passkeys    []PasskeyLack  // for the roles that require one
	Lacking     []portico.User // people without one, the first ones
	MoreLack    bool           // there are more of them
	Resets      []ResetRow
	MoreResets  bool
}

// RoleCoverage counts the active people of a role by 2FA status.
type RoleCoverage struct {
	Role                    portico.Role
	Enabled, Disabled, None int
}

// PasskeyLack counts the active people of a role who lack the passkey that it requires.
type PasskeyLack struct {
	Role   portico.Role
	From   time.Time
	People int
}

// LackingTable returns the table of those who are named.
func (p ReportPage) LackingTable() PeopleTable {
	return PeopleTable{p.Layout, p.Lacking, p.MoreLack}
}

// ResetRow is a deleted 2FA setup or authenticator.
type ResetRow struct {
	portico.Event
	Reset portico.ResetDetails
}

// On, Off and Not return the states, for the legend of the chart.
func (ReportPage) On() portico.TwoFactor  { return portico.TwoFactorEnabled }
func (ReportPage) Off() portico.TwoFactor { return portico.TwoFactorDisabled }
func (ReportPage) Not() portico.TwoFactor { return portico.TwoFactorNone }

func (ReportPage) template() string { return "report" }
