package portico_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"portico"
)

func TestUserValidate(t *testing.T) {
	good := portico.User{FirstName: "Ann", LastName: "Lee", Email: "ann@example.com", Role: portico.RoleUser}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for field, spoil := range map[string]func(*portico.User){
		"first_name": func(u *portico.User) { u.FirstName = " " },
		"last_name":  func(u *portico.User) { u.LastName = strings.Repeat("x", 101) },
		"email":      func(u *portico.User) { u.Email = "Ann <ann@example.com>" },
		"role":       func(u *portico.User) { u.Role = "king" },
		"labels":     func(u *portico.User) { u.Labels = []string{"ok", "a\u202eb"} },
	} {
		u := good
		spoil(&u)
		var told *portico.Error
		if err := u.Validate(); !errors.As(err, &told) || told.Code != portico.Invalid || told.Fields[field].String() == "" || len(told.Fields) != 1 {
			t.Errorf("%s: %v, want errors.As(err, &told), told.Code %v, some told.Fields[field], 1 of told.Fields", field, err, portico.Invalid)
		}
	}
	for last, taken := range map[string]bool{"": true, "Lee": true, " ": false, "\u200b": false, "a\tb": false, "\u3164": false} {
		u := good
		u.LastName = last
		if err := u.Validate(); (err == nil) != taken {
			t.Errorf("last name %q: %v, want it taken: %v", last, err, taken)
		}
	}
	for _, name := range []string{"\u200b", "\u00ad \u2060", "\u3164", "\U000e0041", "\u2800"} {
		u := good
		u.FirstName = name
		if u.Validate() == nil {
			t.Errorf("%q is taken as a name, and nobody sees it", name)
		}
	}
	for _, name := range []string{"李", "Zoë", "نگین\u200cدخت", "\U0001f469\u200d\U0001f527", "3"} {
		u := good
		u.FirstName = name
		if err := u.Validate(); err != nil {
			t.Errorf("%q: %v, want no error", name, err)
		}
	}
	for _, email := range []string{"", "a", "a@", "@b", "a b@c.de", "a@b\nBcc: x@y.z", "a@b,c@d", "ann@exam\x00ple.com", strings.Repeat("a", 250) + "@b.de"} {
		u := good
		u.Email = email
		if u.Validate() == nil {
			t.Errorf("%q is taken as an address", email)
		}
	}
}

func TestCustomerStatusesAndHeader(t *testing.T) {
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for want, c := range map[string]portico.Customer{
		"in force":                      {},
		"in force, no provider access":  {AccessRevoked: true, AccessGrantedUntil: noon},
		"suspended":                     {SuspendedAt: noon, AccessRevoked: true, AccessGrantedUntil: noon.Add(1)},
		"suspended, no provider access": {SuspendedAt: noon, AccessRevoked: true},
	} {
		var words []string
		for _, s := range c.Statuses(noon) {
			words = append(words, string(s))
		}
		if got := strings.Join(words, ", "); got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
	for want, c := range map[string]portico.Customer{
		"": {Name: "Acme"}, "One": {Name: "Acme", Brand: "One"}, "Acme": {Name: "Acme", Logo: "x"}, "Two": {Name: "Acme", Brand: "Two", Logo: "x"},
	} {
		if got := c.Header(); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}

func TestCustomerValidate(t *testing.T) {
	for slug, ok := range map[string]bool{
		"acme": true, "a1": true, "acme-telecom": true, "": false, "a": false, "-acme": false, "acme-": false, "Acme": false,
		"ac me": false, "provider": false, strings.Repeat("a", 40): true, strings.Repeat("a", 41): false, "acme\n": false,
	} {
		if err := (portico.Customer{Slug: slug, Name: "Acme"}).Validate(); (err == nil) != ok {
			t.Errorf("%q: %v, want (err == nil) %v", slug, err, ok)
		}
	}
}

func TestParseLabels(t *testing.T) {
	if got := strings.Join(portico.ParseLabels(" Sales, sales;Berlin ,, ;x"), "|"); got != "Sales|Berlin|x" {
		t.Errorf(`strings.Join(portico.ParseLabels(" Sales, sales;Berlin ,, ;x"), "|"): got %v, want "Sales|Berlin|x"`, got)
	}
}
