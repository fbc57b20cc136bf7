package cli_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
)

// TestUnlockAddress shows and clears the failed attempts of an address.
func TestUnlockAddress(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	dir := t.TempDir()
	p := porticotest.Start(t, dir, porticotest.ClockAt(time.Now()), porticotest.Behind)
	u := p.User(p.Customer("acme", "Acme Telecom").ID, "ulla", portico.RoleUser)
	login := func(loginID, password string) int {
		b := p.Client()
		b.From = "203.0.113.7"
		return b.Post("/login", "login_id", loginID, "password", password).Status
	}
	if out := run(t, dir, 0, "user", "unlock", "--address", "203.0.113.7"); !strings.Contains(out, "no failed attempts") {
		t.Errorf("unlocking an address without failures: got %q", out)
	}
	for i := range 30 {
		login(fmt.Sprintf("nobody-%d", i), "not the password")
	}
	if got := login(u.LoginID, porticotest.Password); got != 429 {
		t.Fatalf("logging in after 30 failures from the address: got %d, want 429", got)
	}
	out := run(t, dir, 0, "user", "unlock", "--address", "203.0.113.7", "--show")
	for _, want := range []string{"from 203.0.113.7/32", "from 203.0.113.0/24", "30"} {
		if !strings.Contains(out, want) {
			t.Errorf("the failed attempts of the address: got %q, want %q in it", out, want)
		}
	}
	out = run(t, dir, 0, "user", "unlock", "--address", "203.0.113.7", "--show", "--json")
	if want := `"consecutive":30,"recent":30,"closed":false,"wait_seconds":`; !strings.HasPrefix(out, `[{"what":"`) || strings.Count(out, want) != 2 {
		t.Errorf("the failed attempts of the address as JSON: got %q, want twice %q", out, want)
	}
	if got := login(u.LoginID, porticotest.Password); got != 429 {
		t.Fatalf("logging in after --show: got %d, want 429", got)
	}
	if out := run(t, dir, 0, "user", "unlock", "--address", "::ffff:203.0.113.7"); !strings.Contains(out, "Cleared the failed attempts of 203.0.113.7/32 and 203.0.113.0/24") {
		t.Errorf("clearing the failed attempts of the address: got %q", out)
	}
	if got := login(u.LoginID, porticotest.Password); got != 200 {
		t.Errorf("logging in after the address was cleared: got %d, want 200", got)
	}
	events := p.Events(portico.ProviderID)
	if e := events[0]; e.Action != portico.AddressUnlocked || e.Details != "203.0.113.7/32, 203.0.113.0/24" || e.Actor.Kind != portico.ActorCommandLine {
		t.Errorf("the newest event: got %+v, want %s of the command line, with the address", e, portico.AddressUnlocked)
	}
	for _, args := range [][]string{{"ulla", "--address", "203.0.113.7"}, {}, {"--address", "somewhere"}} {
		run(t, dir, 2, append([]string{"user", "unlock"}, args...)...)
	}
}
