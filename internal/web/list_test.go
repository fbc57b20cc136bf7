package web_test

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/store"
)

// crowd adds n people in various states. Every tenth is locked out. It returns
// them as stored, together with the cast.
func (c *cast) crowd(t *testing.T, n int) []portico.User {
	t.Helper()
	now := c.Clock.Now()
	must(t, c.DB.Update(t.Context(), portico.CommandLine(), func(tx *store.Tx) error {
		for i := range n {
			id := portico.UserID(fmt.Sprintf("crowd-%04d", i))
			a := store.Account{Epoch: 1, User: portico.User{
				ID: id, CustomerID: c.acme.ID, FirstName: []string{"Jörg", "Ann", "émile", "Zoë"}[i%4], LastName: []string{"Weiß", "Lee"}[i%2],
				Email: fmt.Sprintf("mail%04d@crowd.example", i), Role: portico.RoleUser, Labels: [][]string{nil, {"Nachtschicht"}}[i%2],
				Status: []portico.Status{portico.Active, portico.Active, portico.Invited, portico.Suspended}[i/2%4], CreatedAt: now,
			}}
			if a.Status != portico.Invited {
				a.LoginID, a.LastLoginAt = fmt.Sprintf("login%04d", n-i), now.Add(-time.Duration(i%9)*time.Hour)
				a.LoginKey, a.PasswordHash = a.LoginID, "hash"
			}
			if err := tx.CreateUser(a); err != nil {
				return err
			}
			if i%3 > 0 {
				if err := tx.PutAuthenticator(store.Authenticator{ID: "f" + string(id), UserID: id, Kind: store.AuthenticatorTOTP, Secret: []byte("s"), Enabled: i%3 == 1}); err != nil {
					return err
				}
			}
			if i%10 == 0 {
				end := now.Add(time.Hour)
				if err := tx.PutFailures(store.Failures{Bucket: string(id), Kind: "code", UserID: id, Customer: c.acme.ID, Locked: end, ExpiresAt: end}); err != nil {
					return err
				}
			}
		}
		return nil
	}))
	users := []portico.User{c.Account(c.user.ID).User, c.Account(c.help.ID).User, c.Account(c.admin.ID).User}
	for i := range n {
		users = append(users, c.Account(portico.UserID(fmt.Sprintf("crowd-%04d", i))).User)
	}
	return users
}

func crowdLocked(u portico.User) bool {
	return strings.HasPrefix(string(u.ID), "crowd") && strings.HasSuffix(string(u.ID), "0")
}

var rowAddress = regexp.MustCompile(`class="person" id="p\d+" href="[^"]*/([^"/]+)"`)

// listed returns the IDs on a page of the list.
func listed(p *porticotest.Page) []string {
	var ids []string
	for _, m := range rowAddress.FindAllStringSubmatch(p.Body, -1) {
		ids = append(ids, m[1])
	}
	return ids
}

// walked returns the IDs on a page of the list and on all following pages, and
// the number of pages.
func walked(t *testing.T, b *porticotest.Client, p *porticotest.Page) (ids []string, pages int) {
	t.Helper()
	for {
		ids, pages = append(ids, listed(p)...), pages+1
		next := p.Link("Next page")
		if next == "" || pages > 100 {
			return ids, pages
		}
		if p = b.Get(next); p.Status != 200 {
			t.Fatalf("%s: %d, want status 200", next, p.Status)
		}
	}
}

func idsOf(users []portico.User) []string {
	var ids []string
	for _, u := range users {
		ids = append(ids, string(u.ID))
	}
	return ids
}

func sorted(ids []string) []string { return slices.Sorted(slices.Values(ids)) }

