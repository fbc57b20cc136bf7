package portico_test

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
	if got := portico.DetailsOf(r).Message().String(); got != want {
		t.Errorf("portico.DetailsOf(r).Message().String(): got %s, want %v", got, want)
	}
	if got := portico.DetailsOf(portico.ResetRequest{Reason: "new phone"}).Message().String(); got != "Reason: new phone" {
		t.Errorf(`portico.DetailsOf(portico.ResetRequest{Reason: "new phone"}).Message().String(): got %s, want "Reason: new phone"`, got)
	}
}
