package ui

import (
	"io/fs"
	"net/http/httptest"
	"path"
	"regexp"
	"strings"
	"testing"
	"time"

	"portico"
)

// hostile is what a person may have typed into any field.
const hostile = `"><script>alert(1)</script><b onclick=x>'` + "Ünïcode"

var long = strings.Repeat("Verylongname", 10)

// pages returns samples of all pages, empty and full. TestEveryPageIsTried
// fails if a template has no entry here.
func pages() map[string][]Page {
	at := time.Date(2026, 11, 23, 22, 40, 0, 0, time.UTC)
	l := Layout{
		Title: "Title " + hostile, Brand: "Portico", Here: "/account", Notice: "enabled",
		Person: &Person{Name: hostile, Initials: "AB", LoginID: hostile, Customer: long, SeesPeople: true, SeesAudit: true, SetsPolicy: true, SetsProviderAccess: true, SeesCustomers: true},
	}
	branded := l
	branded.Brand, branded.Logo, branded.Base, branded.Entered = hostile, "/logo/x", "/customers/acme", hostile
	acme := portico.Customer{Slug: "acme", Name: hostile, Brand: hostile, Logo: "x", CreatedAt: at}
	alone := Layout{Title: "Title", Brand: "Portico"}
	one := &Problem{Text: "One thing " + hostile, Fields: map[string]string{"code": "One thing " + hostile}}
	many := &Problem{Text: "Correct the fields.", Fields: map[string]string{
		"login_id": "L", "password": "P", "first_name": "F", "last_name": "N", "email": "E", "labels": "B", "role": "R", "code": "C", "recovery_code": "R", "new_password": "W",
	}}
	u := portico.User{
		ID: "u", CustomerID: "c", LoginID: hostile, FirstName: hostile, LastName: long, Email: "a@example.com", Role: portico.RoleUser,
		Labels: []string{hostile, long}, Status: portico.Active, TwoFactor: portico.TwoFactorEnabled, CreatedAt: at, LastLoginAt: at,
	}
	invited, suspended := u, u
	invited.Status, invited.LoginID, suspended.Status = portico.Invited, "", portico.Suspended
	exempt := u
	exempt.ExemptUntil, exempt.ExemptReason = at, hostile
	due := l
	due.Person = &Person{Name: hostile, Due: at, DaysLeft: 7}
	stopped := l
	stopped.Person = &Person{Name: hostile, MustEnrol: true, Kept: true}
	roles := []portico.Role{portico.RoleUser, portico.RoleAdministrator}
	setup := &Enrolment{QR: &QR{Size: 29, Path: "M4 4h7v1h-7z"}, Key: "AAAA BBBB", URI: "otpauth://totp/A:b?secret=AAAA", Issuer: hostile, LoginID: hostile, Moving: true}
	user := func(u portico.User, manages bool) UserPage {
		return UserPage{
			Layout: l, Problem: many, User: u, Address: "/administration/access/u", Manages: manages, SendsLinks: true, EndsSessions: manages, Resets: manages,
			FirstName: hostile, LastName: long, Email: hostile, Labels: hostile, Role: portico.RoleUser, Roles: roles, InviteEnds: at,
		}
	}
	importFile := func(i portico.Import) ImportFilePage {
		return ImportFilePage{Layout: l, Import: i, Address: "/administration/imports/i", RefusedFile: true, More: 3, Rows: []ImportRow{
			{Line: 2, LoginID: hostile, Name: hostile, Email: hostile, Does: "refused", Why: hostile}, {Does: "create"}, {Does: "unchanged"},
		}}
	}
	ended := portico.NotMeStep{Reports: true, Ends: true}
	mailed := portico.NotMeStep{Reports: true, Ends: true, SetsBack: true, Mails: true}
	frozen := portico.NotMeStep{Reports: true, Ends: true, Suspends: true}
	return map[string][]Page{
		"login":    {LoginPage{Layout: alone}, LoginPage{Layout: alone, Problem: one, LoginID: hostile, Next: hostile}},
		"code":     {CodePage{Layout: alone}, CodePage{Layout: alone, Problem: one, LoginID: hostile, Issuer: hostile, Next: "/x", Remember: true, Remembers: true}},
		"recovery": {RecoveryPage{Layout: alone}, RecoveryPage{Layout: alone, Problem: &Problem{Text: "R", Fields: map[string]string{"recovery_code": "R"}}, LoginID: hostile, Next: "/x"}, RecoveryPage{Layout: alone, LoginID: hostile, Issued: true}},
		"forgot":   {ForgotPage{Layout: alone}, ForgotPage{Layout: alone, Problem: one, LoginID: hostile}, ForgotPage{Layout: alone, LoginID: hostile, Sent: true}},
		"link": {
			LinkPage{Layout: alone, Kind: LinkNotMe, Action: "/not-me/x", Name: hostile, LoginID: hostile, Customer: hostile},
			LinkPage{Layout: alone, Kind: LinkNotMe, Customer: hostile, Done: true},
			LinkPage{Layout: alone, Kind: LinkNotMe, Customer: hostile, Done: true, Told: portico.ToldAdministrators},
			LinkPage{Layout: alone, Kind: LinkNotMe, LoginID: hostile, Done: true, Does: ended},
			LinkPage{Layout: alone, Kind: LinkNotMe, LoginID: hostile, Name: hostile, Does: mailed},
			LinkPage{Layout: alone, Kind: LinkNotMe, LoginID: hostile, Customer: hostile, Done: true, Told: portico.ToldProvider, Authenticator: true, Does: mailed},
			LinkPage{Layout: alone, Kind: LinkNotMe, LoginID: hostile, Customer: hostile, Does: frozen},
			LinkPage{Layout: alone, Kind: LinkNotMe, LoginID: hostile, Customer: hostile, Does: ended, Suspended: hostile, Authenticator: true, Told: portico.ToldProvider},
			LinkPage{Layout: alone, Kind: LinkNotMe, LoginID: hostile, Customer: hostile, Does: ended, Done: true, Suspended: hostile, Operator: true},
			LinkPage{Layout: alone, Kind: LinkNotMe, LoginID: hostile, Customer: hostile, Does: frozen, Done: true},
			LinkPage{Layout: alone, Kind: LinkEmail, Action: "/email/x", Name: hostile, Customer: hostile, Email: hostile},
			LinkPage{Layout: alone, Kind: LinkEmail, Email: hostile, Done: true},
			LinkPage{Layout: alone, Kind: LinkUnlock, Action: "/unlock/x", Name: hostile},
		},
		"recovery-codes": {
			RecoveryCodesPage{Layout: l},
			RecoveryCodesPage{Layout: l, Codes: []string{"AAAA-BBBB"}, Left: 1, TwoFactor: portico.TwoFactorEnabled},
			RecoveryCodesPage{Layout: l, Left: 2, Few: true, TwoFactor: portico.TwoFactorEnabled},
		},
		"sessions": {SessionsPage{Layout: l}, SessionsPage{
			Layout: l, Others: true, Sessions: []LoginDevice{{ID: "s", Browser: hostile, Address: "192.0.2.1", Since: at, Seen: at, This: true}, {ID: "t"}},
			Browsers: []LoginDevice{{ID: "b", Browser: hostile, Seen: at, Until: at}},
		}},
		"policy": {
			PolicyPage{Layout: l},
			PolicyPage{
				Layout: l, Problem: &Problem{Text: "Correct the fields.", Fields: map[string]string{"require_user": "U", "password_length": "P", "audit_months": "A"}},
				Customer: hostile, Own: true, RememberBrowsers: true, HelpDeskSeesAudit: true, PasswordLength: hostile, SessionHours: "8", IdleMinutes: "5", AuditMonths: "12",
				Roles:  []RoleRule{{portico.RoleUser, hostile}, {portico.RoleHelpDesk, ""}, {portico.RoleAdministrator, "2026-12-03"}},
				Exempt: []portico.User{exempt}, MoreExempt: true,
			},
			PolicyPage{
				Layout: l, Problem: &Problem{Text: "D", Fields: map[string]string{"reset_delay_user": "D"}}, OncePerDay: true, PerHour: hostile, ResetsHeld: at,
				Resets: []ResetRuleForm{{portico.RoleUser, portico.ResetRule{ResetCode: true, TwoPeople: true, CallerCheck: true}, hostile}, {Role: portico.RoleHelpDesk}},
			},
			PolicyPage{Layout: due, Defaults: true, Roles: []RoleRule{{portico.RoleOperator, ""}}},
		},
		"policy-preview": {
			PolicyPreviewPage{Layout: l},
			PolicyPreviewPage{
				Layout: l, Customer: hostile, Stopped: 3, AtOnce: true, Self: true, More: true, List: hostile, Carried: map[string]string{"require_user": hostile},
				Changes: []RoleChange{{Role: portico.RoleUser, Now: at, Stopped: 1}, {Role: portico.RoleHelpDesk, Was: at, Now: at, Stopped: 2}},
				People:  []portico.User{u, exempt},
			},
			PolicyPreviewPage{Layout: l, Defaults: true, Stopped: 1, Changes: []RoleChange{{Role: portico.RoleAdministrator, Was: at}, {Role: portico.RoleOperator, Now: at, Stopped: 1}}},
		},
		"exempt":       {ExemptPage{Layout: l}, ExemptPage{Layout: l, Problem: many, User: u, Action: "/a", Cancel: "/c", Until: hostile, Reason: hostile}},
		"activate":     {ActivatePage{Layout: alone}, ActivatePage{Layout: alone, Problem: many, Action: "/activate/x", Name: hostile, Customer: hostile, LoginID: hostile}},
		"new-password": {NewPasswordPage{Layout: alone}, NewPasswordPage{Layout: alone, Problem: many, Action: "/password/x", Name: hostile, LoginID: hostile}},
		"first-run":    {FirstRunPage{Layout: alone}, FirstRunPage{Layout: alone, Problem: many, Kind: "operator", CustomerName: hostile, FirstName: hostile, Email: hostile}},
		"start": {
			StartPage{Layout: l},
			StartPage{Layout: l, FirstName: hostile, TwoFactor: portico.TwoFactorEnabled},
			StartPage{Layout: l, TwoFactor: portico.TwoFactorDisabled, Guessed: at},
			StartPage{
				Layout: l, Coverage: &Coverage{Active: 1000, Enabled: 998, None: 2, Invited: 1, Locked: 1},
				Resets: []portico.Event{{At: at, Action: portico.TwoFactorReset, Actor: portico.AsUser(u, portico.Origin{}), TargetID: "x", TargetName: hostile, Details: hostile}},
			},
			StartPage{Layout: l, Coverage: &Coverage{}, Asked: portico.ResetRequest{ID: "r", Reason: hostile, Requester: portico.Actor{Name: hostile}}, Open: resetRows(hostile, at), Odd: []portico.Event{{At: at, Action: portico.ResetStopped, Details: hostile}}},
		},
		"account": {
			AccountPage{Layout: l},
			AccountPage{Layout: l, User: u, TwoFactor: portico.TwoFactorEnabled},
			AccountPage{Layout: l, User: u, NewEmail: NewEmail{Email: hostile, Until: at}},
			AccountPage{Layout: l, User: u, TwoFactor: portico.TwoFactorDisabled, Guessed: at, RecoveryFew: true},
			AccountPage{Layout: l, User: u, TwoFactor: portico.TwoFactorEnabled, Codes: []string{"AAAA-BBBB-CCCC-DDDD"}},
			AccountPage{Layout: l, Problem: one, User: u, Enrolment: setup},
			AccountPage{Layout: l, User: u, TwoFactor: portico.TwoFactorEnabled, Enforced: true},
			AccountPage{Layout: stopped, User: u, Enrolment: setup, Enforced: true},
			AccountPage{Layout: l, User: u, TwoFactor: portico.TwoFactorDisabled, Enrolment: &Enrolment{Issuer: "A", LoginID: "b"}},
		},
		"required":   {RequiredPage{Layout: l}, RequiredPage{Layout: stopped, Customer: hostile, Kept: true}, RequiredPage{Layout: stopped, Reset: true}},
		"delete-own": {DeleteOwnPage{Layout: l}},
		"profile":    {ProfilePage{Layout: l}, ProfilePage{Layout: l, Problem: many, FirstName: hostile, LastName: long, Email: hostile}},
		"password":   {PasswordPage{Layout: l}, PasswordPage{Layout: l, Problem: many, LoginID: hostile}},
		"confirm": {ConfirmPage{Layout: l}, ConfirmPage{
			Layout: l, Problem: many, NeedsCode: true, Next: hostile, What: "disable", Whom: hostile, Form: hostile,
		}},
		"resets":     {ResetsPage{Layout: l}, ResetsPage{Layout: l, Customer: hostile, Rows: resetRows(hostile, at)}},
		"reset":      resetPages(l, one, u, hostile, at),
		"reset-code": {ResetCodePage{Layout: l}, ResetCodePage{Layout: l, User: u, Code: "AAAA-BBBB", Back: "/b"}},
		"vouch":      {VouchPage{Layout: l}, VouchPage{Layout: l, Request: resetRows(hostile, at)[0].ResetRequest, Action: "/v"}, VouchPage{Layout: l, Done: true}},
		"access": {
			AccessPage{Layout: l},
			AccessPage{Layout: l, Query: portico.PeopleQuery{Filter: portico.FilterLocked}, Everybody: "/e"},
			AccessPage{Layout: l, Query: portico.PeopleQuery{Filter: portico.FilterNone, Search: hostile}, Everybody: "/e", Unsearched: "/u"},
			AccessPage{
				Layout: l, Problem: one, Customer: hostile, Manages: true, Next: "/n", First: "/f", CSV: "/c", Back: hostile, ByMatch: true, PageSize: 50,
				Query: portico.PeopleQuery{Search: hostile, Sort: portico.SortLogin, Descending: true},
				Chips: []Chip{{Filter: portico.FilterAll, Address: "/1", People: 12000}, {Filter: portico.FilterLocked, Address: "/2", Current: true, People: 999, Capped: true}},
				Heads: []SortHead{{"Name", "/3", ""}, {"Login ID", "/4", "descending"}, {"Status", "/5", "ascending"}, {"Last log-in", "/6", ""}},
				Rows:  []AccessRow{{User: u, Address: "/a", DeleteURL: "/d", Self: true, Locked: true}, {User: invited}, {User: suspended}},
			},
		},
		"selected": {
			SelectedPage{Layout: l},
			SelectedPage{Layout: l, Kind: "suspend", Fit: []portico.User{u, invited}, Unfit: []UnfitPerson{{u, hostile}}, Action: "/a", Cancel: "/c", Back: hostile},
			SelectedPage{Layout: l, Kind: "invite", Fit: []portico.User{invited}},
			SelectedPage{Layout: l, Kind: "add-label", Problem: one, Fit: []portico.User{u}, Label: hostile, Labels: []string{hostile, long}},
			SelectedPage{Layout: l, Kind: "remove-label", Unfit: []UnfitPerson{{invited, "Why."}}},
		},
		"new-user": {NewUserPage{Layout: l}, NewUserPage{Layout: l, Problem: many, FirstName: hostile, Labels: hostile, Role: portico.RoleUser, Roles: roles}},
		"user":     {UserPage{Layout: l}, user(u, true), user(u, false), UserPage{Layout: l, User: exempt, Required: at, Exempt: true, Exempts: true}, user(invited, true), user(suspended, true)},
		"ask": {
			AskPage{Layout: l, Kind: AskReset, User: u},
			AskPage{Layout: l, Kind: AskReset, Problem: one, User: u, Reason: hostile},
			AskPage{
				Layout: l, Kind: AskReset, User: u, MailProven: true,
				Rule: portico.ResetRule{ResetCode: true, TwoPeople: true, CallerCheck: true, DelayHours: 1},
			},
			AskPage{Layout: l, Kind: AskReset, User: u, NewCode: true, HandOver: true, Alone: true, Rule: portico.ResetRule{ResetCode: true, TwoPeople: true, DelayHours: 5}},
			AskPage{Layout: l, Kind: AskSuspend, User: u},
			AskPage{Layout: l, Kind: AskWithdraw, User: invited},
		},
		"import": {
			ImportPage{Layout: l, Most: 2_000_000},
			ImportPage{Layout: l, Problem: one, Imports: []ImportLine{
				{Import: portico.Import{FileName: hostile, By: hostile, Phase: portico.ImportValidating, Rows: 5}, Address: "/i"},
				{Import: portico.Import{Phase: portico.ImportRunning, Stopped: hostile}},
				{Import: portico.Import{Phase: portico.ImportValidated}},
				{Import: portico.Import{Phase: portico.ImportDone}},
				{Import: portico.Import{FileName: long, By: long, Phase: portico.ImportRunning}},
			}},
		},
		"import-file": {
			ImportFilePage{Layout: l},
			importFile(portico.Import{FileName: hostile, Phase: portico.ImportValidating, Rows: 12_000}),
			importFile(portico.Import{FileName: long, Phase: portico.ImportValidating, Stopped: hostile}),
			importFile(portico.Import{Phase: portico.ImportRunning, Rows: 1_000_000, RowsDone: 12_000}),
			importFile(portico.Import{Phase: portico.ImportRunning, Stopped: hostile}),
			importFile(portico.Import{Phase: portico.ImportValidated, Invite: true, Counts: portico.ImportCounts{Created: 1}}),
			importFile(portico.Import{Phase: portico.ImportDone, Invite: true}),
		},
		"report": {ReportPage{Layout: l}, ReportPage{Layout: l, Problem: &Problem{Text: "P", Fields: map[string]string{"from": "P"}}, From: hostile, Until: hostile}, ReportPage{
			Layout: l, Customer: hostile, At: at, From: "2026-11-01", Until: "2026-11-30", CSV: "/c", More: true, MoreResets: true,
			All: Coverage{Active: 3, Enabled: 1, Disabled: 1, None: 1}, Roles: []RoleCoverage{{portico.RoleAdministrator, 1, 0, 1}, {portico.RoleUser, 0, 1, 0}},
			Without: []portico.User{u, exempt},
			Resets: []ResetRow{
				{portico.Event{At: at, CustomerID: "c", Actor: portico.AsUser(u, portico.Origin{}), TargetName: hostile}, hostile, hostile, hostile},
				{portico.Event{At: at, CustomerID: "c", Actor: portico.CommandLine()}, "", "", ""},
			},
		}},
		"audit": {AuditPage{Layout: l}, AuditPage{Layout: l, WholeLog: true}, AuditPage{
			Layout: l, Problem: &Problem{Text: "P", Fields: map[string]string{"person": "P"}}, Customer: hostile, Next: "/n", First: "/f",
			LoginID: hostile, Action: "login.done", From: hostile, Until: hostile, Actions: portico.Actions(), CSV: "/c", JSON: "/j",
			Bound: &BoundLog{Events: 3, At: at, Key: hostile},
			Rows: []EventRow{
				{portico.Event{At: at, CustomerID: "c", Action: portico.LoginDone, Actor: portico.AsUser(u, portico.Origin{Address: "192.0.2.1", Browser: hostile}), TargetName: hostile, Details: hostile}, hostile},
				{portico.Event{CustomerID: "c", Actor: portico.CommandLine()}, ""},
			},
		}},
		"customers": {CustomersPage{Layout: l}, CustomersPage{Layout: l, Search: hostile}, CustomersPage{
			Layout: l, Search: hostile, Next: "/n", First: "/f",
			Rows: []CustomerRow{
				{Name: hostile, Slug: "acme", Address: "/customers/acme", Statuses: []portico.CustomerStatus{portico.CustomerInForce}, Counts: Counts{Known: true, People: 3, Active: 2, Protected: 1}},
				{Name: long, Statuses: []portico.CustomerStatus{portico.CustomerIsSuspended, portico.CustomerRevokedAccess}},
				{Counts: Counts{Known: true}},
			},
		}},
		"new-customer": {NewCustomerPage{Layout: l}, NewCustomerPage{Layout: l, Problem: &Problem{Text: "Correct", Fields: map[string]string{"name": "N", "slug": "S"}}, Name: hostile, Slug: hostile}},
		"customer": {
			CustomerPage{Layout: l},
			CustomerPage{Layout: branded, Problem: many, Customer: acme, Statuses: acme.Statuses(at), Address: "/customers/acme", Open: true, Until: at, Picture: "/logo/x", Name: hostile, BrandName: hostile},
			CustomerPage{Layout: l, Problem: &Problem{Text: "L", Fields: map[string]string{"logo": "L"}}, Customer: acme, Open: true, Counts: Counts{Known: true, People: 7, Protected: 7}},
			CustomerPage{Layout: l, Customer: portico.Customer{Name: hostile, SuspendedAt: at, AccessRevoked: true}, Statuses: []portico.CustomerStatus{portico.CustomerIsSuspended, portico.CustomerRevokedAccess}},
		},
		"suspend-customer": {
			SuspendCustomerPage{Layout: l},
			SuspendCustomerPage{Layout: l, Name: hostile, Address: "/customers/acme", Counts: Counts{Known: true, Active: 12}},
			SuspendCustomerPage{Layout: l, Name: long, Counts: Counts{Known: true, Active: 1}},
			SuspendCustomerPage{Layout: l, Name: long, Counts: Counts{Known: true}},
		},
		"provider-access": {
			ProviderAccessPage{Layout: l}, ProviderAccessPage{Layout: l, Closed: true, Hours: portico.GrantHours, Problem: one}, ProviderAccessPage{Layout: l, Closed: true, Until: at},
		},
		"message": {MessagePage{Layout: alone}, MessagePage{Layout: l, Text: hostile, LinkText: "Go", LinkURL: "/", RequestID: "x"}},
	}
}

