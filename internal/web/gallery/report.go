package gallery

import (
	"time"

	"portico"
	"portico/internal/web/ui"
)

func report() []State {
	l := administrator("2FA report", "/administration/report")
	event := func(days int, by portico.Actor, to portico.User) portico.Event {
		return portico.Event{At: now.AddDate(0, 0, -days), Action: portico.TwoFactorReset, Actor: by}.Target(to)
	}
	page := ui.ReportPage{
		Layout: l, Customer: issuer, At: now, From: "2026-10-24", Until: "2026-11-23", CSV: "#", More: true,
		All: ui.Coverage{Active: 1204, Enabled: 1010, Disabled: 61, None: 133},
		Roles: []ui.RoleCoverage{
			{Role: portico.RoleAdministrator, Enabled: 4}, {Role: portico.RoleHelpDesk, Enabled: 11, None: 1}, {Role: portico.RoleUser, Enabled: 995, Disabled: 61, None: 132},
		},
		Without:  []portico.User{someone("Hana", "Sato", portico.RoleHelpDesk, portico.Active, portico.TwoFactorNone), carla, dmitri},
		Passkeys: []ui.PasskeyLack{{Role: portico.RoleAdministrator, From: now.AddDate(0, 0, -2), People: 1}, {Role: portico.RoleUser, From: now.AddDate(0, 0, 21), People: 171}},
		Lacking:  []portico.User{ann, ben, carla}, MoreLack: true,
		Resets: []ui.ResetRow{
			{Event: event(0, portico.AsUser(ann, portico.Origin{}), carla), Reset: portico.ResetDetails{Reason: "New phone", Proof: "Ben Kowalski vouched", ProofKind: portico.ProofVouched, ProofOf: "Ben Kowalski", Approver: "Eun-ji Kim"}},
			{Event: event(3, portico.AsUser(ann, portico.Origin{}), dmitri), Reset: portico.ResetDetails{Reason: "Lost phone; he was here in person, with his passport, and will get a new one tomorrow"}},
			{Event: event(5, portico.AsUser(ann, portico.Origin{}), carla), Reset: portico.ResetDetails{Authenticator: "Old phone", Reason: "Sold the old phone"}},
			{Event: event(9, portico.CommandLine(), ann), Reset: portico.ResetDetails{Reason: "Lost phone"}},
		},
	}
	nobody := page
	nobody.Without, nobody.More, nobody.Resets, nobody.Lacking = nil, false, nil, nil
	nobody.Passkeys = []ui.PasskeyLack{{Role: portico.RoleAdministrator, From: now}}
	nobody.All, nobody.Roles = ui.Coverage{Active: 2, Enabled: 2}, []ui.RoleCoverage{{Role: portico.RoleAdministrator, Enabled: 2}, {Role: portico.RoleHelpDesk}, {Role: portico.RoleUser}}
	rejected := ui.ReportPage{Layout: l, Customer: issuer, At: now, From: "yesterday", Until: "2026-11-23", CSV: "#", Problem: wrong("from", "Enter the first day as year, month and day, such as 2026-11-23.")}
	return []State{{"Some without, some reset", page}, {"Everybody has it", nobody}, {"Period rejected", rejected}}
}

// bound is a sample of what a reader needs to verify an audit log.
var bound = &ui.BoundLog{Events: 48_211, At: now.Add(-8 * time.Second), Key: "portico-audit+e2ae0f7c+AXXs/LoeYLLTjlex9gNTdT1NIg+54ZBNYBlqJB7nD5Jt"}
