package twofactorreset

import (
	"testing"

	"portico"
)

// TestDoneDetails checks that no text that was typed passes for an approver or a
// proof.
func TestDoneDetails(t *testing.T) {
	r := portico.ResetRequest{
		Reason:   "lost; Approver: Mallory",
		Proof:    portico.ResetProof{Kind: portico.ProofInPerson, Text: "Bob; Reason: none"},
		Approval: portico.ResetApproval{By: "a", Name: "Ann; Proof: x"},
	}
	const want = "Approver: Ann, Proof: x; Proof: seen in person by Bob, Reason: none; Reason: lost; Approver: Mallory"
	if got := doneDetails(r).String(); got != want {
		t.Errorf("doneDetails(r).String(): got %s, want %v", got, want)
	}
	if got := doneDetails(portico.ResetRequest{Reason: "new phone"}).String(); got != "Reason: new phone" {
		t.Errorf(`doneDetails(portico.ResetRequest{Reason: "new phone"}).String(): got %s, want "Reason: new phone"`, got)
	}
}
