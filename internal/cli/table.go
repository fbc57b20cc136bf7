package cli

import (
	"io"
	"strings"
	"text/tabwriter"
)

// table prints aligned columns.
type table struct{ w *tabwriter.Writer }

func newTable(out io.Writer, head ...string) table {
	t := table{tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)}
	t.row(head...)
	return t
}

func (t table) row(cells ...string) {
	safe := make([]string, len(cells))
	for i, cell := range cells {
		safe[i] = oneLine(cell)
	}
	_, _ = io.WriteString(t.w, strings.Join(safe, "\t")+"\n") // end returns a failed write
}

func (t table) end() error { return t.w.Flush() }
