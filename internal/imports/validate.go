package imports

import (
	"slices"
	"strings"

	"portico"
	"portico/internal/locale"
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
	Reason portico.Message // why the row is refused, or what an update changes

	key      string         // canonical login ID; "" if it is not valid, or empty
	sent     []string       // personColumns as they were sent; nil for the command line
	hash     string         // password hash from another system
	labels   bool           // the file has a column for labels
	ids      bool           // the file has an idColumn
	speaks   bool           // the file has a languageColumn
	id       portico.UserID // what stands there; "" for nothing
	previous *portico.User  // the person before an update
	taken    bool           // another customer has the login ID

	suspended bool // the file says so
}

// withoutLogin reports whether the row leaves the login ID to the person, so
// that the email address says whom it is about.
func (row *Row) withoutLogin() bool { return row.User.LoginID == "" }

// emailKey returns the email address without regard to case.
func (row *Row) emailKey() string { return strings.ToLower(row.User.Email) }

const repeatedEmail portico.Text = "Line {0} already has this email address. Enter a login ID in both lines if they are two people."

const noHashes portico.Text = "Leave password_hash empty: users choose their own passwords. Hashes can only be imported on the command line."

const suspendedRow portico.Text = "The file says that this user is suspended, and an import would create an active one. Leave the line out, or empty its status."

// validate refuses the rows that are not valid, whichever users exist already.
func validate(actor portico.Actor, c portico.CustomerID, rows []Row) {
	for i := range rows {
		row := &rows[i]
		row.User.CustomerID = c
		for _, err := range []error{row.User.Validate(), locale.CheckChoice(row.User.Language), users.CheckRole(actor, row.User)} {
			if err != nil {
				row.refuseBecause(err)
			}
		}
		if row.hash != "" && actor.Kind != portico.ActorCommandLine {
			// An administrator who could set somebody's password would have the
			// passwords of two people.
			row.refuse(noHashes)
		}
	}
}

// refuse refuses a row, for one reason more if it was refused already.
func (row *Row) refuse(text portico.Text, values ...any) { row.refuseFor(portico.Say(text, values...)) }

func (row *Row) refuseFor(reason portico.Message) {
	switch {
	case row.Action != RowRefused:
		row.Action, row.Reason = RowRefused, reason
	case !strings.Contains(row.Reason.String(), reason.String()):
		row.Reason = portico.Join("{0} {1}", row.Reason, reason)
	}
}

// refuseBecause refuses a row with the sentences of a portico.Error, or with a
// general one for another error.
func (row *Row) refuseBecause(err error) {
	e := portico.ErrorOf(err)
	if e == nil {
		row.refuse("This row cannot be imported.")
		return
	}
	var reasons []portico.Message
	for field, reason := range e.Fields {
		reasons = append(reasons, row.aboutField(field, reason))
	}
	slices.SortFunc(reasons, func(a, b portico.Message) int { return strings.Compare(a.String(), b.String()) })
	if len(reasons) == 0 {
		reasons = append(reasons, e.Message)
	}
	for _, reason := range reasons {
		row.refuseFor(reason)
	}
}

// aboutField returns what is wrong with a field. A page has a list to choose from,
// of which a file knows nothing: there, the values are named.
func (row *Row) aboutField(field string, wrong portico.Message) portico.Message {
	in := row.User.CustomerID
	switch field {
	case "role":
		return portico.Say("Enter one of these roles: {0}.", listed(portico.TopRole(in).Grantable(in)))
	case languageColumn:
		return portico.Say("Enter one of these languages: {0}.", listed(locale.All()))
	}
	return wrong
}

func listed[T ~string](values []T) (list portico.List) {
	for _, v := range values {
		list = append(list, string(v))
	}
	return list
}
