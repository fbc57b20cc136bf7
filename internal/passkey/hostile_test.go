package passkey_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"math/big"
	"testing"

	"portico/internal/passkey"
	"portico/internal/passkey/passkeytest"
)

type (
	draft = passkeytest.Draft
	lie   = func(*draft)
)

// lies are those that are told in both ceremonies.
var lies = map[string]struct {
	lie  lie
	want passkey.Refused
}{
	"another origin":                {func(d *draft) { d.Origin = "https://evil.example" }, passkey.ErrOrigin},
	"a subdomain":                   {func(d *draft) { d.Origin = "https://x.portal.example.com" }, passkey.ErrOrigin},
	"the parent domain":             {func(d *draft) { d.Origin = "https://example.com" }, passkey.ErrOrigin},
	"another port":                  {func(d *draft) { d.Origin += ":8443" }, passkey.ErrOrigin},
	"http":                          {func(d *draft) { d.Origin = "http://portal.example.com" }, passkey.ErrOrigin},
	"an origin that begins alike":   {func(d *draft) { d.Origin += ".evil.example" }, passkey.ErrOrigin},
	"an origin with a path":         {func(d *draft) { d.Origin += "/" }, passkey.ErrOrigin},
	"an origin with a user":         {func(d *draft) { d.Origin = "https://evil@portal.example.com" }, passkey.ErrOrigin},
	"an app's origin":               {func(d *draft) { d.Origin = "android:apk-key-hash:AAAA" }, passkey.ErrOrigin},
	"no origin":                     {func(d *draft) { d.Origin = "" }, passkey.ErrOrigin},
	"another relying party":         {func(d *draft) { d.RPID = "evil.example" }, passkey.ErrRelyingParty},
	"the parent as relying party":   {func(d *draft) { d.RPID = "example.com" }, passkey.ErrRelyingParty},
	"no relying party":              {func(d *draft) { d.RPID = "" }, passkey.ErrRelyingParty},
	"another challenge":             {func(d *draft) { d.Challenge = base64.RawURLEncoding.EncodeToString(make([]byte, 32)) }, passkey.ErrChallenge},
	"a challenge that begins alike": {func(d *draft) { d.Challenge = d.Challenge[:40] }, passkey.ErrChallenge},
	"a longer challenge":            {func(d *draft) { d.Challenge += "AAAA" }, passkey.ErrChallenge},
	"no challenge":                  {func(d *draft) { d.Challenge = "" }, passkey.ErrChallenge},
	"a frame in another site":       {func(d *draft) { d.CrossOrigin = true }, passkey.ErrFramed},
	"a frame in a named site":       {func(d *draft) { d.CrossOrigin, d.TopOrigin = true, "https://evil.example" }, passkey.ErrFramed},
	"a named site alone":            {func(d *draft) { d.TopOrigin = "https://evil.example" }, passkey.ErrFramed},
	"a frame in our own page":       {func(d *draft) { d.CrossOrigin, d.TopOrigin = true, portal.Origin }, passkey.ErrFramed},
	"no kind of request":            {func(d *draft) { d.Type = "" }, passkey.ErrCeremony},
	"a payment":                     {func(d *draft) { d.Type = "payment.get" }, passkey.ErrCeremony},
	"no user present":               {func(d *draft) { d.Flags &^= passkeytest.UserPresent }, passkey.ErrNotPresent},
	"backed up, not eligible":       {func(d *draft) { d.Flags |= passkeytest.BackedUp }, passkey.ErrBackup},
}

func TestC23_WrongOriginRPChallengeUser(t *testing.T) {
	c := newCeremony(t)
	made := c.registered()
	for what, l := range lies {
		_, err := c.registration(l.lie)
		want(t, "registration: "+what, err, l.want)
		_, err = c.use(made, l.lie)
		want(t, "use: "+what, err, l.want)
	}
	_, err := c.registration(func(d *draft) { d.Type = "webauthn.get" })
	want(t, "registration: an assertion", err, passkey.ErrCeremony)
	_, err = c.use(made, func(d *draft) { d.Type = "webauthn.create" })
	want(t, "use: a registration", err, passkey.ErrCeremony)
	_, err = c.use(made, func(d *draft) { d.UserHandle = bytes.Repeat([]byte{8}, passkey.HandleSize) })
	want(t, "use: another user", err, passkey.ErrOtherUser)
	_, err = c.use(made, func(d *draft) { d.UserHandle = d.UserHandle[:1] })
	want(t, "use: a handle that begins alike", err, passkey.ErrOtherUser)
}

