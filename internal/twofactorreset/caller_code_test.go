package twofactorreset

import "testing"

func TestParseCall(t *testing.T) {
	for typed, want := range map[string]string{
		"1234 5678": "12345678", "12345678": "12345678", "12-34-56-78": "12345678", " 00000001": "00000001",
		"1234567": "", "123456789": "", "1234567a": "", "": "", "+1234567": "",
		"１２３４５６７８": "12345678", "١٢٣٤ ٥٦٧٨": "12345678", "1234\u00a05678": "12345678", "1234.5678": "12345678", "1234–5678": "12345678", "\u200e12345678": "12345678",
	} {
		if got, ok := parseCallerCode(typed); got != want || ok != (want != "") {
			t.Errorf("%q: %q, want %v, ok %v", typed, got, want, (want != ""))
		}
	}
	if code, ok := parseCallerCode(spaced(newCallerCode())); !ok || len(code) != 8 {
		t.Errorf("parseCallerCode(spaced(newCallerCode())): got %q, want ok, 8 of code", code)
	}
}
