package audit

import (
	"testing"

	"portico"
)

func TestResetOf(t *testing.T) {
	for details, want := range map[string]Reset{
		"Reason: lost phone": {Reason: "lost phone"},
		"Approver: Bea B; Proof: mailed code read back; Reason: new phone": {Reason: "new phone", Proof: "mailed code read back", Approver: "Bea B"},
		"Proof: seen in person by Cy; Reason: x; Approver: nobody":         {Reason: "x; Approver: nobody", Proof: "seen in person by Cy"},
		"Reason: Approver: me; Proof: mine; Reason: none":                  {Reason: "Approver: me; Proof: mine; Reason: none"},
		"":                {},
		"something older": {Reason: "something older"},
	} {
		want.Event = portico.Event{Details: details}
		if got := ResetOf(want.Event); got != want {
			t.Errorf("%q: %+v", details, got)
		}
	}
}