// TestC23_LoginNamesTheUser sends answers that could be of anybody.
func TestC23_LoginNamesTheUser(t *testing.T) {
	c := newCeremony(t)
	made := c.registered()
	_, err := c.got(nil, func(d *draft) { d.UserHandle = nil }).VerifyLogin(portal, c.challenge, made, c.user.Handle)
	want(t, "a whole log-in without a handle", err, passkey.ErrOtherUser)
	_, err = c.got(nil, func(d *draft) { d.UserHandle = nil }).Verify(portal, c.challenge, made, nil, true)
	want(t, "an account without a handle", err, passkey.ErrOtherUser)
	_, err = c.got(nil).VerifyLogin(portal, c.challenge, made, []byte("another"))
	want(t, "another account", err, passkey.ErrOtherUser)
}

// TestC23_LostChallenge verifies answers when the portal has no challenge.
func TestC23_LostChallenge(t *testing.T) {
	c := newCeremony(t)
	made := c.registered()
	none := func(d *draft) { d.Challenge = "" }
	_, err := passkey.VerifyRegistration(portal, nil, c.created(none))
	want(t, "registration", err, passkey.ErrChallenge)
	_, err = c.got([]passkey.Credential{made}, none).Verify(portal, nil, made, c.user.Handle, true)
	want(t, "use", err, passkey.ErrChallenge)
}

func TestC23_UVRequired(t *testing.T) {
	c := newCeremony(t)
	made := c.registered()
	unverified := func(d *draft) { d.Flags &^= passkeytest.UserVerified }
	_, err := c.got(nil, unverified).Verify(portal, c.challenge, made, c.user.Handle, true)
	want(t, "required", err, passkey.ErrNotVerified)
	_, err = c.got(nil, unverified).VerifyLogin(portal, c.challenge, made, c.user.Handle)
	want(t, "a whole log-in", err, passkey.ErrNotVerified)
	if use, err := c.use(made, unverified); err != nil || use.UserVerified {
		t.Errorf("not required: %+v %v, want an unverified user", use, err)
	}
}

// made is a public key that no private key has.
type made struct {
	crypto.Signer
	public crypto.PublicKey
}

func (m made) Public() crypto.PublicKey { return m.public }

func TestC23_AlgNoneOrUnknown(t *testing.T) {
	c := newCeremony(t)
	for what, l := range map[string]struct {
		algorithm int64
		says      int64
		want      passkey.Refused
	}{
		"none":                    {passkeytest.ES256, 0, passkey.ErrAlgorithm},
		"unknown":                 {passkeytest.ES256, 99, passkey.ErrAlgorithm},
		"ES384":                   {passkeytest.ES256, -35, passkey.ErrAlgorithm},
		"ES256K":                  {passkeytest.ES256, -47, passkey.ErrAlgorithm},
		"RSA with SHA-1":          {passkeytest.RS256, -65535, passkey.ErrAlgorithm},
		"PS256":                   {passkeytest.RS256, -37, passkey.ErrAlgorithm},
		"RSA that says ES256":     {passkeytest.RS256, passkeytest.ES256, passkey.ErrKey},
		"RSA that says EdDSA":     {passkeytest.RS256, passkeytest.EdDSA, passkey.ErrKey},
		"P-256 that says EdDSA":   {passkeytest.ES256, passkeytest.EdDSA, passkey.ErrKey},
		"Ed25519 that says ES256": {passkeytest.EdDSA, passkeytest.ES256, passkey.ErrKey},
	} {
		c.Algorithm = l.algorithm
		_, err := c.registration(func(d *draft) { d.Algorithm = l.says })
		want(t, what, err, l.want)
	}
	c.Algorithm = passkeytest.RS256
	for _, bits := range []uint{1024, 2047, 4097, 16384} {
		modulus := new(big.Int).Lsh(big.NewInt(1), bits-1)
		_, err := c.registration(func(d *draft) { d.Key = made{public: &rsa.PublicKey{N: modulus, E: 65537}} })
		want(t, "RSA of the wrong length", err, passkey.ErrKey)
	}
	_, err := c.registration(func(d *draft) { d.PublicKey = []byte{0xa0} })
	want(t, "an empty key", err, passkey.ErrAlgorithm)
}

