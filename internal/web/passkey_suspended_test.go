package web_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"portico"
	"portico/internal/passkey/passkeytest"
)

// TestC21_SuspendedSaysNothingOfPasskeys checks that a passkey that is right is answered
// as a wrong one while its user or the customer is suspended, as often as it is sent, and
// that the answer is true of that user. One that is nobody's has the same words.
func TestC21_SuspendedSaysNothingOfPasskeys(t *testing.T) {
	if testing.Short() {
		return // long
	}
	forged := func(d *passkeytest.Draft) { d.Cut = 1 }
	answers := func(suspend func(*passkeyFixture), lies ...lie) (all []string) {
		c := newPasskeyFixture(t)
		suspend(c)
		for range 8 {
			b := c.Client()
			p := whole(b, c.key.Get(loginOptions(b), lies...))
			all = append(all, http.StatusText(p.Status)+": "+p.Alert()+p.Header.Get("Retry-After"))
		}
		return all
	}
	user := func(c *passkeyFixture) {
		must(t, c.Users.Suspend(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID))
	}
	customer := func(c *passkeyFixture) {
		must(t, c.Customers.Suspend(t.Context(), portico.CommandLine(), c.acme.ID))
	}
	want := answers(func(*passkeyFixture) {}, forged)
	if !strings.Contains(want[0], "your account may be suspended: ask your administrator") || !strings.Contains(want[7], "Try again in") {
		t.Errorf("wrong passkeys: %q", want)
	}
	for what, got := range map[string][]string{
		"right, user suspended": answers(user), "right, customer suspended": answers(customer),
		"wrong, user suspended": answers(user, forged), "wrong, customer suspended": answers(customer, forged),
	} {
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n%q\nwrong passkeys:\n%q", what, got, want)
		}
	}
	if got := answers(func(c *passkeyFixture) { c.behind(t, `DELETE FROM authenticators`) }); got[0] != want[0] {
		t.Errorf("nobody's: %q, want %q", got[0], want[0])
	}
}
