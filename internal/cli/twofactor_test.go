package cli_test

import (
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
)

// TestDeletesOneAuthenticator deletes one of two authenticators by its name or ID. The
// other stays, and so does everything where what was named is not one of them.
func TestDeletesOneAuthenticator(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	dir := t.TempDir()
	p := porticotest.Start(t, dir, porticotest.ClockAt(time.Now()))
	acme := p.Customer("acme", "Acme Telecom")
	u := p.User(acme.ID, "ulla", portico.RoleUser)
	p.Enrol(u)
	remove := func(want int, named string) string {
		t.Helper()
		return run(t, dir, want, "two-factor", "delete", "ulla", "--reason", "lost phone", "--yes", "--authenticator", named)
	}
	left := func() (ids string) {
		for _, f := range p.Authenticators(u) {
			ids += f.ID + " "
		}
		return strings.TrimSpace(ids)
	}
	first := left()
	if out := remove(1, "Authenticator app"); !strings.Contains(out, "the only authenticator") {
		t.Errorf("the only one: %q", out)
	}
	if out := remove(2, ""); !strings.Contains(out, "--authenticator is empty: give the name or ID of one, or leave it out") || left() != first {
		t.Errorf("a variable that is not set: %q", out)
	}
	for _, name := range []string{"by name", "by ID"} {
		p.AddApp(u)
		second := strings.Fields(left())[1]
		if out := run(t, dir, 0, "two-factor", "status", "ulla"); !strings.Contains(out, second) {
			t.Errorf("the status has no ID: %q", out)
		}
		if out := remove(1, "Third"); !strings.Contains(out, `ulla has no authenticator "Third"`) || len(strings.Fields(left())) != 2 {
			t.Errorf("one that is not there: %q", out)
		}
		named := map[string]string{"by name": "Second", "by ID": second}[name]
		if out := remove(0, named); !strings.Contains(out, `Deleted Authenticator app "Second", an authenticator of Ulla Tester. The others work as before.`) || strings.Contains(out, "reset code") {
			t.Errorf("deleting one %s: %q", name, out)
		}
		if left() != first {
			t.Errorf("deleting one %s leaves %q, want %q", name, left(), first)
		}
	}
	if e := p.Events(acme.ID)[0]; e.Action != portico.AuthenticatorReset || e.DetailsText() != `Authenticator: Authenticator app "Second"; Reason: lost phone` {
		t.Errorf("the newest event: %+v", e)
	}
}

// TestDeletesOneWhereAPasskeyIsRequired checks that a person who deletes one authenticator is
// told that the others open nothing where the user needs a passkey and has none.
func TestDeletesOneWhereAPasskeyIsRequired(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := porticotest.Start(t, dir, porticotest.ClockAt(time.Now()), porticotest.Named)
	acme := p.Customer("acme", "Acme Telecom")
	u := p.User(acme.ID, "ulla", portico.RoleUser)
	p.Enrol(u)
	p.AddApp(u)
	rules := portico.Policy{Passkeys: portico.PasskeyPolicy{User: portico.PasskeyRule{Use: portico.PasskeysRequired, From: time.Now().Add(-time.Hour)}}}
	if err := p.Customers.SavePolicy(t.Context(), portico.CommandLine(), acme.ID, nil, &rules); err != nil {
		t.Fatal(err)
	}
	out := run(t, dir, 0, "two-factor", "delete", "ulla", "--reason", "lost phone", "--yes", "--authenticator", "Second")
	if !strings.Contains(out, "A passkey is required: after the next log-in, the user can only add one.") || strings.Contains(out, "work as before") {
		t.Errorf("deleting one: %q", out)
	}
}
