package portico_test

import (
	"testing"

	"portico"
)

// TestLoginIDBefore reads back what Target and a change of the login ID wrote.
func TestLoginIDBefore(t *testing.T) {
	for _, login := range []string{"ulla", "a(b)", "ulla@example.com", ""} {
		u := portico.User{FirstName: "Ulla (she)", LastName: "Tester", LoginID: login}
		if got := (portico.Event{Action: portico.UserDeleted}).Target(u).LoginIDBefore(); login != "" && got != login {
			t.Errorf("of the deleted user %s: got %q, want %q", u.NameAndLogin(), got, login)
		}
	}
	for details, want := range map[string]string{"From ulla to una": "ulla", "To una": "", "": ""} {
		e := portico.Event{Action: portico.LoginIDChanged, TargetName: "Una (una)", Details: details}
		if got := e.LoginIDBefore(); got != want {
			t.Errorf("of a change %q: got %q, want %q", details, got, want)
		}
	}
}
