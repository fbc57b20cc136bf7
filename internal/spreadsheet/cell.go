package spreadsheet

import (
	"strings"
	"time"
	"unicode"

	"portico"
)

// formulas are the characters that a formula can begin with, including the
// full-width and small forms that East Asian spreadsheets treat the same.
const formulas = "=+-@＝＋－＠﹢﹣﹦﹫"

// passedOver reports whether some spreadsheet drops r before it checks whether
// a cell is a formula.
func passedOver(r rune) bool {
	return r == '"' || r == '\'' || unicode.IsSpace(r) || !portico.Printable(string(r)) || unicode.Is(unicode.Cf, r)
}

// calculated reports whether some spreadsheet reads s as a formula.
func calculated(s string) bool {
	begin := strings.TrimLeftFunc(s, passedOver)
	control := strings.IndexFunc(s, unicode.IsControl)
	return control >= 0 && control < len(s)-len(begin) || strings.IndexAny(begin, formulas) == 0
}

// Cell escapes s so that a spreadsheet does not read it as a formula. It
// escapes each part after a semicolon too, because some spreadsheets treat
// semicolons as separators of cells.
func Cell(s string) string {
	parts := strings.Split(s, ";")
	for i, p := range parts {
		if calculated(p) {
			parts[i] = "'" + p
		}
	}
	return strings.Join(parts, ";")
}

// Time returns a time for other programs, in UTC (RFC 3339), or "" for the zero
// time.
func Time(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// Text returns the text of which Cell made a cell. It leaves other apostrophes
// alone.
func Text(cell string) string {
	if !strings.Contains(cell, "'") {
		return cell
	}
	parts := strings.Split(cell, ";")
	for i, p := range parts {
		if p, guarded := strings.CutPrefix(p, "'"); guarded && calculated(p) {
			parts[i] = p
		}
	}
	return strings.Join(parts, ";")
}
