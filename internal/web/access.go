package web

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"strings"
	"time"

	"portico"
	"portico/internal/people"
	"portico/internal/web/ui"
)

// peopleList is what the address of the list asks for.
type peopleList struct {
	portico.PeopleQuery
	after portico.UserID
}

// peopleListOf reads the address. Whether there is such a filter and such an
// order, people.List says.
func peopleListOf(v url.Values) (peopleList, error) {
	l := peopleList{portico.PeopleQuery{
		Filter: portico.PeopleFilter(v.Get("filter")), Search: strings.TrimSpace(v.Get("q")),
		Sort: portico.PeopleSort(v.Get("sort")), Descending: v.Get("desc") == "1",
	}, portico.UserID(v.Get("after"))}
	if d := v.Get("desc"); d != "" && d != "1" {
		return l, portico.E(portico.NotFound, "The list cannot be sorted so.")
	}
	return l, nil
}

// query is the part of an address that asks for the list, "" for the plain one.
func (l peopleList) query() string {
	v := url.Values{}
	for name, value := range map[string]string{"filter": string(l.Filter), "q": l.Search, "sort": string(l.Sort), "after": string(l.after)} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if l.Descending {
		v.Set("desc", "1")
	}
	return v.Encode()
}

// at is the address of the list below a path.
func (l peopleList) at(path string) string {
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
	return s.show(w, page)
}

func (s *Server) accessPageFor(r *http.Request, asked url.Values) (ui.AccessPage, error) {
	pl := at(r)
	l, err := peopleListOf(asked)
	if err != nil {
		return ui.AccessPage{}, err
	}
	found, err := s.People.List(r.Context(), pl.actor, pl.customer.ID, l.PeopleQuery, l.after, people.PageSize)
	if err != nil {
		return ui.AccessPage{}, err
	}
	counts, err := s.People.Counts(r.Context(), pl.actor, pl.customer.ID)
	if err != nil {
		return ui.AccessPage{}, err
	}
	page := ui.AccessPage{
		Layout: s.layout(r, "Administration and Access", pl.access()), Customer: pl.customer.Name,
		Manages: pl.actor.Can(portico.ManagePeople, pl.customer.ID), Query: l.PeopleQuery, Back: l.query(),
		PageSize: people.PageSize, ByMatch: found.ByMatch, Total: counts[l.Filter], Capped: l.Filter == portico.FilterLocked && counts[l.Filter] >= people.MostLocked,
	}
	l.addresses(&page, pl.access(), found.Next)
	for i := range page.Chips {
		c := &page.Chips[i]
		c.People, c.Capped = counts[c.Filter], c.Filter == portico.FilterLocked && counts[c.Filter] >= people.MostLocked
	}
	for _, u := range found.Users {
		row := s.accessRow(r, u)
		row.Locked = found.Locked[u.ID]
		page.Rows = append(page.Rows, row)
	}
	return page, nil
}

// addresses fills in where the page leads: what is asked for stays, but for
// what the link is about.
func (l peopleList) addresses(page *ui.AccessPage, path string, next portico.UserID) {
	first := l
	first.after = ""
	page.CSV = first.at(path + ".csv")
	if l.after != "" {
		page.First = first.at(path)
	}
	if next != "" {
		l.after = next
		page.Next = l.at(path)
	}
	for _, f := range portico.PeopleFilters {
		to := first
		to.Filter = f
		page.Chips = append(page.Chips, ui.Chip{Filter: f, Address: to.at(path), Current: f == l.Filter})
	}
	for _, column := range []struct {
		by   portico.PeopleSort
		text string
	}{{portico.SortName, "Name"}, {portico.SortLogin, "Login ID"}, {portico.SortStatus, "Status"}, {portico.SortLastLogin, "Last log-in"}} {
		to := first
		to.Sort, to.Descending = column.by, column.by == l.Sort && !l.Descending
		h := ui.SortHead{Text: column.text, Address: to.at(path)}
		if column.by == l.Sort && !page.ByMatch { // else in another order
			h.Order = "ascending"
			if l.Descending {
				h.Order = "descending"
			}
		}
		page.Heads = append(page.Heads, h)
	}
	everybody, unsearched := first, first
	everybody.Filter, unsearched.Search = portico.FilterAll, ""
	page.Everybody, page.Unsearched = everybody.at(path), unsearched.at(path)
}

func (s *Server) accessRow(r *http.Request, u portico.User) ui.AccessRow {
	pl := at(r)
	row := ui.AccessRow{User: u, Address: pl.user(u.ID), Self: u.ID == session(r).User.ID}
	switch {
	case u.TwoFactor == portico.TwoFactorNone && !u.MustSetUp:
	case row.Self && pl.customer.Policy.Enforced(u, s.Now()): // moved to a new phone, not deleted
	case row.Self:
		row.DeleteURL = "/account/two-factor/delete"
	case pl.actor.MayActOn(portico.ResetTwoFactor, u):
		row.DeleteURL = row.Address + "/two-factor/delete"
	}
	return row
}

// accessCSV streams everybody whom the list at the same parameters shows, all
// its pages.
func (s *Server) accessCSV(w http.ResponseWriter, r *http.Request) error {
	pl := at(r)
	l, err := peopleListOf(r.URL.Query())
	if err != nil {
		return err
	}
	name := pl.customer.Slug + "-people"
	if l.Filter != portico.FilterAll {
		name += "-" + string(l.Filter)
	}
	d := s.download(w, r, "text/csv; charset=utf-8", name+".csv")
	err = s.People.Export(r.Context(), pl.actor, pl.customer.ID, l.PeopleQuery, func(users []portico.User) error {
		first := !d.begun
		if err := d.piece(); err != nil {
			return err
		}
		c := csv.NewWriter(w)
		if first {
			_ = c.Write([]string{"login_id", "first_name", "last_name", "email", "role", "labels", "status", "two_factor", "last_log_in"}) // Error tells
		}
		for _, u := range users {
			_ = c.Write(csvRow(u)) // Error tells
		}
		c.Flush()
		return c.Error()
	})
	return s.ended(r, d, err)
}

func csvRow(u portico.User) []string {
	last := ""
	if !u.LastLoginAt.IsZero() {
		last = u.LastLoginAt.UTC().Format(time.RFC3339)
	}
	return []string{
		cell(u.LoginID), cell(u.FirstName), cell(u.LastName), cell(u.Email), string(u.Role), cell(strings.Join(u.Labels, ";")),
		string(u.Status), string(u.TwoFactor), last,
	}
}
