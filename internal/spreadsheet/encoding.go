package spreadsheet

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"portico"
)

// Encoding is how a file encodes characters. "" is UTF-8.
type Encoding string

const (
	UTF16       Encoding = "UTF-16"       // with a byte order mark
	Windows1252 Encoding = "Windows-1252" // any file that is not UTF-8 and says nothing else
)

// NotUTF8 is the error about the first row of a file that is not in UTF-8, if
// its encoding may not be guessed.
type NotUTF8 struct {
	Line int
	Row  string // the row, read as Windows-1252
}

func (e *NotUTF8) Error() string { return fmt.Sprintf("line %d of the file is not in UTF-8", e.Line) }

// BOM begins a file in UTF-8. Without it, Excel reads the file as Windows-1252.
const BOM = "\xef\xbb\xbf"

var errNoText = portico.FieldError("file", "This is not a CSV file. In Excel, choose File, Save As, and the type CSV UTF-8 (Comma delimited); "+
	"in LibreOffice, File, Save As, Text CSV; in Numbers, File, Export To, CSV. Then import that file.")

// otherFormats are what files begin with that people take for CSV files:
// workbooks (which are ZIP or OLE files), packed files, PDF, RTF, HTML and JSON.
var otherFormats = []string{"PK\x03\x04", "\xd0\xcf\x11\xe0", "\x1f\x8b", "%PDF", "{", "<"}

func isText(head []byte) bool {
	begin := bytes.TrimLeft(head, " \n")
	for _, magic := range otherFormats {
		if bytes.HasPrefix(begin, []byte(magic)) {
			return false
		}
	}
	return !bytes.ContainsRune(head, 0)
}

// decoded returns a file without its byte order mark, and in UTF-8 if that was
// one of UTF-16.
func (r *Reader) decoded(from io.Reader) io.Reader {
	b := bufio.NewReader(from)
	mark, _ := b.Peek(2) // Read returns the same error again
	order := unicode.LittleEndian
	switch string(mark) {
	case "\xfe\xff":
		order = unicode.BigEndian
		fallthrough
	case "\xff\xfe":
		r.encoding, r.declared = UTF16, true
		return unicode.UTF16(order, unicode.ExpectBOM).NewDecoder().Reader(b)
	}
	for { // some programs write two
		if mark, _ := b.Peek(len(BOM)); string(mark) != BOM {
			return b
		}
		r.declared = true
		_, _ = b.Discard(len(BOM)) // these bytes were peeked at
	}
}

// decode turns a row into UTF-8. A file of which nothing says otherwise is
// UTF-8 or Windows-1252: its first row with more than ASCII decides. It returns
// an Invalid error if a later row is not of that encoding, because names would
// be garbled, and *NotUTF8 if the encoding may not be guessed.
func (r *Reader) decode(record []string) error {
	ascii, valid := true, true
	for _, field := range record {
		if strings.IndexByte(field, 0) >= 0 {
			return errNoText
		}
		ascii = ascii && isASCII(field)
		valid = valid && utf8.ValidString(field)
	}
	switch {
	case ascii:
		return nil
	case valid && r.encoding != Windows1252:
		r.accents = true
		return nil
	case valid || r.declared || r.accents:
		return portico.FieldError("file",
			"Line {0} of the file has a different encoding from the lines before it. Save the file as CSV UTF-8, and import that.", r.Line())
	}
	if err := r.fromWindows1252(record); err != nil {
		return err
	}
	if r.encoding = Windows1252; !r.guesses {
		return &NotUTF8{r.Line(), strings.Join(record, string(r.csv.Comma))}
	}
	return nil
}

// fromWindows1252 decodes a row. It returns an Invalid error if the row has
// bytes that Windows-1252 does not define, as rows in other encodings have.
func (r *Reader) fromWindows1252(record []string) error {
	for i, field := range record {
		text, err := charmap.Windows1252.NewDecoder().String(field)
		if err != nil {
			return fmt.Errorf("decoding the file: %w", err)
		}
		if strings.ContainsRune(text, utf8.RuneError) {
			return portico.FieldError("file", "Line {0} of the file is neither UTF-8 nor Windows-1252. Save the file as CSV UTF-8, and import that.", r.Line())
		}
		record[i] = text
	}
	return nil
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
