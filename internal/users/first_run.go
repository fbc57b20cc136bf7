package users

import (
	"context"
	"errors"
	"fmt"

	"portico"
	"portico/internal/auth"
	"portico/internal/customers"
	"portico/internal/password"
	"portico/internal/store"
)

// FirstRun is the form behind the one-time link of an empty database. It
// creates the first operator if Operator is set, and otherwise the first
// administrator together with a first customer.
type FirstRun struct {
	Operator     bool
	CustomerName string
	Slug         string
	User         portico.User // names, email address and login ID
	Password     string
}

var errNotEmpty = portico.E(portico.Gone, "This portal is already set up. Log in, or ask the person who set it up for an account.")

// Empty reports whether the portal has no users yet.
func (s *Service) Empty(ctx context.Context) (bool, error) {
	any, err := s.db.Read(ctx).Anybody()
	return !any, err
}

// CreateFirst creates the first user. It returns a Gone error if anybody exists
// already, and an Invalid error if something is not valid.
func (s *Service) CreateFirst(ctx context.Context, o portico.Origin, f FirstRun) error {
	a := store.Account{User: f.User, Epoch: 1}
	a.CustomerID, a.Role, a.Status = "", portico.RoleAdministrator, portico.Active
	if f.Operator {
		a.CustomerID, a.Role = portico.ProviderID, portico.RoleOperator
	}
	var customer error
	if !f.Operator {
		customer = portico.Customer{Slug: f.Slug, Name: f.CustomerName}.Validate()
	}
	key, err := auth.NewLoginID(a.LoginID)
	if err := portico.Together(a.Validate(), customer, err,
		password.CheckFor(a.User, portico.Customer{Name: f.CustomerName}, s.outbox.Now(), f.Password)); err != nil {
		return err
	}
	a.LoginKey = key
	if a.PasswordHash, err = s.auth.HashPassword(ctx, portico.System(o), f.Password); err != nil {
		return fmt.Errorf("hashing the password: %w", err)
	}
	actor := portico.System(o)
	err = s.db.Update(ctx, portico.System(o), func(tx *store.Tx) error {
		if any, err := tx.Anybody(); err != nil || any {
			return firstError(err, errNotEmpty)
		}
		first := a
		if !f.Operator {
			c, err := customers.Insert(tx, actor, f.Slug, f.CustomerName, "")
			if err != nil {
				return err
			}
			first.CustomerID = c.ID
		}
		_, err := insert(tx, actor, first, portico.UserCreated)
		return err
	})
	if errors.Is(err, store.ErrTaken) {
		return auth.ErrLoginIDTaken
	}
	return err
}

// firstError returns a if it is not nil, and otherwise b.
func firstError(a, b error) error {
	if a != nil {
		return a
	}
	return b
}