// TestC23_StoredKeyDecides uses passkeys whose row holds another key.
func TestC23_StoredKeyDecides(t *testing.T) {
	c := newCeremony(t)
	made, other := c.registered(), c.registered()
	stored := made
	for what, l := range map[string]struct {
		key  []byte
		want passkey.Refused
	}{
		"of another passkey": {other.PublicKey, passkey.ErrSignature},
		"none":               {nil, passkey.ErrKey},
		"truncated":          {made.PublicKey[:20], passkey.ErrKey},
		"without algorithm":  {[]byte{0xa1, 0x01, 0x02}, passkey.ErrAlgorithm},
	} {
		stored.PublicKey = l.key
		_, err := c.use(stored)
		want(t, what, err, l.want)
	}
	another := c.NewKey()
	_, err := c.use(made, func(d *draft) { d.Key = another })
	want(t, "an answer signed with another key", err, passkey.ErrSignature)
	_, err = c.use(made, func(d *draft) { d.Cut = 1 })
	want(t, "a truncated signature", err, passkey.ErrSignature)
	_, err = c.got([]passkey.Credential{made}).Verify(portal, c.challenge, other, c.user.Handle, false)
	want(t, "the row of another passkey", err, passkey.ErrOtherCredential)
	moved := made
	moved.RPID = "old.example.com"
	_, err = c.use(moved)
	want(t, "a passkey of the portal's former address", err, passkey.ErrRelyingParty)
	_, err = passkey.Answer{CredentialID: made.ID}.Verify(portal, c.challenge, made, c.user.Handle, false)
	want(t, "an answer that was not parsed", err, passkey.ErrOtherCredential)
}

func TestC23_BackupEligibleChanged(t *testing.T) {
	c := newCeremony(t)
	bound := c.registered()
	_, err := c.use(bound, func(d *draft) { d.Flags |= passkeytest.BackupEligible })
	want(t, "a bound passkey that is copied", err, passkey.ErrBackupEligibility)
	c.Flags |= passkeytest.BackupEligible
	synced := c.registered()
	_, err = c.use(synced, func(d *draft) { d.Flags &^= passkeytest.BackupEligible })
	want(t, "a synchronised passkey that is bound", err, passkey.ErrBackupEligibility)
	another := c.NewKey()
	_, err = c.use(bound, func(d *draft) { d.Key = another })
	want(t, "said by somebody without the key", err, passkey.ErrSignature)
}

func TestC23_ClonedCounter(t *testing.T) {
	c := newCeremony(t)
	made := c.registered()
	another := c.NewKey()
	for _, l := range []struct{ stored, said uint32 }{{5, 5}, {5, 4}, {5, 0}, {1 << 31, 1}} {
		made.SignCount = l.stored
		said := func(d *draft) { d.SignCount = l.said }
		_, err := c.use(made, said)
		want(t, "the count went back", err, passkey.ErrCloned)
		_, err = c.use(made, said, func(d *draft) { d.Key = another })
		want(t, "said by somebody without the key", err, passkey.ErrSignature)
	}
	for _, l := range []struct{ stored, said uint32 }{{0, 0}, {0, 7}, {5, 6}, {5, 1<<32 - 1}} {
		made.SignCount = l.stored
		use, err := c.use(made, func(d *draft) { d.SignCount = l.said })
		if err != nil || use.SignCount != l.said {
			t.Errorf("from %d: %+v %v, want the count %d", l.stored, use, err, l.said)
		}
	}
}