// TestListFilters follows each filter's link. It checks that the link shows the
// right number of people and is marked as current on its page.
func TestListFilters(t *testing.T) {
	c := newCast(t)
	users := c.crowd(t, 40)
	b := c.as(c.admin)
	list := b.Get(access)
	for filter, passes := range map[portico.PeopleFilter]func(portico.User) bool{
		portico.FilterAll:       func(portico.User) bool { return true },
		portico.FilterEnabled:   func(u portico.User) bool { return u.TwoFactor == portico.TwoFactorEnabled },
		portico.FilterDisabled:  func(u portico.User) bool { return u.TwoFactor == portico.TwoFactorDisabled },
		portico.FilterNone:      func(u portico.User) bool { return u.TwoFactor == portico.TwoFactorNone },
		portico.FilterInvited:   func(u portico.User) bool { return u.Status == portico.Invited },
		portico.FilterSuspended: func(u portico.User) bool { return u.Status == portico.Suspended },
		portico.FilterLocked:    crowdLocked,
	} {
		want := idsOf(slices.DeleteFunc(slices.Clone(users), func(u portico.User) bool { return !passes(u) }))
		chip := fmt.Sprintf("%s %d", filter.Label(), len(want))
		p := b.Get(list.Link(chip))
		if got := listed(p); len(want) == 0 || !slices.Equal(sorted(got), sorted(want)) || !p.Has(fmt.Sprintf("%d people", len(want))) {
			t.Errorf("%s: %d listed, %d wanted: %s", chip, len(got), len(want), p.Text())
		}
		if !regexp.MustCompile(`aria-current="true">`+regexp.QuoteMeta(filter.Label())+` <b>`).MatchString(p.Body) || strings.Count(p.Body, `aria-current="true"`) != 1 {
			t.Errorf("%s is not the one that is marked", chip)
		}
		for _, u := range users {
			if row := p.Row(u.Email); row != "" && strings.Contains(row, "Locked out") != crowdLocked(u) {
				t.Errorf("locked out or not: %s", row)
			}
		}
	}
	row := list.Row("mail0001@")
	for _, text := range []string{"Ann Lee", "login0039", "User", "Nachtschicht", "Active", "2FA enabled", "23 Nov 2026, 08:00 UTC", "Delete 2FA setup"} {
		if !strings.Contains(row, text) {
			t.Errorf("no %q in %s", text, row)
		}
	}
	for filter, says := range map[portico.PeopleFilter]string{
		portico.FilterInvited: "No invitation is open", portico.FilterSuspended: "Nobody is suspended", portico.FilterLocked: "Nobody is locked out",
		portico.FilterEnabled: "Nobody has 2FA enabled", portico.FilterDisabled: "Nobody has 2FA disabled",
	} {
		if p := c.as(c.other).Get(access + "?filter=" + string(filter)); !p.Has(says) || p.Link("Show all") != access {
			t.Errorf(`%s: %s, want the text %v, p.Link("Show all") %v`, filter, p.Text(), says, access)
		}
	}
}

func TestListSearch(t *testing.T) {
	c := newCast(t)
	c.crowd(t, 40)
	b := c.as(c.admin)
	for typed, want := range map[string]int{
		"ANN":                     10,
		"an le":                   10, // two words, by their beginnings, in any order
		"lee ann":                 10,
		"nn":                      0, // not the beginning of a word
		"jörg":                    10,
		"JO\u0308RG":              10, // decomposed
		"weiss":                   20,
		"Émile":                   10,
		"zoë":                     10,
		"nachtsch":                20, // a label
		"mail0007":                1,
		"mail0007@crowd":          1, // two words of an e-mail address
		"crowd.example":           40,
		"login0039":               1,
		"hedda":                   1,
		"hedda tester":            1,
		"greta":                   0, // another customer's
		"%":                       0,
		"-- *":                    0,
		"' OR 1=1":                0,
		"   ":                     43,
		"  ann  ":                 10,
		"ann nobody":              0,
		"crowd-0001":              0, // IDs are not searched
		strings.Repeat("x", 3000): 0,
	} {
		p := b.Get(access + "?q=" + url.QueryEscape(typed))
		if got := len(listed(p)); p.Status != 200 || got != want {
			t.Errorf("%q: %d people, not %d (%d)", typed, got, want, p.Status)
		}
	}
	if p := b.Get(access + "?q=%ff%fe"); p.Status != 404 { // not valid text
		t.Errorf("no text: %d", p.Status)
	}
	p := b.Fill(b.Get(access+"?filter=invited&sort=login-id&desc=1"), "Search", "Search", "ann")
	if p.Path != access+"?desc=1&filter=invited&q=ann&sort=login-id" || p.Value("Search") != "ann" || p.Link("Clear the search") != access+"?desc=1&filter=invited&sort=login-id" {
		t.Errorf(`%s: %q, want path %q, p.Value("Search") "ann", p.Link("Clear the search") %q`, p.Path, p.Value("Search"), access+"?desc=1&filter=invited&q=ann&sort=login-id", access+"?desc=1&filter=invited&sort=login-id")
	}
	if p := b.Get(access + "?q=ann"); !p.Has("10 people match “ann”") {
		t.Errorf(`GET %s: got %s, want the text "10 people match “ann”"`, access+"?q=ann", p.Text())
	}
	p = b.Get(access + "?q=nobody&filter=suspended")
	if !p.Has("Nobody matches “nobody”.") || p.Link("Clear the search") != access+"?filter=suspended" || p.Link("Search among all") != access+"?q=nobody" {
		t.Errorf(`GET %s: got %s, want the text "Nobody matches “nobody”.", p.Link("Clear the search") %q, p.Link("Search among all") %q`, access+"?q=nobody&filter=suspended", p.Text(), access+"?filter=suspended", access+"?q=nobody")
	}
}

