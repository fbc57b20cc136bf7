package gallery

import (
	"slices"
	"strings"
	"time"

	"portico"
	"portico/internal/web/ui"
)

const accessPath = "/administration/access"

func lower(s string) string { return strings.ToLower(s) }

func chips(current portico.PeopleFilter, counts ...int) []ui.Chip {
	var cs []ui.Chip
	for i, f := range []portico.PeopleFilter{
		portico.FilterAll, portico.FilterEnabled, portico.FilterDisabled, portico.FilterNone, portico.FilterInvited, portico.FilterSuspended, portico.FilterLocked,
	} {
		cs = append(cs, ui.Chip{Filter: f, Address: accessPath, Current: f == current, People: counts[i]})
	}
	return cs
}

func rows(users ...portico.User) []ui.AccessRow {
	var rs []ui.AccessRow
	for _, u := range users {
		r := ui.AccessRow{User: u, Address: accessPath + "/" + string(u.ID), Self: u.ID == ann.ID}
		if u.TwoFactor != portico.TwoFactorNone && !r.Self {
			r.DeleteURL = r.Address + "/two-factor/delete"
		}
		rs = append(rs, r)
	}
	return rs
}

func access() []State {
	l := administrator("Administration and Access", accessPath)
	list := ui.AccessPage{
		Layout: l, Manages: true, PageSize: 50, Total: 1216, Next: accessPath + "?after=x", CSV: accessPath + ".csv",
		Query: portico.PeopleQuery{Filter: portico.FilterAll}, Chips: chips(portico.FilterAll, 1216, 1010, 23, 171, 12, 5, 1),
		Roles: portico.Roles("acme"), Heads: []ui.SortHead{{Text: "Name", Address: "?", Order: "ascending"}, {Text: "Login ID", Address: "?"}, {Text: "Status", Address: "?"}, {Text: "2FA", Address: "?"}, {Text: "Last log-in", Address: "?"}},
		Rows: rows(ann, ben, carla, dmitri, eunji, fay, gus),
	}
	list.Rows[3].Locked, list.Rows[5].Uninvited = true, true
	list.Rows[1].Waiting = "/administration/resets/r1"
	list.Waiting = 2
	narrowed := list
	narrowed.Query.Role, narrowed.Query.Label, narrowed.Unnarrowed = portico.RoleUser, "Berlin", accessPath
	narrowed.Next, narrowed.Prev, narrowed.First, narrowed.Rows = "", accessPath+"?before=x", accessPath, rows(ben, dmitri)
	byLabel := list
	byLabel.Query.Label, byLabel.Unnarrowed, byLabel.ByMatch, byLabel.Prev, byLabel.First = "Berlin", accessPath, true, accessPath+"?before=x", accessPath
	nobodyThere := list
	nobodyThere.Query.Role, nobodyThere.Everybody, nobodyThere.Next, nobodyThere.Rows = portico.RoleHelpDesk, accessPath, "", nil
	help := list
	help.Manages = false
	said := list
	said.Layout = with(l, "reset-done")
	found := list
	found.Query.Search, found.Next, found.Unsearched, found.Rows, found.ByMatch = "ben", "", accessPath, rows(ben), true
	nobody := list
	nobody.Query.Search, nobody.Query.Filter, nobody.Next, nobody.Rows = "zeppelin", portico.FilterNone, "", nil
	nobody.Everybody, nobody.Unsearched, nobody.Chips = accessPath+"?q=zeppelin", accessPath, chips(portico.FilterNone, 1216, 1010, 23, 171, 12, 5, 1)
	empty := list
	empty.Next, empty.Total, empty.Rows, empty.Chips = "", 1, rows(ann), chips(portico.FilterAll, 1, 1, 0, 0, 0, 0, 0)
	unselected := list
	unselected.Problem = &ui.Problem{Text: "Select at least one user, then choose what to do."}
	return append([]State{
		{"Many people", list},
		{"Help desk", help},
		{"After a reset", said},
		{"Found by search", found},
		{"Nobody found", nobody},
		{"Administrator alone", empty},
		{"Of one role and label", narrowed},
		{"Too many of one label", byLabel},
		{"Nobody of the role", nobodyThere},
		{"Nobody selected", unselected},
	}, selected(l)...)
}

