package web_test

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/locale"
	"portico/internal/porticotest"
	"portico/internal/store"
)

// crowd adds n people in various states. Every tenth is locked out. It returns
// them as stored, together with the fixture.
func (c *fixture) crowd(t *testing.T, n int) []portico.User {
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
				if err := tx.PutAuthenticator(store.Authenticator{ID: "f" + string(id), UserID: id, Kind: portico.AuthenticatorTOTP, Secret: []byte("s"), Enabled: i%3 == 1}); err != nil {
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
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
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
		word := locale.English.Text(filter.Text())
		chip := fmt.Sprintf("%s %d", word, len(want))
		p := b.Get(list.Link(chip))
		if got := listed(p); len(want) == 0 || !slices.Equal(sorted(got), sorted(want)) || !p.Has(fmt.Sprintf("%d people", len(want))) {
			t.Errorf("%s: %d listed, %d wanted: %s", chip, len(got), len(want), p.Text())
		}
		if !regexp.MustCompile(`aria-current="true">`+regexp.QuoteMeta(word)+` <b>`).MatchString(p.Body) || strings.Count(p.Body, `aria-current="true"`) != 1 {
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
		portico.FilterInvited: "Everyone has accepted their invitation", portico.FilterSuspended: "Nobody is suspended", portico.FilterLocked: "Nobody is locked out",
		portico.FilterEnabled: "Nobody has 2FA enabled", portico.FilterDisabled: "Nobody has 2FA disabled",
	} {
		if p := c.as(c.other).Get(access + "?filter=" + string(filter)); !p.Has(says) || p.Link("Show all") != access {
			t.Errorf(`%s: %s, want the text %v, p.Link("Show all") %v`, filter, p.Text(), says, access)
		}
	}
}

func TestListSearch(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
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
		"mail0007@crowd":          1, // two words of an email address
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
	if p.Path != access+"?desc=1&filter=invited&label=&q=ann&role=&sort=login-id" || p.Value("Search") != "ann" || p.Link("Clear the search") != access+"?desc=1&filter=invited&sort=login-id" {
		t.Errorf(`%s: %q, want path %q, p.Value("Search") "ann", p.Link("Clear the search") %q`, p.Path, p.Value("Search"), access+"?desc=1&filter=invited&label=&q=ann&role=&sort=login-id", access+"?desc=1&filter=invited&sort=login-id")
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
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	users := c.crowd(t, 260)
	b := c.as(c.admin)
	p := b.Get(access + "?q=crowd&sort=status")
	if !p.Has("More than 50 people match “crowd”") || !p.Has("too many matches to sort") || strings.Contains(p.Body, "aria-sort") {
		t.Errorf(`GET %s: got %s, want the text "More than 50 people match “crowd”", the text "too many matches to sort", no "aria-sort" in p.Body`, access+"?q=crowd&sort=status", p.Text())
	}
	if got, _ := walked(t, b, p); !slices.Equal(sorted(got), sorted(idsOf(users[3:]))) {
		t.Errorf("%d found", len(got))
	}
}
