package people

import (
	"context"
	"errors"
	"fmt"

	"portico"
	"portico/internal/audit"
	"portico/internal/store"
)

// CreateCustomer adds a customer. Invalid when slug or name cannot be taken.
func (s *Service) CreateCustomer(ctx context.Context, actor portico.Actor, slug, name string) (portico.Customer, error) {
	if !actor.Can(portico.ManageCustomers, portico.ProviderID) {
		return portico.Customer{}, errForbidden
	}
	var c portico.Customer
	err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
		c, err = createCustomer(tx, actor, slug, name)
		return err
	})
	if err != nil {
		return portico.Customer{}, fmt.Errorf("creating a customer: %w", err)
	}
	return c, nil
}

func createCustomer(tx *store.Tx, actor portico.Actor, slug, name string) (portico.Customer, error) {
	id, err := newID()
	if err != nil {
		return portico.Customer{}, err
	}
	c := portico.Customer{ID: portico.CustomerID(id), Slug: slug, Name: name, CreatedAt: tx.Now}
	if err := c.Validate(); err != nil {
		return portico.Customer{}, err
	}
	err = tx.CreateCustomer(c)
	if errors.Is(err, store.ErrTaken) {
		return portico.Customer{}, portico.FieldError("slug", "This short name is taken. Choose another one.")
	}
	if err != nil {
		return portico.Customer{}, err
	}
	return c, audit.Record(tx, portico.Event{CustomerID: c.ID, Action: portico.CustomerCreated, Actor: actor, Details: c.Name})
}

// Customers lists the customers by short name.
func (s *Service) Customers(ctx context.Context, actor portico.Actor) ([]portico.Customer, error) {
	if !actor.Can(portico.ManageCustomers, portico.ProviderID) {
		return nil, errForbidden
	}
	return s.db.Read(ctx).Customers()
}

// CustomerBySlug finds a customer for a command.
func (s *Service) CustomerBySlug(ctx context.Context, actor portico.Actor, slug string) (portico.Customer, error) {
	if !actor.Can(portico.ManageCustomers, portico.ProviderID) {
		return portico.Customer{}, errForbidden
	}
	c, err := s.db.Read(ctx).CustomerBySlug(slug)
	return c, notFound(err, portico.E(portico.NotFound, "There is no customer "+slug+"."))
}

// Policy is what a customer has decided for its people.
func (s *Service) Policy(ctx context.Context, actor portico.Actor, c portico.CustomerID) (portico.Policy, error) {
	if !actor.Can(portico.ManagePolicy, c) {
		return portico.Policy{}, errForbidden
	}
	customer, err := s.db.Read(ctx).Customer(c)
	return customer.Policy, err
}

// SavePolicy changes it. What is stricter holds at once.
func (s *Service) SavePolicy(ctx context.Context, actor portico.Actor, c portico.CustomerID, to portico.Policy) error {
	if !actor.Can(portico.ManagePolicy, c) {
		return errForbidden
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		customer, err := tx.Customer(c)
		if err != nil || customer.Policy == to {
			return err
		}
		if err := tx.SavePolicy(c, to); err != nil {
			return err
		}
		details := "Remember this browser: not allowed"
		if to.RememberBrowsers {
			details = "Remember this browser: allowed for users"
		}
		return audit.Record(tx, portico.Event{CustomerID: c, Action: portico.PolicyChanged, Actor: actor, Details: details})
	})
	if err != nil {
		return fmt.Errorf("saving the policy: %w", err)
	}
	return nil
}
