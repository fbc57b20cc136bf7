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

// What operators change about a customer. Each act stands in that customer's
// audit log.

var errNoCustomer = portico.E(portico.NotFound, "There is no such customer.")

// mayActIn returns nil when the actor may see and change what is inside the
// customer: an operator only by open doors.
func mayActIn(actor portico.Actor, c portico.Customer, now time.Time) error {
	if actor.Kind == portico.ActorCommandLine {
		return nil
	}
	_, err := actor.Enter(c, now)
	return err
}

// operate runs one change of an operator to a customer as it is now.
func (s *Service) operate(ctx context.Context, actor portico.Actor, id portico.CustomerID, f func(*store.Tx, portico.Customer) error) error {
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

// Look is what operators choose of how a customer's pages look. An empty brand
// or accent takes it away.
type Look struct{ Name, Brand, Accent string }

// EditCustomer changes a customer's look. Invalid when something of it cannot
// be taken, Forbidden by closed doors.
func (s *Service) EditCustomer(ctx context.Context, actor portico.Actor, id portico.CustomerID, look Look) error {
	err := s.operate(ctx, actor, id, func(tx *store.Tx, c portico.Customer) error {
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

// SaveLogo puts a picture (PNG or JPEG, as it was uploaded) on a customer's
// pages, or with none takes it away. Invalid when it is no such picture,
// Forbidden by closed doors.
func (s *Service) SaveLogo(ctx context.Context, actor portico.Actor, id portico.CustomerID, uploaded []byte) error {
	if !actor.Can(portico.ManageCustomers, portico.ProviderID) {
		return ErrForbidden // before the picture is looked at
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
	err := s.operate(ctx, actor, id, func(tx *store.Tx, c portico.Customer) error {
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

// Logo finds a picture by its hash, for everybody: who knows the hash has seen
// it.
func (s *Service) Logo(ctx context.Context, hash string) ([]byte, error) {
	picture, err := s.db.Read(ctx).Logo(hash)
	return picture, store.NotFound(err, portico.E(portico.NotFound, "There is no such picture."))
}

// SuspendCustomer keeps all people of a customer out until it is reactivated.
// Everything issued to them ends now and for good. Closed doors do not hinder
// it.
func (s *Service) SuspendCustomer(ctx context.Context, actor portico.Actor, id portico.CustomerID) error {
	err := s.operate(ctx, actor, id, func(tx *store.Tx, c portico.Customer) error {
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

// ReactivateCustomer lets a customer's people log in again, each anew.
func (s *Service) ReactivateCustomer(ctx context.Context, actor portico.Actor, id portico.CustomerID) error {
	err := s.operate(ctx, actor, id, func(tx *store.Tx, c portico.Customer) error {
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
