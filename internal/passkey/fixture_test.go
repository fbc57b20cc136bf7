package passkey_test

import (
	"bytes"
	"errors"
	"testing"

	"portico/internal/passkey"
	"portico/internal/passkey/passkeytest"
)

var portal = passkey.RelyingParty{ID: "portal.example.com", Name: "Portico", Origin: "https://portal.example.com"}

// ceremony is a user with an authenticator, in front of the portal.
type ceremony struct {
	*passkeytest.Authenticator
	t         testing.TB
	challenge []byte
	user      passkey.User
}

func newCeremony(t testing.TB) *ceremony {
	return &ceremony{
		Authenticator: passkeytest.New(t, portal.Origin),
		t:             t,
		challenge:     bytes.Repeat([]byte{7}, 32),
		user:          passkey.User{Handle: bytes.Repeat([]byte{9}, passkey.HandleSize), LoginID: "dmitri", Name: "Dmitri Volkov"},
	}
}

func (c *ceremony) created(lies ...func(*passkeytest.Draft)) []byte {
	c.t.Helper()
	options, err := passkey.Registration(portal, c.challenge, c.user, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	return c.Create(options, lies...)
}

func (c *ceremony) registration(lies ...func(*passkeytest.Draft)) (passkey.Credential, error) {
	c.t.Helper()
	return passkey.VerifyRegistration(portal, c.challenge, c.created(lies...))
}

// registered returns a new passkey.
func (c *ceremony) registered() passkey.Credential {
	c.t.Helper()
	made, err := c.registration()
	if err != nil {
		c.t.Fatal(err)
	}
	return made
}

// got returns an answer of the authenticator with one of the credentials.
func (c *ceremony) got(allow []passkey.Credential, lies ...func(*passkeytest.Draft)) passkey.Answer {
	c.t.Helper()
	options, err := passkey.Assertion(portal, c.challenge, allow, true)
	if err != nil {
		c.t.Fatal(err)
	}
	answer, err := passkey.ParseAssertion(c.Get(options, lies...))
	if err != nil {
		c.t.Fatal(err)
	}
	return answer
}

// use is a log-in of a user who is known, with a passkey.
func (c *ceremony) use(made passkey.Credential, lies ...func(*passkeytest.Draft)) (passkey.Use, error) {
	c.t.Helper()
	return c.got([]passkey.Credential{made}, lies...).Verify(portal, c.challenge, made, c.user.Handle, false)
}

// want checks the error of an answer.
func want(t *testing.T, what string, err error, reason passkey.Refused) {
	t.Helper()
	if !errors.Is(err, reason) {
		t.Errorf("%s: %v, want %q", what, err, reason)
	}
}
