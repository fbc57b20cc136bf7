package passkey

import (
	"encoding/json"
	"errors"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
)

// offered are the algorithms that passkeys may have, the preferred one first.
// Authenticators that know none of them are not made any more.
var offered = []protocol.CredentialParameter{
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgES256},
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgEdDSA},
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgRS256},
}

// User is whom a passkey is made for.
type User struct {
	Handle  []byte // names the account to authenticators; random, so that it tells nothing (14.6.1)
	LoginID string
	Name    string
}

var (
	errChallenge = errors.New("passkey: a challenge needs at least 16 bytes")
	errHandle    = errors.New("passkey: a user handle has 1 to 64 bytes")
	errAnybody   = errors.New("passkey: a request that names no credentials needs user verification")
)

// Registration returns the options for making a passkey, as JSON for
// PublicKeyCredential.parseCreationOptionsFromJSON. An authenticator that holds
// one of the excluded passkeys makes no second one.
func Registration(rp RelyingParty, challenge []byte, user User, exclude []Credential) ([]byte, error) {
	if len(challenge) < minChallenge {
		return nil, errChallenge
	}
	if len(user.Handle) == 0 || len(user.Handle) > HandleSize {
		return nil, errHandle
	}
	return json.Marshal(protocol.PublicKeyCredentialCreationOptions{
		RelyingParty:          protocol.RelyingPartyEntity{CredentialEntity: protocol.CredentialEntity{Name: rp.Name}, ID: rp.ID},
		User:                  protocol.UserEntity{CredentialEntity: protocol.CredentialEntity{Name: user.LoginID}, DisplayName: user.Name, ID: protocol.URLEncodedBase64(user.Handle)},
		Challenge:             challenge,
		Parameters:            offered,
		Timeout:               int(Timeout.Milliseconds()),
		CredentialExcludeList: descriptors(exclude),
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey:      protocol.ResidentKeyRequirementPreferred,
			UserVerification: protocol.VerificationPreferred,
		},
		Attestation: protocol.PreferNoAttestation,
		Extensions:  protocol.AuthenticationExtensions{CredProps: true},
	})
}

// Assertion returns the options for using a passkey, as JSON for
// PublicKeyCredential.parseRequestOptionsFromJSON. Without credentials to allow
// they are those of a whole log-in, which has to verify the user.
func Assertion(rp RelyingParty, challenge []byte, allow []Credential, requireUV bool) ([]byte, error) {
	if len(challenge) < minChallenge {
		return nil, errChallenge
	}
	verification := protocol.VerificationPreferred
	if requireUV {
		verification = protocol.VerificationRequired
	} else if len(allow) == 0 {
		return nil, errAnybody
	}
	return json.Marshal(protocol.PublicKeyCredentialRequestOptions{
		Challenge:          challenge,
		Timeout:            int(Timeout.Milliseconds()),
		RelyingPartyID:     rp.ID,
		AllowedCredentials: descriptors(allow),
		UserVerification:   verification,
	})
}

func descriptors(credentials []Credential) []protocol.CredentialDescriptor {
	var all []protocol.CredentialDescriptor
	for _, c := range credentials {
		d := protocol.CredentialDescriptor{Type: protocol.PublicKeyCredentialType, CredentialID: c.ID}
		for _, t := range c.Transports {
			d.Transport = append(d.Transport, protocol.AuthenticatorTransport(t))
		}
		all = append(all, d)
	}
	return all
}
