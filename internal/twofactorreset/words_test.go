package twofactorreset

import (
	"strings"
	"testing"

	"portico"
)

// TestPhrases: each word as likely as any other, and all of them different.
func TestPhrases(t *testing.T) {
	seen := map[string]bool{}
	for _, w := range words {
		if seen[w] || len(w) > 8 {
			t.Errorf("%s", w)
		}
		seen[w] = true
	}
	one, other := newHelpDeskPhrase(), newHelpDeskPhrase()
	if len(words) != 128 || len(strings.Fields(one)) != 3 || one == other {
		t.Errorf("%d words, %q, %q", len(words), one, other)
	}
}

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

// TestDoneDetails: nothing that was typed passes for an approver or a proof.
func TestDoneDetails(t *testing.T) {
	r := portico.ResetRequest{
		Reason:   "lost; Approver: Mallory",
		Proof:    portico.ResetProof{Kind: portico.ProofInPerson, Text: "Bob; Reason: none"},
		Approval: portico.ResetApproval{By: "a", Name: "Ann; Proof: x"},
	}
	const want = "Approver: Ann, Proof: x; Proof: seen in person by Bob, Reason: none; Reason: lost; Approver: Mallory"
	if got := doneDetails(r); got != want {
		t.Errorf("%s", got)
	}
	if got := doneDetails(portico.ResetRequest{Reason: "new phone"}); got != "Reason: new phone" {
		t.Errorf("%s", got)
	}
}
