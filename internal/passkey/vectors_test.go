package passkey_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"testing"

	"portico/internal/passkey"
)

// unhex is bytes that are written in hexadecimal digits.
type unhex []byte

func (u *unhex) UnmarshalText(text []byte) (err error) {
	*u, err = hex.DecodeString(string(text))
	return err
}

// TestSpecificationVectors verifies the examples of the specification (Web
// Authentication Level 3, 16), which our own authenticator has no part in.
func TestSpecificationVectors(t *testing.T) {
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct {
		Section, Name string
		CredentialID  unhex
		Created       struct{ Challenge, ClientDataJSON, AttestationObject unhex }
		Got           struct{ Challenge, ClientDataJSON, AuthenticatorData, Signature unhex }
	}
	if err := json.Unmarshal(text, &vectors); err != nil {
		t.Fatal(err)
	}
	rp := passkey.RelyingParty{ID: "example.org", Origin: "https://example.org"}
	framed := map[string]bool{"16.4": true, "16.5": true}
	for _, v := range vectors {
		t.Run(v.Section+" "+v.Name, func(t *testing.T) {
			made, err := passkey.VerifyRegistration(rp, v.Created.Challenge, sent(t, v.CredentialID, map[string]unhex{
				"clientDataJSON": v.Created.ClientDataJSON, "attestationObject": v.Created.AttestationObject,
			}))
			if framed[v.Section] {
				want(t, "registration", err, passkey.ErrFramed)
			} else if err != nil {
				t.Fatal(err)
			}
			answer, err := passkey.ParseAssertion(sent(t, v.CredentialID, map[string]unhex{
				"clientDataJSON": v.Got.ClientDataJSON, "authenticatorData": v.Got.AuthenticatorData, "signature": v.Got.Signature,
			}))
			if err != nil {
				t.Fatal(err)
			}
			if framed[v.Section] {
				made = passkey.Credential{ID: v.CredentialID, RPID: rp.ID}
			}
			_, err = answer.Verify(rp, v.Got.Challenge, made, []byte("user"), false)
			if framed[v.Section] != errors.Is(err, passkey.ErrFramed) || !framed[v.Section] && err != nil {
				t.Errorf("use: %v, refused as framed: want %v", err, framed[v.Section])
			}
		})
	}
}

// sent is an answer as a browser sends it.
func sent(t *testing.T, id unhex, response map[string]unhex) []byte {
	encoded := map[string]string{}
	for name, value := range response {
		encoded[name] = base64.RawURLEncoding.EncodeToString(value)
	}
	name := base64.RawURLEncoding.EncodeToString(id)
	answer, err := json.Marshal(map[string]any{"id": name, "rawId": name, "type": "public-key", "response": encoded})
	if err != nil {
		t.Fatal(err)
	}
	return answer
}
