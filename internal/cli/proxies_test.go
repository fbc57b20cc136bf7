package cli_test

import (
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
)

// TestDoctorSaysThatAddressesAreLost checks that doctor warns if the newest
// sessions have the address of a proxy.
func TestDoctorSaysThatAddressesAreLost(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	dir := t.TempDir()
	p := porticotest.Start(t, dir, porticotest.ClockAt(time.Now()), porticotest.Behind)
	u := p.User(p.Customer("acme", "Acme Telecom").ID, "ulla", portico.RoleUser)
	doctor := func() string {
		_, out := program(t, dir, "doctor", "--trusted-proxy", "127.0.0.0/8")
		return out
	}
	in := func(from string) {
		b := p.Client()
		b.From = from
		b.Login(u.LoginID, porticotest.Password, "")
	}
	in("203.0.113.7:4711")
	if out := doctor(); strings.Contains(out, "a trusted proxy:") {
		t.Errorf("doctor warns of addresses that are known:\n%s", out)
	}
	for range 3 {
		in("unknown")
	}
	if out := doctor(); !strings.Contains(out, "3 of the newest 4 sessions come from 127.0.0.1, a trusted proxy:") {
		t.Errorf("doctor does not warn of lost addresses:\n%s", out)
	}
}
