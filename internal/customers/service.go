package customers

import (
	"portico/internal/outbox"
	"portico/internal/store"
)

// Service changes customers in one database.
type Service struct {
	db     *store.DB
	outbox *outbox.Outbox
}

// New returns a Service.
func New(db *store.DB, n *outbox.Outbox) *Service {
	return &Service{db: db, outbox: n}
}