// TestListManyMatch checks that if too many people match to be sorted, the page
// says in which order they are, and no column is marked as sorted.
func TestListManyMatch(t *testing.T) {
	c := newCast(t)
	users := c.crowd(t, 260)
	b := c.as(c.admin)
	p := b.Get(access + "?q=crowd&sort=status")
	if !p.Has("More than 50 people match “crowd”") || !p.Has("in the order of the words found") || strings.Contains(p.Body, "aria-sort") {
		t.Errorf(`GET %s: got %s, want the text "More than 50 people match “crowd”", the text "in the order of the words found", no "aria-sort" in p.Body`, access+"?q=crowd&sort=status", p.Text())
	}
	if got, _ := walked(t, b, p); !slices.Equal(sorted(got), sorted(idsOf(users[3:]))) {
		t.Errorf("%d found", len(got))
	}
}

// byColumn compares users as the columns of the list do.
var byColumn = map[portico.PeopleSort]func(a, b portico.User) int{
	portico.SortName: func(a, b portico.User) int {
		letters := strings.NewReplacer("ß", "ss", "ö", "o", "é", "e", "ë", "e")
		return cmp.Compare(letters.Replace(strings.ToLower(a.Name())), letters.Replace(strings.ToLower(b.Name())))
	},
	portico.SortLogin:     func(a, b portico.User) int { return cmp.Compare(a.LoginID, b.LoginID) },
	portico.SortLastLogin: func(a, b portico.User) int { return a.LastLoginAt.Compare(b.LastLoginAt) },
	portico.SortStatus:    func(a, b portico.User) int { return cmp.Compare(a.Status, b.Status) },
}

// TestListSortsAndPages walks through 130 people in each order and both
// directions. Each person is listed once and in order, and the file has the
// same order.
func TestListSortsAndPages(t *testing.T) {
	c := newCast(t)
	users := c.crowd(t, 127)
	known := map[string]portico.User{}
	for _, u := range users {
		known[string(u.ID)] = u
	}
	b := c.as(c.admin)
	known[string(c.admin.ID)] = c.Account(c.admin.ID).User // she has logged in meanwhile
	list := b.Get(access)
	for by, head := range map[portico.PeopleSort]string{portico.SortName: "", portico.SortLogin: "Login ID", portico.SortLastLogin: "Last log-in", portico.SortStatus: "Status"} {
		p := list
		if head != "" {
			p = b.Get(list.Link(head))
		} else {
			head = "Name"
		}
		for _, order := range []string{"ascending", "descending"} {
			if strings.Count(p.Body, "aria-sort") != 1 || !regexp.MustCompile(`aria-sort="`+order+`"><a href="[^"]*">`+head+`<`).MatchString(p.Body) {
				t.Errorf("%s %s: %q is not the one that is marked", head, order, head)
			}
			ids, pages := walked(t, b, p)
			if !slices.Equal(sorted(ids), sorted(idsOf(users))) || pages != 3 {
				t.Errorf("%s %s: %d people on %d pages", head, order, len(ids), pages)
			}
			if !slices.IsSortedFunc(ids, func(x, y string) int {
				if order == "descending" {
					x, y = y, x
				}
				return byColumn[by](known[x], known[y])
			}) {
				t.Errorf("%s %s: not in order", head, order)
			}
			rows := fileOf(t, b, p)
			for i, row := range rows {
				if i >= len(ids) || row[3] != known[ids[i]].Email {
					t.Fatalf("%s %s: row %d of the file is %v", head, order, i, row)
				}
			}
			if len(rows) != len(ids) {
				t.Errorf("%s %s: %d in the file, %d listed", head, order, len(rows), len(ids))
			}
			p = b.Get(p.Link(head)) // the other direction
		}
	}
}

