package cli

import (
	"cmp"
	"fmt"
	"io"
	"reflect"
	"strings"
	"sync"
	"unicode/utf8"

	"portico"
)

// say prints a formatted text. All commands print with say or table, because
// the arguments may come from a file, the database or another program: say
// escapes them, so that they stay on their line and are plain text.
func say(out io.Writer, format string, args ...any) {
	for i, arg := range args {
		args[i] = harmless(arg)
	}
	_, _ = fmt.Fprintf(out, format, args...) // terminal keeps the error
}

// done prints what has succeeded, unless --quiet was given. What was asked for is
// printed by say.
func (e *environment) done(format string, args ...any) {
	if !e.quiet {
		say(e.stdout, format, args...)
	}
}

// doneBeside is done for a command whose standard output is a file.
func (e *environment) doneBeside(format string, args ...any) {
	if !e.quiet {
		say(e.stderr, format, args...)
	}
}

// tell prints a sentence with one value, or logs it as a record where the log is
// JSON: then there is nothing on standard output, and all that a program says
// is for other programs.
func (e *environment) tell(format, message, name, value string) {
	if e.json {
		e.log().Info(message, name, value)
		return
	}
	say(e.stdout, format, value)
}

// harmless returns what is printed for a value. The lines of an error after the
// first are indented, so that none of them passes for a line of the portal's
// own.
func harmless(arg any) any {
	switch v := arg.(type) {
	case error:
		lines := strings.Split(v.Error(), "\n")
		for i, line := range lines {
			lines[i] = oneLine(strings.TrimLeft(line, "\t"))
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

// oneLine escapes everything in a text that could move a terminal's cursor,
// change its colours, hide text or change its direction.
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

// hidden reports whether r is an invisible character that portico.Printable
// accepts.
func hidden(r rune) bool {
	return r >= 0xe0000 && r <= 0xe007f || r == 0x061c || r == 0x200e || r == 0x200f
}

// visible returns one character, escaped if it is not printable.
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

// terminal wraps an output. It escapes everything that is written, whatever its
// source, so that only line feeds and tabs move the cursor.
// It writes in place of the line of progress.
type terminal struct {
	to   io.Writer
	line *progress // may be nil

	mu  sync.Mutex
	err error // the first failed write, with which the command ends
}

func (t *terminal) Write(p []byte) (int, error) {
	lines := strings.Split(string(p), "\n")
	for i, line := range lines {
		cells := strings.Split(line, "\t")
		for j, cell := range cells {
			cells[j] = oneLine(cell)
		}
		lines[i] = strings.Join(cells, "\t")
	}
	var err error
	t.line.instead(func() { _, err = io.WriteString(t.to, strings.Join(lines, "\n")) })
	if err != nil {
		err = fmt.Errorf("printing: %w", err)
		t.mu.Lock()
		defer t.mu.Unlock()
		t.err = cmp.Or(t.err, err)
		return 0, err
	}
	return len(p), nil
}

// failed is the first error of a write, or nil.
func (t *terminal) failed() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}
