package imports

import (
	"portico/internal/store"
	"portico/internal/users"
)

// Service imports users into one database.
type Service struct {
	db    *store.DB
	users *users.Service
}

// New returns a Service.
func New(db *store.DB, u *users.Service) *Service {
	return &Service{db: db, users: u}
}
