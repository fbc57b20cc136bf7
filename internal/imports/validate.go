package imports

import (
	"slices"
	"strings"

	"portico"
	"portico/internal/users"
)

// What a row of an import does.
const (
	RowCreate    = "create"
	RowUpdate    = "update"
	RowUnchanged = "unchanged"
	RowRefused   = "refused"
)

// Row is one row of a file, with what it would do or did.
type Row struct {
	Line   int
	User   portico.User
	Action string
	Reason string // why the row is refused, or what an update changes

	key      string        // canonical login ID
	hash     string        // password hash from another system
	labels   bool          // the file has a column for labels
	previous *portico.User // the person before an update
	taken    bool          // another customer has the login ID
}

const noHashes = "Leave password_hash empty: each person chooses an own password. Hashes are imported by the command line."

// check refuses the rows that are not valid, whichever users exist already.
func check(actor portico.Actor, c portico.CustomerID, rows []Row) {
	for i := range rows {
		row := &rows[i]
		row.User.CustomerID = c
		if row.Action == RowRefused {
			continue
		}
		if err := users.CheckProfile(actor, row.User); err != nil {
			row.refuseBecause(err)
		} else if row.hash != "" && actor.Kind != portico.ActorCommandLine {
			// An administrator who could set somebody's password would have the
			// passwords of two people.
			row.refuse(noHashes)
		}
	}
}

func (row *Row) refuse(reason string) { row.Action, row.Reason = RowRefused, reason }

// refuseBecause refuses a row with the sentences of a portico.Error, or with a
// general one for another error.
func (row *Row) refuseBecause(err error) {
	e := portico.ErrorOf(err)
	if e == nil {
		row.refuse("This row cannot be taken.")
		return
	}
	texts := []string{}
	for _, text := range e.Fields {
		texts = append(texts, text)
	}
	slices.Sort(texts)
	if len(texts) == 0 {
		texts = append(texts, e.Text)
	}
	row.refuse(strings.Join(texts, " "))
}
