package web_test

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/store"
)

// named adds active people with these names. A name without a blank has no last
// name.
func (c *fixture) named(t *testing.T, customer portico.CustomerID, names ...string) {
	t.Helper()
	must(t, c.DB.Update(t.Context(), portico.CommandLine(), func(tx *store.Tx) error {
		for i, name := range names {
			id := portico.UserID("named-" + string(customer) + "-" + string(rune('a'+i%26)) + string(rune('a'+i/26)))
			first, last, _ := strings.Cut(name, " ")
			a := store.Account{Epoch: 1, LoginKey: string(id), PasswordHash: "hash", User: portico.User{
				ID: id, CustomerID: customer, LoginID: string(id), FirstName: first, LastName: last, Email: "x@names.example",
				Role: portico.RoleUser, Status: portico.Active, CreatedAt: c.Clock.Now(),
			}}
			if err := tx.CreateUser(a); err != nil {
				return err
			}
		}
		return nil
	}))
}

// namesOn returns the names on a page of the list.
func namesOn(c *fixture, p *porticotest.Page) []string {
	var names []string
	for _, id := range listed(p) {
		names = append(names, c.Account(portico.UserID(id)).Name())
	}
	return names
}

// TestListSearchFoldsMarks searches names by what a keyboard without their
// letters can type, and the other way round.
func TestListSearchFoldsMarks(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.named(t, c.acme.ID, "Jürgen Müller", "Łukasz Dąbrowski", "Özgür Işık", "Søren Ærø", "Đorđe Đorđević", "Guðrún Þórsdóttir", "Ħal Bżonn",
		"İbrahim Çelik", "Nguyễn Phượng", "Zoë Œuvray", "Jana Weiß", "Åse Ångström", "Αλέξης Ήρας", "Фёдор Ёлкин", "Oliver Mueller", "Otto Muller",
		"Kaʻanāpali Noa", "सीता राम", "ガブリエル 山田")
	b := c.as(c.admin)
	for typed, want := range map[string][]string{
		"muller":       {"Otto Muller", "Jürgen Müller"}, // what was typed exactly comes first
		"mueller":      {"Oliver Mueller", "Jürgen Müller"},
		"Müller":       {"Jürgen Müller", "Oliver Mueller", "Otto Muller"},
		"mu\u0308ll":   {"Jürgen Müller", "Oliver Mueller", "Otto Muller"},
		"lukasz":       {"Łukasz Dąbrowski"},
		"łukasz":       {"Łukasz Dąbrowski"},
		"dabrowski lu": {"Łukasz Dąbrowski"},
		"ozgur":        {"Özgür Işık"},
		"oezguer":      {"Özgür Işık"},
		"OZGUR ISIK":   {"Özgür Işık"},
		"soren aero":   {"Søren Ærø"},
		"soeren":       {"Søren Ærø"},
		"dorde":        {"Đorđe Đorđević"},
		"djordjevic":   {"Đorđe Đorđević"},
		"gudrun thors": {"Guðrún Þórsdóttir"},
		"hal bzonn":    {"Ħal Bżonn"},
		"ibrahim":      {"İbrahim Çelik"},
		"celik":        {"İbrahim Çelik"},
		"nguyen phuon": {"Nguyễn Phượng"},
		"zoe oeuv":     {"Zoë Œuvray"},
		"weiss":        {"Jana Weiß"},
		"weiß":         {"Jana Weiß"},
		"ase angstrom": {"Åse Ångström"},
		"aase":         {"Åse Ångström"},
		"αλεξης ηρας":  {"Αλέξης Ήρας"},
		"федор елкин":  {"Фёдор Ёлкин"},
		"kaanap":       {"Kaʻanāpali Noa"},
		"सीता":         {"सीता राम"},
		"सत":           nil, // vowel signs are no marks that can be left out
		"ガブ":           {"ガブリエル 山田"},
		"カフ":           nil, // nor is what makes another syllable
		"mullerx":      nil,
	} {
		if got := namesOn(c, b.Get(access+"?q="+url.QueryEscape(typed))); !slices.Equal(got, want) {
			t.Errorf("%q finds %q, want %q", typed, got, want)
		}
	}
	for query, want := range map[string][]string{ // an order that was asked for holds for all
		"q=muller&desc=1":        {"Otto Muller", "Jürgen Müller"},
		"q=mueller&desc=1":       {"Oliver Mueller", "Jürgen Müller"},
		"q=muller&sort=login-id": {"Jürgen Müller", "Otto Muller"},
		"q=muller&sort=status":   {"Jürgen Müller", "Otto Muller"},
	} {
		if got := namesOn(c, b.Get(access+"?"+query)); !slices.Equal(got, want) {
			t.Errorf("%s lists %q, want %q", query, got, want)
		}
	}
	page := b.Get(access + "?q=muller")
	if !page.Has("spelled exactly as typed come first") || strings.Contains(page.Body, "aria-sort") {
		t.Errorf("the page does not say that exact matches come first: %s", page.Text())
	}
	if page := b.Get(access + "?q=lukasz"); page.Has("spelled exactly as typed come first") || !strings.Contains(page.Body, "aria-sort") {
		t.Errorf("one match is not sorted by name: %s", page.Text())
	}
}

