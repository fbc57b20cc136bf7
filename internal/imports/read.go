package imports

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"portico"
	"portico/internal/auth"

	"portico/internal/password"
)

// Limits of one import.
const (
	MaxBytes  = 256 << 20
	MaxRows   = 2_000_000
	maxRecord = 1 << 20 // bytes of a row; a longer one has an unclosed quotation mark
)

// ReferenceFile is the file that people can download to see what an import
// looks like.
const ReferenceFile = "login_id,first_name,last_name,email,role,labels\r\n" +
	"ann.lee,Ann,Lee,ann.lee@example.com,user,Sales;Berlin\r\n" +
	"ben.ode,Ben,Ode,ben.ode@example.com,helpdesk,\r\n"

// Columns: needed must be in a file, and optional may be. kept are the further
// columns of a stored chunk: the line of the row, and why it was refused when
// it was uploaded.
var (
	requiredColumns = []string{"login_id", "first_name", "last_name", "email", "role"}
	optionalColumns = []string{"labels", "password_hash"}
	chunkColumns    = []string{"line", "refused"}
)

// reader reads a file row by row. The file is UTF-8 with or without a
// byte order mark, separated by commas or semicolons, with the names of the
// columns in the first line.
type reader struct {
	csv    *csv.Reader
	source *recordLimit
	column map[string]int
	width  int
	rows   int
	seed   maphash.Seed
	lines  map[uint64]uint32 // line of each login ID so far, by its hash; nil for a stored chunk
}

// newFileReader begins to read an uploaded file. It returns an Invalid error if
// the file does not have the format of ReferenceFile.
func newFileReader(r io.Reader) (*reader, error) {
	ir, err := newReader(r, optionalColumns)
	if err == nil {
		ir.seed, ir.lines = maphash.MakeSeed(), map[uint64]uint32{}
	}
	return ir, err
}

func newReader(r io.Reader, optional []string) (*reader, error) {
	source := &recordLimit{from: r, left: maxRecord}
	br := bufio.NewReaderSize(source, 64<<10)
	if bom, _ := br.Peek(3); string(bom) == "\xef\xbb\xbf" {
		_, _ = br.Discard(3) // these bytes were peeked at
	}
	ir := &reader{csv: csv.NewReader(br), source: source}
	start, _ := br.Peek(4 << 10) // Read returns the same error again
	head, _, _ := bytes.Cut(start, []byte("\n"))
	if bytes.Count(head, []byte(";")) > bytes.Count(head, []byte(",")) {
		ir.csv.Comma = ';'
	}
	ir.csv.FieldsPerRecord, ir.csv.ReuseRecord = -1, true
	names, err := ir.record()
	if errors.Is(err, io.EOF) {
		return nil, portico.FieldError("file", "Choose a CSV file with at least one person in it.")
	}
	if err != nil {
		return nil, err
	}
	ir.width = len(names)
	ir.column, err = columns(names, optional)
	return ir, err
}

// next reads the next row. It returns io.EOF at the end. A row that is not
// valid is returned as refused.
func (ir *reader) next() (Row, error) {
	record, err := ir.record()
	switch {
	case errors.Is(err, io.EOF) && ir.rows == 0:
		return Row{}, portico.FieldError("file", "The file has a first line with names of columns, but nobody below it.")
	case err != nil:
		return Row{}, err
	case ir.rows == MaxRows:
		return Row{}, portico.FieldError("file", fmt.Sprintf("Send at most %d people in one file.", MaxRows))
	}
	ir.rows++
	row := ir.row(record)
	if ir.lines != nil && row.Action != RowRefused {
		hash := maphash.String(ir.seed, row.key)
		if first, again := ir.lines[hash]; again {
			row.refuse(fmt.Sprintf("Line %d has this login ID already.", first))
		} else {
			ir.lines[hash] = uint32(row.Line)
		}
	}
	return row, nil
}

// record reads one record and checks that it is valid UTF-8. It returns an
// error if the record is much longer than maxRecord bytes.
func (ir *reader) record() ([]string, error) {
	ir.source.left = maxRecord
	record, err := ir.csv.Read()
	if err != nil {
		return nil, unreadable(err)
	}
	for _, field := range record {
		if !utf8.ValidString(field) {
			return nil, portico.FieldError("file", "Save the file as CSV in UTF-8, and send it again.")
		}
	}
	return record, nil
}

var errLongRecord = errors.New("a record is too long")

// recordLimit returns errLongRecord once left bytes or more have been read.
type recordLimit struct {
	from io.Reader
	left int
}

func (l *recordLimit) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errLongRecord
	}
	n, err := l.from.Read(p)
	l.left -= n
	return n, err
}

func unreadable(err error) error {
	var e *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return io.EOF
	case errors.As(err, &e):
		return portico.FieldError("file", fmt.Sprintf("Line %d of the file cannot be read: its quotation marks do not match.", e.Line))
	case errors.Is(err, errLongRecord):
		return portico.FieldError("file", "A line of the file is too long: look for a quotation mark that is never closed.")
	}
	return fmt.Errorf("reading the file: %w", err)
}

// columns returns the index of each column.
func columns(names, optional []string) (map[string]int, error) {
	column := map[string]int{}
	for i, name := range names {
		name = strings.ToLower(strings.TrimSpace(name))
		if !slices.Contains(requiredColumns, name) && !slices.Contains(optional, name) {
			return nil, portico.FieldError("file", fmt.Sprintf("The column %q is not known. Name the columns as in the reference file.", name))
		}
		if _, twice := column[name]; twice {
			return nil, portico.FieldError("file", fmt.Sprintf("The column %q stands there twice.", name))
		}
		column[name] = i
	}
	for _, name := range requiredColumns {
		if _, has := column[name]; !has {
			return nil, portico.FieldError("file", fmt.Sprintf("The column %q is missing. Name the columns as in the reference file.", name))
		}
	}
	return column, nil
}

// row converts a record to a row.
func (ir *reader) row(record []string) Row {
	get := func(name string) string {
		if i, has := ir.column[name]; has && i < len(record) {
			return strings.TrimSpace(record[i])
		}
		return ""
	}
	_, labels := ir.column["labels"]
	line, _ := ir.csv.FieldPos(0)
	if was, err := strconv.Atoi(get("line")); err == nil {
		line = was
	}
	row := Row{Line: line, labels: labels, User: portico.User{
		LoginID: get("login_id"), FirstName: get("first_name"), LastName: get("last_name"), Email: get("email"),
		Role: portico.Role(strings.ToLower(get("role"))), Labels: portico.ParseLabels(get("labels")),
	}}
	key, err := auth.CanonicalLoginID(row.User.LoginID)
	row.key, row.hash = key, get("password_hash")
	switch reason := get("refused"); {
	case reason != "":
		row.refuse(reason)
	case len(record) != ir.width:
		row.refuse(fmt.Sprintf("This line has %d columns, the first line has %d.", len(record), ir.width))
	case err != nil:
		row.refuseBecause(err)
	case row.hash != "":
		if err := password.CheckHash(row.hash); err != nil {
			row.refuseBecause(err)
		}
	}
	return row
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
