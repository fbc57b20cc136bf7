package portico_test

import (
	"strings"
	"testing"

	"portico"
)

// TestWholeAddresses checks that an email address has a whole domain, because
// one without a dot is mostly a slip of the keyboard. Mail to localhost exists.
func TestWholeAddresses(t *testing.T) {
	u := portico.User{FirstName: "Ann", LastName: "Lee", Role: portico.RoleUser}
	for _, email := range []string{
		"ann@example.com", "ann@localhost", "ann@LocalHost", "ann@mail.localhost", "ann@münchen.example", "ann@例え.テスト", "ann@例え。テスト", "ann@[192.0.2.1]", "ann@xn--r8jz45g.xn--zckzah", "o'neill@a.co",
	} {
		if u.Email = email; u.Validate() != nil || !portico.IsEmail(email) {
			t.Errorf("%q: %v, want it taken", email, u.Validate())
		}
	}
	for _, email := range []string{"a@b", "ann@gmail", "ann@example,com", "ann@examplecom", "ann@com", "ann@localhosts", "ann@münchen", "ann@127", "ann@example.", "ann@.com", "ann@example..com"} {
		u.Email = email
		e := portico.ErrorOf(u.Validate())
		if e == nil || portico.IsEmail(email) {
			t.Errorf("%q is taken as an address", email)
			continue
		}
		want := "Enter an email address such as name@example.com."
		if !strings.ContainsAny(email, ".,") {
			want = "Enter the whole email address: after the @ comes a domain with a dot, such as example.com."
		}
		if got := e.Fields["email"].String(); got != want {
			t.Errorf("%q: got %q, want %q", email, got, want)
		}
	}
}
