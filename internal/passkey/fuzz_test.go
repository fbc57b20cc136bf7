package passkey_test

import (
	"errors"
	"testing"

	"portico/internal/passkey"
	"portico/internal/passkey/passkeytest"
)

// FuzzRegistration checks that whatever is sent is verified or refused, and that
// a passkey is made only of what was sent for this challenge.
func FuzzRegistration(f *testing.F) {
	c := newCeremony(f)
	for _, algorithm := range []int64{passkeytest.ES256, passkeytest.EdDSA, passkeytest.RS256} {
		c.Algorithm = algorithm
		options, err := passkey.Registration(portal, c.challenge, c.user, nil)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(c.Create(options))
		f.Add(c.Create(options, func(d *draft) { d.Cut = 9 }))
		f.Add(c.Create(options, func(d *draft) { d.Format = "packed" }))
	}
	f.Add([]byte(`{"id":"AA","rawId":"AA","type":"public-key","response":{}}`))
	f.Fuzz(func(t *testing.T, answer []byte) {
		made, err := passkey.VerifyRegistration(portal, c.challenge, answer)
		var refused passkey.Refused
		if err != nil && !errors.As(err, &refused) {
			t.Errorf("%v is no refusal", err)
		}
		if err == nil && (len(made.ID) < 16 || len(made.ID) > 1023 || len(made.PublicKey) == 0 || made.RPID != portal.ID) {
			t.Errorf("made %+v", made)
		}
	})
}

// FuzzAssertion checks that whatever is sent instead of an answer of the passkey
// proves nothing.
func FuzzAssertion(f *testing.F) {
	c := newCeremony(f)
	options, err := passkey.Registration(portal, c.challenge, c.user, nil)
	if err != nil {
		f.Fatal(err)
	}
	made, err := passkey.VerifyRegistration(portal, c.challenge, c.Create(options))
	if err != nil {
		f.Fatal(err)
	}
	options, err = passkey.Assertion(portal, c.challenge, nil, true)
	if err != nil {
		f.Fatal(err)
	}
	another := c.NewKey()
	forged := func(d *draft) { d.Key = another }
	f.Add(c.Get(options, forged))
	f.Add(c.Get(options, forged, func(d *draft) { d.UserHandle = nil }))
	f.Add(c.Get(options, func(d *draft) { d.Cut = 5 }))
	f.Add([]byte(`{"id":"AA","rawId":"AA","type":"public-key","response":{}}`))
	f.Fuzz(func(t *testing.T, sent []byte) {
		answer, err := passkey.ParseAssertion(sent)
		if err == nil {
			_, err = answer.Verify(portal, c.challenge, made, c.user.Handle, false)
		}
		var refused passkey.Refused
		if !errors.As(err, &refused) {
			t.Errorf("%v is no refusal", err)
		}
	})
}
