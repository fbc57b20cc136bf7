package gallery

import (
	"strings"
	"time"

	"portico"
	"portico/internal/web/ui"
)

func imports() []State {
	l := administrator("Import users", accessPath)
	file := portico.Import{FileName: "people-of-november.csv", By: "Ann Whitfield", CreatedAt: now.Add(-time.Minute), ChangedAt: now, Rows: 12_000}
	counts := portico.ImportCounts{Created: 11_640, Updated: 210, Unchanged: 148, Refused: 2}
	at := func(p portico.ImportPhase, done int) portico.Import {
		i := file
		i.Phase, i.RowsDone, i.Invite = p, done, true
		if p == portico.ImportValidated || p == portico.ImportDone {
			i.Counts = counts
		}
		return i
	}
	sample := []ui.ImportRow{
		{Line: 17, LoginID: "ann", Name: "Ann Whitfeld", Email: "ann@acme.example", Does: "refused", Why: portico.Say("You cannot change your own account here. Use the Account page.")},
		{Line: 204, LoginID: "x", Name: "Xaver Ott", Email: "xaver@", Does: "refused", Why: portico.Say("Enter an email address such as name@example.com.")},
		{Line: 2, LoginID: "carla.diaz-hernandez", Name: "Carla Díaz-Hernández", Email: "carla@acme.example", Does: "update", Why: portico.Join("{0}, {1}", portico.Say("#changed last name"), portico.Say("#changed labels"))},
		{Line: 3, LoginID: "hana.sato", Name: "Hana Sato", Email: "hana.sato@acme.example", Does: "create"},
		{Line: 4, LoginID: "ben.kowalski", Name: "Ben Kowalski", Email: "ben.kowalski@acme.example", Does: "unchanged"},
	}
	page := func(i portico.Import, rows []ui.ImportRow, more int) ui.ImportFilePage {
		return ui.ImportFilePage{Layout: l, Import: i, Address: "/administration/imports/1", Rows: rows, More: more, RefusedFile: i.Counts.Refused > 0}
	}
	converted := at(portico.ImportValidated, 12_000)
	converted.Invite, converted.Encoding, converted.Ignored = false, "Windows-1252", "status, two_factor, last_log_in"
	uninvited := at(portico.ImportDone, 12_000)
	uninvited.Invite, uninvited.Uninvited = false, 11_640
	inviting := at(portico.ImportRunning, 1_000)
	inviting.Counts, inviting.Inviting = counts, true
	stopped := at(portico.ImportRunning, 4_000)
	stopped.Stopped, stopped.Told = stoppedImport.String(), stoppedImport
	return []State{
		{"No import yet", ui.ImportPage{Layout: l, Most: 2_000_000}},
		{"Not a CSV file", ui.ImportPage{Layout: l, Most: 2_000_000, Problem: wrong("file", "{0} Name the columns login_id, first_name, last_name, email, role and labels.", portico.SayCount(1, "The column {0} is missing.|The columns {0} are missing.", `"email"`))}},
		{"A workbook", ui.ImportPage{Layout: l, Most: 2_000_000, Problem: wrong("file", "This is not a CSV file. In Excel, choose File, Save As, and the type CSV UTF-8 (Comma delimited); in LibreOffice, File, Save As, Text CSV; in Numbers, File, Export To, CSV. Then import that file.")}},
		{"Several", ui.ImportPage{Layout: l, Most: 2_000_000, Kept: 20, Imports: []ui.ImportLine{
			{Import: at(portico.ImportRunning, 4_000), Address: "#"}, {Import: at(portico.ImportValidated, 12_000), Address: "#"}, {Import: at(portico.ImportDone, 12_000), Address: "#"}, {Import: stopped, Address: "#"},
		}}},
		{"What would happen", page(at(portico.ImportValidated, 12_000), sample, 11_995)},
		{"Converted, nobody is mailed", page(converted, sample, 11_995)},
		{"Checking", page(at(portico.ImportValidating, 5_000), nil, 0)},
		{"In progress", page(at(portico.ImportRunning, 4_000), nil, 0)},
		{"Stopped", page(stopped, nil, 0)},
		{"Done", page(at(portico.ImportDone, 12_000), sample[:2], 0)},
		{"Done, nobody invited", page(uninvited, sample[:2], 0)},
		{"Invitations being sent", page(inviting, nil, 0)},
	}
}

