package web_test

import (
	"fmt"
	"testing"

	"portico/internal/porticotest"
)

// atAnOffice is an option: the network 203.0.113.0/24 is an office's.
func atAnOffice(p *porticotest.Portal) { p.Offices = "203.0.113.0/24" }

// wrong logs in n times with login IDs that nobody has, each once, and returns
// the number of attempts that were refused unchecked, and the last page.
func (v *guesser) wrong(from string, n int) (refused int, last *porticotest.Page) {
	v.Helper()
	b := v.Client()
	b.From = from
	for range n {
		v.tried++
		last = b.Post("/login", "login_id", fmt.Sprintf("nobody-%d", v.tried), "password", "not the password")
		if last.Status == 429 {
			refused++
		}
	}
	return refused, last
}

// guesser counts the login IDs that were invented.
type guesser struct {
	*testing.T
	*porticotest.Portal
	tried int
}

// TestC10_OfficesHaveAHigherBound checks that an office behind one address has
// ten times the failed attempts, and not more, and that other addresses and the
// limits of an account stay as they are.
func TestC10_OfficesHaveAHigherBound(t *testing.T) {
	if testing.Short() {
		return // long: three hundred log-ins
	}
	p := porticotest.New(t, porticotest.Behind, atAnOffice)
	u := p.User(p.Customer("acme", "Acme Telecom").ID, "ulla", "user")
	v := &guesser{T: t, Portal: p}

	if refused, last := v.wrong("198.51.100.7", 31); refused != 1 || !last.Has("came from your address") {
		t.Errorf("31 wrong log-ins from an address elsewhere: got %d refused, the last with %q, want 1 and that it is the address", refused, last.Text())
	}
	if refused, last := v.wrong("203.0.113.7", 300); refused != 0 {
		t.Fatalf("300 wrong log-ins from the address of an office: got %d refused, the last with %q, want 0", refused, last.Text())
	}
	if refused, last := v.wrong("203.0.113.7", 1); refused != 1 || !last.Has("came from your address") {
		t.Errorf("the 301st wrong log-in from the address of an office: got %d refused, %q, want 1 and that it is the address", refused, last.Text())
	}

	b := p.Client()
	b.From = "203.0.113.8"
	looked, last := 0, (*porticotest.Page)(nil)
	for range 12 {
		if last = b.Post("/login", "login_id", u.LoginID, "password", "not the password"); last.Status != 429 {
			looked++
		}
	}
	if looked != 10 || !last.Has("Too many wrong passwords for this login ID") {
		t.Errorf("12 wrong passwords of one account from an office: got %d checked, the last with %q, want 10, as elsewhere, and that it is the login ID", looked, last.Text())
	}
}

// TestC10_OfficesNetworkIsBounded checks that the addresses of an office
// together are bounded as well.
func TestC10_OfficesNetworkIsBounded(t *testing.T) {
	if testing.Short() {
		return // long: three thousand log-ins
	}
	p := porticotest.New(t, porticotest.Behind, atAnOffice)
	v := &guesser{T: t, Portal: p}
	total := 0
	for i := range 12 {
		refused, last := v.wrong(fmt.Sprintf("203.0.113.%d", 10+i), 299)
		if total += 299 - refused; refused > 0 {
			if total != 3000 || !last.Has("came from your network") {
				t.Errorf("from an office with many addresses: got %d checked, then %q, want 3000, then that it is the network", total, last.Text())
			}
			return
		}
	}
	t.Errorf("from an office with many addresses: got %d checked and none refused, want 3000", total)
}
