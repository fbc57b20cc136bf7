package passkey

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
)

// VerifyRegistration verifies what a browser has answered to the options of
// Registration, and returns the new passkey. It returns a Refused.
//
// An attestation is neither asked for nor read: a browser could leave it out, so
// it proves nothing, and neither does the AAGUID. The caller checks in the
// transaction that stores the passkey that nobody has its ID yet.
func VerifyRegistration(rp RelyingParty, challenge, answer []byte) (Credential, error) {
	if len(answer) > maxAnswer {
		return Credential{}, ErrTooLarge
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return Credential{}, ErrMalformed
	}
	if err := checkClientData(parsed.Response.CollectedClientData, protocol.CreateCeremony, rp, challenge); err != nil {
		return Credential{}, err
	}
	data := parsed.Response.AttestationObject.AuthData
	if err := checkAuthenticatorData(data, rp); err != nil {
		return Credential{}, err
	}
	made := data.AttData
	if _, err := parseKey(made.CredentialPublicKey); err != nil {
		return Credential{}, err
	}
	if len(made.CredentialID) < minID || len(made.CredentialID) > maxID {
		return Credential{}, ErrCredentialID
	}
	if !bytes.Equal(made.CredentialID, parsed.RawID) {
		return Credential{}, ErrOtherCredential
	}
	return Credential{
		ID:             made.CredentialID,
		PublicKey:      made.CredentialPublicKey,
		RPID:           rp.ID,
		SignCount:      data.Counter,
		BackupEligible: data.Flags.HasBackupEligible(),
		BackedUp:       data.Flags.HasBackupState(),
		UserVerified:   data.Flags.HasUserVerified(),
		Discoverable:   discoverable(parsed.ClientExtensionResults),
		AAGUID:         made.AAGUID,
		Transports:     knownTransports(parsed.Response.Transports),
	}, nil
}

// discoverable reports whether a browser says that a new passkey can name its user (credProps,
// 10.1.3), or says nothing.
func discoverable(said protocol.AuthenticationExtensionsClientOutputs) bool {
	return said.CredProps == nil || said.CredProps.RK == nil || *said.CredProps.RK
}

// ChallengeOf returns the challenge that an answer, of either ceremony, says it
// answers, for the caller to find out whether the portal has made it. It returns
// a Refused if there is none.
func ChallengeOf(answer []byte) ([]byte, error) {
	if len(answer) > maxAnswer {
		return nil, ErrTooLarge
	}
	var sent struct {
		Response struct {
			ClientDataJSON protocol.URLEncodedBase64 `json:"clientDataJSON"`
		} `json:"response"`
	}
	if err := json.Unmarshal(answer, &sent); err != nil {
		return nil, ErrMalformed
	}
	var said struct {
		Challenge protocol.URLEncodedBase64 `json:"challenge"`
	}
	if err := json.Unmarshal(sent.Response.ClientDataJSON, &said); err != nil {
		return nil, ErrMalformed
	}
	if len(said.Challenge) < minChallenge {
		return nil, ErrChallenge
	}
	return said.Challenge, nil
}

// knownTransports leaves out what no browser says, because the list is stored,
// and later sent to browsers again.
func knownTransports(said []protocol.AuthenticatorTransport) []string {
	var known []string
	for _, t := range []protocol.AuthenticatorTransport{protocol.USB, protocol.NFC, protocol.BLE, protocol.SmartCard, protocol.Hybrid, protocol.Internal} {
		if slices.Contains(said, t) {
			known = append(known, string(t))
		}
	}
	return known
}

// Answer is an assertion that has been decoded, and proves nothing yet. Its
// fields are for finding the passkey and the account.
type Answer struct {
	CredentialID []byte
	UserHandle   []byte // empty if the authenticator gives none
	parsed       *protocol.ParsedCredentialAssertionData
}

// ParseAssertion decodes what a browser has answered to the options of
// Assertion. It returns a Refused.
func ParseAssertion(answer []byte) (Answer, error) {
	if len(answer) > maxAnswer {
		return Answer{}, ErrTooLarge
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return Answer{}, ErrMalformed
	}
	if len(parsed.RawID) < minID || len(parsed.RawID) > maxID {
		return Answer{}, ErrCredentialID
	}
	if len(parsed.Response.UserHandle) > HandleSize {
		return Answer{}, ErrOtherUser
	}
	return Answer{parsed.RawID, parsed.Response.UserHandle, parsed}, nil
}

// Use is what the caller stores of a use of a passkey.
type Use struct {
	SignCount    uint32
	BackedUp     bool
	UserVerified bool
	Named        bool // it named its user unasked, at a whole log-in
}

