package portico

import "time"

// PeopleFilter names a part of a customer's people, as the list's chips and
// its address do. The empty one is everybody.
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

// Label returns the words of the chip.
func (f PeopleFilter) Label() string {
	switch f {
	case FilterAll:
		return "All"
	case FilterEnabled:
		return TwoFactorEnabled.Label()
	case FilterDisabled:
		return TwoFactorDisabled.Label()
	case FilterNone:
		return TwoFactorNone.Label()
	case FilterInvited:
		return Invited.String()
	case FilterSuspended:
		return Suspended.String()
	case FilterLocked:
		return "Locked out"
	}
	return ""
}

// PeopleSort names what a list of people is sorted by. The empty one is the
// name.
type PeopleSort string

const (
	SortName      PeopleSort = ""
	SortLogin     PeopleSort = "login-id"
	SortLastLogin PeopleSort = "last-login"
	SortStatus    PeopleSort = "status"
)

// PeopleQuery is which people a list shows, and in which order.
type PeopleQuery struct {
	Filter     PeopleFilter
	Search     string // beginnings of words of login ID, name, e-mail address or label
	Sort       PeopleSort
	Descending bool
}

// Validate returns NotFound for a filter or an order that there is none of:
// both come out of an address.
func (q PeopleQuery) Validate() error {
	switch q.Sort {
	case SortName, SortLogin, SortLastLogin, SortStatus:
	default:
		return E(NotFound, "The list cannot be sorted so.")
	}
	if q.Filter.Label() == "" {
		return E(NotFound, "The list has no such filter.")
	}
	return nil
}

// EventQuery is which events of an audit log are shown. The zero value is all.
type EventQuery struct {
	Person UserID // who did it, or whom it is about
	Action Action
	From   time.Time // not before
	Until  time.Time // before; zero for no end
}