var selectedTitles = map[string]string{
	"add-label": "Add label", "remove-label": "Remove label", "change-role": "Change role", "suspend": "Suspend", "reactivate": "Reactivate",
	"invite": "Send invitations", "remind": "Remind to set up 2FA",
}

func selected(l ui.Layout) []State {
	page := func(kind string, eligible []portico.User, ineligible ...ui.IneligiblePerson) ui.SelectedPage {
		l.Title = selectedTitles[kind]
		return ui.SelectedPage{Layout: l, Kind: kind, Eligible: eligible, Ineligible: ineligible, Action: accessPath + "/selected/apply", Cancel: accessPath}
	}
	label := page("add-label", []portico.User{ben, carla, dmitri})
	label.Problem, label.Label = wrong("label", "Enter one label, without commas."), "Berlin, Hamburg"
	remove := page("remove-label", []portico.User{ben, dmitri})
	remove.Labels = []string{"Berlin", "Support", "Warehouse and logistics"}
	role := page("change-role", []portico.User{ben, carla}, ui.IneligiblePerson{User: ann, Why: "You cannot change your own account here. Use the Account page."})
	role.Roles = portico.Roles("acme")
	sameRole := role
	sameRole.Role, sameRole.Problem = portico.RoleUser, wrong("role", "All of them already have this role.")
	back := page("reactivate", []portico.User{gus}, ui.IneligiblePerson{User: ben, Why: "This user is not suspended."})
	remind := page("remind", []portico.User{carla, dmitri}, ui.IneligiblePerson{User: ben, Why: "This user has enabled 2FA."})
	return []State{
		{"Change role", role},
		{"Change role rejected", sameRole},
		{"Reactivate", back},
		{"Remind", remind},
		{"Suspend", page("suspend", []portico.User{ben, carla}, ui.IneligiblePerson{User: ann, Why: "You cannot change your own account here. Use the Account page."})},
		{"Invite again", page("invite", []portico.User{fay})},
		{"Add label rejected", label},
		{"Remove label", remove},
		{"Nobody fits", page("suspend", nil, ui.IneligiblePerson{User: gus, Why: "Only active users can be suspended."})},
	}
}

func linkOf(u portico.User) ui.ActivationLink {
	return ui.ActivationLink{User: u, Link: "https://portal.example.com/activate/4J7XQK2MZP5TWRB3NDHY6CVLSA", Until: now.AddDate(0, 0, 7)}
}

