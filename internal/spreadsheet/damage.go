package spreadsheet

import (
	"regexp"
	"slices"
	"strings"
)

// errorValues are what Excel, LibreOffice and Google Sheets write into a file
// where a formula failed, in the languages in which other words stand there.
var errorValues = []string{
	"#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#BUSY!", "#GETTING_DATA", "#ERROR!",
	"#NV", "#BEZUG!", "#WERT!", "#ZAHL!", "#ÜBERLAUF!", // German
	"#NOM?", "#VALEUR!", "#NOMBRE!", "#NUL!", // French
	"#N/D", "#RIF!", "#NOME?", "#VALORE!", // Italian, and Portuguese
	"#¡REF!", "#¿NOMBRE?", "#¡VALOR!", "#VALOR!", "#¡NUM!", "#NÚM!", "#¡DIV/0!", "#¡NULO!", "#NULO!", //nolint:misspell // Spanish, and Portuguese
	"#VERW!", "#NAAM?", "#WAARDE!", "#DEEL/0!", "#GETAL!", "#NB", // Dutch
	"#ADR!", "#ARG!", "#NAZWA?", "#LICZBA!", "#DZIEL/0!", // Polish
	"#ССЫЛКА!", "#ИМЯ?", "#ЗНАЧ!", "#ДЕЛ/0!", "#ЧИСЛО!", "#Н/Д", // Russian
}

var (
	numberedError = regexp.MustCompile(`^Err:[0-9]{3}$`)              // LibreOffice
	tooNarrow     = regexp.MustCompile(`^#{3,}$`)                     // a number or date in a narrow column
	shortened     = regexp.MustCompile(`^[0-9]([.,][0-9]+)?E\+\d\d$`) // a number of more than eleven digits
)

// IsError reports whether a cell holds what a spreadsheet program writes when it
// has no value to show.
func IsError(cell string) bool {
	return strings.HasPrefix(cell, "#") && (slices.Contains(errorValues, strings.ToUpper(cell)) || tooNarrow.MatchString(cell)) || numberedError.MatchString(cell)
}

// IsShortened reports whether a cell holds a number of which a spreadsheet
// program has dropped digits, such as 1.23E+15.
func IsShortened(cell string) bool { return shortened.MatchString(cell) }
