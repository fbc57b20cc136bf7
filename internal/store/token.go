package store

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// NewToken returns a token of 256 random bits for a cookie or a link, and its
// hash. Only the hash is stored. A fast hash is enough, because the token
// cannot be guessed.
func NewToken() (token string, hash []byte) {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails: the program is terminated instead
	token = base64.RawURLEncoding.EncodeToString(raw)
	return token, HashToken(token)
}

func HashToken(token string) []byte {
	h := sha256.Sum256([]byte(token))
	return h[:]
}
