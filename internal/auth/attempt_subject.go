package auth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"portico/internal/seal"
	"portico/internal/store"
)

// namesSecret is the name of the secret of the portal that NamesKey loads.
const namesSecret = "names"

// NamesKey loads the key with which failures on unknown login IDs are counted,
// and creates it at the first start. It returns an error if the keyset does not
// belong to the database, because the sealed key cannot be opened then.
func NamesKey(ctx context.Context, db *store.DB, keys *seal.Keys) ([]byte, error) {
	return db.Secret(ctx, keys, namesSecret)
}

// MakeNamesKey creates that key in a database that has none.
func MakeNamesKey(tx *store.Tx, keys *seal.Keys) error { return tx.MakeSecret(keys, namesSecret) }

// subject returns what failures of a password are counted under: the account,
// or an unknown login ID. All unknown login IDs share 2^18 buckets, chosen by a
// keyed hash. The hash hides what was typed, which is often a password.
func (s *Service) subject(a store.Account, key string) string {
	if a.ID != "" {
		return string(a.ID)
	}
	mac := hmac.New(sha256.New, s.names)
	mac.Write([]byte(key)) // never fails
	return fmt.Sprintf("nobody-%05x", binary.BigEndian.Uint32(mac.Sum(nil))>>14)
}

// hashOfUnknown returns what the audit log keeps of an unknown login ID, so that
// attempts with the same one can be found. Without the keyset nobody can tell
// what was typed. It is another hash than that of the buckets.
func (s *Service) hashOfUnknown(key string) string {
	mac := hmac.New(sha256.New, s.names)
	mac.Write([]byte("audit log\x00" + key)) // never fails
	return hex.EncodeToString(mac.Sum(nil)[:8])
}
