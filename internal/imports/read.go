package imports

import (
	"errors"
	"hash/maphash"
	"io"
	"slices"
	"strconv"
	"strings"

	"portico"
	"portico/internal/auth"
	"portico/internal/locale"
	"portico/internal/password"
	"portico/internal/spreadsheet"
)

// Limits of one import.
const (
	MaxBytes = 256 << 20
	MaxRows  = 2_000_000

	maxTitles = 5 // rows above the names of the columns
)

// ReferenceFile is the file that people can download to see what an import
// looks like.
const ReferenceFile = "login_id,first_name,last_name,email,role,labels\r\n" +
	"ann.lee,Ann,Lee,ann.lee@example.com,user,Sales;Berlin\r\n" +
	"ben.ode,Ben,Ode,ben.ode@example.com,helpdesk,\r\n"

// reader reads a file row by row, with the names of the columns in its first
// row.
type reader struct {
	file    *spreadsheet.Reader
	column  map[string]int
	ignored []string // names of columns that an import ignores
	unnamed []int    // columns without a name
	width   int
	rows    int
	keeps   bool // rows keep what was sent
	seed    maphash.Seed
	lines   map[uint64]uint32 // line of each login ID so far, or email address of a row without one, by its hash; nil for a stored chunk
}

// newFileReader begins to read an uploaded file. It returns an Invalid error if
// the file does not have the format of ReferenceFile. guesses is that of
// spreadsheet.NewReader.
func newFileReader(r io.Reader, guesses bool) (*reader, error) {
	ir, err := newReader(r, optionalColumns, guesses)
	if err == nil {
		ir.seed, ir.lines = maphash.MakeSeed(), map[uint64]uint32{}
	}
	return ir, err
}

func newReader(r io.Reader, optional []string, guesses bool) (*reader, error) {
	file, err := spreadsheet.NewReader(r, guesses)
	if err != nil {
		return nil, err
	}
	ir := &reader{file: file}
	names, err := file.Read()
	for titles := 0; err == nil && titles < maxTitles && isTitle(names, ownNames(optional)); titles++ {
		names, err = file.Read()
	}
	if errors.Is(err, io.EOF) {
		return nil, portico.FieldError("file", "The file is empty: it needs a first line that names the columns, and users below it.")
	}
	if err != nil {
		return nil, err
	}
	ir.width = len(names)
	return ir, ir.nameColumns(names, optional)
}

// next reads the next row. It returns io.EOF at the end. A row that is not
// valid is returned as refused.
func (ir *reader) next() (Row, error) {
	record, err := ir.file.Read()
	for err == nil && ir.empty(record) {
		record, err = ir.file.Read()
	}
	switch {
	case errors.Is(err, io.EOF) && ir.rows == 0:
		return Row{}, portico.FieldError("file", "The file has a line with column names, but no users below it.")
	case err != nil:
		return Row{}, err
	case ir.rows == MaxRows:
		return Row{}, portico.FieldError("file", "The file has more than {0} users: split it into several files.", MaxRows)
	}
	ir.rows++
	row := ir.row(record)
	if ir.lines != nil {
		ir.refuseRepeated(&row)
	}
	return row, nil
}

// empty reports whether a record holds nothing but columns that are ignored.
func (ir *reader) empty(record []string) bool {
	for name, i := range ir.column {
		if name != idColumn && name != statusColumn && i < len(record) && spreadsheet.Trim(record[i]) != "" {
			return false
		}
	}
	return len(ir.surplus(record)) == 0
}

// refuseRepeated refuses a row about a person whom an earlier row is about.
func (ir *reader) refuseRepeated(row *Row) {
	key, reason := row.key, portico.Text("Line {0} already has this login ID.")
	if row.withoutLogin() {
		key, reason = "\x00"+row.emailKey(), repeatedEmail
	}
	if key == "" || key == "\x00" {
		return // no valid login ID, or no email address: the row is refused for that
	}
	ir.refuseSecond(row, key, reason)
	if row.withoutLogin() && row.id != "" {
		ir.refuseSecond(row, "\x01"+string(row.id), "Line {0} is about the same user: id is repeated.")
	}
}

// refuseSecond refuses a row whose key an earlier row has.
func (ir *reader) refuseSecond(row *Row, key string, reason portico.Text) {
	hash := maphash.String(ir.seed, key)
	if first, again := ir.lines[hash]; again {
		row.refuse(reason, int(first))
	} else if row.Action != RowRefused {
		ir.lines[hash] = uint32(row.Line)
	}
}

