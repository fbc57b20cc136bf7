package customers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/mail"
	"portico/internal/store"
)

var (
	errToBeDeleted    = portico.E(portico.Conflict, "This customer is going to be deleted. Cancel the deletion first.")
	errNotToBeDeleted = portico.E(portico.Conflict, "This customer is not going to be deleted, or its deletion has begun.")
)

// RequestDeletion suspends a customer at once, and has it deleted after
// portico.CustomerDeletionWait. slug is typed as a confirmation, and must be
// the customer's. The customer's administrators and the other operators are
// mailed. It does not need provider access.
func (s *Service) RequestDeletion(ctx context.Context, actor portico.Actor, id portico.CustomerID, slug, reason string) error {
	err := s.asOperator(ctx, actor, id, func(tx *store.Tx, c portico.Customer) error {
		if c.ToBeDeleted() {
			return portico.E(portico.Conflict, "This customer is already going to be deleted.")
		}
		if slug != c.Slug {
			return portico.FieldError("slug", "Enter the short name of the customer, {0}.", c.Slug)
		}
		if err := portico.CheckReason(reason, "Enter why the customer is deleted."); err != nil {
			return err
		}
		since := c.SuspendedAt
		if !c.Suspended() {
			since = tx.Now
		}
		at := tx.Now.Add(portico.CustomerDeletionWait)
		if err := errors.Join(tx.SuspendCustomer(id, since), tx.SaveDeletion(id, at, reason)); err != nil {
			return err
		}
		if err := recordTwice(tx, actor, portico.CustomerDeletionRequested, c, portico.Say("On {0} {1} UTC. Reason: {2}", portico.Date(at), at.Format("15:04"), reason)); err != nil {
			return err
		}
		return s.tellOfDeletion(tx, actor, mail.CustomerDeletionRequested, c, func(d *mail.Data) { d.Until, d.Reason = at, reason })
	})
	if err != nil {
		return fmt.Errorf("asking to delete a customer: %w", err)
	}
	return nil
}

// CancelDeletion keeps a customer from being deleted. The customer stays
// suspended. Any operator may cancel.
func (s *Service) CancelDeletion(ctx context.Context, actor portico.Actor, id portico.CustomerID) error {
	err := s.asOperator(ctx, actor, id, func(tx *store.Tx, c portico.Customer) error {
		if !c.ToBeDeleted() || c.Deleting {
			return errNotToBeDeleted
		}
		if err := tx.SaveDeletion(id, time.Time{}, ""); err != nil {
			return err
		}
		if err := recordTwice(tx, actor, portico.CustomerDeletionCancelled, c, portico.Message{}); err != nil {
			return err
		}
		return s.tellOfDeletion(tx, actor, mail.CustomerDeletionCancelled, c, func(*mail.Data) {})
	})
	if err != nil {
		return fmt.Errorf("cancelling the deletion of a customer: %w", err)
	}
	return nil
}

// recordTwice records an event in the log of the customer, and in that of the
// provider, which names the customer and stays for longer.
func recordTwice(tx *store.Tx, actor portico.Actor, action portico.Action, c portico.Customer, told portico.Message) error {
	if err := audit.Record(tx, portico.Event{CustomerID: c.ID, Action: action, Actor: actor, Told: told}); err != nil {
		return err
	}
	named := portico.Verbatim(c.Name + " (" + c.Slug + ")")
	if told.Is() {
		named = portico.Say("{0}. {1}", named, told)
	}
	return audit.Record(tx, portico.Event{CustomerID: portico.ProviderID, Action: action, Actor: actor, Told: named})
}

// tellOfDeletion mails the customer's administrators and the other operators.
func (s *Service) tellOfDeletion(tx *store.Tx, actor portico.Actor, kind mail.Kind, c portico.Customer, fill func(*mail.Data)) error {
	for _, to := range []portico.CustomerID{c.ID, portico.ProviderID} {
		err := s.outbox.ToAdministrators(tx, to, actor.UserID, kind, func(d *mail.Data) {
			d.Whom, d.By = c.Name+" ("+c.Slug+")", d.Language.Say(actor.Shown())
			if to == portico.ProviderID {
				d.Base = "/customers/" + c.Slug
			}
			fill(d)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// deletedAtOnce is how many customers DeleteDue looks up at once.
const deletedAtOnce = 20

// DeleteDue deletes the customers whose waiting period is over, in parts of some
// hundred rows. It goes on where it stopped when ctx ended or the program was
// killed. It is called again and again, and may run in several programs at once.
func (s *Service) DeleteDue(ctx context.Context) error {
	due, err := s.db.Read(ctx).CustomersToDelete(deletedAtOnce)
	if err != nil {
		return fmt.Errorf("looking for customers to delete: %w", err)
	}
	var failed error
	for _, id := range due {
		if err := s.delete(ctx, id); err != nil && !errors.Is(err, store.ErrNotFound) { // cancelled, or deleted by another program
			failed = errors.Join(failed, fmt.Errorf("deleting the customer %s: %w", id, err))
		}
	}
	return failed
}

func (s *Service) delete(ctx context.Context, id portico.CustomerID) error {
	system := portico.System(portico.Origin{})
	if err := s.db.Update(ctx, system, func(tx *store.Tx) error { return tx.BeginDeletion(id) }); err != nil {
		return err
	}
	for more := true; more; {
		var err error
		more, err = store.Update(ctx, s.db, system, func(tx *store.Tx) (bool, error) {
			more, err := tx.DeletePart(id)
			if err != nil || more {
				return more, err
			}
			return false, endDeletion(tx, id)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// endDeletion deletes the row of a customer of which nothing else is left. It
// comes in the transaction that has found nothing more.
func endDeletion(tx *store.Tx, id portico.CustomerID) error {
	c, err := tx.Customer(id)
	if err != nil {
		return err
	}
	if err := tx.EndDeletion(c, c.DeletedLogMonths()); err != nil {
		return err
	}
	return recordTwice(tx, portico.System(portico.Origin{}), portico.CustomerDeleted, c, portico.Say("Reason: {0}", c.DeleteReason))
}

// Deleted returns what is left of a deleted customer, by its slug. It returns a
// NotFound error if there is none.
func (s *Service) Deleted(ctx context.Context, actor portico.Actor, slug string) (portico.Customer, error) {
	if !actor.Can(portico.ManageCustomers, portico.ProviderID) {
		return portico.Customer{}, portico.ErrForbidden
	}
	d, err := s.db.Read(ctx).DeletedCustomer(slug)
	return portico.Customer{ID: d.ID, Slug: d.Slug}, store.NotFound(err, portico.E(portico.NotFound, "There is no customer {0}.", slug))
}

// RecordExport records that somebody takes a copy of everything of a customer.
func (s *Service) RecordExport(ctx context.Context, actor portico.Actor, c portico.CustomerID) error {
	if !actor.Can(portico.ManageCustomers, c) || c == portico.ProviderID {
		return portico.ErrForbidden
	}
	err := s.db.Update(ctx, actor, func(tx *store.Tx) error {
		return audit.Record(tx, portico.Event{CustomerID: c, Action: portico.CustomerExported, Actor: actor})
	})
	if err != nil {
		return fmt.Errorf("recording an export: %w", err)
	}
	return nil
}
