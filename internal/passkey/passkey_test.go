package passkey_test

import (
	"bytes"
	"errors"
	"net/url"
	"slices"
	"testing"

	"portico/internal/passkey"
	"portico/internal/passkey/passkeytest"
)

func TestEachAlgorithm(t *testing.T) {
	for name, algorithm := range map[string]int64{"ES256": passkeytest.ES256, "EdDSA": passkeytest.EdDSA, "RS256": passkeytest.RS256} {
		t.Run(name, func(t *testing.T) {
			c := newCeremony(t)
			c.Algorithm, c.Step, c.AAGUID = algorithm, 1, [16]byte{1, 2, 3}
			c.Flags |= passkeytest.BackupEligible
			made := c.registered()
			if made.RPID != portal.ID || !made.UserVerified || !made.BackupEligible || made.BackedUp || made.SignCount != 0 ||
				!bytes.Equal(made.AAGUID, c.AAGUID[:]) || !slices.Equal(made.Transports, []string{"hybrid", "internal"}) {
				t.Errorf("%+v is not what the authenticator said", made)
			}
			c.Flags |= passkeytest.BackedUp
			second, err := c.use(made)
			if want := (passkey.Use{SignCount: 1, BackedUp: true, UserVerified: true}); err != nil || second != want {
				t.Errorf("%+v %v, want %+v", second, err, want)
			}
			made.SignCount = second.SignCount
			answer := c.got(nil)
			if !bytes.Equal(answer.CredentialID, made.ID) || !bytes.Equal(answer.UserHandle, c.user.Handle) {
				t.Errorf("%x of %x, want %x of %x", answer.CredentialID, answer.UserHandle, made.ID, c.user.Handle)
			}
			if use, err := answer.VerifyLogin(portal, c.challenge, made, c.user.Handle); err != nil || use.SignCount != 2 {
				t.Errorf("a whole log-in: %+v %v, want the count 2", use, err)
			}
		})
	}
}

// TestSecurityKey uses a passkey as old security keys have it: it verifies no
// user and names none.
func TestSecurityKey(t *testing.T) {
	c := newCeremony(t)
	c.Flags = passkeytest.UserPresent
	made := c.registered()
	if made.UserVerified {
		t.Error("the user counts as verified")
	}
	use, err := c.use(made, func(d *passkeytest.Draft) { d.UserHandle = nil })
	if err != nil || use.UserVerified {
		t.Errorf("%+v %v, want an unverified user", use, err)
	}
}

func TestRelyingParty(t *testing.T) {
	for base, want := range map[string]struct {
		id  string
		err error
	}{
		"https://portal.example.com":      {id: "portal.example.com"},
		"https://portal.example.com:8443": {id: "portal.example.com"},
		"https://portal":                  {id: "portal"},
		"http://localhost:8080":           {id: "localhost"},
		"https://localhost":               {id: "localhost"},
		"http://portal.example.com":       {err: passkey.ErrInsecure},
		"http://localhost.example.com":    {err: passkey.ErrInsecure},
		"https://192.0.2.1":               {err: passkey.ErrNoHost},
		"http://127.0.0.1:8080":           {err: passkey.ErrNoHost},
		"https://[2001:db8::1]:8443":      {err: passkey.ErrNoHost},
		"":                                {err: passkey.ErrNoHost},
	} {
		u, err := url.Parse(base)
		if err != nil {
			t.Fatal(err)
		}
		rp, err := passkey.NewRelyingParty(u, "Example")
		if rp.ID != want.id || !errors.Is(err, want.err) || err == nil && (rp.Origin != base || rp.Name != "Example") {
			t.Errorf("%q: %+v %v, want %+v", base, rp, err, want)
		}
	}
}

func TestRegistrationOptions(t *testing.T) {
	c := newCeremony(t)
	c.user.Handle = []byte{255, 254}
	got, err := passkey.Registration(portal, make([]byte, 16), c.user, []passkey.Credential{{ID: []byte{1, 2, 3}, Transports: []string{"usb"}}})
	const want = `{"rp":{"name":"Portico","id":"portal.example.com"},` +
		`"user":{"name":"dmitri","displayName":"Dmitri Volkov","id":"__4"},"challenge":"AAAAAAAAAAAAAAAAAAAAAA",` +
		`"pubKeyCredParams":[{"type":"public-key","alg":-7},{"type":"public-key","alg":-8},{"type":"public-key","alg":-257}],` +
		`"timeout":300000,"excludeCredentials":[{"type":"public-key","id":"AQID","transports":["usb"]}],` +
		`"authenticatorSelection":{"residentKey":"preferred","userVerification":"preferred"},"attestation":"none","extensions":{"credProps":true}}`
	if err != nil || string(got) != want {
		t.Errorf("%s %v, want\n%s", got, err, want)
	}
}

func TestAssertionOptions(t *testing.T) {
	one := []passkey.Credential{{ID: []byte{1, 2, 3}}}
	for _, o := range []struct {
		allow     []passkey.Credential
		requireUV bool
		want      string
	}{
		{one, false, `{"challenge":"AAAAAAAAAAAAAAAAAAAAAA","timeout":300000,"rpId":"portal.example.com","allowCredentials":[{"type":"public-key","id":"AQID"}],"userVerification":"preferred"}`},
		{one, true, `{"challenge":"AAAAAAAAAAAAAAAAAAAAAA","timeout":300000,"rpId":"portal.example.com","allowCredentials":[{"type":"public-key","id":"AQID"}],"userVerification":"required"}`},
		{nil, true, `{"challenge":"AAAAAAAAAAAAAAAAAAAAAA","timeout":300000,"rpId":"portal.example.com","userVerification":"required"}`},
	} {
		if got, err := passkey.Assertion(portal, make([]byte, 16), o.allow, o.requireUV); err != nil || string(got) != o.want {
			t.Errorf("%s %v, want\n%s", got, err, o.want)
		}
	}
}

// TestC23_OptionsFailClosed asks for options that nothing safe could come of.
func TestC23_OptionsFailClosed(t *testing.T) {
	c := newCeremony(t)
	one := []passkey.Credential{{ID: []byte{1, 2, 3}}}
	short := c.challenge[:15]
	for what, ask := range map[string]func() ([]byte, error){
		"registration with a short challenge": func() ([]byte, error) { return passkey.Registration(portal, short, c.user, nil) },
		"registration without a user handle":  func() ([]byte, error) { return passkey.Registration(portal, c.challenge, passkey.User{}, nil) },
		"registration with a long user handle": func() ([]byte, error) {
			return passkey.Registration(portal, c.challenge, passkey.User{Handle: make([]byte, 65)}, nil)
		},
		"assertion with a short challenge":   func() ([]byte, error) { return passkey.Assertion(portal, short, one, true) },
		"whole log-in of an unverified user": func() ([]byte, error) { return passkey.Assertion(portal, c.challenge, nil, false) },
	} {
		if options, err := ask(); err == nil || options != nil {
			t.Errorf("%s: %s %v, want an error", what, options, err)
		}
	}
}
