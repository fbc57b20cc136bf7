package imports

import (
	"slices"

	"portico"
	"portico/internal/auth"
	"portico/internal/store"
	"portico/internal/users"
)

// plan decides what each checked row does to the users as they are now. It
// does not change checked. A dry run on a page must not reveal which login IDs
// other customers have, so it shows such a row as one that creates a user. A row
// that is refused already is looked at too, so that it says all that is wrong
// with it.
func plan(r *store.Reader, actor portico.Actor, c portico.CustomerID, checked []Row, dry bool) ([]Row, error) {
	hide := dry && actor.Kind != portico.ActorCommandLine
	rows := slices.Clone(checked)
	existing, err := findExisting(r, c, rows)
	if err != nil {
		return nil, err
	}
	held, err := heldBack(r, rows)
	if err != nil {
		return nil, err
	}
	grants := users.CheckEstablished(r, actor)
	if grants != nil && !portico.Forbidden.Is(grants) {
		return nil, grants
	}
	created := creations{}
	mixed := slices.ContainsFunc(rows, func(row Row) bool { return row.withoutLogin() })
	for i := range rows {
		row := &rows[i]
		previous, is := existing.of(row)
		earlier, isHeld := held[row.key]
		if is && previous.CustomerID == c {
			planChange(actor, c, row, previous)
		} else {
			if isHeld && earlier.CustomerID == c {
				row.refuseBecause(users.ErrHeld(earlier))
				isHeld = false
			}
			planCreate(row, (is || isHeld) && !hide)
			if mixed {
				created.add(row)
			}
		}
		if grants != nil && row.grants() {
			row.refuseBecause(grants)
		}
	}
	return rows, nil
}

// heldBack finds the login IDs of rows that are held back.
func heldBack(r *store.Reader, rows []Row) (map[string]store.HeldLoginID, error) {
	keys := make([]string, 0, len(rows))
	for i := range rows {
		if rows[i].key != "" {
			keys = append(keys, rows[i].key)
		}
	}
	return r.HeldLoginIDs(keys)
}

// grants reports whether a row gives somebody a role above user.
func (row *Row) grants() bool {
	return row.User.Role.Valid() && row.User.Role != portico.RoleUser && (row.previous == nil || row.User.Role != row.previous.Role)
}

// planCreate decides what a row does that is about no user of the customer.
// taken reports that another customer's user has its login ID, or had it until
// lately.
func planCreate(row *Row, taken bool) {
	if row.Action != RowRefused {
		row.Action = RowCreate
	}
	if row.suspended {
		row.refuse(suspendedRow)
	}
	if row.key == "" {
		return // chosen at the activation
	}
	if err := auth.CheckScripts(row.key); err != nil {
		row.refuseBecause(err)
	} else if taken {
		row.refuseBecause(auth.ErrLoginIDTaken)
		row.taken = true
	}
}

// planChange decides what a row does to the user whom it is about.
func planChange(actor portico.Actor, c portico.CustomerID, row *Row, previous portico.User) {
	to := previous
	to.FirstName, to.LastName, to.Role = row.User.FirstName, row.User.LastName, row.User.Role
	if row.key != "" || row.id == previous.ID { // otherwise the user was found by the address
		to.Email = row.User.Email
	}
	if row.labels {
		to.Labels = row.User.Labels
	}
	if row.speaks {
		to.Language = row.User.Language
	}
	row.User, row.previous = to, &previous
	changes := users.ChangedFields(previous, to)
	if to.Role != previous.Role {
		changes = append(changes, portico.Say("#changed role"))
	}
	switch {
	case len(changes) == 0 && row.Action != RowRefused:
		row.Action = RowUnchanged
		return
	case len(changes) == 0:
		return
	case row.Action != RowRefused:
		row.Action, row.Reason = RowUpdate, portico.Join("{0}, {1}", changes...)
	}
	if err := users.CheckPermission(actor, portico.ManagePeople, previous); err != nil {
		row.refuseBecause(err)
	} else if to.Role != previous.Role && previous.Role == portico.TopRole(c) {
		row.refuse("An import leaves the role of an administrator as it is: edit that user instead.")
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
	return auth.RecordTaken(tx, actor, c, n, portico.SayCount(len(rows), "line {1} of {3}|{0} of lines {1} to {2} of {3}", n, rows[0].Line, rows[len(rows)-1].Line, file))
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
			refused = append(refused, row.refused())
		}
	}
	return n, refused
}

// refused returns what is kept of a refused row. A row that is too long to be
// kept is not cut: somebody who corrects it would lose what is missing.
func (row *Row) refused() portico.RefusedRow {
	login, size, sent := []rune(row.User.LoginID), 0, row.sentByName()
	kept := portico.RefusedRow{Line: row.Line, LoginID: string(login[:min(len(login), 254)]), Email: row.User.Email, Reason: row.Reason, Sent: sent}
	if row.suspended {
		kept.Status = portico.Suspended
	}
	for _, cell := range sent {
		size += len(cell)
	}
	if size > maxSent {
		for name := range sent {
			sent[name] = ""
		}
		sent["login_id"] = kept.LoginID
		kept.Reason = portico.Join("{0} {1}", kept.Reason, portico.Say("This row is too long to be shown here. Take it from your own file."))
	}
	return kept
}

// sentByName returns the row as it was sent, with the columns that its file has.
func (row *Row) sentByName() portico.SentRow {
	sent := portico.SentRow{}
	for i, cell := range row.sent {
		sent[personColumns[i]] = cell
	}
	if row.ids {
		sent[idColumn] = string(row.id)
	}
	if row.speaks {
		sent[languageColumn] = row.User.Language
	}
	return sent
}
