package passkeytest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"sync"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
)

func base64URL(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (a *Authenticator) bytes(s string) []byte {
	a.t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		a.t.Fatalf("%q: %v", s, err)
	}
	return b
}

func (a *Authenticator) registration(d Draft) []byte {
	data := d.authenticatorData(attested)
	data = append(data, a.AAGUID[:]...)
	data = binary.BigEndian.AppendUint16(data, uint16(len(d.CredentialID)))
	data = append(data, d.CredentialID...)
	if d.PublicKey == nil {
		d.PublicKey = a.cbor(coseKey(d.Key, d.Algorithm))
	}
	data = append(data, d.PublicKey...)
	object := a.cbor(map[string]any{"fmt": d.Format, "attStmt": d.Statement, "authData": data})
	if d.ID == nil {
		d.ID = d.CredentialID
	}
	return a.json(d, d.ID, map[string]any{
		"clientDataJSON":    base64URL(d.clientData()),
		"attestationObject": base64URL(object[:len(object)-d.Cut]),
		"transports":        d.Transports,
	})
}

func (a *Authenticator) assertion(d Draft) []byte {
	clientData, data := d.clientData(), d.authenticatorData(0)
	hash := sha256.Sum256(clientData)
	signature := a.sign(d.Key, slices.Concat(data, hash[:]))
	response := map[string]any{
		"clientDataJSON":    base64URL(clientData),
		"authenticatorData": base64URL(data),
		"signature":         base64URL(signature[:len(signature)-d.Cut]),
	}
	if d.UserHandle != nil {
		response["userHandle"] = base64URL(d.UserHandle)
	}
	return a.json(d, d.CredentialID, response)
}

func (a *Authenticator) json(d Draft, id []byte, response map[string]any) []byte {
	a.t.Helper()
	results := map[string]any{}
	if d.Hidden {
		results["credProps"] = map[string]any{"rk": false}
	}
	answer := map[string]any{
		"id": base64URL(id), "rawId": base64URL(id), "type": "public-key",
		"clientExtensionResults": results, "response": response,
	}
	if d.Pad > 0 {
		answer["pad"] = strings.Repeat("x", d.Pad)
	}
	b, err := json.Marshal(answer)
	if err != nil {
		a.t.Fatal(err)
	}
	return b
}

// clientData has its members in the order of browsers (Web Authentication, 5.8.1.1).
func (d Draft) clientData() []byte {
	b, _ := json.Marshal(struct {
		Type        string `json:"type"`
		Challenge   string `json:"challenge"`
		Origin      string `json:"origin"`
		CrossOrigin bool   `json:"crossOrigin"`
		TopOrigin   string `json:"topOrigin,omitempty"`
	}{d.Type, d.Challenge, d.Origin, d.CrossOrigin, d.TopOrigin}) // strings and a bool are always encoded
	return b
}

func (d Draft) authenticatorData(flags byte) []byte {
	hash := sha256.Sum256([]byte(d.RPID))
	return binary.BigEndian.AppendUint32(append(hash[:], d.Flags|flags), d.SignCount)
}

func (a *Authenticator) cbor(v any) []byte {
	a.t.Helper()
	b, err := webauthncbor.Marshal(v)
	if err != nil {
		a.t.Fatal(err)
	}
	return b
}

// rsaKey returns the key that all authenticators of a test program share, because
// making one takes long.
var rsaKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func (a *Authenticator) newKey(algorithm int64) crypto.Signer {
	a.t.Helper()
	var key crypto.Signer
	var err error
	switch algorithm {
	case ES256:
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case EdDSA:
		_, key, err = ed25519.GenerateKey(rand.Reader)
	case RS256:
		key, err = rsaKey()
	default:
		a.t.Fatalf("the authenticator knows no algorithm %d", algorithm)
	}
	if err != nil {
		a.t.Fatal(err)
	}
	return key
}

// coseKey returns a public key (RFC 9052, 7; RFC 9053, 7; RFC 8230, 4).
func coseKey(key crypto.Signer, algorithm int64) map[int]any {
	switch public := key.Public().(type) {
	case *ecdsa.PublicKey:
		point, _ := public.Bytes() // 4, x, y; a key that was made just now is on its curve
		half := len(point) / 2
		return map[int]any{1: 2, 3: algorithm, -1: 1, -2: point[1 : 1+half], -3: point[1+half:]}
	case ed25519.PublicKey:
		return map[int]any{1: 1, 3: algorithm, -1: 6, -2: []byte(public)}
	case *rsa.PublicKey:
		return map[int]any{1: 3, 3: algorithm, -1: public.N.Bytes(), -2: big.NewInt(int64(public.E)).Bytes()}
	}
	return nil
}

func (a *Authenticator) sign(key crypto.Signer, message []byte) []byte {
	a.t.Helper()
	digest := sha256.Sum256(message)
	signed, hash := digest[:], crypto.SHA256
	if _, is := key.(ed25519.PrivateKey); is {
		signed, hash = message, 0 // Ed25519 hashes by itself
	}
	signature, err := key.Sign(rand.Reader, signed, hash)
	if err != nil {
		a.t.Fatal(err)
	}
	return signature
}
