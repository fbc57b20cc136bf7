package imports

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"portico"
	"portico/internal/spreadsheet"
)

// Columns of a file. chunkColumns are the further columns of a stored chunk:
// the line of the row, and why it was refused when it was uploaded, in English and
// as a message. idColumn is
// one of the portal's own files, and says whom a row without a login ID is about.
// readOnlyColumns are those that only the portal's own files have; an import
// ignores them, so that these files can be imported as they are.
var (
	personColumns   = portico.SentColumns[:6]
	optionalColumns = []string{"login_id", "labels", "password_hash", idColumn, languageColumn}
	chunkColumns    = []string{"line", "refused", toldColumn}
	readOnlyColumns = []string{"status", "two_factor", "last_log_in", "authenticators", "created", "exempt_until", "exempt_reason", "line", "reason"}
)

const (
	idColumn       = "id"
	languageColumn = "language"
	toldColumn     = "reason" // a name that the version before ignores
	statusColumn   = "status" // read only to create nobody who is suspended in the file
)

// otherNames are the names that other programs give to the columns, by their
// spelling.
var otherNames = map[string]string{
	"login": "login_id", "loginname": "login_id", "username": "login_id", "userid": "login_id",
	"givenname": "first_name", "forename": "first_name", "surname": "last_name", "familyname": "last_name",
	"mail": "email", "emailaddress": "email", "mailaddress": "email", "label": "labels",
}

// RefusedColumns returns the names of the columns of a file of refused rows: those
// that the import's file had, the line, the reason, and the status of those who are
// suspended.
func RefusedColumns(rows []portico.RefusedRow) []string {
	names := personColumns
	if len(rows) > 0 && len(rows[0].Sent) > 0 {
		names = slices.DeleteFunc(slices.Clone(portico.SentColumns), func(name string) bool {
			_, has := rows[0].Sent[name]
			return !has
		})
	}
	return slices.Concat(names, []string{"line", "reason", statusColumn})
}

// spelling returns a name without case, spaces and punctuation, by which other
// spellings are the same: "E-mail" and "email", "Help desk" and "helpdesk".
func spelling(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// ownNames returns the names of columns that a file may have, by their
// spelling.
func ownNames(optional []string) map[string]string {
	own := map[string]string{}
	for _, name := range slices.Concat(personColumns, optional, readOnlyColumns) {
		own[spelling(name)] = name
	}
	return own
}

// columnNamed returns the column that a name means, or "".
func columnNamed(name string, own map[string]string) string {
	return cmp.Or(own[spelling(name)], otherNames[spelling(name)])
}

// isTitle reports whether a row names no column but is a title above the names:
// a single cell with other text.
func isTitle(row []string, own map[string]string) bool {
	text := ""
	for _, cell := range row {
		if cell = spreadsheet.Trim(cell); cell != "" && text != "" {
			return false
		} else if cell != "" {
			text = cell
		}
	}
	return columnNamed(text, own) == ""
}

// nameColumns finds the columns of a file. It returns an Invalid error that
// tells everything that is wrong with the names.
func (ir *reader) nameColumns(names, optional []string) error {
	known, own := slices.Concat(personColumns, optional), ownNames(optional)
	ir.column = map[string]int{}
	var unknown, twice, missing portico.List
	for i, name := range names {
		name = spreadsheet.Trim(spreadsheet.Text(spreadsheet.Trim(name)))
		if name == "" {
			ir.unnamed = append(ir.unnamed, i)
			continue
		}
		is := columnNamed(name, own)
		_, has := ir.column[is]
		switch {
		case is == "":
			unknown = append(unknown, shown(name))
		case !slices.Contains(known, is):
			ir.ignored = append(ir.ignored, is)
			if is == statusColumn {
				ir.column[is] = i
			}
		case has:
			twice = append(twice, quoted(is))
		default:
			ir.column[is] = i
		}
	}
	if _, status := ir.column[statusColumn]; len(ir.column) == 0 || status && len(ir.column) == 1 {
		return portico.FieldError("file", "The first line must name the columns: login_id, first_name, last_name, email, role and labels.")
	}
	for _, name := range personColumns {
		if _, has := ir.column[name]; !has && !slices.Contains(optional, name) {
			missing = append(missing, quoted(name))
		}
	}
	return columnProblems(
		aboutColumns(unknown, "The column {0} is not known.|The columns {0} are not known."),
		aboutColumns(twice, "The column {0} appears twice.|The columns {0} appear twice."),
		aboutColumns(missing, "The column {0} is missing.|The columns {0} are missing."))
}

// columnProblems returns the error that tells all of the problems, or nil if there
// is none.
func columnProblems(problems ...[]any) error {
	all := slices.Concat(problems...)
	text := [...]portico.Text{
		1: "{0} Name the columns login_id, first_name, last_name, email, role and labels.",
		2: "{0} {1} Name the columns login_id, first_name, last_name, email, role and labels.",
		3: "{0} {1} {2} Name the columns login_id, first_name, last_name, email, role and labels.",
	}[len(all)]
	if len(all) == 0 {
		return nil
	}
	return portico.FieldError("file", text, all...)
}

// shown returns the name of an unknown column as a message shows it.
func shown(name string) any {
	const most = 40
	if runes := []rune(name); len(runes) > most {
		name = string(runes[:most]) + "…"
	}
	if !portico.Printable(name) {
		return portico.Say("#column that cannot be read")
	}
	return quoted(name)
}

// quoted returns a name in the quotes of the reader's language.
func quoted(name string) portico.Message { return portico.Say(`#column "{0}"`, name) }

// aboutColumns returns the sentence about columns, of which it names five at most,
// or nothing about none.
func aboutColumns(names portico.List, text portico.Text) []any {
	const most = 5
	n := len(names)
	if n == 0 {
		return nil
	}
	if n > most {
		names = append(slices.Clone(names[:most]), portico.SayCount(n-most, "#columns 1 more|{n} more"))
	}
	return []any{portico.SayCount(n, text, names)}
}
