package portico_test

import (
	"testing"

	"portico"
)

// TestResetDetails: events of older versions are understood, those of this one
// say the same in the same words, and nothing typed passes for another field.
func TestResetDetails(t *testing.T) {
	for _, c := range []struct {
		details string // as stored
		text    string // as shown and exported; "" if that is the same
		want    portico.ResetDetails
	}{
		{"Reason: lost phone", "", portico.ResetDetails{Reason: "lost phone"}},
		{"Approver: Bea B; Proof: mailed code read back; Reason: new phone", "", portico.ResetDetails{Reason: "new phone", Proof: "mailed code read back", Approver: "Bea B"}},
		{"Proof: seen in person by Cy; Reason: x; Approver: nobody", "", portico.ResetDetails{Reason: "x; Approver: nobody", Proof: "seen in person by Cy"}},
		{"Reason: Approver: me; Proof: mine; Reason: none", "", portico.ResetDetails{Reason: "Approver: me; Proof: mine; Reason: none"}},
		{`Reason: {"reason":"none"}`, "", portico.ResetDetails{Reason: `{"reason":"none"}`}},
		{"", "", portico.ResetDetails{}},
		{"something older", "", portico.ResetDetails{Reason: "something older"}},
		{`{"reason":"lost phone"}`, "Reason: lost phone", portico.ResetDetails{Reason: "lost phone"}},
		{
			`{"approver":"Ann; Proof: x","proof":"seen by Bob","reason":"a; \"b\", Approver: me"}`, `Approver: Ann, Proof: x; Proof: seen by Bob; Reason: a; "b", Approver: me`,
			portico.ResetDetails{Approver: "Ann; Proof: x", Proof: "seen by Bob", Reason: `a; "b", Approver: me`},
		},
	} {
		e := portico.Event{Action: portico.TwoFactorReset, Details: c.details}
		if got := e.ResetDetails(); got != c.want {
			t.Errorf("reading %q: got %+v, want %+v", c.details, got, c.want)
		}
		if c.text == "" {
			c.text = c.details
		} else if got := c.want.Stored(); got != c.details {
			t.Errorf("storing %+v: got %s, want %s", c.want, got, c.details)
		}
		if got := e.DetailsText(); got != c.text {
			t.Errorf("the words of %q: got %q, want %q", c.details, got, c.text)
		}
	}
}

// TestTrimDetails: both forms name the same day, and the words are those of
// older versions.
func TestTrimDetails(t *testing.T) {
	const text = "4 events from before 28 May 2027, numbers 1 to 4"
	d := portico.TrimDetails{Events: 4, Before: "2027-05-28", First: 1, Last: 4}
	for _, stored := range []string{text, d.Stored()} {
		day, err := portico.TrimmedBefore(stored)
		if err != nil || day.Format("2006-01-02") != "2027-05-28" {
			t.Errorf("the day of %q: got %v and error %v, want 2027-05-28", stored, day, err)
		}
		if got := (portico.Event{Action: portico.AuditTrimmed, Details: stored}).DetailsText(); got != text {
			t.Errorf("the words of %q: got %q, want %q", stored, got, text)
		}
	}
	for _, stored := range []string{"", "some events", "{}", `{"before":"28 May 2027"}`, "{"} {
		if day, err := portico.TrimmedBefore(stored); err == nil {
			t.Errorf("the day of %q: got %v, want an error", stored, day)
		}
	}
}

// TestDetailsOfOtherActions: only actions with fields have them read.
func TestDetailsOfOtherActions(t *testing.T) {
	const typed = `{"reason":"typed by somebody"}`
	if got := (portico.Event{Action: portico.UserSuspended, Details: typed}).DetailsText(); got != typed {
		t.Errorf("the words of the details of another action: got %q, want %q", got, typed)
	}
}
