package ui

import (
	"slices"

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

// SortHead is the heading of a column that can sort the list.
type SortHead struct {
	Text    portico.Text
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
	Uninvited bool   // is invited, and has no valid invitation
	Waiting   string // address of the open request to delete the 2FA setup; "" if there is none
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
	n, counted := p.Total, true
	if p.Query.Search != "" || p.Query.Label != "" || p.Query.Role != "" && p.Query.Filter == portico.FilterLocked {
		n, counted = len(p.Rows), false
	}
	more := !counted && (p.First != "" || p.Next != "")
	l, search := p.In(), p.Query.Search
	switch {
	case more && search != "":
		return l.Plural(p.PageSize, "More than 1 person matches “{0}”|More than {n} people match “{0}”", search)
	case more:
		return l.Plural(p.PageSize, "More than 1 person|More than {n} people")
	case search != "":
		return l.Plural(n, "1 person matches “{0}”|{n} people match “{0}”", search)
	case counted && p.Capped:
		return l.Plural(n, "1+ people|{n}+ people")
	}
	return l.Plural(n, "1 person|{n} people")
}

// nobody are the sentences for lists that are empty with a filter.
var nobody = map[portico.PeopleFilter]portico.Text{
	portico.FilterAll:       "There are no users yet.",
	portico.FilterEnabled:   "Nobody has 2FA enabled.",
	portico.FilterDisabled:  "Nobody has 2FA disabled.",
	portico.FilterNone:      "Everyone has set up 2FA.",
	portico.FilterInvited:   "Everyone has accepted their invitation.",
	portico.FilterSuspended: "Nobody is suspended.",
	portico.FilterLocked:    "Nobody is locked out.",
}

// Nobody returns the sentence that says why the list is empty.
func (p AccessPage) Nobody() string {
	if p.Query.Search != "" {
		return p.In().Text("Nobody matches “{0}”.", p.Query.Search)
	}
	if p.Query.Role != "" || p.Query.Label != "" {
		return p.In().Text("Nobody matches the filter.")
	}
	return p.In().Text(nobody[p.Query.Filter])
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
