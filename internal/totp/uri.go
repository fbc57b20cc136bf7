package totp

import (
	"encoding/base32"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

var encoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// Encode returns a key in base32 without padding (RFC 4648, 6), as apps expect
// it. 20 bytes give 32 characters without spare bits.
func Encode(key []byte) string { return encoding.EncodeToString(key) }

// Groups returns Encode(key) in groups of four, for typing.
func Groups(key []byte) string {
	s := Encode(key)
	var b strings.Builder
	for i := 0; i < len(s); i += 4 {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(s[i:min(i+4, len(s))])
	}
	return b.String()
}

const (
	// maxURI is the length in bytes that a key URI should not exceed: a QR code
	// of version 17 with error correction L, which has 93 modules with its
	// margin: 2.75 pixels each on a page of 320 pixels.
	maxURI = 644
	// leastIssuer is how many characters of an issuer without spaces stay.
	leastIssuer = 12
	// defaults are the parameters that every app assumes.
	defaults = "&algorithm=SHA1&digits=6&period=30"
)

// Entry is what an authenticator app shows next to the codes of a key.
type Entry struct{ Issuer, Account string }

// NewEntry returns the entry for an account. Colons are removed, because a
// colon divides the label; so are control characters and invalid UTF-8. If the
// key URI would be longer than 644 bytes, the issuer is shortened, by whole
// words, and if it is a single word, to no fewer than 12 characters. The account is
// never shortened: apps replace an entry by another one with the same label, so
// two accounts of a customer must not share one. With long names that need
// percent-encoding, the URI can therefore be longer.
func NewEntry(issuer, account string) Entry {
	e := Entry{labelText(issuer), labelText(account)}
	if e.Issuer == "" {
		e.Issuer = "Portico"
	}
	for tooLong(e) {
		shorter := strings.TrimRightFunc(e.Issuer, func(r rune) bool { return !unicode.IsSpace(r) })
		if shorter == "" {
			break
		}
		e.Issuer = strings.TrimSpace(shorter)
	}
	for tooLong(e) && utf8.RuneCountInString(e.Issuer) > leastIssuer {
		e.Issuer = dropLast(e.Issuer)
	}
	return e
}

func tooLong(e Entry) bool { return len(e.uri(make([]byte, KeySize))) > maxURI }

// URI returns the content of the QR code, in the key URI format of Google
// Authenticator (its wiki of 2018-11-26):
//
//	otpauth://totp/ISSUER:ACCOUNT?secret=...&issuer=ISSUER&algorithm=SHA1&digits=6&period=30
//
// The label's prefix equals the issuer, because Microsoft Authenticator reads
// only the prefix and other apps only the issuer. Spaces are %20, because iOS
// apps show a "+" as it is. The last three parameters are left out if the URI
// would be longer than 644 bytes.
func (e Entry) URI(key []byte) string {
	uri := e.uri(key)
	if len(uri)+len(defaults) <= maxURI {
		uri += defaults
	}
	return uri
}

func (e Entry) uri(key []byte) string {
	i := escape(e.Issuer)
	return "otpauth://totp/" + i + ":" + escape(e.Account) + "?secret=" + Encode(key) + "&issuer=" + i
}

// dropLast removes the last character, with the marks that belong to it.
func dropLast(s string) string {
	for {
		r, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
		if !unicode.Is(unicode.M, r) {
			return s
		}
	}
}

func labelText(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == ':' || r == utf8.RuneError || unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// escape percent-encodes every character except the unreserved ones of RFC
// 3986, 2.3.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
