package customers

import (
	"portico/internal/auth"
	"portico/internal/store"
)

// Service changes customers in one database.
type Service struct {
	db      *store.DB
	notices *auth.Notices
}

// New returns a Service.
func New(db *store.DB, n *auth.Notices) *Service {
	return &Service{db: db, notices: n}
}
