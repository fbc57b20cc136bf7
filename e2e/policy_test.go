package e2e

import (
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
)

// TestRequired is the journey of required 2FA: an administrator sets a day and
// sees who would have to set it up; a person sees how many days are left, is
// stopped on that day, and enrols.
func TestRequired(t *testing.T) {
	t.Parallel()
	for name, l := range map[string]look{"desktop": desktop, "phone": phone} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := portal(t)
			c := p.Customer("acme", "Acme Telecom")
			p.User(c.ID, "alice", portico.RoleAdministrator)
			p.User(c.ID, "dmitri", portico.RoleUser)

			b := browse(t, p, l)
			b.login("alice", porticotest.Password, "")
			b.open("/administration/policy")
			b.eval(`document.getElementById("require_user").value = "2026-11-24"`)
			b.screenshot("policy " + name)
			b.follow("button", "Save 2FA")
			b.reads("1 user has no 2FA.")
			b.reads("Dmitri Tester")
			b.screenshot("preview " + name)
			b.follow("button", "Save the policy")
			b.reads("The policy was saved.")

			b = browse(t, p, l)
			b.login("dmitri", porticotest.Password, "")
			b.reads("Two Factor Authentication is required from tomorrow.")
			b.screenshot("banner " + name)
			p.Clock.Advance(time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC).Sub(p.Clock.Now()))
			b.login("dmitri", porticotest.Password, "")
			b.reads("One more step")
			b.screenshot("required " + name)
			b.open("/account/profile")
			b.reads("One more step")
			b.follow("button", "Set up Two Factor Authentication")
			key := b.eval(`document.querySelector("[data-testid=setup-key]").textContent`)
			checkURI(t, b.qrCode("required setup "+name), "Acme Telecom", "dmitri", key)
			b.fill("Enter the code here", appCode(t, key, p.Clock.Now()))
			b.follow("button", "Submit")
			b.find("button", "I have saved my recovery codes")
			if b.status() != "Enabled" || b.slider() != "true" {
				t.Fatalf("status %q, slider %q", b.status(), b.slider())
			}
			b.click("switch", "Two Factor Authentication") // it leads nowhere
			b.reads("cannot be switched off")
			b.screenshot("enforced " + name)
			b.open("/")
			b.reads("Hello Dmitri")
		})
	}
}
