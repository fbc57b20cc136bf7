package auth

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"

	"portico/internal/outbox"
	"portico/internal/passkey"
	"portico/internal/password"
	"portico/internal/seal"
	"portico/internal/store"
)

// Service implements log-in on one database.
type Service struct {
	db      *store.DB
	keys    *seal.Keys
	hasher  *password.Hasher
	outbox  *outbox.Outbox
	names   []byte // key for counting failures on unknown login IDs
	skew    int64
	offices []netip.Prefix
	rp      passkey.RelyingParty // zero where passkeys do not work
	later   sync.WaitGroup
}

// Config is what a Service works with. All fields are needed but Offices, Skew and RP.
type Config struct {
	DB      *store.DB
	Keys    *seal.Keys
	Hasher  *password.Hasher
	Outbox  *outbox.Outbox
	Names   []byte               // the key that NamesKey returns
	Offices []netip.Prefix       // networks of offices, which have a higher bound for failures; may be empty
	RP      passkey.RelyingParty // the portal, for passkeys; zero where they do not work
	Skew    int64                // time steps before and after the current one that a code may be from: 0, or 1 (RFC 6238, 5.2: at most one is recommended)
}

// New returns a Service and makes the database check every change by a user
// with admit. It returns an error if Skew is out of its range.
func New(c Config) (*Service, error) {
	if c.Skew < 0 || c.Skew > 1 {
		return nil, fmt.Errorf("a code may be of 0 or 1 neighbouring time steps, not %d", c.Skew)
	}
	c.DB.Admit(admit)
	c.DB.PasskeysAt(c.RP.ID)
	return &Service{db: c.DB, keys: c.Keys, hasher: c.Hasher, outbox: c.Outbox, names: c.Names, rp: c.RP, skew: c.Skew, offices: c.Offices}, nil
}

// Wait waits for the work that continues after a response, such as mails that
// must not delay it.
func (s *Service) Wait() { s.later.Wait() }

// notFound reports whether err is store.ErrNotFound.
func notFound(err error) bool { return errors.Is(err, store.ErrNotFound) }
