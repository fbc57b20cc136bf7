package web_test

import (
	"strings"
	"testing"

	"portico"
	"portico/internal/porticotest"
)

// TestRefusedLoginsSayWhoseAndFromWhere checks what the audit log has of refused
// log-ins: address, browser and, for an unknown login ID, a hash that is the same
// for the same login ID in this portal alone.
func TestRefusedLoginsSayWhoseAndFromWhere(t *testing.T) {
	if testing.Short() {
		return // long
	}
	refused := func(p *porticotest.Portal, typed ...string) (stored []string) {
		t.Helper()
		for _, loginID := range typed {
			p.Client().Login(loginID, "not the password", "")
		}
		for _, e := range p.Events(portico.ProviderID) {
			if e.Action != portico.LoginRefused {
				continue
			}
			if e.Actor.Origin.Address == "" || e.Actor.Origin.Browser == "" || e.TargetName != "" {
				t.Errorf("a refused log-in with an unknown login ID: got address %q, browser %q and target %q, want the first two", e.Actor.Origin.Address, e.Actor.Origin.Browser, e.TargetName)
			}
			if got := e.DetailsText(); got != "unknown login ID" {
				t.Errorf("the words of %q: got %q, want the reason alone", e.Details, got)
			}
			stored = append(stored, e.Details)
		}
		return stored
	}
	typed := []string{"a-password-typed-here", "A-Password-Typed-Here", "another-one"}
	here, there := refused(porticotest.New(t), typed...), refused(porticotest.New(t), typed[:1]...)
	if len(here) != 3 || len(there) != 1 {
		t.Fatalf("got the details %q and %q, want three and one", here, there)
	}
	different := map[string]bool{}
	for _, details := range append(here, there...) {
		different[details] = true
		if !strings.Contains(details, `"login_id_hash":"`) || strings.Contains(details, "assword") || strings.Contains(details, "another") {
			t.Errorf("got the details %q, want a hash, and nothing that was typed", details)
		}
	}
	if len(different) != 3 {
		t.Errorf("got the details %q here and %q in another portal, want three different ones", here, there)
	}
}
