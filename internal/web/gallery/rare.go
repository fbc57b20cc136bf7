package gallery

import (
	"slices"
	"time"

	"portico"
	"portico/internal/web/ui"
)

// rare returns the states that a page seldom has.
func rare() []State {
	return slices.Concat(rareLinks(), rareAccount(), rareStart(), rareAccess(), rareResets(), rarePolicy(), rareCustomers())
}

func rareLinks() []State {
	state := func(name, title string, does portico.UnauthorizedStep, done bool, change func(*ui.LinkPage)) State {
		p := notMe(title, does, done)
		change(&p)
		return State{name, p}
	}
	const before, after, only = "This wasn't me", "Your account is safe now", "Thank you for telling us"
	ends := portico.UnauthorizedStep{Reports: true, Ends: true}
	mails := portico.UnauthorizedStep{Reports: true, Ends: true, SetsBack: true, Mails: true}
	suspends := portico.UnauthorizedStep{Reports: true, Ends: true, Suspends: true}
	nobody := func(p *ui.LinkPage) { p.Notified = portico.NotifiedNobody }
	suspended := func(p *ui.LinkPage) { *p = whileSuspended(*p) }
	operator := func(p *ui.LinkPage) { p.Notified, p.Operator = portico.NotifiedNobody, true }
	return []State{
		state("Reported, and nobody is told", only, portico.UnauthorizedStep{Reports: true}, true, nobody),
		state("Replaced, and nobody is told", before, portico.UnauthorizedStep{Reports: true}, false, nobody),
		state("Frozen without a mail, and nobody is told", after, ends, true, nobody),
		state("Frozen, address set back, only administrator", after, mails, true, func(p *ui.LinkPage) { p.Notified, p.Authenticator = portico.NotifiedProvider, true }),
		state("Frozen from before, and nobody is told", only, portico.UnauthorizedStep{Reports: true, Suspends: true}, true, nobody),
		state("Cancelled, and nobody is told", after, suspends, true, nobody),
		state("Cancels, and nobody is told", before, suspends, false, nobody),
		state("While suspended, only administrator", before, ends, false, suspended),
		state("While suspended, with an authenticator made lately", before, ends, false, func(p *ui.LinkPage) { *p = newAuthenticator(whileSuspended(*p)) }),
		state("Operator, frozen", after, ends, true, operator),
		state("Operator, while suspended", after, ends, true, func(p *ui.LinkPage) { operator(p); p.Suspended = p.Customer }),
		{"Browser will be remembered", ui.CodePage{Layout: visitor("Enter your code"), LoginID: "ben.kowalski", Issuer: issuer, Remember: true, Remembers: true, Problem: wrong("code", wrongCode)}},
	}
}

func rareAccount() []State {
	page := ui.AccountPage{Layout: user("Account"), User: ben, TwoFactor: portico.TwoFactorEnabled, RecoveryLeft: 10}
	state := func(name string, change func(*ui.AccountPage)) State {
		p := page
		change(&p)
		return State{name, p}
	}
	required := user("Two Factor Authentication is required")
	return []State{
		state("No recovery codes", func(p *ui.AccountPage) { p.RecoveryLeft, p.RecoveryFew = 0, true }),
		state("Disabled, without recovery codes", func(p *ui.AccountPage) {
			p.TwoFactor, p.RecoveryLeft, p.RecoveryFew, p.Guessed = portico.TwoFactorDisabled, 0, true, now
		}),
		state("Set-up before anything else", func(p *ui.AccountPage) {
			p.Layout, p.TwoFactor, p.Enrolment, p.Enforced = mustEnrol(p.Layout), portico.TwoFactorNone, enrolment(false), true
		}),
		state("Moving, required", func(p *ui.AccountPage) { p.Enrolment, p.Enforced = enrolment(true), true }),
		state("A passkey alone", func(p *ui.AccountPage) {
			p.Authenticators, p.TakesPasskeys, p.AddsPasskey, p.AddsApp = passkeys()[1:2], true, true, true
		}),
		state("A passkey alone, where apps do not count", func(p *ui.AccountPage) {
			p.Layout, p.Codes, p.Enforced, p.PasskeyOnly = with(p.Layout, "enabled"), recoveryCodes, true, true
			p.Authenticators, p.TakesPasskeys, p.AddsPasskey = passkeys()[1:2], true, true
		}),
		{"After a reset", ui.RequiredPage{Layout: mustEnrol(required), Customer: issuer, Reset: true}},
	}
}