// fileOf returns the rows of the file that a page of the list links to, without
// its head.
func fileOf(t *testing.T, b *porticotest.Client, p *porticotest.Page) [][]string {
	t.Helper()
	f := b.Get(p.Link("Download CSV"))
	if f.Status != 200 {
		t.Fatalf(`GET p.Link("Download CSV"): got %d %s, want status 200`, f.Status, f.Text())
	}
	rows := records(t, f)
	if want := "login_id,first_name,last_name,email,role,labels,status,two_factor,last_log_in"; strings.Join(rows[0], ",") != want {
		t.Fatalf(`got %v, want strings.Join(rows[0], ",") %v`, rows[0], want)
	}
	return rows[1:]
}

// TestListAddressHoldsEverything checks that all links keep the filter, the
// search and the order, but not the position in the list.
func TestListAddressHoldsEverything(t *testing.T) {
	c := newCast(t)
	c.crowd(t, 170)
	b := c.as(c.admin)
	first := b.Get(access + "?filter=2fa-enabled&q=mail&sort=last-login&desc=1")
	second := b.Get(first.Link("Next page"))
	if second.Link("First page") != first.Path[:strings.Index(first.Path, "?")]+"?desc=1&filter=2fa-enabled&q=mail&sort=last-login" {
		t.Errorf(`GET first.Link("Next page"): got %q, want second.Link("First page") first.Path[:strings.Index(first.Path, "?")]+"?desc=1&filter=2fa-enabled&q=mail&sort=last-login"`, second.Link("First page"))
	}
	for text, want := range map[string]string{
		"Suspended 42": "desc=1&filter=suspended&q=mail&sort=last-login",
		"All 173":      "desc=1&q=mail&sort=last-login",
		"Login ID":     "filter=2fa-enabled&q=mail&sort=login-id",
		"Last log-in":  "filter=2fa-enabled&q=mail&sort=last-login",
		"Name":         "filter=2fa-enabled&q=mail",
		"Download CSV": "desc=1&filter=2fa-enabled&q=mail&sort=last-login",
	} {
		if _, query, _ := strings.Cut(second.Link(text), "?"); query != want {
			t.Errorf("%s leads to %q", text, second.Link(text))
		}
	}
	if ids, _ := walked(t, b, first); len(ids) != 57 || len(ids) != len(fileOf(t, b, second)) {
		t.Errorf("%d listed, %d in the file", len(ids), len(fileOf(t, b, second)))
	}
	for _, bad := range []string{"filter=nobody", "sort=shoe", "desc=2", "desc=true", "filter=active"} {
		for _, path := range []string{access, access + ".csv"} {
			if p := b.Get(path + "?" + bad); p.Status != 404 {
				t.Errorf("%s?%s: %d, want status 404", path, bad, p.Status)
			}
		}
	}
	for _, after := range []string{"nobody", string(c.other.ID), "%ff"} {
		for _, sort := range []string{"", "login-id", "last-login", "status"} {
			if p := b.Get(access + "?sort=" + sort + "&after=" + after); p.Status != 404 {
				t.Errorf("after %s by %q: %d", after, sort, p.Status)
			}
		}
	}
}