func customers() []State {
	l := operator("Customers", "/customers")
	row := func(name, slug string, people, active, protected int, statuses ...portico.CustomerStatus) ui.CustomerRow {
		return ui.CustomerRow{Name: name, Slug: slug, Address: "/customers/" + slug, Statuses: statuses, Counts: ui.Counts{Known: true, People: people, Active: active, Protected: protected}}
	}
	acme := portico.Customer{ID: "acme", Slug: "acme", Name: issuer, Brand: "Acme", CreatedAt: now.AddDate(-1, 0, 0)}
	customer := ui.CustomerPage{
		Layout: inside(issuer, "/customers/acme"), Customer: acme, Statuses: []portico.CustomerStatus{portico.CustomerInForce}, Address: "/customers/acme", Open: true,
		Counts: ui.Counts{Known: true, People: 1216, Active: 1204, Protected: 1010}, LookForm: ui.LookForm{Name: issuer, BrandName: "Acme", AccentColour: "#1f6f54", HasAccent: true, Standard: "#3d37c9", LanguageCode: "fr"},
	}
	closed := customer
	closed.Layout = operator(issuer, "/customers")
	closed.Statuses, closed.Open, closed.Counts = []portico.CustomerStatus{portico.CustomerRevokedAccess}, false, ui.Counts{}
	suspended := customer
	suspended.Customer.SuspendedAt, suspended.Statuses = now, []portico.CustomerStatus{portico.CustomerIsSuspended}
	toBeDeleted := suspended
	toBeDeleted.Customer.DeleteAt, toBeDeleted.Customer.DeleteReason = now.Add(portico.CustomerDeletionWait), "The contract has ended."
	toBeDeleted.Statuses = []portico.CustomerStatus{portico.CustomerToBeDeleted}
	remove := ui.DeleteCustomerPage{
		Layout: inside("Delete customer", "/customers/acme"), Name: issuer, Slug: "acme", Address: "/customers/acme", At: now.Add(portico.CustomerDeletionWait), Months: 24, Counts: customer.Counts, Open: true,
	}
	wrongName := remove
	wrongName.Typed, wrongName.Reason, wrongName.Problem = "acne", "The contract has ended.", wrong("slug", "Enter the short name of the customer, {0}.", "acme")
	logo := customer
	logo.Problem = wrong("logo", "Choose a picture that is a PNG or JPEG file.")
	brand := ui.BrandingPage{Layout: operator("Name and brand", "/administration/branding"), Address: "/administration/branding", LookForm: ui.LookForm{Name: "Portico", AccentColour: "#3d37c9", Standard: "#3d37c9"}}
	own := brand
	own.Brand, own.Mark, own.Accent = "Northern Hosting", "NH", ui.AccentPath("ffd400")
	own.LookForm = ui.LookForm{Name: "Northern Hosting Ltd", BrandName: "Northern Hosting", AccentColour: "#ffd400", HasAccent: true, Standard: "#3d37c9"}
	tooLong := own
	tooLong.BrandName, tooLong.Problem = strings.Repeat("Northern ", 8), refused(portico.Customer{ID: portico.ProviderID, Name: "Northern Hosting", Brand: strings.Repeat("x", 61)}.Validate())
	providerAccess := func(p ui.ProviderAccessPage) ui.ProviderAccessPage {
		p.Layout = administrator("Provider access", "/administration/provider-access")
		p.Hours = portico.GrantHours
		return p
	}
	return []State{
		{"Several", ui.CustomersPage{Layout: l, Next: "#", Rows: []ui.CustomerRow{
			row(issuer, "acme", 1216, 1204, 1010, portico.CustomerInForce),
			row("Bäckerei Müller & Söhne Verwaltungsgesellschaft mbH", "mueller", 41, 40, 2, portico.CustomerInForce, portico.CustomerRevokedAccess),
			row("Globex", "globex", 9, 9, 9, portico.CustomerIsSuspended),
		}}},
		{"No customer yet", ui.CustomersPage{Layout: l}},
		{"None found", ui.CustomersPage{Layout: l, Search: "zeppelin"}},
		{"Empty", ui.NewCustomerPage{Layout: l}},
		{"Rejected", ui.NewCustomerPage{Layout: l, Name: "Initech", Slug: "In it", Problem: refused(portico.Customer{Name: "Initech", Slug: "In it"}.Validate())}},
		{"Active", customer},
		{"Access is revoked", closed},
		{"Suspended", suspended},
		{"To be deleted", toBeDeleted},
		{"Logo rejected", logo},
		{"Not chosen", brand},
		{"Chosen", own},
		{"Rejected", tooLong},
		{"Ask", ui.SuspendCustomerPage{Layout: inside("Suspend customer", "/customers/acme"), Name: issuer, Address: "/customers/acme", Counts: customer.Counts}},
		{"Ask", remove},
		{"Another name typed", wrongName},
		{"Granted", providerAccess(ui.ProviderAccessPage{})},
		{"Revoked", providerAccess(ui.ProviderAccessPage{Closed: true})},
		{"Granted for a while", providerAccess(ui.ProviderAccessPage{Closed: true, Until: now.Add(3 * time.Hour)})},
	}
}