func rareStart() []State {
	page := ui.StartPage{Layout: administrator("Start", "/"), FirstName: "Ann", TwoFactor: portico.TwoFactorDisabled, Guessed: now.Add(-9 * time.Minute)}
	switchedOff, first, busy := page, page, page
	first.Coverage = &ui.Coverage{}
	busy.TwoFactor, busy.Guessed = portico.TwoFactorEnabled, time.Time{}
	busy.Coverage = &ui.Coverage{Active: 1000, Enabled: 998, None: 2, Invited: 1}
	busy.Open = everyRequest()
	stopped := portico.Event{At: now, Action: portico.ResetStopped, Actor: portico.AsUser(eunji, portico.Origin{}), Told: portico.Say("the limit of {0} an hour is reached", 5)}
	busy.Suspicious = []portico.Event{stopped.Target(carla), stopped}
	return []State{
		{"Switched off, codes are guessed", switchedOff},
		{"Nobody can log in yet", first},
		{"Requests of every kind", busy},
	}
}

func rareAccess() []State {
	l := administrator("Administration and Access", accessPath)
	list := ui.AccessPage{
		Layout: l, Manages: true, PageSize: 50, CSV: "#", Everybody: accessPath, Back: "filter=locked",
		Query: portico.PeopleQuery{Filter: portico.FilterLocked}, Chips: chips(portico.FilterLocked, 12_000, 1010, 23, 171, 12, 5, 0),
	}
	many := list
	many.Query = portico.PeopleQuery{Search: "ann", Filter: portico.FilterLocked, Sort: portico.SortLogin, Descending: true}
	many.First, many.Next, many.Total, many.Capped, many.Rows = "#", "#", 999, true, rows(ann, ben)
	many.Chips = slices.Clone(many.Chips)
	many.Chips[len(many.Chips)-1].People, many.Chips[len(many.Chips)-1].Capped = 999, true
	many.Heads = []ui.SortHead{{Text: "Name", Address: "?"}, {Text: "Login ID", Address: "?", Order: "descending"}, {Text: "Status", Address: "?", Order: "ascending"}, {Text: "2FA", Address: "?"}, {Text: "Last log-in", Address: "?"}}
	page := func(kind string, eligible []portico.User, ineligible ...ui.IneligiblePerson) ui.SelectedPage {
		l.Title = selectedTitles[kind]
		return ui.SelectedPage{Layout: l, Kind: kind, Eligible: eligible, Ineligible: ineligible, Action: "#", Cancel: accessPath}
	}
	exempt := carla
	exempt.ExemptUntil, exempt.ExemptReason = now.AddDate(0, 0, 14), "Waits for a company phone"
	person := ui.UserPage{Layout: l, User: exempt, Address: accessPath + "/carla", Required: now.AddDate(0, 0, -3), Exempt: true}
	exempting := person
	exempting.Exempts = true
	alone := ui.AskPage{Layout: l, Kind: ui.AskReset, User: ben, Action: "#", Cancel: accessPath, NoApprover: true, Rule: portico.ResetRule{ResetCode: true, TwoPeople: true, DelayHours: 5}}
	delayed := alone
	delayed.NoApprover, delayed.MailProven, delayed.Rule.DelayHours = false, true, 1
	again := alone
	again.NewCode, again.DeliverInPerson = true, true
	running := portico.Import{FileName: "people.csv", By: "Ann Whitfield", Phase: portico.ImportRunning, Rows: 12_000, RowsDone: 4_000}
	validating := running
	validating.Phase, validating.RowsDone = portico.ImportValidating, 0
	one := portico.Import{FileName: "people.csv", By: "Ann Whitfield", Phase: portico.ImportDone, Rows: 1, RowsDone: 1, Counts: portico.ImportCounts{Created: 1}, Uninvited: 1}
	stopped := running
	stopped.Inviting, stopped.Invite, stopped.Uninvited = true, true, 8_000
	stopped.Stopped, stopped.Told = stoppedImport.String(), stoppedImport
	return []State{
		{"Nobody is locked out", list},
		{"More are locked out than are counted", many},
		{"One person", page("add-label", []portico.User{ben}, ui.IneligiblePerson{User: fay, Why: "Only active users can be suspended."})},
		{"Remove label from nobody", page("remove-label", nil, ui.IneligiblePerson{User: fay, Why: "Only active users can be suspended."})},
		{"Exempt, seen by the help desk", person},
		{"Exempt, and nothing else", exempting},
		{"Nobody else to approve", alone},
		{"An hour from now", delayed},
		{"New reset code, nobody else to approve", again},
		{"Under way, nobody invited", ui.ImportFilePage{Layout: l, Import: running, Address: "#"}},
		{"One person, not invited", ui.ImportFilePage{Layout: l, Import: one, Address: "#"}},
		{"Invitations stopped", ui.ImportFilePage{Layout: l, Import: stopped, Address: "#"}},
		{"Checking", ui.ImportPage{Layout: l, Most: 2_000_000, Kept: 20, Imports: []ui.ImportLine{{Import: validating, Address: "#"}}}},
	}
}