// TestPeopleFile checks that the file is complete, contains no formulas, and is
// recorded once in the log.
func TestPeopleFile(t *testing.T) {
	if testing.Short() {
		return // large
	}
	c := newCast(t)
	c.crowd(t, 1200)
	evil := portico.User{
		LoginID: "+49.123", FirstName: "=HYPERLINK(1)", LastName: "-2+3", Email: "evil@example.com",
		Role: portico.RoleUser, Labels: []string{"@SUM(1)", "plain", " =1"},
	}
	_, err := c.Users.Create(t.Context(), portico.CommandLine(), c.acme.ID, evil, porticotest.Password)
	must(t, err)
	second := evil
	second.LoginID, second.FirstName, second.LastName, second.Email = "second", "\"Q\", Ünïcode", "x;=1+1", "second@example.com"
	second.Labels = nil
	_, err = c.Users.Create(t.Context(), portico.CommandLine(), c.acme.ID, second, porticotest.Password)
	must(t, err)
	b := c.as(c.help)
	f := b.Get(access + ".csv?filter=2fa-not-enabled")
	if f.Header.Get("Content-Disposition") != `attachment; filename="acme-people-2fa-not-enabled.csv"` || f.Header.Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf(`GET %s: got %v, want f.Header.Get("Content-Disposition") "attachment; filename=\"acme-people-2fa-not-enabled.csv\"", f.Header.Get("Content-Type") "text/csv; charset=utf-8"`, access+".csv?filter=2fa-not-enabled", f.Header)
	}
	rows := fileOf(t, b, b.Get(access))
	if len(rows) != 1205 {
		t.Errorf("%d people", len(rows))
	}
	found := map[string][]string{}
	for _, row := range rows {
		found[row[3]] = row
	}
	for _, want := range [][]string{
		{"'+49.123", "'=HYPERLINK(1)", "'-2+3", "evil@example.com", "user", "'@SUM(1);plain;'=1", "active", "none", ""},
		{"second", "\"Q\", Ünïcode", "x;'=1+1", "second@example.com", "user", "", "active", "none", ""},
		{"hedda", "Hedda", "Tester", "hedda@example.com", "helpdesk", "", "active", "none", "2026-11-23T09:00:07Z"},
		{"login1199", "Ann", "Lee", "mail0001@crowd.example", "user", "Nachtschicht", "active", "enabled", "2026-11-23T08:00:07Z"},
	} {
		if got := found[want[3]]; !slices.Equal(got, want) {
			t.Errorf("%q, not %q", got, want)
		}
	}
	if found["greta@example.com"] != nil {
		t.Error("another customer's person is in the file")
	}
	b.Get(access + ".csv?q=second")
	for _, details := range []string{"405 people, filter: 2FA not Enabled", "1205 people, filter: All", "1 person, filter: All, searched"} {
		if n := c.events(portico.PeopleExported, details); n != 1 {
			t.Errorf("%d events %q", n, details)
		}
	}
	if n := c.events(portico.PeopleExported, ""); n != 3 {
		t.Errorf("%d events", n)
	}
	if p := c.as(c.user).Get(access + ".csv"); p.Status != 403 {
		t.Errorf("a user: %d", p.Status)
	}
	// An operator can download the list of a customer, and that customer's log
	// records it.
	o := c.as(c.User(portico.ProviderID, "olga", portico.RoleOperator))
	if f := o.Get("/customers/acme/access.csv?filter=locked-out"); strings.Count(f.Body, "\n") != 121 || c.events(portico.PeopleExported, "120 people, filter: Locked out") != 1 {
		t.Errorf("%d lines", strings.Count(f.Body, "\n"))
	}
	// A download that breaks off is recorded too.
	gone := errors.New("gone")
	batches := 0
	err = c.Users.Export(t.Context(), c.Actor(c.admin), c.acme.ID, portico.PeopleQuery{}, func([]portico.User) error {
		if batches++; batches == 2 {
			return gone
		}
		return nil
	})
	if !errors.Is(err, gone) || c.events(portico.PeopleExported, "1000 people, filter: All, then broken off") != 1 {
		t.Errorf("%v after %d batches", err, batches)
	}
}