// firefox is where most of the sample's people log in.
var firefox = portico.Origin{Address: "192.0.2.17", Browser: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}

// stoppedImport is why an import was stopped.
var stoppedImport = portico.Say("The account or the rights of {0} have changed. Anyone who can manage users can continue the import.", "Ann Whitfield")

// sampleEvents are events of several people, newest first.
func sampleEvents() []ui.EventRow {
	event := func(ago time.Duration, a portico.Action, by portico.Actor, to portico.User, told portico.Message) ui.EventRow {
		e := portico.Event{At: now.Add(-ago), Action: a, Actor: by, Details: told.String(), Told: told}.Target(to)
		return ui.EventRow{Event: e, Browser: by.Origin.BrowserName()}
	}
	day := portico.Date(now)
	curl := portico.System(portico.Origin{Address: "203.0.113.80", Browser: "curl/8.5.0"})
	return []ui.EventRow{
		event(4*time.Minute, portico.TwoFactorReset, portico.AsUser(ann, firefox), carla, portico.Say("Reason: {0}", "New phone")),
		event(9*time.Minute, portico.LoginDone, portico.AsUser(ann, firefox), ann, portico.Say("#login password and code")),
		event(30*time.Minute, portico.LoginRefused, curl, dmitri, portico.Say("wrong password")),
		event(40*time.Minute, portico.LoginRefused, curl, dmitri, portico.Say("{0} more between {1} {2} and {3} UTC: {4}", 412, day, "09:00", "10:00",
			portico.Join("{0}, {1}", portico.Say("#events {0} {1} from {2}", 300, portico.Say("wrong password"), "192.0.2.0/24"), portico.Say("#events {0} others", 112)))),
		event(2*time.Hour, portico.UserInvited, portico.CommandLine(), fay, portico.Say("Role: {0}", portico.RoleUser)),
		event(3*time.Hour, portico.UserEdited, portico.AsUser(ben, firefox), fay, portico.Join("{0}, {1}", portico.Say("#changed email"), portico.Say("#changed labels"))),
		event(4*time.Hour, portico.UserExempted, portico.AsUser(ann, firefox), dmitri, portico.Say("Until {0}. Reason: {1}", day, "on sick leave")),
		event(26*time.Hour, portico.TwoFactorEnabledBy, portico.AsUser(ben, firefox), ben, portico.Message{}),
	}
}

func audit() []State {
	l := administrator("Audit log", "/administration/audit")
	page := ui.AuditPage{
		Layout: l, Customer: issuer, WholeLog: true, Actions: portico.ActionGroups(), CSV: "#", JSON: "#", Next: "#", Bound: bound, Rows: sampleEvents(),
	}
	empty := page
	empty.WholeLog, empty.Rows, empty.Next, empty.LoginID, empty.Action = false, nil, "", "gus", string(portico.TwoFactorReset)
	rejected := page
	rejected.From, rejected.Problem = "yesterday", wrong("from", "Enter the first day as year, month and day, such as 2026-11-23.")
	return []State{{"Many events", page}, {"None found", empty}, {"Filter rejected", rejected}}
}
