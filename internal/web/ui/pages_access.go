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
	PageSize int  // rows of a full page
	ByMatch  bool // in the order of the words that matched
	Total    int  // people who pass the filter, without the search
	Capped   bool // Total is a minimum

	ExactFirst bool // those who match as typed come first

	Next       string // address of the next page; "" on the last one
	First      string // address of the first page; "" if this is it
	CSV        string // address of the whole list as a file
	Everybody  string // address of the same search without the filter
	Unsearched string // address of the same filter without the search
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

// Found returns how many people the list has, as far as that is known.
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

// Nobody returns the sentence that says why the list is empty.
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
	Kind       string // add-label, remove-label, suspend, invite
	Eligible   []portico.User
	Ineligible []IneligiblePerson
	Label      string   // as typed
	Labels     []string // labels that some of them have
	Action     string   // address that the form is sent to
	Cancel     string   // the list in which they were selected
	Back       string   // query of that list
}

// IneligiblePerson is a person to whom the action cannot be done, and why.
type IneligiblePerson struct {
	User portico.User
	Why  string
}

func (AccessPage) template() string   { return "access" }
func (SelectedPage) template() string { return "selected" }
