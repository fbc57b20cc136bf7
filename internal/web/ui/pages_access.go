package ui

import (
	"strconv"

	"portico"
)

// AccessPage is /administration/access.
type AccessPage struct {
	Layout
	Problem  *Problem // with a selection
	Customer string
	Manages  bool // may create, import and select
	Query    portico.PeopleQuery
	Chips    []Chip
	Heads    []SortHead // of name, login ID, status, last log-in
	Rows     []AccessRow
	PageSize int  // how many rows a page has, but for the last
	ByMatch  bool // in the order of the words found
	Total    int  // people who pass the filter, whatever is searched
	Capped   bool // or more

	Next       string // address of the next page, "" on the last
	First      string // address of the first page, "" when this is it
	CSV        string // address of everybody shown, as a file
	Everybody  string // address of the same search without filter
	Unsearched string // address of the same filter without search
	Back       string // what the address asks for, for a selection to come back to
}

// Chip is a filter with how many pass it.
type Chip struct {
	Filter  portico.PeopleFilter
	Address string
	Current bool
	People  int
	Capped  bool // or more
}

// Count is the number as people read it.
func (c Chip) Count() string { return number(c.People, c.Capped) }

// SortHead is the head of a column that the list can be sorted by.
type SortHead struct {
	Text    string
	Address string
	Order   string // ascending, descending, or "" when sorted by another one
}

// AccessRow is one person in the list.
type AccessRow struct {
	User      portico.User
	Address   string // of the person's page
	DeleteURL string // of the confirmation of Delete 2FA setup; "" when there is nothing to delete, or not by this reader
	Self      bool   // the reader
	Locked    bool   // has to wait before the next attempt to log in
}

// number writes a number with commas at the thousands.
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

// Found says how many people the list has, as far as that is known.
func (p AccessPage) Found() string {
	more := p.First != "" || p.Next != ""
	n, about := number(len(p.Rows), false), ""
	switch {
	case p.Query.Search == "":
		n = number(p.Total, p.Capped)
	case more:
		n, about = "More than "+strconv.Itoa(p.PageSize), " match “"+p.Query.Search+"”"
	case len(p.Rows) == 1:
		about = " matches “" + p.Query.Search + "”"
	default:
		about = " match “" + p.Query.Search + "”"
	}
	if n == "1" {
		return n + " person" + about
	}
	return n + " people" + about
}

// Nobody says why the list is empty.
func (p AccessPage) Nobody() string {
	if p.Query.Search != "" {
		return "Nobody matches “" + p.Query.Search + "”."
	}
	switch p.Query.Filter {
	case portico.FilterEnabled:
		return "Nobody has 2FA enabled."
	case portico.FilterDisabled:
		return "Nobody has 2FA disabled."
	case portico.FilterNone:
		return "Everybody has set up 2FA."
	case portico.FilterInvited:
		return "No invitation is open: everybody has come."
	case portico.FilterSuspended:
		return "Nobody is suspended."
	case portico.FilterLocked:
		return "Nobody is locked out."
	}
	return "Nobody is here yet."
}

// SelectedPage asks before something is done to several people. It names
// everybody, and apart those to whom it cannot be done.
type SelectedPage struct {
	Layout
	Problem *Problem
	Kind    string // add-label, remove-label, suspend, invite
	Fit     []portico.User
	Unfit   []UnfitPerson
	Label   string   // as typed
	Labels  []string // that some of them have
	Action  string   // where the form goes
	Cancel  string   // the list that they were selected in
	Back    string   // what its address asks for
}

// UnfitPerson is somebody to whom it cannot be done.
type UnfitPerson struct {
	User portico.User
	Why  string
}

func (AccessPage) template() string   { return "access" }
func (SelectedPage) template() string { return "selected" }
