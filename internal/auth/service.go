package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"sync"

	"portico/internal/seal"
	"portico/internal/store"
)

// Service is log-in over one database.
type Service struct {
	db      *store.DB
	keys    *seal.Keys
	hasher  *Hasher
	notices *Notices
	names   []byte // key under which login IDs that nobody has are counted
	skew    int64
	later   sync.WaitGroup
}

// New makes the service, which from now on decides whose changes the database
// takes. skew is how many time steps beside the current one a
// code may be of, 0 or 1 (RFC 6238, 5.2: at most one is recommended); names is
// what NamesKey returns.
func New(db *store.DB, keys *seal.Keys, hasher *Hasher, notices *Notices, names []byte, skew int64) (*Service, error) {
	if skew < 0 || skew > 1 {
		return nil, fmt.Errorf("a code may be of 0 or 1 neighbouring time steps, not %d", skew)
	}
	db.Admit(admit)
	return &Service{db: db, keys: keys, hasher: hasher, notices: notices, names: names, skew: skew}, nil
}

// HashLoad says how many passwords are being hashed, and how many wait for it.
func (s *Service) HashLoad() (working, waiting int) { return s.hasher.queue.load() }

// newToken makes 256 random bits for a cookie or a link. Only the hash is
// stored; a plain hash is enough for a value nobody can guess.
func newToken() (token string, hash []byte) {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails: the program ends instead
	token = base64.RawURLEncoding.EncodeToString(raw)
	return token, hashToken(token)
}

func hashToken(token string) []byte {
	h := sha256.Sum256([]byte(token))
	return h[:]
}

// Wait returns when what was left for later is done, such as mails that must
// not make an answer take longer.
func (s *Service) Wait() { s.later.Wait() }

// notFound reports whether err is a missing row.
func notFound(err error) bool { return errors.Is(err, store.ErrNotFound) }
