package cli

import (
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode/utf8"

	"portico"
)

// say is the one way in which commands print: what is put into the format may
// come from a file, the database or another program, and stands on its line as
// text, whatever it holds.
func say(out io.Writer, format string, args ...any) {
	for i, arg := range args {
		args[i] = harmless(arg)
	}
	_, _ = fmt.Fprintf(out, format, args...) // who reads has gone
}

// harmless is what can be printed of a value. Of an error that has several lines
// the later ones are set in, so that none of them passes for a line of ours.
func harmless(arg any) any {
	switch v := arg.(type) {
	case error:
		lines := strings.Split(v.Error(), "\n")
		for i, line := range lines {
			lines[i] = oneLine(line)
		}
		return strings.Join(lines, "\n    ")
	case fmt.Stringer:
		return oneLine(v.String())
	}
	if v := reflect.ValueOf(arg); v.Kind() == reflect.String {
		return oneLine(v.String())
	}
	return arg
}

// oneLine is a text in which everything that could move a terminal's cursor,
// change its colours, hide text or turn its direction is written out.
func oneLine(s string) string {
	if portico.Printable(s) && !strings.ContainsFunc(s, hidden) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		size := utf8.RuneLen(r)
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)) {
			size = 1
		}
		b.WriteString(visible(r, s[i:i+size]))
	}
	return b.String()
}

// hidden says of a character that nobody sees, and portico.Printable lets pass.
func hidden(r rune) bool {
	return r >= 0xe0000 && r <= 0xe007f || r == 0x061c || r == 0x200e || r == 0x200f
}

// visible is one character, written out where it is none to be seen.
func visible(r rune, raw string) string {
	switch {
	case r == utf8.RuneError && len(raw) == 1:
		return fmt.Sprintf(`\x%02x`, raw[0])
	case r < 0x100 && !portico.Printable(raw):
		return fmt.Sprintf(`\x%02x`, r)
	case !portico.Printable(raw) || hidden(r):
		return fmt.Sprintf(`\u%04x`, r)
	}
	return raw
}

// terminal is what a program prints to. Whatever way a text came here, nothing
// but lines and tabs moves the cursor.
type terminal struct{ to io.Writer }

func (t terminal) Write(p []byte) (int, error) {
	lines := strings.Split(string(p), "\n")
	for i, line := range lines {
		cells := strings.Split(line, "\t")
		for j, cell := range cells {
			cells[j] = oneLine(cell)
		}
		lines[i] = strings.Join(cells, "\t")
	}
	if _, err := io.WriteString(t.to, strings.Join(lines, "\n")); err != nil {
		return 0, fmt.Errorf("printing: %w", err)
	}
	return len(p), nil
}
