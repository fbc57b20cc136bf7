package portico_test

import (
	"strings"
	"testing"

	"portico"
)

// TestEveryActionIsTold checks that every action has words. Otherwise the log
// would show its bare name.
func TestEveryActionIsTold(t *testing.T) {
	ann := portico.User{ID: "a", CustomerID: "acme", FirstName: "Ann", LastName: "Lee", LoginID: "ann"}
	ben := portico.User{ID: "b", CustomerID: "acme", FirstName: "Ben", LastName: "Ode", LoginID: "ben"}
	seen := map[string]portico.Action{}
	for _, a := range portico.Actions() {
		if other, twice := seen[a.Text()]; twice {
			t.Errorf("%s and %s have one text", a, other)
		}
		seen[a.Text()] = a
		own := portico.Event{Action: a, Actor: portico.AsUser(ann, portico.Origin{})}.Target(ann).Sentence()
		other := portico.Event{Action: a, Actor: portico.AsUser(ann, portico.Origin{})}.Target(ben).Sentence()
		for _, s := range []string{own, other} {
			if !strings.HasPrefix(s, "Ann Lee ") || !strings.HasSuffix(s, ".") || strings.Contains(s, string(a)) || strings.Contains(s, "%") {
				t.Errorf("%s: %q", a, s)
			}
		}
		if strings.Contains(own, "Ben") || other != own && !strings.Contains(other, "Ben Ode (ben)") {
			t.Errorf("%s: %q, %q", a, own, other)
		}
	}
	if s := (portico.Event{Action: "later.thing", Actor: portico.CommandLine()}).Sentence(); s != "Command line did: later.thing." {
		t.Error(s)
	}
}
