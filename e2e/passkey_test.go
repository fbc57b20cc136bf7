package e2e

import (
	"net/url"
	"testing"

	"github.com/chromedp/cdproto/page"

	"portico"
	"portico/internal/porticotest"
)

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
