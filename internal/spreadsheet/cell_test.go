package spreadsheet

import (
	"slices"
	"strings"
	"testing"
)

// TestCellsAreNoFormulas checks that no cell of a file can be read as a
// formula, whatever width its characters have and whatever precedes it.
func TestCellsAreNoFormulas(t *testing.T) {
	for _, begin := range []string{"", " ", "  \t", "\t", "\r", "\n", "\x00", "\u00a0", "\u3000", "\ufeff", "\u200b", `"`, ` " `} {
		for _, sign := range []string{"=", "+", "-", "@", "＝", "＋", "－", "＠", "﹢", "﹣", "﹦", "﹫"} {
			for _, before := range []string{"", "Sales;"} {
				text := before + begin + sign + "1+1"
				if got, want := Cell(text), before+"'"+begin+sign+"1+1"; got != want {
					t.Errorf("%q is written as %q, not %q", text, got, want)
				}
			}
		}
	}
	for _, text := range []string{"", " ", "Ann Lee", "ann@example.com", "a=b", "3-4", "Müller－Lee", "Sales;Berlin", "\"Ann\""} {
		if Cell(text) != text {
			t.Errorf("%q is written as %q", text, Cell(text))
		}
	}
	if Cell("\tx") != "'\tx" || Cell("\rx") != "'\rx" {
		t.Error("a cell begins with a control character")
	}
}

// FuzzCellsComeBack checks that the text of a cell is what the cell was made
// of, and that no cell is a formula.
func FuzzCellsComeBack(f *testing.F) {
	for _, text := range []string{"", "=1", "'=1", "''=1", "' '=1", "a;=1;'=2", "\t'x", "'\x01x", "'t Hooft", "'", "''", ";';", "\"'@x", "\xff'=1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		cell := Cell(text)
		if got := Text(cell); got != text {
			t.Errorf("%q came back from %q as %q", text, cell, got)
		}
		if slices.ContainsFunc(strings.Split(cell, ";"), func(p string) bool { return strings.IndexAny(p, formulas) == 0 }) {
			t.Errorf("%q is written as %q", text, cell)
		}
	})
}
