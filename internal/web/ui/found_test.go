package ui

import (
	"testing"

	"portico"
)

// TestFound checks the sentence that says how many people the list has.
func TestFound(t *testing.T) {
	rows := func(n int) []AccessRow { return make([]AccessRow, n) }
	searched := portico.PeopleQuery{Search: "ann"}
	for want, p := range map[string]AccessPage{
		"12,345 people":                    {Total: 12345, Rows: rows(50), Next: "/n"},
		"1 person":                         {Total: 1, Rows: rows(1)},
		"999+ people":                      {Total: 999, Capped: true, Rows: rows(50)},
		"1,000,000 people":                 {Total: 1000000},
		"1 person matches “ann”":           {Query: searched, Total: 99, Rows: rows(1)},
		"50 people match “ann”":            {Query: searched, Total: 99, Rows: rows(50), PageSize: 50},
		"More than 50 people match “ann”":  {Query: searched, Total: 99, Rows: rows(50), PageSize: 50, Next: "/n"},
		"More than 500 people match “ann”": {Query: searched, Total: 99, Rows: rows(1), PageSize: 500, First: "/f"},
	} {
		if got := p.Found(); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}

func TestOnlyOurKeyURIsAreLinks(t *testing.T) {
	for uri, want := range map[string]string{"otpauth://totp/A": "otpauth://totp/A", "javascript:alert(1)": "#", "": "#"} {
		if got := string(otpauth(uri)); got != want {
			t.Errorf("%q: %q, want %v", uri, got, want)
		}
	}
}
