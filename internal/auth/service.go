package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"portico"
	"portico/internal/audit"
	"portico/internal/seal"
	"portico/internal/store"
)

// Service is log-in over one database.
type Service struct {
	db      *store.DB
	keys    *seal.Keys
	hasher  *Hasher
	notices *Notices
	skew    int64
}

// New makes the service. skew is how many time steps beside the current one a
// code may be of, 0 or 1 (RFC 6238, 5.2: at most one is recommended).
func New(db *store.DB, keys *seal.Keys, hasher *Hasher, notices *Notices, skew int64) (*Service, error) {
	if skew < 0 || skew > 1 {
		return nil, fmt.Errorf("a code may be of 0 or 1 neighbouring time steps, not %d", skew)
	}
	return &Service{db: db, keys: keys, hasher: hasher, notices: notices, skew: skew}, nil
}

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

// newID names a row; UUIDv7, so that indexes grow at their end.
func newID() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("making an id: %w", err)
	}
	return id.String(), nil
}

// refuse records a refusal in a transaction of its own, so that it stays when
// nothing else does, and returns the error for the person.
func (s *Service) refuse(ctx context.Context, e portico.Event, told *portico.Error) error {
	if err := s.db.Update(ctx, func(tx *store.Tx) error { return audit.Record(tx, e) }); err != nil {
		return err
	}
	return told
}

// notFound reports whether err is a missing row.
func notFound(err error) bool { return errors.Is(err, store.ErrNotFound) }
