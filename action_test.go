package portico_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"portico"
)

// TestEveryActionIsTold checks that every action has words. Otherwise the log
// would show its bare name.
func TestEveryActionIsTold(t *testing.T) {
	ann := portico.User{ID: "a", CustomerID: "acme", FirstName: "Ann", LastName: "Lee", LoginID: "ann"}
	ben := portico.User{ID: "b", CustomerID: "acme", FirstName: "Ben", LastName: "Ode", LoginID: "ben"}
	seen := map[portico.Text]portico.Action{}
	for _, a := range portico.Actions() {
		if other, twice := seen[a.Text()]; twice {
			t.Errorf("%s and %s have one text", a, other)
		}
		seen[a.Text()] = a
		own := portico.Event{Action: a, Actor: portico.AsUser(ann, portico.Origin{})}.Target(ann).Sentence()
		other := portico.Event{Action: a, Actor: portico.AsUser(ann, portico.Origin{})}.Target(ben).Sentence()
		for _, s := range []string{own, other} {
			if !strings.HasPrefix(s, "Ann Lee ") || !strings.HasSuffix(s, ".") || strings.Contains(s, string(a)) || strings.Contains(s, "%") {
				t.Errorf(`%s: %q, want s to begin with "Ann Lee ", s to end with ".", no %v in s, no "%%" in s`, a, s, string(a))
			}
		}
		if strings.Contains(own, "Ben") || other != own && !strings.Contains(other, "Ben Ode (ben)") {
			t.Errorf(`%s: %q, %q, want no "Ben" in own, not (other != own && !strings.Contains(other, "Ben Ode (ben)"))`, a, own, other)
		}
	}
	for _, a := range declaredActions(t) {
		if seen[a.Text()] != a {
			t.Errorf("%s has no entry in the table of actions", a)
		}
	}
	if s := (portico.Event{Action: "later.thing", Actor: portico.CommandLine()}).Sentence(); s != "Command line did: later.thing." {
		t.Errorf(`Sentence: got %v, want s "Command line did: later.thing."`, s)
	}
}

// declaredActions returns the constants of type Action in action.go.
func declaredActions(t *testing.T) (actions []portico.Action) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "action.go", nil, 0)
	if err != nil {
		t.Fatalf("parsing action.go: %v", err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if of, ok := spec.Type.(*ast.Ident); !ok || of.Name != "Action" {
			return true
		}
		name, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatalf("reading the name of %s: %v", spec.Names[0].Name, err)
		}
		actions = append(actions, portico.Action(name))
		return true
	})
	if len(actions) < 60 {
		t.Fatalf("got %d actions in action.go, want all of them", len(actions))
	}
	return actions
}

// TestEveryActionHasAGroup checks that each action stands once in the groups that
// the audit log's filter offers, and that no group is empty.
func TestEveryActionHasAGroup(t *testing.T) {
	times := map[portico.Action]int{}
	for _, g := range portico.ActionGroups() {
		if len(g.Actions) == 0 {
			t.Errorf("the group %q: got no actions, want some", g.Name)
		}
		for _, a := range g.Actions {
			times[a]++
		}
	}
	for _, a := range portico.Actions() {
		if times[a] != 1 {
			t.Errorf("%s: got it in %d groups, want it in one", a, times[a])
		}
	}
}
