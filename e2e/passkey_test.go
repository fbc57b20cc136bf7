package e2e

import (
	"net/url"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/webauthn"

	"portico"
	"portico/internal/porticotest"
)

// TestPasskeyIsNamedBeforeItIsMade checks that a name which no passkey can have is
// refused before the device makes one, and that a corrected one is taken.
func TestPasskeyIsNamedBeforeItIsMade(t *testing.T) {
	t.Parallel()
	p := porticotest.New(t, porticotest.Named)
	p.User(p.Customer("acme", "Acme Telecom").ID, "ulla", portico.RoleUser)
	b := browse(t, p, desktop)
	device := b.authenticator()
	b.login("ulla", porticotest.Password, "")
	b.open("/account/passkeys/new")
	b.eval(`document.getElementById("name").value = "Work\u0007laptop"`)
	b.click("button", "Make the passkey")
	b.alerts("Enter the name without control characters.")
	if made := call(b, webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: device}); len(made.Credentials) > 0 {
		t.Error("the device has made one")
	}
	b.fill("Name", "Work laptop")
	b.follow("button", "Make the passkey")
	b.reads("Work laptop")
}

// TestPasskeyJourney adds a passkey, and logs in and confirms with it.
func TestPasskeyJourney(t *testing.T) {
	t.Parallel()
	p := porticotest.New(t, porticotest.Named)
	p.User(p.Customer("acme", "Acme Telecom").ID, "ulla", portico.RoleUser)
	b := browse(t, p, desktop)
	b.authenticator()
	script, err := url.QueryUnescape(neverChosen)
	b.must(err)
	call(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})

	b.login("ulla", porticotest.Password, "")
	b.open("/account")
	b.follow("button", "Add a passkey")
	b.follow("button", "Make the passkey")
	b.follow("button", "I have saved my recovery codes")
	b.reads("Passkey, on one device only")

	b.logout("Ulla Tester Acme Telecom")
	b.follow("button", "Log in with a passkey")
	b.reads("Hello Ulla")
	p.Clock.Advance(portico.ConfirmationTTL)
	b.open("/account/password")
	b.follow("button", "Confirm with a passkey")
	b.reads("New password")

	b.logout("Ulla Tester Acme Telecom")
	b.open("/login")
	b.fill("Login ID", "ulla")
	b.fill("Password", porticotest.Password)
	b.follow("button", "Log in")
	b.follow("button", "Use a passkey")
	b.reads("Hello Ulla")
}
