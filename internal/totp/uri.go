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

// maxURI is the length in bytes that a key URI should not exceed: QR codes up
// to this length are easy to scan from a screen.
const maxURI = 152

// KeyURI returns the content of the QR code, in the key URI format of Google
// Authenticator (its wiki of 2018-11-26):
//
//	otpauth://totp/ISSUER:ACCOUNT?secret=...&issuer=ISSUER&algorithm=SHA1&digits=6&period=30
//
// The label's prefix equals the issuer, because Microsoft Authenticator reads
// only the prefix and other apps only the issuer. Spaces are %20, because iOS
// apps show a "+" as it is. Colons are removed, because a colon divides the
// label; so are control characters and invalid UTF-8. If the URI is longer than
// 152 bytes, the issuer is shortened to no fewer than 12 characters and then
// the account to no fewer than 24, before spaces at the end are trimmed. If
// these need percent-encoding, the URI can still be longer.
func KeyURI(issuer, account string, key []byte) string {
	issuer, account = labelText(issuer), labelText(account)
	uri := keyURI(issuer, account, key)
	for len(uri) > maxURI && utf8.RuneCountInString(issuer) > 12 {
		issuer = strings.TrimSpace(dropLast(issuer))
		uri = keyURI(issuer, account, key)
	}
	for len(uri) > maxURI && utf8.RuneCountInString(account) > 24 {
		account = strings.TrimSpace(dropLast(account))
		uri = keyURI(issuer, account, key)
	}
	return uri
}

func keyURI(issuer, account string, key []byte) string {
	i := escape(issuer)
	return "otpauth://totp/" + i + ":" + escape(account) + "?secret=" + Encode(key) + "&issuer=" + i + "&algorithm=SHA1&digits=6&period=30"
}

func dropLast(s string) string {
	_, size := utf8.DecodeLastRuneInString(s)
	return s[:len(s)-size]
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
