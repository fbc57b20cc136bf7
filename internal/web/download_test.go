package web

import "testing"

// TestCellsAreNoFormulas checks that no cell of a file can be read as a
// formula, whatever width its characters have and whatever precedes it.
func TestCellsAreNoFormulas(t *testing.T) {
	for _, begin := range []string{"", " ", "  \t", "\t", "\r", "\n", "\x00", "\u00a0", "\u3000", "\ufeff", "\u200b", `"`, ` " `} {
		for _, sign := range []string{"=", "+", "-", "@", "＝", "＋", "－", "＠", "﹢", "﹣", "﹦", "﹫"} {
			for _, before := range []string{"", "Sales;"} {
				text := before + begin + sign + "1+1"
				if got, want := cell(text), before+"'"+begin+sign+"1+1"; got != want {
					t.Errorf("%q is written as %q, not %q", text, got, want)
				}
			}
		}
	}
	for _, text := range []string{"", " ", "Ann Lee", "ann@example.com", "a=b", "3-4", "Müller－Lee", "Sales;Berlin", "\"Ann\""} {
		if cell(text) != text {
			t.Errorf("%q is written as %q", text, cell(text))
		}
	}
	if cell("\tx") != "'\tx" || cell("\rx") != "'\rx" {
		t.Error("a cell begins with a control character")
	}
}
