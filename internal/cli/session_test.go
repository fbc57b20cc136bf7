package cli_test

import (
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
)

// TestSessions checks that a user's sessions are listed, and ended one by one or
// all at once.
func TestSessions(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	p := porticotest.New(t)
	p.Clock.Advance(time.Since(p.Clock.Now())) // commands have the machine's clock
	acme := p.Customer("acme", "Acme")
	p.User(acme.ID, "ann", portico.RoleUser)
	p.User(acme.ID, "bob", portico.RoleUser)
	one, two, other := p.Client(), p.Client(), p.Client()
	for client, who := range map[*porticotest.Client]string{one: "ann", two: "ann", other: "bob"} {
		client.Login(who, porticotest.Password, "")
		if got := client.Get("/session").Status; got != 204 {
			t.Fatalf("GET /session of %s: got %d, want 204", who, got)
		}
	}
	run(t, p.Dir, 2, "session", "end", "ann")
	run(t, p.Dir, 2, "session", "end", "ann", "x", "--all")
	if out := run(t, p.Dir, 1, "session", "end", "ann", "x"); !strings.Contains(out, "no such session") {
		t.Errorf("session end of an unknown one: got %q, want that there is no such session", out)
	}
	lines := strings.Split(strings.TrimSpace(run(t, p.Dir, 0, "session", "list", "ANN")), "\n")
	if len(lines) != 3 || !strings.Contains(lines[1], "127.0.0.1") || !strings.Contains(lines[0], "LAST USED") {
		t.Fatalf("session list: got %q, want a head and two sessions from 127.0.0.1", lines)
	}
	id := strings.Fields(lines[1])[0]
	if out := run(t, p.Dir, 1, "session", "end", "bob", id); !strings.Contains(out, "no such session") {
		t.Errorf("ending a session of somebody else: got %q, want that there is no such session", out)
	}
	if out := run(t, p.Dir, 0, "session", "end", "ann", id); !strings.Contains(out, "Ended one session of") {
		t.Errorf("session end: got %q, want what was done", out)
	}
	if one, two := one.Get("/session").Status, two.Get("/session").Status; (one == 204) == (two == 204) {
		t.Errorf("GET /session in both browsers: got %d and %d, want that one of them is logged in", one, two)
	}
	run(t, p.Dir, 0, "session", "end", "ann", "--all")
	if out := run(t, p.Dir, 0, "session", "list", "ann"); strings.Count(out, "\n") != 1 {
		t.Errorf("session list after ending all: got %q, want none", out)
	}
	for client, want := range map[*porticotest.Client]bool{one: false, two: false, other: true} {
		if got := client.Get("/session").Status == 204; got != want {
			t.Errorf("logged in after all of ann's sessions ended: got %v, want %v", got, want)
		}
	}
	var actions []portico.Action
	for _, e := range p.Events(acme.ID) {
		if e.Actor.Kind == portico.ActorCommandLine && (e.Action == portico.SessionEnded || e.Action == portico.SessionsEnded) {
			actions = append(actions, e.Action)
		}
	}
	if len(actions) != 2 {
		t.Errorf("events of the ended sessions: got %v, want one of each kind", actions)
	}
}

// TestC18_AnotherProcessEndsSession checks that a session check sees at once what
// another process has written, although it keeps what it has read until then.
func TestC18_AnotherProcessEndsSession(t *testing.T) {
	if testing.Short() {
		return // long
	}
	p := porticotest.New(t)
	acme := p.Customer("acme", "Acme")
	p.User(acme.ID, "ann", portico.RoleUser)
	for _, c := range []struct{ ends, undo []string }{
		{ends: []string{"session", "end", "ann", "--all"}},
		{[]string{"user", "suspend", "ann"}, []string{"user", "reactivate", "ann"}},
		{[]string{"customer", "suspend", "acme"}, []string{"customer", "reactivate", "acme"}},
		{ends: []string{"user", "delete", "ann", "--yes"}},
	} {
		p.Clock.Advance(time.Since(p.Clock.Now())) // commands have the machine's clock
		browser := p.Client()
		browser.Login("ann", porticotest.Password, "")
		for range 3 {
			if got := browser.Get("/session").Status; got != 204 {
				t.Fatalf("GET /session before %v: got %d, want 204", c.ends, got)
			}
		}
		if out, err := processOver(t, p.Dir, c.ends...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v: %s, want no error", c.ends, err, out)
		}
		if got := browser.Get("/session").Status; got != 401 {
			t.Errorf("GET /session right after %v: got %d, want 401", c.ends, got)
		}
		if c.undo != nil {
			run(t, p.Dir, 0, c.undo...)
		}
	}
}
