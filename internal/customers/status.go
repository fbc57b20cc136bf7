package customers

import (
	"context"
	"fmt"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/store"
)

// mayEnter returns nil if the actor may see and change what is inside the
// customer. An operator needs provider access for that.
func mayEnter(actor portico.Actor, c portico.Customer, now time.Time) error {
	if actor.Kind == portico.ActorCommandLine {
		return nil
	}
	_, err := actor.Enter(c, now)
	return err
}

// asOperator runs one change of an operator to a customer, which it reads in the
// same transaction.
func (s *Service) asOperator(ctx context.Context, actor portico.Actor, id portico.CustomerID, f func(*store.Tx, portico.Customer) error) error {
	if !actor.Can(portico.ManageCustomers, portico.ProviderID) || id == portico.ProviderID {
		return portico.ErrForbidden
	}
	return s.db.Update(ctx, actor, func(tx *store.Tx) error {
		c, err := tx.Customer(id)
		if err != nil {
			return store.NotFound(err, errNoCustomer)
		}
		return f(tx, c)
	})
}

var errNoCustomer = portico.E(portico.NotFound, "There is no such customer.")

func saveCustomer(tx *store.Tx, actor portico.Actor, c portico.Customer, changed ...portico.Message) error {
	if err := tx.SaveCustomer(c.ID, c); err != nil {
		return err
	}
	return audit.Record(tx, portico.Event{CustomerID: c.ID, Action: portico.CustomerChanged, Actor: actor, Told: portico.Join("{0}; {1}", changed...)})
}

// Suspend prevents all users of a customer from logging in until the
// customer is reactivated. Everything that was issued to them ends for good. It
// does not need provider access.
func (s *Service) Suspend(ctx context.Context, actor portico.Actor, id portico.CustomerID) error {
	err := s.asOperator(ctx, actor, id, func(tx *store.Tx, c portico.Customer) error {
		if c.Suspended() {
			return portico.E(portico.Conflict, "This customer is already suspended.")
		}
		if err := tx.SuspendCustomer(id, tx.Now); err != nil {
			return err
		}
		return audit.Record(tx, portico.Event{CustomerID: id, Action: portico.CustomerSuspended, Actor: actor})
	})
	if err != nil {
		return fmt.Errorf("suspending a customer: %w", err)
	}
	return nil
}

// Reactivate lets a customer's users log in again. Their earlier
// sessions stay ended. A customer that is to be deleted is not reactivated.
func (s *Service) Reactivate(ctx context.Context, actor portico.Actor, id portico.CustomerID) error {
	err := s.asOperator(ctx, actor, id, func(tx *store.Tx, c portico.Customer) error {
		if c.ToBeDeleted() {
			return errToBeDeleted
		}
		if !c.Suspended() {
			return portico.E(portico.Conflict, "This customer is not suspended.")
		}
		if err := tx.SuspendCustomer(id, time.Time{}); err != nil {
			return err
		}
		return audit.Record(tx, portico.Event{CustomerID: id, Action: portico.CustomerReactivated, Actor: actor})
	})
	if err != nil {
		return fmt.Errorf("reactivating a customer: %w", err)
	}
	return nil
}