func TestEveryPageIsTried(t *testing.T) {
	files, err := fs.Glob(templates, "templates/page/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if name := strings.TrimSuffix(path.Base(f), ".html"); len(pages()[name]) == 0 {
			t.Errorf("the page %s is not tried", name)
		}
	}
	for name, ps := range pages() {
		for _, p := range ps {
			if p.template() != name {
				t.Errorf("%T stands under %s", p, name)
			}
		}
	}
}

var (
	inline  = regexp.MustCompile(`(?i)<[a-z][^>]*\s(on[a-z]+|style)\s*=|<style|<script(?: [^>]*)?>[^<]`)
	quoted  = regexp.MustCompile(`"[^"]*"`)
	oneHead = regexp.MustCompile(`<h1[ >]`)
	ids     = regexp.MustCompile(` id="([^"]*)"`)
)

// TestC26_XSSInNamesOnPages renders every page with empty, full, hostile and
// very long data.
func TestC26_XSSInNamesOnPages(t *testing.T) {
	r, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for name, ps := range pages() {
		for i, p := range ps {
			b, err := r.Render(p)
			if err != nil {
				t.Errorf("%s %d: %v", name, i, err)
				continue
			}
			html := string(b)
			for _, bad := range []string{"ZgotmplZ", "no value", "alert(1)</script>", "<b onclick", "%!"} {
				if strings.Contains(html, bad) {
					t.Errorf("%s %d: holds %q", name, i, bad)
				}
			}
			if found := inline.FindString(quoted.ReplaceAllString(html, `""`)); found != "" {
				t.Errorf("%s %d: inline script or style: %s", name, i, found)
			}
			if n := len(oneHead.FindAllString(html, -1)); n != 1 {
				t.Errorf("%s %d: %d first headings", name, i, n)
			}
			if strings.Count(html, `role="alert"`) > 1 {
				t.Errorf("%s %d: more than one alert", name, i)
			}
			seen := map[string]bool{}
			for _, m := range ids.FindAllStringSubmatch(html, -1) {
				if seen[m[1]] {
					t.Errorf("%s %d: the id %s stands there twice", name, i, m[1])
				}
				seen[m[1]] = true
			}
		}
	}
}

