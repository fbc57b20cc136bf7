package e2e

import (
	"context"
	"net/url"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/webauthn"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/store"
)

// held returns the only passkey that an authenticator of the browser holds, or nil.
func (b *tab) held(id webauthn.AuthenticatorID) *webauthn.Credential {
	b.t.Helper()
	all := call(b, webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: id}).Credentials
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	b.t.Fatalf("%d passkeys, want one at most", len(all))
	return nil
}

// TestAuthenticatorsAreTold checks that Chromium's authenticator takes the name that its
// user has now, and forgets a passkey that was deleted: when its user sees the Account
// page, and when it is used for a log-in.
func TestAuthenticatorsAreTold(t *testing.T) {
	t.Parallel()
	p := porticotest.New(t, porticotest.Named)
	ulla := p.User(p.Customer("acme", "Acme Telecom").ID, "ulla", portico.RoleUser)
	b := browse(t, p, desktop)
	key := b.authenticator()
	script, err := url.QueryUnescape(neverChosen)
	b.must(err)
	call(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
	add := func() {
		t.Helper()
		b.open("/account")
		b.follow("button", "Add a passkey")
		b.follow("button", "Make the passkey")
		b.follow("button", "I have saved my recovery codes")
		if b.held(key) == nil {
			t.Fatal("the authenticator has no passkey")
		}
	}

	b.login("ulla", porticotest.Password, "")
	add()
	b.open("/account/profile")
	b.fill("First name", "Ursula")
	b.follow("button", "Save")
	if !b.eventually(func() bool {
		c := b.held(key)
		return c != nil && c.UserDisplayName == "Ursula Tester" && c.UserName == "ulla"
	}) {
		t.Errorf("after a change of the name: %+v", b.held(key))
	}
	b.open("/account")
	b.follow("button", "Delete 2FA setup")
	b.follow("button", "Delete 2FA setup")
	if !b.eventually(func() bool { return b.held(key) == nil }) {
		t.Error("the authenticator keeps a passkey that its user has deleted")
	}

	add()
	b.logout("Ursula Tester Acme Telecom")
	b.must(p.DB.Update(context.Background(), portico.CommandLine(), func(tx *store.Tx) error {
		_, err := tx.DeleteAuthenticators(ulla.ID)
		return err
	}))
	b.follow("button", "Log in with a passkey")
	b.reads("was not accepted")
	if !b.eventually(func() bool { return b.held(key) == nil }) {
		t.Error("the authenticator keeps a passkey that nobody has any more")
	}
}
