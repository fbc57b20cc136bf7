// Package passkey owns the WebAuthn ceremonies: the options that a browser is
// given, and the verification of what it answers (Web Authentication Level 3, 7).
// A library decodes the answers and the keys and checks the signatures; every
// rule about them stands here, with its reason.
//
// It stores nothing, reads no clock and does no I/O. The caller makes each
// challenge for one ceremony of one person or browser, lets it end after Timeout,
// and uses it up before it verifies an answer.
package passkey

import (
	"errors"
	"net/netip"
	"net/url"
	"time"
)

const (
	// Timeout is how long a browser waits for the user, and how long a challenge
	// may be answered.
	Timeout = 5 * time.Minute
	// HandleSize is the length of a user handle in bytes (14.6.1 recommends it).
	HandleSize = 64

	minChallenge = 16
	minID        = 16 // 4, Credential ID: at least 100 bits of entropy
	maxID        = 1023
	maxAnswer    = 64 << 10
)

// RelyingParty is the portal, as authenticators know it. A passkey belongs to
// its ID and works at no other.
type RelyingParty struct {
	ID     string // the host of the base URL, without the port
	Name   string // shown by browsers and authenticators
	Origin string // what the browser has to say that the page's address begins with
}

var (
	// ErrNoHost is returned for a base URL without a name for its host: passkeys
	// belong to a domain, and an IP address is none.
	ErrNoHost = errors.New("passkeys need a base URL with a host name, and an IP address is none")
	// ErrInsecure is returned for a base URL over http: browsers offer passkeys
	// over https alone, and on localhost.
	ErrInsecure = errors.New("passkeys need a base URL over https")
)

// NewRelyingParty returns the portal at a base URL, which has to be in the form
// in which browsers send it as Origin, as config.Config.URL returns it. It
// returns ErrNoHost or ErrInsecure if no passkey can work there.
func NewRelyingParty(base *url.URL, name string) (RelyingParty, error) {
	host := base.Hostname()
	if _, err := netip.ParseAddr(host); err == nil || host == "" {
		return RelyingParty{}, ErrNoHost
	}
	if base.Scheme != "https" && (base.Scheme != "http" || host != "localhost") {
		return RelyingParty{}, ErrInsecure
	}
	return RelyingParty{ID: host, Name: name, Origin: base.Scheme + "://" + base.Host}, nil
}

// Credential is a passkey, as the portal stores it. Nothing in it is secret.
type Credential struct {
	ID             []byte
	PublicKey      []byte // COSE_Key (RFC 9052, 7), with its algorithm
	RPID           string // of the relying party that it was made for
	SignCount      uint32 // of the last use; authenticators that do not count say 0
	BackupEligible bool   // may be copied to other devices; never changes
	BackedUp       bool   // has been copied, as of the last use
	UserVerified   bool   // the authenticator has asked for PIN, finger or face, when it was made or later
	Discoverable   bool   // can name its user, as far as the browser says (credProps); proves nothing
	AAGUID         []byte // the model of the authenticator, which proves nothing
	Transports     []string
}

// Refused is the error of an answer that proves nothing. Its text is for the
// audit log, and no part of it comes from the answer.
type Refused string

func (r Refused) Error() string { return string(r) }

// What an answer is refused for.
const (
	ErrTooLarge          Refused = "too large"
	ErrMalformed         Refused = "malformed"
	ErrCeremony          Refused = "answer to another kind of request"
	ErrChallenge         Refused = "wrong challenge"
	ErrOrigin            Refused = "wrong origin"
	ErrFramed            Refused = "made inside another site's page"
	ErrRelyingParty      Refused = "made for another address of the portal"
	ErrNotPresent        Refused = "user not present"
	ErrNotVerified       Refused = "user not verified"
	ErrBackup            Refused = "backed up without being eligible"
	ErrAlgorithm         Refused = "algorithm not offered"
	ErrKey               Refused = "unusable public key"
	ErrCredentialID      Refused = "unusable credential ID" //nolint:gosec // a reason, not a credential
	ErrOtherCredential   Refused = "another credential"
	ErrOtherUser         Refused = "another user"
	ErrSignature         Refused = "wrong signature"
	ErrBackupEligibility Refused = "backup eligibility has changed"
	ErrCloned            Refused = "sign count went back: the authenticator may have been copied"
)
