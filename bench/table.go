package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// row is one line of the table.
type row struct {
	what    string
	figure  float64
	unit    string
	limit   float64
	atLeast bool // the limit is a minimum
	free    bool // there is no limit
	detail  string
}

func (b *bench) add(what string, args ...any) *row {
	r := &row{what: fmt.Sprintf(what, args...)}
	b.rows = append(b.rows, r)
	return r
}

// most sets the figure and its maximum.
func (r *row) most(figure float64, unit string, limit float64) *row {
	r.figure, r.unit, r.limit = figure, unit, limit
	return r
}

// least sets the figure and its minimum.
func (r *row) least(figure float64, unit string, limit float64) *row {
	r.most(figure, unit, limit).atLeast = true
	return r
}

// is sets a figure without a limit.
func (r *row) is(figure float64, unit string) *row {
	r.most(figure, unit, 0).free = true
	return r
}

func (r *row) with(detail string, args ...any) { r.detail = fmt.Sprintf(detail, args...) }

func (r *row) kept() string {
	switch {
	case r.free:
		return ""
	case r.atLeast == (r.figure < r.limit) && r.figure != r.limit:
		return "NO"
	}
	return "yes"
}

func (b *bench) print(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "WHAT\tFIGURE\tLIMIT\tKEPT\tDETAIL")
	for _, r := range b.rows {
		limit := "-"
		if !r.free {
			limit = fmt.Sprintf("<= %.4g %s", r.limit, r.unit)
		}
		if r.atLeast && !r.free {
			limit = fmt.Sprintf(">= %.4g %s", r.limit, r.unit)
		}
		fmt.Fprintf(t, "%s\t%.4g %s\t%s\t%s\t%s\n", r.what, r.figure, r.unit, limit, r.kept(), r.detail)
	}
	_ = t.Flush()
}
