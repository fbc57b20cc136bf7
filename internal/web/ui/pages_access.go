package ui

import (
	"slices"
	"strconv"

	"portico"
)

// AccessPage is /administration/access.
type AccessPage struct {
	Layout
	Problem  *Problem // with a selection
	Manages  bool     // may create, import and select
	Query    portico.PeopleQuery
	Chips    []Chip
	Roles    []portico.Role // to filter by
	Heads    []SortHead     // of name, login ID, status, 2FA, last log-in
	Rows     []AccessRow
	PageSize int  // rows of a full page
	ByMatch  bool // in the order of the words that matched
	Total    int  // people who pass the filter, without the search
	Capped   bool // Total is a minimum

	ExactFirst bool // those who match as typed come first

	Next       string // address of the next page; "" on the last one
	Prev       string // address of the previous page; "" on the first one
	First      string // address of the first page; "" if this is it
	CSV        string // address of the whole list as a file
	Everybody  string // address of the same search without the filter
	Unsearched string // address of the same filter without the search
	Unnarrowed string // address of the same filter and search, without role and label
	Back       string // query of the list, so that a selection can come back to it
}

// Chip is a filter, with the number of people who pass it.
type Chip struct {
	Filter  portico.PeopleFilter
	Address string
	Current bool
	People  int
	Capped  bool // People is a minimum
}

// Count returns the number as people read it.
func (c Chip) Count() string { return number(c.People, c.Capped) }

// SortHead is the heading of a column that can sort the list.
type SortHead struct {
	Text    string
	Address string
	Order   string // ascending, descending, or "" if the list is sorted by another column
}

// AccessRow is one person in the list.
type AccessRow struct {
	User      portico.User
	Address   string // of the person's page
	DeleteURL string // of the page that asks before a 2FA reset; "" if there is nothing to reset or the reader may not
	Self      bool   // the row is the reader's own
	Locked    bool   // must wait before the next attempt to log in
	Waiting   string // address of the open request to delete the 2FA setup; "" if there is none
}

// number formats n with commas between the thousands. If capped, it adds a +.
func number(n int, capped bool) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	if capped {
		s += "+"
	}
	return s
}

// Labels returns the labels of the people on the page, sorted.
func (p AccessPage) Labels() []string {
	var labels []string
	for _, row := range p.Rows {
		labels = append(labels, row.User.Labels...)
	}
	slices.Sort(labels)
	return slices.Compact(labels)
}

// Found returns how many people the list has, as far as that is known.
func (p AccessPage) Found() string {
	n, about := number(p.Total, p.Capped), ""
	if p.Query.Search != "" || p.Query.Label != "" || p.Query.Role != "" && p.Query.Filter == portico.FilterLocked { // not counted
		n = number(len(p.Rows), false)
		if p.First != "" || p.Next != "" {
			n = "More than " + strconv.Itoa(p.PageSize)
		}
	}
	if p.Query.Search != "" {
		about = " match “" + p.Query.Search + "”"
		if n == "1" {
			about = " matches “" + p.Query.Search + "”"
		}
	}
	if n == "1" {
		return n + " person" + about
	}
	return n + " people" + about
}

// Nobody returns the sentence that says why the list is empty.
func (p AccessPage) Nobody() string {
	if p.Query.Search != "" {
		return "Nobody matches “" + p.Query.Search + "”."
	}
	if p.Query.Role != "" || p.Query.Label != "" {
		return "Nobody matches the filter."
	}
	switch p.Query.Filter {
	case portico.FilterEnabled:
		return "Nobody has 2FA enabled."
	case portico.FilterDisabled:
		return "Nobody has 2FA disabled."
	case portico.FilterNone:
		return "Everyone has set up 2FA."
	case portico.FilterInvited:
		return "Everyone has accepted their invitation."
	case portico.FilterSuspended:
		return "Nobody is suspended."
	case portico.FilterLocked:
		return "Nobody is locked out."
	}
	return "There are no users yet."
}

// SelectedPage asks before something is done to several people. It names them
// all, and separately those to whom it cannot be done.
type SelectedPage struct {
	Layout
	Problem    *Problem
	Kind       string // add-label, remove-label, change-role, suspend, reactivate, invite, remind
	Eligible   []portico.User
	Ineligible []IneligiblePerson
	Label      string         // as typed
	Labels     []string       // labels that some of them have
	Role       portico.Role   // as chosen
	Roles      []portico.Role // to choose from
	Action     string         // address that the form is sent to
	Cancel     string         // the list in which they were selected
	Back       string         // query of that list
}

// IneligiblePerson is a person to whom the action cannot be done, and why.
type IneligiblePerson struct {
	User portico.User
	Why  string
}

func (AccessPage) template() string   { return "access" }
func (SelectedPage) template() string { return "selected" }
