// Package passkeytest is a browser with an authenticator, in memory, for tests:
// it makes passkeys and answers with them. It tells every lie that a test asks
// for, by a change of the Draft of an answer. It does not import package passkey,
// so that a mistake there is not made here as well.
package passkeytest

import (
	"crypto"
	"crypto/rand"
	"encoding/json"
	"slices"
	"testing"
)

// Flags of the authenticator data (Web Authentication, 6.1).
const (
	UserPresent    byte = 1 << 0
	UserVerified   byte = 1 << 2
	BackupEligible byte = 1 << 3
	BackedUp       byte = 1 << 4

	attested byte = 1 << 6
)

// Algorithms of keys (IANA COSE Algorithms).
const (
	ES256 int64 = -7
	EdDSA int64 = -8
	RS256 int64 = -257
)

// Authenticator holds passkeys. Its fields may be changed between two answers.
type Authenticator struct {
	Origin    string // of the page that the browser shows
	Algorithm int64  // preferred for new passkeys
	Flags     byte   // of every answer
	AAGUID    [16]byte
	Step      uint32 // added to the sign count at each use; 0 as synced passkeys have it

	t        testing.TB
	passkeys []*passkey
}

type passkey struct {
	id, handle []byte
	rpID       string
	algorithm  int64
	key        crypto.Signer
	count      uint32
}

// New returns an authenticator on a page of this origin that verifies its user
// and synchronises nothing.
func New(t testing.TB, origin string) *Authenticator {
	return &Authenticator{Origin: origin, Algorithm: ES256, Flags: UserPresent | UserVerified, t: t}
}

// Draft is an answer before it is signed and encoded.
type Draft struct {
	// What the browser says.
	Type, Challenge, Origin, TopOrigin string
	CrossOrigin                        bool
	// What the authenticator says.
	RPID         string
	Flags        byte
	SignCount    uint32
	CredentialID []byte // in the authenticator data, or at the top of an assertion
	UserHandle   []byte
	Key          crypto.Signer
	Algorithm    int64  // in a new public key
	PublicKey    []byte // instead of the encoded Key, if set
	Format       string
	Statement    map[string]any
	Transports   []string
	Hidden       bool // the browser says that a new passkey is not discoverable
	// What happens on the way.
	ID  []byte // at the top of a registration, if it is another
	Cut int    // bytes that the end of the CBOR or of the signature lacks
	Pad int    // length of a member that nobody knows
}

type options struct {
	Challenge string
	RP        struct{ ID string }
	RPID      string `json:"rpId"`
	User      struct{ ID string }
	Params    []struct{ Alg int64 } `json:"pubKeyCredParams"`
	Exclude   []struct{ ID string } `json:"excludeCredentials"`
	Allow     []struct{ ID string } `json:"allowCredentials"`
}

// Create makes a passkey and returns what a browser answers to the options, as
// PublicKeyCredential.toJSON writes it.
func (a *Authenticator) Create(optionsJSON []byte, lies ...func(*Draft)) []byte {
	a.t.Helper()
	o := a.read(optionsJSON)
	for _, e := range o.Exclude {
		if slices.ContainsFunc(a.passkeys, func(p *passkey) bool { return base64URL(p.id) == e.ID }) {
			a.t.Fatal("the authenticator holds a passkey that is excluded")
		}
	}
	if !slices.ContainsFunc(o.Params, func(p struct{ Alg int64 }) bool { return p.Alg == a.Algorithm }) {
		a.t.Fatalf("algorithm %d is not in the options", a.Algorithm)
	}
	p := &passkey{id: random(32), handle: a.bytes(o.User.ID), rpID: o.RP.ID, algorithm: a.Algorithm, key: a.newKey(a.Algorithm)}
	d := Draft{
		Type: "webauthn.create", Challenge: o.Challenge, Origin: a.Origin,
		RPID: o.RP.ID, Flags: a.Flags, SignCount: p.count, CredentialID: p.id, Key: p.key, Algorithm: p.algorithm,
		Format: "none", Statement: map[string]any{}, Transports: []string{"internal", "hybrid"},
	}
	for _, lie := range lies {
		lie(&d)
	}
	p.id, p.key = d.CredentialID, d.Key
	a.passkeys = append(a.passkeys, p)
	return a.registration(d)
}

// Get returns what a browser answers to the options with the newest passkey that
// they allow.
func (a *Authenticator) Get(optionsJSON []byte, lies ...func(*Draft)) []byte {
	a.t.Helper()
	o := a.read(optionsJSON)
	p := a.find(o)
	p.count += a.Step
	d := Draft{
		Type: "webauthn.get", Challenge: o.Challenge, Origin: a.Origin,
		RPID: o.RPID, Flags: a.Flags, SignCount: p.count, CredentialID: p.id, UserHandle: p.handle, Key: p.key,
	}
	for _, lie := range lies {
		lie(&d)
	}
	return a.assertion(d)
}

func (a *Authenticator) find(o options) *passkey {
	a.t.Helper()
	for _, p := range slices.Backward(a.passkeys) {
		allowed := len(o.Allow) == 0 || slices.ContainsFunc(o.Allow, func(c struct{ ID string }) bool { return c.ID == base64URL(p.id) })
		if p.rpID == o.RPID && allowed {
			return p
		}
	}
	a.t.Fatal("the authenticator holds no passkey for these options")
	return nil
}

func (a *Authenticator) read(optionsJSON []byte) options {
	a.t.Helper()
	var o options
	if err := json.Unmarshal(optionsJSON, &o); err != nil {
		a.t.Fatalf("the options: %v", err)
	}
	return o
}

// NewKey returns another key than the one of a passkey.
func (a *Authenticator) NewKey() crypto.Signer { return a.newKey(a.Algorithm) }

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: the program is terminated instead
	return b
}
