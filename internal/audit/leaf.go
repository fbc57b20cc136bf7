package audit

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/tlog"

	"portico"
	"portico/internal/store"
)

// leafFormat begins what is hashed of an event. A leaf once hashed is hashed so
// for ever: what an event may hold beyond this needs a format of its own.
const leafFormat = "portico event 1"

// fields is what is hashed of an event, in order, and what its MAC covers: each
// field as its length, a colon, its bytes and a comma, so that no two events
// are the same bytes.
func fields(e portico.Event, salt []byte) []byte {
	var b []byte
	for _, s := range []string{
		leafFormat, string(e.CustomerID), e.ID, strconv.FormatInt(e.At.UnixMilli(), 10), string(e.Action),
		string(e.Actor.Kind), string(e.Actor.UserID), e.Actor.Name, e.Actor.LoginID, string(e.Actor.Role),
		string(e.TargetID), e.TargetName, e.Details, e.Actor.Origin.Address, e.Actor.Origin.Browser, hex.EncodeToString(salt),
	} {
		b = field(b, s)
	}
	return b
}

func field(b []byte, s string) []byte {
	if !utf8.ValidString(s) {
		s = string([]rune(s)) // as it comes back out of JSON
	}
	b = strconv.AppendInt(b, int64(len(s)), 10)
	return append(append(append(b, ':'), s...), ',')
}

// leafHash is the hash of an event in its customer's tree.
func leafHash(e store.Entry) tlog.Hash {
	attested := "unattested"
	if e.Attested {
		attested = "attested"
	}
	return tlog.RecordHash(field(fields(e.Event, e.Salt), attested))
}

// mac says that the portal wrote an event: somebody who can write into the database
// but has not the keyset cannot make one.
func (k *key) mac(e portico.Event, salt []byte) []byte {
	h := hmac.New(sha256.New, k.attesting)
	h.Write(fields(e, salt)) // never fails
	return h.Sum(nil)
}

// attest makes the salt and the MAC of a new event.
func (k *key) attest(e portico.Event) (salt, mac []byte) {
	salt = newSalt()
	return salt, k.mac(e, salt)
}

// row returns the MAC of a row that the portal acts on later. Somebody who can
// write into the database but does not have the keyset cannot make one.
func (k *key) row(table string, of []string) []byte {
	b := field(nil, table)
	for _, s := range of {
		b = field(b, s)
	}
	h := hmac.New(sha256.New, k.rows)
	h.Write(b) // never fails
	return h.Sum(nil)
}

// settle decides, once, whether the portal wrote an event that gets its number
// now.
func (k *key) settle(e *store.Entry) {
	e.Attested = len(e.Salt) == saltSize && hmac.Equal(e.MAC, k.mac(e.Event, e.Salt))
	if !e.Attested {
		e.Salt = newSalt()
	}
}

const saltSize = 16

func newSalt() []byte {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails: the program ends instead
	return salt
}
