package passkey

import (
	"encoding/json"

	"github.com/go-webauthn/webauthn/protocol"
)

// Accepted returns what authenticators are told of the passkeys that a user still has,
// as JSON for PublicKeyCredential.signalAllAcceptedCredentials (5.1.10.2). They stop
// offering all others of this user, so none may be missing.
func Accepted(rp RelyingParty, handle []byte, all []Credential) ([]byte, error) {
	ids := []protocol.URLEncodedBase64{}
	for _, c := range all {
		ids = append(ids, c.ID)
	}
	return json.Marshal(struct {
		RPID string                      `json:"rpId"`
		User protocol.URLEncodedBase64   `json:"userId"`
		All  []protocol.URLEncodedBase64 `json:"allAcceptedCredentialIds"`
	}{rp.ID, handle, ids})
}

// Details returns what authenticators are told of how a user is called now, as JSON
// for PublicKeyCredential.signalCurrentUserDetails (5.1.10.3).
func Details(rp RelyingParty, user User) ([]byte, error) {
	return json.Marshal(struct {
		RPID    string                    `json:"rpId"`
		User    protocol.URLEncodedBase64 `json:"userId"`
		Name    string                    `json:"name"`
		Display string                    `json:"displayName"`
	}{rp.ID, user.Handle, user.LoginID, user.Name})
}

// Unknown returns what authenticators are told of a passkey that nobody has any more,
// as JSON for PublicKeyCredential.signalUnknownCredential (5.1.10.1).
func Unknown(rp RelyingParty, credentialID []byte) ([]byte, error) {
	return json.Marshal(struct {
		RPID string                    `json:"rpId"`
		ID   protocol.URLEncodedBase64 `json:"credentialId"`
	}{rp.ID, credentialID})
}