func TestC23_CredentialIDs(t *testing.T) {
	c := newCeremony(t)
	for length, reason := range map[int]error{0: passkey.ErrCredentialID, 15: passkey.ErrCredentialID, 16: nil, 1023: nil, 1024: passkey.ErrMalformed} {
		id := make([]byte, length)
		_, err := c.registration(func(d *draft) { d.CredentialID, d.ID = id, append([]byte{1}, id...) })
		if reason == nil {
			reason = passkey.ErrOtherCredential // that the other ID above is another one is seen last
		}
		if !errors.Is(err, reason) {
			t.Errorf("registration, %d bytes: %v, want %v", length, err, reason)
		}
	}
	c.registered()
	options, err := passkey.Assertion(portal, c.challenge, nil, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, length := range []int{1, 15, 1024} {
		_, err := passkey.ParseAssertion(c.Get(options, func(d *draft) { d.CredentialID = make([]byte, length) }))
		want(t, "use", err, passkey.ErrCredentialID)
	}
	_, err = passkey.ParseAssertion(c.Get(options, func(d *draft) { d.UserHandle = make([]byte, 65) }))
	want(t, "a long handle", err, passkey.ErrOtherUser)
}

// TestC23_AttestationProvesNothing registers passkeys with statements that
// nobody has asked for: each is as good as none.
func TestC23_AttestationProvesNothing(t *testing.T) {
	c := newCeremony(t)
	for _, format := range []string{"none", "packed", "tpm", "fido-u2f", "unknown"} {
		_, err := c.registration(func(d *draft) {
			d.Format, d.Statement = format, map[string]any{"alg": passkeytest.ES256, "sig": []byte{1}, "x5c": [][]byte{{1}}}
		})
		if err != nil {
			t.Errorf("%s: %v, want no error", format, err)
		}
	}
}

func TestC23_DamagedAnswers(t *testing.T) {
	c := newCeremony(t)
	made := c.registered()
	for cut := 1; cut <= 150; cut++ {
		_, err := c.registration(func(d *draft) { d.Cut = cut })
		want(t, "truncated CBOR", err, passkey.ErrMalformed)
	}
	_, err := c.registration(func(d *draft) { d.PublicKey = bytes.Repeat([]byte{0x81}, 5000) })
	want(t, "deeply nested CBOR", err, passkey.ErrMalformed)
	_, err = c.registration(func(d *draft) { d.PublicKey = []byte{0x5b, 0x7f, 255, 255, 255, 255, 255, 255, 255} })
	want(t, "CBOR that says to be huge", err, passkey.ErrMalformed)
	_, err = c.registration(func(d *draft) { d.Pad = 64 << 10 })
	want(t, "a large registration", err, passkey.ErrTooLarge)

	registration := c.created()
	options, err := passkey.Assertion(portal, c.challenge, []passkey.Credential{made}, true)
	if err != nil {
		t.Fatal(err)
	}
	use := c.Get(options)
	for n := range len(registration) {
		_, err := passkey.VerifyRegistration(portal, c.challenge, registration[:n])
		want(t, "a truncated registration", err, passkey.ErrMalformed)
	}
	for n := range len(use) {
		_, err := passkey.ParseAssertion(use[:n])
		want(t, "a truncated use", err, passkey.ErrMalformed)
	}
	for _, text := range []string{"", "null", "{}", "[]", `"`, `{"id":"AA","rawId":"AA","type":"public-key"}`, `{"id":"AA","rawId":"AA","type":"public-key","response":null}`} {
		_, err := passkey.VerifyRegistration(portal, c.challenge, []byte(text))
		want(t, text, err, passkey.ErrMalformed)
		_, err = passkey.ParseAssertion([]byte(text))
		want(t, text, err, passkey.ErrMalformed)
	}
	_, err = passkey.ParseAssertion(c.Get(options, func(d *draft) { d.Pad = 64 << 10 }))
	want(t, "a large use", err, passkey.ErrTooLarge)
	_, err = passkey.VerifyRegistration(portal, c.challenge, use)
	want(t, "a use as registration", err, passkey.ErrMalformed)
	_, err = passkey.ParseAssertion(registration)
	want(t, "a registration as use", err, passkey.ErrMalformed)
}

// TestTransportsAreKnown leaves out what no browser says.
func TestTransportsAreKnown(t *testing.T) {
	made, err := newCeremony(t).registration(func(d *draft) { d.Transports = []string{"<script>", "usb", "usb", "telepathy"} })
	if err != nil || len(made.Transports) != 1 || made.Transports[0] != "usb" {
		t.Errorf("%q %v, want usb alone", made.Transports, err)
	}
}