// VerifyLogin verifies an answer that stands for a whole log-in: before it,
// nobody was known. It has to name the user and to have verified them.
func (a Answer) VerifyLogin(rp RelyingParty, challenge []byte, c Credential, handle []byte) (Use, error) {
	if len(a.UserHandle) == 0 {
		return Use{}, ErrOtherUser
	}
	use, err := a.Verify(rp, challenge, c, handle, true)
	use.Named = err == nil
	return use, err
}

// Verify verifies an answer of a user who is known, with a passkey of theirs and
// the handle of their account. It returns a Refused. ErrCloned and
// ErrBackupEligibility say that the answer is signed with the key of the passkey,
// and still proves nothing.
func (a Answer) Verify(rp RelyingParty, challenge []byte, c Credential, handle []byte, requireUV bool) (Use, error) {
	if a.parsed == nil || !bytes.Equal(a.CredentialID, c.ID) {
		return Use{}, ErrOtherCredential
	}
	if len(handle) == 0 || len(a.UserHandle) > 0 && !bytes.Equal(a.UserHandle, handle) {
		return Use{}, ErrOtherUser
	}
	if c.RPID != rp.ID {
		return Use{}, ErrRelyingParty
	}
	if err := checkClientData(a.parsed.Response.CollectedClientData, protocol.AssertCeremony, rp, challenge); err != nil {
		return Use{}, err
	}
	data := a.parsed.Response.AuthenticatorData
	if err := checkAuthenticatorData(data, rp); err != nil {
		return Use{}, err
	}
	if requireUV && !data.Flags.HasUserVerified() {
		return Use{}, ErrNotVerified
	}
	if err := a.checkSignature(c.PublicKey); err != nil {
		return Use{}, err
	}
	if data.Flags.HasBackupEligible() != c.BackupEligible {
		return Use{}, ErrBackupEligibility
	}
	if c.SignCount != 0 && data.Counter <= c.SignCount {
		return Use{}, ErrCloned
	}
	return Use{SignCount: data.Counter, BackedUp: data.Flags.HasBackupState(), UserVerified: data.Flags.HasUserVerified()}, nil
}

func (a Answer) checkSignature(publicKey []byte) error {
	key, err := parseKey(publicKey)
	if err != nil {
		return err
	}
	said := a.parsed.Raw.AssertionResponse
	hash := sha256.Sum256(said.ClientDataJSON)
	signed := slices.Concat(said.AuthenticatorData, hash[:])
	if right, err := webauthncose.VerifySignature(key, signed, said.Signature); err != nil || !right {
		return ErrSignature
	}
	return nil
}

// checkClientData checks what the browser says about the page (7.1, steps 7 to
// 12; 7.2, steps 10 to 15).
func checkClientData(said protocol.CollectedClientData, ceremony protocol.CeremonyType, rp RelyingParty, challenge []byte) error {
	switch {
	case said.Type != ceremony:
		return ErrCeremony
	// A challenge that was lost must not be equal to one that was left out.
	case len(challenge) < minChallenge,
		subtle.ConstantTimeCompare([]byte(said.Challenge), []byte(base64.RawURLEncoding.EncodeToString(challenge))) != 1:
		return ErrChallenge
	case said.Origin != rp.Origin:
		return ErrOrigin
	case said.CrossOrigin || said.TopOrigin != "":
		return ErrFramed
	}
	return nil
}

// checkAuthenticatorData checks what the authenticator says about itself and the
// user (7.1, steps 14 to 18; 7.2, steps 16 to 19).
func checkAuthenticatorData(said protocol.AuthenticatorData, rp RelyingParty) error {
	hash := sha256.Sum256([]byte(rp.ID))
	switch {
	case !bytes.Equal(said.RPIDHash, hash[:]):
		return ErrRelyingParty
	case !said.Flags.HasUserPresent():
		return ErrNotPresent
	case said.Flags.HasBackupState() && !said.Flags.HasBackupEligible():
		return ErrBackup
	}
	return nil
}

// parseKey decodes a public key. Its algorithm has to be one of those that are
// offered, and the one of its kind of key.
func parseKey(cose []byte) (any, error) {
	var head webauthncose.PublicKeyData
	if err := webauthncbor.Unmarshal(cose, &head); err != nil {
		return nil, ErrKey
	}
	if !slices.ContainsFunc(offered, func(o protocol.CredentialParameter) bool { return int64(o.Algorithm) == head.Algorithm }) {
		return nil, ErrAlgorithm
	}
	key, err := webauthncose.ParsePublicKey(cose)
	if err != nil {
		return nil, ErrKey
	}
	if rsa, is := key.(webauthncose.RSAPublicKeyData); is {
		// Shorter keys are weak, and longer ones take long to verify with.
		bits := new(big.Int).SetBytes(rsa.Modulus).BitLen()
		if head.Algorithm != int64(webauthncose.AlgRS256) || bits < 2048 || bits > 4096 {
			return nil, ErrKey
		}
	}
	return key, nil
}
