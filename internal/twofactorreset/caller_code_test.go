package twofactorreset

import "testing"

func TestParseCall(t *testing.T) {
	for typed, want := range map[string]string{
		"1234 5678": "12345678", "12345678": "12345678", "12-34-56-78": "12345678", " 00000001": "00000001",
		"1234567": "", "123456789": "", "1234567a": "", "": "", "１２３４５６７８": "",
	} {
		if got, ok := parseCallerCode(typed); got != want || ok != (want != "") {
			t.Errorf("%q: %q", typed, got)
		}
	}
	if code, ok := parseCallerCode(spaced(newCallerCode())); !ok || len(code) != 8 {
		t.Errorf("%q", code)
	}
}
