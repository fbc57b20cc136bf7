package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"

	"portico"
)

// output is the flag of commands whose result other programs may read. The names
// of the fields stay as they are.
type output struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// list begins a list: a table with a head or, with --json, an array.
func (o output) list(out io.Writer, head ...string) *listing {
	if o.JSON {
		return &listing{out: out}
	}
	t := newTable(out, head...)
	return &listing{table: &t}
}

// done prints what has succeeded, beside the list of a command that prints one: on
// standard error, if the list is JSON.
func (o output) done(env *environment, format string, args ...any) {
	if o.JSON {
		env.doneBeside(format, args...)
		return
	}
	env.done(format, args...)
}

// listing prints what a command lists.
type listing struct {
	table *table // nil for JSON
	out   io.Writer
	rows  int
	err   error // the first that printing has returned
}

// row prints one row: item as JSON, or the cells of the table.
func (l *listing) row(item any, cells ...string) {
	if l.table != nil {
		l.table.row(cells...)
		return
	}
	before := ",\n "
	if l.rows == 0 {
		before = "["
	}
	l.rows++
	if l.err == nil {
		l.err = writeJSON(l.out, before, item, "")
	}
}

func (l *listing) end() error {
	switch {
	case l.table != nil:
		return l.table.end()
	case l.err != nil:
		return l.err
	case l.rows == 0:
		_, l.err = io.WriteString(l.out, "[]\n")
	default:
		_, l.err = io.WriteString(l.out, "]\n")
	}
	return l.err
}

// orEmpty returns a list that is [] in JSON, and never null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// printJSON prints one value as JSON.
func printJSON(out io.Writer, v any) error { return writeJSON(out, "", v, "\n") }

func writeJSON(out io.Writer, before string, v any, after string) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("writing JSON: %w", err)
	}
	_, err = io.WriteString(out, before+escapeJSON(string(b))+after)
	return err
}

// escapeJSON escapes in a JSON text what oneLine would escape, in the way of
// JSON: such characters stand in strings alone.
func escapeJSON(text string) string {
	var b strings.Builder
	for _, r := range text {
		if portico.Printable(string(r)) && !hidden(r) {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			b.WriteString(fmt.Sprintf(`\u%04x`, unit)) //nolint:staticcheck // a test looks for Fprint: output is printed by say
		}
	}
	return b.String()
}