// row converts a record to a row.
func (ir *reader) row(record []string) Row {
	get := func(name string) string {
		if i, has := ir.column[name]; has && i < len(record) {
			return spreadsheet.Trim(spreadsheet.Text(spreadsheet.Trim(record[i])))
		}
		return ""
	}
	_, labels := ir.column["labels"]
	_, ids := ir.column[idColumn]
	_, speaks := ir.column[languageColumn]
	line := ir.file.Line()
	if was, err := strconv.Atoi(get("line")); err == nil {
		line = was
	}
	row := Row{Line: line, labels: labels, ids: ids, speaks: speaks, id: portico.UserID(get(idColumn)), User: portico.User{
		LoginID: get("login_id"), FirstName: get("first_name"), LastName: get("last_name"), Email: get("email"),
		Role: roleOf(get("role")), Labels: portico.ParseLabels(strings.ReplaceAll(get("labels"), "\n", ";")), Language: languageOf(get(languageColumn)),
	}}
	row.suspended = spelling(get(statusColumn)) == string(portico.Suspended)
	if ir.keeps {
		row.sent = ir.sent(record)
	}
	if reason := get("refused"); reason != "" {
		row.refuseFor(portico.Recall(reason, get(toldColumn)))
	}
	damage := ir.damage(record)
	for _, reason := range slices.Concat(ir.surplus(record), damage) {
		row.refuseFor(reason)
	}
	row.hash = get("password_hash")
	row.checkLogIn(len(damage) > 0)
	return row
}

// checkLogIn refuses a row whose login ID or password hash nobody could log in with.
// A damaged login ID is already refused as such.
func (row *Row) checkLogIn(damaged bool) {
	if row.User.LoginID != "" && !damaged {
		key, err := auth.CanonicalLoginID(row.User.LoginID)
		if err != nil {
			row.refuseBecause(err)
		}
		row.key = key
	}
	if row.hash == "" {
		return
	}
	if err := password.CheckHash(row.hash); err != nil {
		row.refuseBecause(err)
	}
	if row.withoutLogin() {
		row.refuse("Enter a login ID, because this user has a password.")
	}
}

// sent returns the columns of a person as they were sent, in the order of
// personColumns.
func (ir *reader) sent(record []string) []string {
	sent := make([]string, 0, len(personColumns))
	for _, name := range personColumns {
		i, has := ir.column[name]
		switch {
		case !has && name == "labels":
		case !has || i >= len(record):
			sent = append(sent, "")
		default:
			sent = append(sent, record[i])
		}
	}
	return sent
}

// surplus returns why a row is refused that has something where the first row
// has no name of a column.
func (ir *reader) surplus(record []string) (reasons []portico.Message) {
	last := len(record)
	for last > ir.width && spreadsheet.Trim(record[last-1]) == "" {
		last--
	}
	if last > ir.width {
		reasons = append(reasons, portico.Say("This line has {0} columns, the first line has {1}.", last, ir.width))
	}
	for _, i := range ir.unnamed {
		if i < len(record) && spreadsheet.Trim(record[i]) != "" {
			reasons = append(reasons, portico.Say("Column {0} has no name in the first line, but this line has a value in it.", i+1))
		}
	}
	return reasons
}

// damage returns why a row is refused whose cells hold what a spreadsheet
// program wrote in place of a text.
func (ir *reader) damage(record []string) (reasons []portico.Message) {
	for _, name := range personColumns {
		i, has := ir.column[name]
		if !has || i >= len(record) {
			continue
		}
		cells := []string{record[i]}
		if name == "labels" {
			cells = portico.ParseLabels(record[i])
		}
		for _, cell := range cells {
			switch cell = spreadsheet.Trim(cell); {
			case spreadsheet.IsError(cell):
				reasons = append(reasons, portico.Say("{0} holds {1}, an error of the spreadsheet: correct that cell, and save the file again.", name, cell))
			case name == "login_id" && spreadsheet.IsShortened(cell):
				reasons = append(reasons, portico.Say("{0} holds {1}, a long number that the spreadsheet shortened: format that column as text, enter the login ID again, and save the file again.", name, cell))
			}
		}
	}
	return reasons
}

// roleOf returns the role with a name, as it is stored or as pages show it.
func roleOf(name string) portico.Role {
	for _, r := range portico.Roles(portico.ProviderID) {
		if spelling(name) == spelling(r.String()) || spelling(name) == string(r) {
			return r
		}
	}
	return portico.Role(strings.ToLower(name)) // refused later
}

// languageOf returns the language with a tag or a name of its own, and "" for the
// word of pages and commands for none.
func languageOf(name string) string {
	if spelling(name) == "automatic" {
		return ""
	}
	for _, l := range locale.All() {
		if spelling(name) == string(l) || spelling(name) == spelling(l.Name()) {
			return string(l)
		}
	}
	return name // refused later
}

// chunks splits a file into parts of size rows, or fewer if the rows are long,
// and calls f with each. f may keep the slice.
func (ir *reader) chunks(size int, f func([]Row) error) error {
	const most = 1 << 20 // bytes
	rows, bytes := make([]Row, 0, size), 0
	for {
		row, err := ir.next()
		over := errors.Is(err, io.EOF)
		if err != nil && !over {
			return err
		}
		if !over {
			rows, bytes = append(rows, row), bytes+row.length()
		}
		if len(rows) > 0 && (over || len(rows) == size || bytes >= most) {
			if err := f(rows); err != nil {
				return err
			}
			rows, bytes = make([]Row, 0, size), 0
		}
		if over {
			return nil
		}
	}
}