// everyRequest returns requests to delete a 2FA setup in every state.
func everyRequest() []ui.RequestRow {
	var all []ui.RequestRow
	for _, s := range []ui.ResetStatus{
		{State: portico.ResetOpen, Need: portico.NeedsProof},
		{State: portico.ResetOpen, Need: portico.NeedsApproval},
		{State: portico.ResetOpen, Need: portico.NeedsWait},
		{State: portico.ResetOpen, Need: portico.HasExpired},
		{State: portico.ResetOpen, Need: portico.Ready},
		{State: portico.ResetDone, Need: portico.Closed},
		{State: portico.ResetCancelled, Need: portico.Closed},
		{State: portico.ResetExpired, Need: portico.Closed},
	} {
		r := resetOf(ben, s.State, s.Need)
		r.Proof = portico.ResetProof{Kind: portico.ProofCallBack, Name: ann.Name(), Text: "17", At: now}
		r.Approval, r.Flagged = portico.ResetApproval{By: eunji.ID, Name: eunji.Name(), At: now}, now
		if s.State != portico.ResetOpen {
			r.EndedAt, r.EndedBy, r.EndReason = now, portico.CommandLine().Name, "the command line was faster"
		}
		all = append(all, r)
	}
	return all
}

func rareResets() []State {
	l := administrator("Requests to delete a 2FA setup", resetsPath)
	states := []State{{"In every state", ui.ResetsPage{Layout: l, Customer: issuer, Rows: everyRequest()}}}
	for _, row := range everyRequest() {
		page := ui.ResetPage{
			Layout: l, Request: row, User: ben, Rule: everyRule, Due: now, CallsLeft: 2, VouchURL: "https://portal.acme.example/vouch/1",
			IsRequester: true, Number: "17", SeenBy: "Maria Oliveira",
		}
		other, open := page, row.State == portico.ResetOpen
		other.MailProven, other.CallUntil, other.Others, other.IsRequester = true, now, everyRequest(), open
		other.Approves, other.ShowsCode = open && row.Step.Need == portico.NeedsApproval, row.State == portico.ResetDone
		name := string(row.State)
		if row.State == portico.ResetOpen {
			name += " " + string(row.Step.Need)
		}
		states = append(states, State{"As requester, " + name, page}, State{"As approver, " + name, other})
	}
	return states
}

func rarePolicy() []State {
	const here = "/administration/policy"
	l := administrator("Policy", here)
	rule := portico.ResetRule{ResetCode: true, TwoPeople: true, CallerCheck: true}
	exempt := carla
	exempt.ExemptUntil, exempt.ExemptReason = now.AddDate(0, 0, 14), "Waits for a company phone"
	own := ui.PolicyPage{
		Layout: l, Customer: issuer, Own: true, HelpDeskSeesAudit: true, Roles: []ui.RoleRule{{Role: portico.RoleUser}, {Role: portico.RoleAdministrator, From: "2026-12-03"}},
		Exempt: []portico.User{exempt}, MoreExempt: true, Resets: []ui.ResetRuleForm{{Role: portico.RoleUser, Rule: rule, Delay: "4"}, {Role: portico.RoleHelpDesk}},
	}
	defaults := inForce(ui.PolicyPage{Layout: due(operator("Policy", here), 7), Customer: "Northern Hosting", Defaults: true, TakesPasskeys: true},
		portico.RoleUser, portico.RoleHelpDesk, portico.RoleAdministrator, portico.RoleOperator)
	past := now.AddDate(0, -1, 0)
	return []State{
		{"Help desk sees the log, many exempt", own},
		{"Defaults for everybody", defaults},
		{"Defaults change for everybody", ui.PolicyPreviewPage{
			Layout: operator("Policy", here), Customer: "Northern Hosting", Defaults: true, Now: now, Stopped: ui.StoppedCount{AtOnce: 1}, People: []portico.User{exempt},
			Changes: []ui.RoleChange{{Role: portico.RoleAdministrator, Was: past}, {Role: portico.RoleOperator, Now: now, Stopped: 1}},
		}},
		{"Required from another day", ui.PolicyPreviewPage{
			Layout: l, Customer: issuer, Now: now, Stopped: ui.StoppedCount{AtOnce: 2, Later: 1}, List: "#", People: []portico.User{exempt},
			Changes: []ui.RoleChange{{Role: portico.RoleUser, Now: now.AddDate(0, 0, 7), Stopped: 1}, {Role: portico.RoleHelpDesk, Was: past, Now: now, Stopped: 2}},
		}},
	}
}