func person() []State {
	l := func(u portico.User) ui.Layout { return administrator(u.Name(), accessPath) }
	roles := []portico.Role{portico.RoleUser, portico.RoleHelpDesk, portico.RoleAdministrator}
	page := func(u portico.User) ui.UserPage {
		return ui.UserPage{
			Layout: l(u), User: u, Address: accessPath + "/" + string(u.ID), Manages: true, SendsLinks: u.Status == portico.Active,
			EndsSessions: u.Status == portico.Active, Resets: u.TwoFactor != portico.TwoFactorNone, Exempts: true,
			LoginID: u.LoginID, FirstName: u.FirstName, LastName: u.LastName, Email: u.Email, Labels: strings.Join(u.Labels, ", "), Role: u.Role, Roles: roles,
		}
	}
	known := page(ben)
	known.Authenticators, known.RecoveryLeft, known.Sessions, known.LastSeen = twoApps(), 8, 2, now.Add(-3*time.Hour)
	known.Events, known.AuditURL, known.Request = sampleEvents(), "/administration/audit?person=ben.kowalski", "/administration/resets/r1"
	away := page(dmitri)
	away.Authenticators, away.RecoveryLeft, away.Events = twoApps()[:1], 0, sampleEvents()[:1]
	lockedOut := page(ben)
	lockedOut.Locked = true
	invited := page(fay)
	invited.InviteEnds, invited.Exempts = now.AddDate(0, 0, 6), false
	late := invited
	late.Layout, late.MailDelay = with(l(fay), "user-created"), portico.MailDelay{Since: now.Add(-4 * time.Minute), Next: now.Add(3 * time.Minute)}
	bounced := invited
	bounced.Refusal = portico.MailRefusal{At: now.Add(-4 * time.Minute), Reason: "550 5.1.1 <fay@example.net>: Recipient address rejected: User unknown in virtual mailbox table"}
	unmailed := invited
	unmailed.Layout = with(l(fay), "user-created")
	unmailed.NoMail = true
	exempt := carla
	exempt.ExemptUntil, exempt.ExemptReason = now.AddDate(0, 0, 14), "Waits for a company phone"
	exempted := page(exempt)
	exempted.Required, exempted.Exempt = now.AddDate(0, 0, -3), true
	rejected := page(ben)
	rejected.Problem, rejected.Email = wrong("email", "Enter an email address such as name@example.com."), "ben@"
	held := page(ben)
	held.Problem, held.LoginID = wrong("login_id", "Someone else had this login ID until recently. It will be available on {0}.", portico.Date(now.AddDate(0, 0, 30))), "carla"
	long := ben
	long.LoginID = strings.Repeat("o'neill-and-partners/", 11) + "@acme-telecom.example"
	ruled, coded := page(ben), page(ben)
	ruled.Rule, ruled.MustEnrol = portico.ResetRule{TwoPeople: true}, true
	coded.Rule = everyRule
	self := page(ann)
	self.Self, self.Manages, self.SendsLinks, self.EndsSessions, self.Resets, self.Exempts = true, false, false, false, false, false
	ask := func(kind string, u portico.User, p *ui.Problem) ui.AskPage {
		return ui.AskPage{Layout: administrator("Delete 2FA setup", accessPath), Kind: kind, User: u, Action: "#", Cancel: accessPath, Problem: p}
	}
	byRules := ask(ui.AskReset, ben, nil)
	byRules.Rule, byRules.MailProven = everyRule, true
	ofSeveral := byRules
	ofSeveral.Authenticators = append(oneApp(), passkeys()[1])
	gone := ofSeveral
	gone.Problem = wrong("authenticator", "This authenticator does not exist any more. Choose again.")
	neither := ofSeveral
	neither.Problem = refused(portico.Together(
		portico.CheckReason("", "Enter the reason."), portico.FieldError("authenticator", "Choose what to delete."),
	))
	changed := byRules
	changed.MailProven, changed.Earlier, changed.NoneYet = false, true, true
	mustSetUp := carla
	mustSetUp.EnrolmentPending = true
	newCode := ask(ui.AskReset, mustSetUp, nil)
	newCode.NewCode, newCode.DeliverInPerson, newCode.Rule = true, true, portico.ResetRule{ResetCode: true}
	setUpAgain := page(mustSetUp)
	setUpAgain.Resets, setUpAgain.Rule = true, portico.ResetRule{ResetCode: true}
	newUser := ui.NewUserPage{Layout: administrator("New user", accessPath), Role: portico.RoleUser, Roles: roles}
	again := newUser
	again.FirstName, again.LastName, again.Email, again.Labels = "Fay", "Guest", "fay", "Sales"
	again.Problem = wrong("email", "Enter an email address such as name@example.com.")
	spanish := page(ben)
	spanish.LanguageCode = "es"
	return []State{
		{"With 2FA", page(ben)},
		{"Language chosen", spanish},
		{"With sessions, events and a request", known},
		{"Without sessions", away},
		{"Deleting takes two, then 2FA alone", ruled},
		{"Deleting by all rules", coded},
		{"Long name, 2FA disabled", page(dmitri)},
		{"Locked out", lockedOut},
		{"Invited", invited},
		{"Mail is late", late},
		{"Mail is refused", bounced},
		{"Invited, without a mail server", unmailed},
		{"Activation link", ui.ActivationLinkPage{
			Layout: administrator("Activation link", accessPath), Links: []ui.ActivationLink{linkOf(fay)}, Back: accessPath + "/fay",
		}},
		{"Activation links of several", ui.ActivationLinkPage{
			Layout: administrator("Activation links", accessPath), Links: []ui.ActivationLink{linkOf(fay), linkOf(ben), linkOf(gus)}, Back: accessPath,
		}},
		{"Exempt", exempted},
		{"Suspended", page(gus)},
		{"Rejected", rejected},
		{"Login ID is held back", held},
		{"Long login ID", page(long)},
		{"Oneself", self},
		{"Delete 2FA setup", ask(ui.AskReset, ben, nil)},
		{"Reason is missing", ask(ui.AskReset, ben, wrong("reason", "Enter the reason."))},
		{"Delete by all rules", byRules},
		{"Delete one of several", ofSeveral},
		{"The chosen one is gone", gone},
		{"Neither reason nor authenticator", neither},
		{"By the policy, changed lately", changed},
		{"New reset code", newCode},
		{"Must set up", setUpAgain},
		{"Suspend", ask(ui.AskSuspend, ben, nil)},
		{"Withdraw", ask(ui.AskWithdraw, fay, nil)},
		{"Delete user", ask(ui.AskDelete, ben, nil)},
		{"Delete a member of the help desk", ask(ui.AskDelete, eunji, nil)},
		{"Delete user, long login ID", ask(ui.AskDelete, long, nil)},
		{"Empty", newUser},
		{"Rejected", again},
		{"Form", ui.ExemptPage{
			Layout: administrator("Exempt from 2FA", accessPath), User: carla, Action: "#", Cancel: accessPath,
			Until: "2026-12-07", Least: "2026-11-24", Most: "2027-02-21",
		}},
		{"With 2FA", ui.ExemptPage{
			Layout: administrator("Exempt from 2FA", accessPath), User: ben, Action: "#", Cancel: accessPath, Least: "2026-11-24", Most: "2027-02-21",
		}},
		{"Must set up", ui.ExemptPage{
			Layout: administrator("Exempt from 2FA", accessPath), User: mustSetUp, Action: "#", Cancel: accessPath, Least: "2026-11-24", Most: "2027-02-21",
		}},
		{"Reason is missing", ui.ExemptPage{
			Layout: administrator("Exempt from 2FA", accessPath), User: carla, Action: "#", Cancel: accessPath,
			Until: "2026-12-07", Least: "2026-11-24", Most: "2027-02-21", Problem: wrong("reason", "Enter why this user is exempt."),
		}},
	}
}

