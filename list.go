package portico

import "time"

// PeopleFilter names a part of a customer's people, as the chips of the list
// and its address do. The empty filter is everybody.
type PeopleFilter string

const (
	FilterAll       PeopleFilter = ""
	FilterEnabled   PeopleFilter = "2fa-enabled"
	FilterDisabled  PeopleFilter = "2fa-disabled"
	FilterNone      PeopleFilter = "2fa-not-enabled"
	FilterInvited   PeopleFilter = "invited"
	FilterSuspended PeopleFilter = "suspended"
	FilterLocked    PeopleFilter = "locked-out"
)

// PeopleFilters lists the filters in the order of the chips.
var PeopleFilters = []PeopleFilter{FilterAll, FilterEnabled, FilterDisabled, FilterNone, FilterInvited, FilterSuspended, FilterLocked}

// Text returns the words on the chip. It is "" for an unknown filter.
func (f PeopleFilter) Text() Text {
	switch f {
	case FilterAll:
		return "All"
	case FilterEnabled:
		return TwoFactorEnabled.Text()
	case FilterDisabled:
		return TwoFactorDisabled.Text()
	case FilterNone:
		return TwoFactorNone.Text()
	case FilterInvited:
		return "#people Invited"
	case FilterSuspended:
		return "#people Suspended"
	case FilterLocked:
		return "Locked out"
	}
	return ""
}

// PeopleSort names what a list of people is sorted by. The empty sort is by
// name.
type PeopleSort string

const (
	SortName      PeopleSort = ""
	SortLogin     PeopleSort = "login-id"
	SortLastLogin PeopleSort = "last-login"
	SortStatus    PeopleSort = "status"
	SortTwoFactor PeopleSort = "2fa"
)

// PeopleQuery says which people a list shows, and in which order.
type PeopleQuery struct {
	Filter     PeopleFilter
	Role       Role   // "" for every role
	Label      string // "" for people with and without labels; compared without regard to case
	Search     string // beginnings of words of the login ID, name, email address or labels
	Sort       PeopleSort
	Descending bool
}

// Validate returns a NotFound error for unknown filters, roles and sort orders:
// they come from the address of a page.
func (q PeopleQuery) Validate() error {
	switch q.Sort {
	case SortName, SortLogin, SortLastLogin, SortStatus, SortTwoFactor:
	default:
		return E(NotFound, "The list cannot be sorted by this.")
	}
	if q.Filter.Text() == "" || q.Role != "" && !q.Role.Valid() {
		return E(NotFound, "There is no such filter.")
	}
	return nil
}

// EventQuery says which events of an audit log are shown. The zero value is all
// of them.
type EventQuery struct {
	Person  UserID    // the actor or the target of the event
	Actions []Action  // any of them; none for every action
	From    time.Time // inclusive; zero for no lower bound
	Until   time.Time // exclusive; zero for no upper bound
}
