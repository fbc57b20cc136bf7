package imports

import (
	"fmt"
	"slices"
	"strings"

	"portico"
	"portico/internal/auth"
	"portico/internal/store"
	"portico/internal/users"
)

// plan decides what each checked row does to the users as they are now. It
// does not change checked. A dry run on a page must not reveal which login IDs
// other customers have, so it shows such a row as one that creates a user.
func plan(r *store.Reader, actor portico.Actor, c portico.CustomerID, checked []Row, dry bool) ([]Row, error) {
	hide := dry && actor.Kind != portico.ActorCommandLine
	rows := slices.Clone(checked)
	keys := make([]string, 0, len(rows))
	for i := range rows {
		if rows[i].Action != RowRefused {
			keys = append(keys, rows[i].key)
		}
	}
	existing, err := r.UsersByLogins(keys)
	if err != nil {
		return nil, err
	}
	grants := users.CheckEstablished(r, actor)
	if grants != nil && !portico.Forbidden.Is(grants) {
		return nil, grants
	}
	for i := range rows {
		row := &rows[i]
		if row.Action == RowRefused {
			continue
		}
		previous, is := existing[row.key]
		if is && previous.CustomerID == c {
			planChange(actor, c, row, previous)
		} else {
			planCreate(row, is && !hide)
		}
		if grants != nil && row.grants() {
			row.refuseBecause(grants)
		}
	}
	return rows, nil
}

// grants reports whether a row gives somebody a role above user.
func (row *Row) grants() bool {
	switch row.Action {
	case RowCreate:
		return row.User.Role != portico.RoleUser
	case RowUpdate:
		return row.User.Role != portico.RoleUser && row.User.Role != row.previous.Role
	}
	return false
}

// planCreate decides what a row does whose login ID no user of the customer has.
// taken reports that another customer's user has it.
func planCreate(row *Row, taken bool) {
	row.Action = RowCreate
	if err := auth.CheckScripts(row.key); err != nil {
		row.refuseBecause(err)
	} else if taken {
		row.refuseBecause(auth.ErrLoginIDTaken)
		row.taken = true
	}
}

// planChange decides what a row does to the user who has its login ID.
func planChange(actor portico.Actor, c portico.CustomerID, row *Row, previous portico.User) {
	to := previous
	to.FirstName, to.LastName, to.Email, to.Role = row.User.FirstName, row.User.LastName, row.User.Email, row.User.Role
	if row.labels {
		to.Labels = row.User.Labels
	}
	row.User, row.previous = to, &previous
	row.Reason = users.ChangedFields(previous, to)
	if to.Role != previous.Role {
		row.Reason = strings.TrimPrefix(row.Reason+", role", ", ")
	}
	if row.Reason == "" {
		row.Action = RowUnchanged
		return
	}
	row.Action = RowUpdate
	if err := users.CheckPermission(actor, portico.ManagePeople, previous); err != nil {
		row.refuseBecause(err)
	} else if to.Role != previous.Role && previous.Role == portico.TopRole(c) {
		row.refuse("Change the role of an administrator on the person's own page.")
	}
}

// recordTaken records how many rows will be refused because other customers have
// their login IDs, before the actor sees that. It returns a TooMany error if
// the customer has learned too many such login IDs within a day; the actor must
// then see none of these.
func recordTaken(tx *store.Tx, actor portico.Actor, c portico.CustomerID, rows []Row, file string) error {
	n := 0
	for i := range rows {
		if rows[i].taken {
			n++
		}
	}
	if n == 0 || actor.Kind == portico.ActorCommandLine {
		return nil
	}
	return auth.RecordTaken(tx, actor, c, n, fmt.Sprintf("%d of lines %d to %d of %s", n, rows[0].Line, rows[len(rows)-1].Line, file))
}

// countRows counts the rows by what they do, and returns the refused ones.
func countRows(rows []Row) (n portico.ImportCounts, refused []portico.RefusedRow) {
	for i := range rows {
		row := &rows[i]
		switch row.Action {
		case RowCreate:
			n.Created++
		case RowUpdate:
			n.Updated++
		case RowUnchanged:
			n.Unchanged++
		case RowRefused:
			n.Refused++
			id := []rune(row.User.LoginID)
			refused = append(refused, portico.RefusedRow{Line: row.Line, LoginID: string(id[:min(len(id), 100)]), Reason: row.Reason})
		}
	}
	return n, refused
}