// TestListSearchPagesExactFirst walks through a search whose exact matches fill
// more than one page.
func TestListSearchPagesExactFirst(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	var names []string
	for i := range 130 {
		names = append(names, []string{"Änne ", "Anne "}[i%2]+string(rune('A'+i%26))+string(rune('a'+i/26)))
	}
	c.named(t, c.acme.ID, names...)
	b := c.as(c.admin)
	p := b.Get(access + "?q=anne")
	var got []string
	for pages := 0; pages < 5; pages++ {
		got = append(got, namesOn(c, p)...)
		if p.Link("Next page") == "" {
			break
		}
		p = b.Get(p.Link("Next page"))
	}
	if len(got) != 130 || !slices.IsSortedFunc(got, func(x, y string) int {
		return strings.Compare(strings.Replace(x, "Ä", "~", 1), strings.Replace(y, "Ä", "~", 1))
	}) {
		t.Errorf("%d listed: %q", len(got), got)
	}
}

// TestListSortsLettersWithMarks checks that a letter with a mark stands beside
// the letter without it, whatever is sorted.
func TestListSortsLettersWithMarks(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	want := []string{"ærlig", "anna B", "Anna B", "Åse", "Čapek", "Cyd", "İbo", "Ida", "Lu", "Łu", "Lv", "Odile", "Øre", "Özgür", "Ozzy", "Ünal", "Uwe", "Zoe", "Αθήνα", "Иван", "山田"}
	names := slices.Clone(want)
	slices.Reverse(names)
	c.named(t, c.globex.ID, names...)
	b := c.as(c.other)
	for query, reversed := range map[string]bool{"": false, "?desc=1": true, "?sort=status": false, "?filter=2fa-not-enabled": false, "?q=names": false} {
		got := slices.DeleteFunc(namesOn(c, b.Get(access+query)), func(n string) bool { return n == "Greta Tester" })
		if reversed {
			slices.Reverse(got)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q lists %q, want %q", query, got, want)
		}
	}
	for i, login := range []string{"zeta", "øre", "özgür", "ozzy", "odile", "åse", "ase-2"} {
		u := portico.User{LoginID: login, FirstName: string(rune('A' + i)), Email: "y@names.example", Role: portico.RoleUser}
		_, err := c.Users.Create(t.Context(), portico.CommandLine(), c.acme.ID, u, porticotest.Password)
		must(t, err)
	}
	var logins []string
	for _, id := range listed(c.as(c.admin).Get(access + "?sort=login-id")) {
		logins = append(logins, c.Account(portico.UserID(id)).LoginID)
	}
	if want := []string{"alice", "åse", "ase-2", "hedda", "odile", "øre", "özgür", "ozzy", "ulla", "zeta"}; !slices.Equal(logins, want) {
		t.Errorf("by login ID: %q, want %q", logins, want)
	}
}

var customerName = regexp.MustCompile(`data-label="Name"><a class="person" dir="auto" href="[^"]*">([^<]*)<`)

// TestCustomersAreFoundAndSorted checks the same for the list of customers.
func TestCustomersAreFoundAndSorted(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	for slug, name := range map[string]string{"ol": "Öl AG", "oc": "Ocker GmbH", "ot": "Otto KG", "mu": "Müllerei", "mv": "Muller SA", "mw": "Mullerbau", "lo": "Łódź Sp.", "zz": "Zebra"} {
		c.Customer(slug, name)
	}
	b := c.as(c.User(portico.ProviderID, "olga", portico.RoleOperator))
	names := func(p *porticotest.Page) []string {
		var found []string
		for _, m := range customerName.FindAllStringSubmatch(p.Body, -1) {
			found = append(found, m[1])
		}
		return found
	}
	for query, want := range map[string][]string{
		"":          {"Acme Telecom", "Globex", "Łódź Sp.", "Muller SA", "Mullerbau", "Müllerei", "Ocker GmbH", "Öl AG", "Otto KG", "Zebra"},
		"?q=muller": {"Muller SA", "Mullerbau", "Müllerei"},
		"?q=müller": {"Müllerei", "Muller SA", "Mullerbau"},
		"?q=lodz":   {"Łódź Sp."},
		"?q=oel":    {"Öl AG"},
		"?q=ol":     {"Öl AG"},
	} {
		if got := names(b.Get("/customers" + query)); !slices.Equal(got, want) {
			t.Errorf("%q lists %q, want %q", query, got, want)
		}
	}
}
