package spreadsheet

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"portico"
)

// MaxRecord is how many bytes a row may have. A longer one has an unclosed
// quotation mark.
const MaxRecord = 1 << 20

// headSize is how much of a file decides which separator it has.
const headSize = 4 << 10

// separators are the characters that spreadsheet programs put between cells.
// Of two that occur as often, the first one counts.
var separators = []rune{',', ';', '\t', '|'}

// Reader reads a file row by row, and never holds more than a row of it.
type Reader struct {
	csv      *csv.Reader
	limit    *recordLimit
	encoding Encoding
	guesses  bool // a file that is not in UTF-8 is in Windows-1252
	declared bool // the encoding, by a byte order mark
	accents  bool // rows so far had characters beyond ASCII, in UTF-8
}

// NewReader begins to read a file. The file may be separated by commas,
// semicolons, tabs or bars, or by what a first line like "sep=;" says. Its
// lines may end with CR, LF or both, and its encoding may be any Encoding. If
// guesses is not set, Read returns *NotUTF8 for a file in Windows-1252. NewReader
// returns an Invalid error if the file is no text.
func NewReader(from io.Reader, guesses bool) (*Reader, error) {
	r := &Reader{guesses: guesses}
	r.limit = &recordLimit{from: &lines{from: r.decoded(from)}, left: MaxRecord}
	text := bufio.NewReaderSize(r.limit, 64<<10)
	head, _ := text.Peek(headSize) // Read returns the same error again
	if !isText(head) {
		return nil, errNoText
	}
	r.csv = csv.NewReader(text)
	r.csv.FieldsPerRecord, r.csv.ReuseRecord = -1, true
	separator, said := separatorOf(head)
	r.csv.Comma = separator
	if said {
		if _, err := r.csv.Read(); err != nil {
			return nil, unreadable(err)
		}
	}
	return r, nil
}

// Encoding returns the encoding of the rows so far.
func (r *Reader) Encoding() Encoding { return r.encoding }

// Line returns the line of the file in which the last row begins.
func (r *Reader) Line() int {
	line, _ := r.csv.FieldPos(0)
	return line
}

// Read reads the next row that is not empty. The next call overwrites the
// slice. It returns io.EOF at the end, and an Invalid error if the file cannot
// be read.
func (r *Reader) Read() ([]string, error) {
	for {
		r.limit.left = MaxRecord
		record, err := r.csv.Read()
		if r.limit.over {
			return nil, r.tooLong(err)
		}
		if err != nil {
			return nil, unreadable(err)
		}
		if err := r.decode(record); err != nil {
			return nil, err
		}
		for _, field := range record {
			if Trim(field) != "" {
				return record, nil
			}
		}
	}
}

// Trim removes what cannot be seen from both ends of a cell.
func Trim(cell string) string { return strings.TrimFunc(cell, unseen) }

func unseen(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' || r == '\u200b' }

// separatorOf returns the separator of a file that begins with head. said is
// whether the first line does nothing but say it.
func separatorOf(head []byte) (separator rune, said bool) {
	first, _, _ := strings.Cut(string(head), "\n")
	first = strings.Trim(first, `"`)
	if name, sep, is := strings.Cut(first, "="); is && strings.EqualFold(name, "sep") && sep != "" {
		if c := sep[0]; c != '"' && c < 0x80 && strings.Trim(sep, string(c)+`"`) == "" {
			return rune(c), true
		}
	}
	most := 0
	separator = separators[0]
	for line := range bytes.Lines(head) {
		for _, s := range separators {
			if n := countOutside(line, byte(s)); n > most {
				separator, most = s, n
			}
		}
		if most > 0 {
			break
		}
	}
	return separator, false
}

// countOutside counts a character outside quotation marks.
func countOutside(line []byte, c byte) (n int) {
	quoted := false
	for _, b := range line {
		if b == '"' {
			quoted = !quoted
		} else if b == c && !quoted {
			n++
		}
	}
	return n
}

// recordLimit ends the file once left bytes or more have been read.
type recordLimit struct {
	from io.Reader
	left int
	over bool
}

func (l *recordLimit) Read(p []byte) (int, error) {
	if l.left <= 0 {
		l.over = true
		return 0, io.EOF
	}
	n, err := l.from.Read(p)
	l.left -= n
	return n, err
}

// tooLong returns the error for a row that the limit has cut. err is what the
// parser made of it.
func (r *Reader) tooLong(err error) error {
	line := 0
	if e := (*csv.ParseError)(nil); errors.As(err, &e) {
		line = e.StartLine
	} else if err == nil {
		line = r.Line()
	} else { // of empty lines alone
		return portico.FieldError("file", "A row of the file is too long: look for a quotation mark that is never closed.")
	}
	return portico.FieldError("file", "The row that begins in line {0} is too long: look for a quotation mark that is never closed.", line)
}

// lines turns every end of a line, CR, LF or both, into LF.
type lines struct {
	from io.Reader
	cr   bool // the last byte was a CR
}

func (l *lines) Read(p []byte) (int, error) {
	for {
		n, err := l.from.Read(p)
		kept := 0
		for _, b := range p[:n] {
			after := l.cr
			l.cr = b == '\r'
			if after && b == '\n' {
				continue
			}
			if l.cr {
				b = '\n'
			}
			p[kept] = b
			kept++
		}
		if kept > 0 || err != nil || len(p) == 0 {
			return kept, err
		}
	}
}

// unreadable returns the error for a row that cannot be read, or io.EOF.
func unreadable(err error) error {
	var e *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return io.EOF
	case errors.As(err, &e) && e.StartLine < e.Line: // Line is where it was noticed, maybe much further down
		return portico.FieldError("file", "The row that begins in line {0} cannot be read: its quotation marks do not match. Look for one that is never closed.", e.StartLine)
	case errors.As(err, &e):
		return portico.FieldError("file", "Line {0} of the file cannot be read: its quotation marks do not match.", e.Line)
	}
	return fmt.Errorf("reading the file: %w", err)
}
