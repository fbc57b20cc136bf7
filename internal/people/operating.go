package people

import (
	"context"
	"fmt"
	"strings"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/store"
)

// This file holds what operators change about a customer. Each change is
// recorded in that customer's audit log.

var errNoCustomer = portico.E(portico.NotFound, "There is no such customer.")

// mayActIn returns nil if the actor may see and change what is inside the
// customer. An operator needs provider access for that.
func mayActIn(actor portico.Actor, c portico.Customer, now time.Time) error {
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
		return ErrForbidden
	}
	return s.db.Update(ctx, actor, func(tx *store.Tx) error {
		c, err := tx.Customer(id)
		if err != nil {
			return store.NotFound(err, errNoCustomer)
		}
		return f(tx, c)
	})
}

// Branding is how a customer's pages look. An empty Brand or Accent removes it.
type Branding struct{ Name, Brand, Accent string }

// EditCustomer changes a customer's look. It returns an Invalid error if a
// value is not valid, and a Forbidden error without provider access.
func (s *Service) EditCustomer(ctx context.Context, actor portico.Actor, id portico.CustomerID, look Branding) error {
	err := s.asOperator(ctx, actor, id, func(tx *store.Tx, c portico.Customer) error {
		if err := mayActIn(actor, c, tx.Now); err != nil {
			return err
		}
		to := c
		to.Name, to.Brand, to.Accent = look.Name, look.Brand, look.Accent
		if err := to.Validate(); err != nil || to == c {
			return err
		}
		var what []string
		if to.Name != c.Name {
			what = append(what, "name: "+to.Name)
		}
		if to.Brand != c.Brand {
			what = append(what, "brand name: "+orNone(to.Brand))
		}
		if to.Accent != c.Accent {
			what = append(what, "accent colour: "+orNone(to.Accent))
		}
		return saveCustomer(tx, actor, to, strings.Join(what, "; "))
	})
	if err != nil {
		return fmt.Errorf("changing a customer: %w", err)
	}
	return nil
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func saveCustomer(tx *store.Tx, actor portico.Actor, c portico.Customer, details string) error {
	if err := tx.SaveCustomer(c.ID, c); err != nil {
		return err
	}
	return audit.Record(tx, portico.Event{CustomerID: c.ID, Action: portico.CustomerChanged, Actor: actor, Details: details})
}

// SaveLogo stores an uploaded image (PNG or JPEG) as a customer's logo; nil
// removes the logo. It returns an Invalid error if the upload is not such an
// image, and a Forbidden error without provider access.
func (s *Service) SaveLogo(ctx context.Context, actor portico.Actor, id portico.CustomerID, uploaded []byte) error {
	if !actor.Can(portico.ManageCustomers, portico.ProviderID) {
		return ErrForbidden // before the image is decoded
	}
	var hash string
	var picture []byte
	details := "logo: none"
	if uploaded != nil {
		var err error
		if picture, err = readLogo(uploaded); err != nil {
			return err
		}
		hash, details = logoHash(picture), "logo: a new picture"
	}
	err := s.asOperator(ctx, actor, id, func(tx *store.Tx, c portico.Customer) error {
		if err := mayActIn(actor, c, tx.Now); err != nil || c.Logo == hash {
			return err
		}
		if err := tx.PutLogo(id, hash, picture); err != nil {
			return err
		}
		c.Logo = hash
		return saveCustomer(tx, actor, c, details)
	})
	if err != nil {
		return fmt.Errorf("saving a logo: %w", err)
	}
	return nil
}

// Logo returns a logo by its hash. Everybody may read it: somebody who knows the
// hash has seen the logo.
func (s *Service) Logo(ctx context.Context, hash string) ([]byte, error) {
	picture, err := s.db.Read(ctx).Logo(hash)
	return picture, store.NotFound(err, portico.E(portico.NotFound, "There is no such picture."))
}

// SuspendCustomer prevents all people of a customer from logging in until the
// customer is reactivated. Everything that was issued to them ends for good. It
// does not need provider access.
func (s *Service) SuspendCustomer(ctx context.Context, actor portico.Actor, id portico.CustomerID) error {
	err := s.asOperator(ctx, actor, id, func(tx *store.Tx, c portico.Customer) error {
		if c.Suspended() {
			return portico.E(portico.Conflict, "This customer is suspended already.")
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

// ReactivateCustomer lets a customer's people log in again. Their earlier
// sessions stay ended.
func (s *Service) ReactivateCustomer(ctx context.Context, actor portico.Actor, id portico.CustomerID) error {
	err := s.asOperator(ctx, actor, id, func(tx *store.Tx, c portico.Customer) error {
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
