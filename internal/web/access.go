package web

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"portico"
	"portico/internal/users"
	"portico/internal/web/ui"
)

// peopleList is what the address of the list of people asks for.
type peopleList struct {
	portico.PeopleQuery
	at users.Place
}

// peopleListOf parses the query of an address. It does not check the filter and
// the sort order: users.List rejects unknown ones.
func peopleListOf(v url.Values) (peopleList, error) {
	l := peopleList{portico.PeopleQuery{
		Filter: portico.PeopleFilter(v.Get("filter")), Role: portico.Role(v.Get("role")), Label: strings.TrimSpace(v.Get("label")), Search: strings.TrimSpace(v.Get("q")),
		Sort: portico.PeopleSort(v.Get("sort")), Descending: v.Get("desc") == "1",
	}, users.Place{After: portico.UserID(v.Get("after")), Before: portico.UserID(v.Get("before"))}}
	if d := v.Get("desc"); d != "" && d != "1" {
		return l, portico.E(portico.NotFound, "The list cannot be sorted by this.")
	}
	return l, nil
}

// query returns the query string that asks for this list, "" for the default
// list.
func (l peopleList) query() string {
	v := url.Values{}
	for name, value := range map[string]string{
		"filter": string(l.Filter), "role": string(l.Role), "label": l.Label, "q": l.Search, "sort": string(l.Sort),
		"after": string(l.at.After), "before": string(l.at.Before),
	} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if l.Descending {
		v.Set("desc", "1")
	}
	return v.Encode()
}

// under returns the address of the list under a path.
func (l peopleList) under(path string) string {
	if q := l.query(); q != "" {
		return path + "?" + q
	}
	return path
}

func (s *Server) accessPage(w http.ResponseWriter, r *http.Request) error {
	page, err := s.accessPageFor(r, r.URL.Query())
	if err != nil {
		return err
	}
	l, err := peopleListOf(r.URL.Query())
	if err != nil {
		return err
	}
	s.keepPlace(w, r, l)
	return s.show(w, page)
}

func (s *Server) accessPageFor(r *http.Request, asked url.Values) (ui.AccessPage, error) {
	sc := scopeOf(r)
	l, err := peopleListOf(asked)
	if err != nil {
		return ui.AccessPage{}, err
	}
	found, err := s.Users.List(r.Context(), sc.actor, sc.customer.ID, l.PeopleQuery, l.at, users.PageSize)
	if err != nil {
		return ui.AccessPage{}, err
	}
	counts := found.Counts
	page := ui.AccessPage{
		Layout:  s.layout(r, "Administration and Access", sc.access()),
		Manages: sc.actor.Can(portico.ManagePeople, sc.customer.ID), Query: l.PeopleQuery, Roles: portico.Roles(sc.customer.ID), Back: l.query(),
		PageSize: users.PageSize, ByMatch: found.ByMatch, ExactFirst: found.ExactFirst, Total: counts[l.Filter], Capped: l.Filter == portico.FilterLocked && counts[l.Filter] >= users.MostLocked,
	}
	l.addresses(&page, sc.access(), found)
	for i := range page.Chips {
		c := &page.Chips[i]
		c.People, c.Capped = counts[c.Filter], c.Filter == portico.FilterLocked && counts[c.Filter] >= users.MostLocked
	}
	for _, u := range found.Users {
		row := s.accessRow(r, u)
		row.Locked, row.Uninvited = found.Locked[u.ID], found.Uninvited[u.ID]
		if open := found.Waiting[u.ID]; open != "" && sc.actor.MayActOn(portico.ResetTwoFactor, u) {
			row.Waiting = sc.reset(open)
		}
		page.Rows = append(page.Rows, row)
	}
	return page, nil
}

// addresses fills in the links of the page. Each link keeps the filters, search
// and sort order of the list, except for the one that it changes.
func (l peopleList) addresses(page *ui.AccessPage, path string, found users.Page) {
	first := l
	first.at = users.Place{}
	page.CSV = first.under(path + ".csv")
	if found.Prev != "" {
		to := l
		to.at = users.Place{Before: found.Prev}
		page.Prev = to.under(path)
	}
	if found.Prev != "" || l.at.After != "" {
		page.First = first.under(path)
	}
	if found.Next != "" {
		to := l
		to.at = users.Place{After: found.Next}
		page.Next = to.under(path)
	}
	for _, f := range portico.PeopleFilters {
		to := first
		to.Filter = f
		page.Chips = append(page.Chips, ui.Chip{Filter: f, Address: to.under(path), Current: f == l.Filter})
	}
	for _, column := range []struct {
		by   portico.PeopleSort
		text portico.Text
	}{{portico.SortName, "Name"}, {portico.SortLogin, "Login ID"}, {portico.SortStatus, "Status"}, {portico.SortTwoFactor, "2FA"}, {portico.SortLastLogin, "Last log-in"}} {
		to := first
		to.Sort, to.Descending = column.by, column.by == l.Sort && !l.Descending
		h := ui.SortHead{Text: column.text, Address: to.under(path)}
		if column.by == l.Sort && !page.ByMatch && !page.ExactFirst { // otherwise the rows are not in the order of a column
			h.Order = "ascending"
			if l.Descending {
				h.Order = "descending"
			}
		}
		page.Heads = append(page.Heads, h)
	}
	everybody, unsearched := first, first
	everybody.Filter, everybody.Role, everybody.Label, unsearched.Search = portico.FilterAll, "", "", ""
	unnarrowed := first
	unnarrowed.Role, unnarrowed.Label = "", ""
	page.Everybody, page.Unsearched, page.Unnarrowed = everybody.under(path), unsearched.under(path), unnarrowed.under(path)
}

func (s *Server) accessRow(r *http.Request, u portico.User) ui.AccessRow {
	sc := scopeOf(r)
	row := ui.AccessRow{User: u, Address: sc.user(u.ID), Self: u.ID == session(r).User.ID}
	switch {
	case u.TwoFactor == portico.TwoFactorNone && !u.EnrolmentPending:
	case row.Self && sc.customer.Policy.TwoFactorRequired(u, s.Now()): // such a person moves to a new phone instead of deleting the setup
	case row.Self:
		row.DeleteURL = "/account/two-factor/delete"
	case sc.actor.MayActOn(portico.ResetTwoFactor, u):
		row.DeleteURL = row.Address + "/two-factor/delete"
	}
	return row
}

// accessCSV streams the whole list that the same parameters show on the page,
// not only one page of it.
func (s *Server) accessCSV(w http.ResponseWriter, r *http.Request) error {
	sc := scopeOf(r)
	l, err := peopleListOf(r.URL.Query())
	if err != nil {
		return err
	}
	name := sc.customer.Slug + "-people"
	if l.Filter != portico.FilterAll {
		name += "-" + string(l.Filter)
	}
	d := s.download(w, r, typeCSV, name+".csv")
	err = s.Users.Export(r.Context(), sc.actor, sc.customer.ID, l.PeopleQuery, func(people []users.Exported) error {
		first := !d.begun
		if err := d.piece(); err != nil {
			return err
		}
		c := csv.NewWriter(w)
		if first {
			_ = c.Write(slices.Concat(users.Columns, []string{"id", "authenticators"})) // c.Error returns a failed write
		}
		for _, u := range people {
			_ = c.Write(append(users.Cells(u.User), string(u.ID), u.Authenticators)) // c.Error returns a failed write
		}
		c.Flush()
		return c.Error()
	})
	return s.ended(r, d, err)
}
