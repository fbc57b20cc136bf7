package web_test

import (
	"testing"

	"portico"
)

// TestCustomerIsCreatedWithItsLanguage checks that a customer and its language are one
// change: no customer is left of one whose language is refused.
func TestCustomerIsCreatedWithItsLanguage(t *testing.T) {
	c := newFixture(t)
	if made, err := c.Customers.Create(t.Context(), portico.CommandLine(), "bell", "Bell", "tlh"); !portico.Invalid.Is(err) {
		t.Errorf("a language that the portal does not have: got %+v, %v, want it refused", made, err)
	}
	if _, err := c.Customers.BySlug(t.Context(), portico.CommandLine(), "bell"); !portico.NotFound.Is(err) {
		t.Errorf("after it was refused: got %v, want no customer", err)
	}
	made, err := c.Customers.Create(t.Context(), portico.CommandLine(), "bell", "Bell", "de")
	must(t, err)
	found, err := c.Customers.BySlug(t.Context(), portico.CommandLine(), "bell")
	must(t, err)
	if found.Language != "de" || made != found {
		t.Errorf("got %+v, and found %+v, want both in German", made, found)
	}
}
