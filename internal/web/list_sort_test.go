package web_test

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"testing"

	"portico"
)

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
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
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
			if strings.Count(p.Body, "aria-sort") != 1 || !regexp.MustCompile(`aria-sort="`+order+`">(?:<div class="pick"><input [^>]*>)?<a href="[^"]*">`+head+`<`).MatchString(p.Body) {
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

// TestListAddressHoldsEverything checks that all links keep the filter, the
// search and the order, but not the position in the list.
func TestListAddressHoldsEverything(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
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