func policy() []State {
	const here = "/administration/policy"
	l := administrator("Policy", here)
	roles := []ui.RoleRule{
		{Role: portico.RoleUser, From: "2026-12-14", Passkeys: "allowed"},
		{Role: portico.RoleHelpDesk, From: "2026-11-01", Passkeys: "second"},
		{Role: portico.RoleAdministrator, From: "2026-11-01", Passkeys: "required", PasskeyFrom: "2026-12-14"},
	}
	exempt := carla
	exempt.ExemptUntil, exempt.ExemptReason = now.AddDate(0, 0, 14), "Waits for a company phone"
	own := ui.PolicyPage{Layout: l, Customer: issuer, Own: true, Roles: roles, RememberBrowsers: true, PasswordLength: "15", SessionHours: "12", IdleMinutes: "30", AuditMonths: "24", Exempt: []portico.User{exempt}}
	own.Resets = []ui.ResetRuleForm{
		{Role: portico.RoleUser, Rule: portico.ResetRule{CallerCheck: true}},
		{Role: portico.RoleHelpDesk, Rule: everyRule, Delay: "4"},
		{Role: portico.RoleAdministrator, Rule: everyRule, Delay: "24"},
	}
	own.TakesPasskeys = true
	own.Roles[0].Set, own.Roles[0].InForce = time.Date(2026, 12, 14, 5, 0, 0, 0, time.UTC), time.Date(2026, 12, 14, 5, 0, 0, 0, time.UTC) // chosen in New York
	own.Roles[2].InForce = time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	own.OncePerDay, own.PerHour, own.ResetsHeld = true, "5", now.Add(20*time.Hour)
	rejected := own
	rejected.Roles = slices.Clone(roles)
	rejected.Roles[0].From, rejected.PasswordLength = "14 December", "6"
	rejected.Problem = refused(portico.Policy{PasswordLength: 6, Require: portico.Requirement{User: now.AddDate(8000, 0, 0)}}.Validate(now))
	resets := own
	resets.Section, resets.Resets = "resets", slices.Clone(own.Resets)
	resets.Resets[1].Delay = "200"
	resets.Problem = refused(portico.Policy{Resets: portico.ResetPolicy{HelpDesk: portico.ResetRule{DelayHours: 200}}}.Validate(now))
	unchosen := own
	unchosen.Section, unchosen.Roles = "two-factor", slices.Clone(roles)
	unchosen.Roles[0].Passkeys = "required"
	unchosen.Problem = refused(portico.Policy{Passkeys: portico.PasskeyPolicy{User: portico.PasskeyRule{Use: portico.PasskeysRequired}}}.Validate(now))
	entered := own
	entered.Layout = inside("Policy", "/customers/acme/policy")
	entered.Entered = "Bäckerei Müller & Söhne Verwaltungsgesellschaft mit beschränkter Haftung"
	change := ui.RoleChange{Role: portico.RoleUser, Now: now.AddDate(0, 0, 21), Stopped: 171}
	return []State{
		{"Defaults of the provider", inForce(ui.PolicyPage{Layout: l, Customer: issuer}, portico.RoleUser, portico.RoleHelpDesk, portico.RoleAdministrator)},
		{"Own", own},
		{"Rejected", rejected},
		{"Rules for resets rejected", resets},
		{"Passkeys rejected", unchosen},
		{"Inside a customer", entered},
		{"Given up", ui.PolicyPreviewPage{
			Layout: l, Customer: issuer, Now: now, Reset: true, Deletes: true, Carried: map[string]string{"defaults": "yes"},
			Others: []portico.Message{portico.Say("Remember this browser: {0}", portico.Say("allowed")), portico.Say("audit log is kept: {0}", portico.Say("#policy {0} months", 3))},
		}},
		{"Who has no passkey", ui.PolicyPreviewPage{
			Layout: l, Customer: issuer, Now: now, Lack: ui.StoppedCount{Later: 172}, SelfLacks: now.AddDate(0, 0, 21), Lacking: []portico.User{ann, ben, carla}, MoreLack: true, Carried: map[string]string{"section": "two-factor"},
			Passkeys: []ui.PasskeyChange{
				{Role: portico.RoleUser, Now: portico.PasskeyRule{Use: portico.PasskeysRequired, From: now.AddDate(0, 0, 21)}, Affected: 171},
				{Role: portico.RoleHelpDesk, Was: portico.PasskeyRule{Use: portico.PasskeysSecond}},
				{Role: portico.RoleAdministrator, Now: portico.PasskeyRule{Use: portico.PasskeysRequired, From: now.AddDate(0, 0, 21)}, Affected: 1},
			},
		}},
		{"No passkey, at once", ui.PolicyPreviewPage{
			Layout: l, Customer: issuer, Now: now, Lack: ui.StoppedCount{AtOnce: 1}, SelfLacks: now, Lacking: []portico.User{ann}, Carried: map[string]string{"section": "two-factor"},
			Passkeys: []ui.PasskeyChange{
				{Role: portico.RoleAdministrator, Now: portico.PasskeyRule{Use: portico.PasskeysRequired, From: now}, Affected: 1},
				{Role: portico.RoleUser, Now: portico.PasskeyRule{Use: portico.PasskeysSecond}, Affected: 12},
				{Role: portico.RoleHelpDesk, Was: portico.PasskeyRule{Use: portico.PasskeysRequired, From: now}, Now: portico.PasskeyRule{Use: portico.PasskeysSecond}, Affected: 3},
			},
		}},
		{"Whom it would stop", ui.PolicyPreviewPage{
			Layout: l, Customer: issuer, Changes: []ui.RoleChange{change}, Now: now, Stopped: ui.StoppedCount{Later: 171}, People: []portico.User{carla, dmitri}, More: true,
			List: accessPath + "?filter=none", Carried: map[string]string{"require_user": "2026-12-14"},
		}},
		{"At once, oneself too", ui.PolicyPreviewPage{
			Layout: l, Customer: issuer, Now: now, Self: now, Stopped: ui.StoppedCount{AtOnce: 2}, People: []portico.User{without(ann), without(eunji)}, List: accessPath,
			Changes: []ui.RoleChange{{Role: portico.RoleAdministrator, Now: now, Stopped: 1}, {Role: portico.RoleHelpDesk, Was: now.AddDate(0, -1, 0), Now: now, Stopped: 1}},
		}},
	}
}

// inForce returns the page with the portal's own limits and no rule for these roles.
func inForce(p ui.PolicyPage, roles ...portico.Role) ui.PolicyPage {
	p.PasswordLength, p.SessionHours, p.IdleMinutes = "15", "24", "60"
	for _, r := range roles {
		p.Roles = append(p.Roles, ui.RoleRule{Role: r, Passkeys: "allowed"})
		p.Resets = append(p.Resets, ui.ResetRuleForm{Role: r})
	}
	return p
}
