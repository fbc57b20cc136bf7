package auth

import (
	"errors"
	"fmt"
	"sync"

	"portico/internal/outbox"
	"portico/internal/password"
	"portico/internal/seal"
	"portico/internal/store"
)

// Service implements log-in on one database.
type Service struct {
	db     *store.DB
	keys   *seal.Keys
	hasher *password.Hasher
	outbox *outbox.Outbox
	names  []byte // key for counting failures on unknown login IDs
	skew   int64
	later  sync.WaitGroup
}

// New returns a Service and makes the database check every change by a user
// with admit. skew is how many time steps before and after the current one a
// code may be from, 0 or 1 (RFC 6238, 5.2: at most one is recommended). names
// is what NamesKey returns.
func New(db *store.DB, keys *seal.Keys, hasher *password.Hasher, notices *outbox.Outbox, names []byte, skew int64) (*Service, error) {
	if skew < 0 || skew > 1 {
		return nil, fmt.Errorf("a code may be of 0 or 1 neighbouring time steps, not %d", skew)
	}
	db.Admit(admit)
	return &Service{db: db, keys: keys, hasher: hasher, outbox: notices, names: names, skew: skew}, nil
}

// Wait waits for the work that continues after a response, such as mails that
// must not delay it.
func (s *Service) Wait() { s.later.Wait() }

// notFound reports whether err is store.ErrNotFound.
func notFound(err error) bool { return errors.Is(err, store.ErrNotFound) }