// TestFound checks the sentence that says how many people the list has.
func TestFound(t *testing.T) {
	rows := func(n int) []AccessRow { return make([]AccessRow, n) }
	searched := portico.PeopleQuery{Search: "ann"}
	for want, p := range map[string]AccessPage{
		"12,345 people":                    {Total: 12345, Rows: rows(50), Next: "/n"},
		"1 person":                         {Total: 1, Rows: rows(1)},
		"999+ people":                      {Total: 999, Capped: true, Rows: rows(50)},
		"1,000,000 people":                 {Total: 1000000},
		"1 person matches “ann”":           {Query: searched, Total: 99, Rows: rows(1)},
		"50 people match “ann”":            {Query: searched, Total: 99, Rows: rows(50), PageSize: 50},
		"More than 50 people match “ann”":  {Query: searched, Total: 99, Rows: rows(50), PageSize: 50, Next: "/n"},
		"More than 500 people match “ann”": {Query: searched, Total: 99, Rows: rows(1), PageSize: 500, First: "/f"},
	} {
		if got := p.Found(); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}

func TestOnlyOurKeyURIsAreLinks(t *testing.T) {
	for uri, want := range map[string]string{"otpauth://totp/A": "otpauth://totp/A", "javascript:alert(1)": "#", "": "#"} {
		if got := string(otpauth(uri)); got != want {
			t.Errorf("%q: %q", uri, got)
		}
	}
}

func TestStaticFiles(t *testing.T) {
	for name, address := range addresses {
		for _, encoding := range []string{"", "gzip"} {
			r := httptest.NewRequest("GET", address, nil)
			r.Header.Set("Accept-Encoding", encoding)
			w := httptest.NewRecorder()
			Static().ServeHTTP(w, r)
			if w.Code != 200 || w.Header().Get("Content-Encoding") != encoding || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || w.Body.Len() == 0 {
				t.Errorf("%s %q: %d %v", name, encoding, w.Code, w.Header())
			}
		}
	}
	w := httptest.NewRecorder()
	Static().ServeHTTP(w, httptest.NewRequest("GET", "/static/app.css", nil))
	if w.Code != 404 {
		t.Errorf("a name without hash: %d", w.Code)
	}
	if _, err := asset("nope.css"); err == nil {
		t.Error("a missing file has an address")
	}
	if css := len(files[addresses["app.css"]].small()); css > 6<<10 { // compressed, as it is sent
		t.Errorf("the stylesheet has grown to %d bytes", css)
	}
}
