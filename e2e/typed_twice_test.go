package e2e

import (
	"strings"
	"testing"

	"portico"
)

// TestTakenLoginIDKeepsThePassword activates an account with a login ID that is
// taken. The focus is on the login ID, the password is still there, and another
// login ID is all that it takes.
func TestTakenLoginIDKeepsThePassword(t *testing.T) {
	t.Parallel()
	p := portal(t)
	acme := p.Customer("acme", "Acme Telecom")
	p.User(acme.ID, "fay", portico.RoleUser)
	if _, err := p.Users.Invite(t.Context(), portico.CommandLine(), acme.ID, portico.User{FirstName: "Fay", Email: "fay.guest@example.com", Role: portico.RoleUser}); err != nil {
		t.Fatal(err)
	}
	b := browse(t, p, desktop)
	b.open(p.Mails("fay.guest@example.com")[0].Link("/activate/"))
	b.fill("Login ID", "fay")
	b.fill("Password", "seven quiet rivers meet")
	b.click("button", "Activate")
	b.eventually(func() bool { return strings.Contains(b.text(), "This login ID is taken") })
	b.reads("This login ID is taken")
	if got := b.eval(`document.activeElement.name + " " + document.getElementById("password").value`); got != "login_id seven quiet rivers meet" {
		t.Errorf("focus and password: got %q, want the login ID focused and the password kept", got)
	}
	b.fill("Login ID", "fay.guest")
	b.follow("button", "Activate")
	b.reads("Your account is ready")
}
