package e2e

import (
	"testing"

	"portico"
	"portico/internal/porticotest"
)

// passwordType is the type of the log-in page's field.
const passwordType = `document.getElementById("password").type`

// TestShowPassword shows and hides a password that is typed in, by keyboard and
// mouse, and logs in with it while it is shown. Without script there is no such
// button, and the log-in works.
func TestShowPassword(t *testing.T) {
	t.Parallel()
	p := portal(t)
	p.User(p.Customer("acme", "Acme Telecom").ID, "fay", portico.RoleUser)
	b := browse(t, p, desktop)
	b.open("/login")
	b.fill("Password", porticotest.Password)
	for i, want := range []string{"text true", "password false", "text true"} {
		b.click("button", "Show password")
		if got := b.eval(passwordType + ` + " " + document.querySelector("[aria-pressed]").getAttribute("aria-pressed")`); got != want {
			t.Errorf("after %d presses of \"Show password\": got %q, want %q", i+1, got, want)
		}
	}
	// A form that is sent has hidden its passwords again.
	b.eval(`addEventListener("pagehide", () => sessionStorage.sent = ` + passwordType + `); ""`)
	b.fill("Login ID", "fay")
	b.follow("button", "Log in")
	b.reads("Hello Fay")
	if got := b.eval(`sessionStorage.sent`); got != "password" {
		t.Errorf("type of the field when the form was sent: got %q, want %q", got, "password")
	}

	b = browse(t, p, noScript)
	b.open("/login")
	if b.has("button", "Show password") {
		t.Error("without script: got a button that does nothing, want none")
	}
	b.login("fay", porticotest.Password, "")
	b.reads("Hello Fay")
}
