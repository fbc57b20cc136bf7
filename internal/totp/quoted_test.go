package totp

import "testing"

// TestQuotedCodes checks that the quotation marks of any language around a code
// are dropped, and that a sentence with a code in it is none.
func TestQuotedCodes(t *testing.T) {
	for _, typed := range []string{
		`"123456"`, `'123 456'`, "“123456”", "„123456“", "‚123456‘", "«123 456»", "‹123456›", "»123456«", "「123456」", "『123456』", "＂123456＂", "＇123456＇", "´123456´", "`123456`",
		"″123456″", "〝123456〞",
	} {
		if code, ok := ParseCode(typed); !ok || code != "123456" {
			t.Errorf("ParseCode(%q): got %q %v, want 123456", typed, code, ok)
		}
	}
	for _, typed := range []string{"Your code is 123456", "code: 123456", "123456 is your code", "#123456", "(123456)", `"12345"`, `"1234567"`, "123456?", `""`} {
		if code, ok := ParseCode(typed); ok || code != "" {
			t.Errorf("ParseCode(%q): got %q %v, want it refused", typed, code, ok)
		}
	}
}