func rareCustomers() []State {
	l := operator("Customers", "/customers")
	acme := portico.Customer{ID: "acme", Slug: "acme", Name: issuer, CreatedAt: now}
	granted := ui.CustomerPage{
		Layout: inside(issuer, "/customers/acme"), Customer: acme, Statuses: []portico.CustomerStatus{portico.CustomerInForce}, Address: "/customers/acme", Open: true, Until: now.Add(3 * time.Hour),
		Counts: ui.Counts{Known: true}, LookForm: ui.LookForm{Name: issuer, AccentColour: "#3d37c9", Standard: "#3d37c9"},
	}
	branded := granted
	branded.Brand, branded.Mark, branded.Picture, branded.Accent = "Northern Hosting", "NH", "/logo/x", ui.AccentPath("0b7285")
	branded.Counts = ui.Counts{Known: true, People: 7, Active: 7, Protected: 7}
	suspend := func(c ui.Counts) ui.SuspendCustomerPage {
		return ui.SuspendCustomerPage{Layout: inside("Suspend customer", "/customers/acme"), Name: issuer, Address: "/customers/acme", Counts: c}
	}
	al := administrator("Audit log", "/administration/audit")
	rl := administrator("2FA report", "/administration/report")
	byProvider := portico.Event{At: now, CustomerID: "acme", Action: portico.TwoFactorReset, Actor: portico.Actor{Kind: portico.ActorUser, Name: "Olga Petrova", Role: portico.RoleOperator}}
	return []State{
		{"Access is granted for a while", granted},
		{"With a logo", branded},
		{"Counts are not shown", ui.CustomersPage{Layout: l, Search: "a", First: "#", Rows: []ui.CustomerRow{
			{Name: issuer, Address: "#", Statuses: []portico.CustomerStatus{portico.CustomerIsSuspended, portico.CustomerRevokedAccess}}, {Name: "Globex", Address: "#", Counts: ui.Counts{Known: true}},
		}}},
		{"One active user", suspend(ui.Counts{Known: true, Active: 1})},
		{"No active user", suspend(ui.Counts{Known: true})},
		{"Nobody is counted", ui.DeleteCustomerPage{Layout: l, Name: issuer, Slug: "acme", Address: "/customers/acme", At: now.Add(portico.CustomerDeletionWait), Months: 36}},
		{"No reason", ui.DeleteCustomerPage{
			Layout: l, Name: issuer, Slug: "acme", Address: "/customers/acme", At: now.Add(portico.CustomerDeletionWait), Months: 36, Typed: "acme", Counts: ui.Counts{Known: true, People: 1},
			Problem: refused(portico.CheckReason("", "Enter why the customer is deleted.")),
		}},
		{"Nothing yet", ui.AuditPage{Layout: al, Customer: issuer, WholeLog: true, Actions: portico.ActionGroups()}},
		{"By the provider", ui.AuditPage{Layout: al, Customer: issuer, Actions: portico.ActionGroups(), First: "#", Rows: []ui.EventRow{{Event: byProvider.Target(carla)}, {Event: portico.Event{CustomerID: "acme", Actor: portico.CommandLine(), Action: "later.thing"}}}}},
		{"More resets than are shown", ui.ReportPage{Layout: rl, Customer: issuer, At: now, From: "2026-10-24", Until: "2026-11-23", CSV: "#", MoreResets: true, Resets: []ui.ResetRow{{Event: byProvider.Target(carla), Reset: portico.ResetDetails{Reason: "New phone"}}}}},
	}
}
