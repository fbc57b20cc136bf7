package portico_test

import (
	"reflect"
	"testing"
	"time"

	"portico"
)

// TestMessagesAreStored checks that a stored message is the same in every language
// when it is read again.
func TestMessagesAreStored(t *testing.T) {
	day := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	for stored, m := range map[string]portico.Message{
		`{"text":"wrong password"}`:                                                        portico.Say("wrong password"),
		`{"text":"Role: {0}","values":[{"text":"Help desk"}]}`:                             portico.Say("Role: {0}", portico.Say("Help desk")),
		`{"text":"{0} left","values":[7]}`:                                                 portico.Say("{0} left", 7),
		`{"text":"Until {0}, {1}","values":[{"day":"2026-11-23"},"{\"day\":"]}`:            portico.Say("Until {0}, {1}", portico.Date(day), `{"day":`),
		`{"text":"until {0}","values":[{"day":"2026-11-23","short":true}]}`:                portico.Say("until {0}", portico.ShortDate(day)),
		`{"text":"1 person|{n} people","count":1}`:                                         portico.SayCount(1, "1 person|{n} people"),
		`{"text":"{0} are missing","values":[["a",{"text":"and {0} more","values":[2]}]]}`: portico.Say("{0} are missing", portico.List{"a", portico.Say("and {0} more", 2)}),
		`{"text":"{0}; {1}","values":[{"text":"","values":["a"]},{"text":"logo: none"}]}`:  portico.Join("{0}; {1}", portico.Verbatim("a"), portico.Say("logo: none")),
	} {
		if got := m.Stored(); got != stored {
			t.Errorf("%s: got stored %s, want %s", m, got, stored)
		}
		if got := portico.Recall(m.String(), stored); !reflect.DeepEqual(got, m) {
			t.Errorf("%s: got %#v, want %#v", stored, got, m)
		}
	}
	role := portico.Say("Role: {0}", portico.RoleHelpDesk)
	if got := portico.Recall(role.String(), role.Stored()); got.String() != "Role: Help desk" {
		t.Errorf("got %s, want the role's name", got)
	}
}

// TestEnglishDecides checks that a message does not count that says something else
// than the English text, which is signed, and that texts of older versions are shown.
func TestEnglishDecides(t *testing.T) {
	for _, stored := range []string{"", "{", "[]", `"wrong password"`, `{"text":"password and code"}`, `{"text":"{0}","values":[{"day":"x"}]}`, `{"text":"{0}","values":[null,{}]}`} {
		got := portico.Recall("wrong password", stored)
		if got.String() != "wrong password" || got.Stored() != "" {
			t.Errorf("%s: got %#v, want the English text as it is", stored, got)
		}
	}
	if portico.Verbatim("").Is() || (portico.Message{}).Is() || portico.Join("{0}; {1}").Is() {
		t.Error("got something said, want nothing")
	}
}
