package web

import (
	"testing"
	"time"

	"portico"
	"portico/internal/locale"
)

// TestSaid: a message is translated with the messages, days, roles and lists in it;
// what people have typed stays as it is.
func TestSaid(t *testing.T) {
	wait := portico.SayCount(2, "#wait 1 day|{n} days")
	for _, row := range []struct {
		m              portico.Message
		english, other string
	}{
		{portico.Say("Try again in {0}.", wait), "Try again in 2 days.", "[Trý ågåïñ ïñ [2 dåýs ~~]. ~~~~~]"},
		{portico.Say("On {0}.", portico.Date(time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC))), "On 2 March 2026.", "[Öñ 2 [Mårçh] 2026. ~]"},
		{portico.Say("{0} is {1}.", "Ann {1}", portico.RoleUser), "Ann {1} is User.", "[Ann {1} ïs [Üsér ~]. ~~]"},
		{portico.Say("Of {0}.", portico.List{"Ann", wait}), "Of Ann and 2 days.", "[Öf [Ann åñd [2 dåýs ~~] ~~]. ~]"},
	} {
		if got := locale.English.Say(row.m); got != row.english || got != row.m.String() {
			t.Errorf("in English: got %q, want %q, and %q as the message itself", got, row.english, row.m)
		}
		if got := locale.Pseudo.Say(row.m); got != row.other {
			t.Errorf("in Pseudo: got %q, want %q", got, row.other)
		}
	}
}
