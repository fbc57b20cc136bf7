package customers

import (
	"context"
	"errors"
	"fmt"

	"portico"
	"portico/internal/audit"
	"portico/internal/mail"
	"portico/internal/store"
)

// SavePolicy stores a customer's own policy, or with nil makes the provider's
// policy apply. Stricter rules apply at once, also to users who are logged in.
// It returns an Invalid error if a value is out of bounds, and a Conflict error if
// it would require passkeys where none work, or if from is not nil and another
// policy than from holds by now.
func (s *Service) SavePolicy(ctx context.Context, actor portico.Actor, c portico.CustomerID, from, to *portico.Policy) error {
	if !actor.Can(portico.ManagePolicy, c) {
		return portico.ErrForbidden
	}
	if to == nil && c == portico.ProviderID {
		return errIsDefault
	}
	err := s.db.Update(ctx, actor, func(tx *store.Tx) error {
		if to != nil {
			if err := to.Validate(tx.Now); err != nil {
				return err
			}
		}
		customer, err := tx.Customer(c)
		if err == nil && from != nil && customer.Policy != *from {
			return ErrPolicyChanged
		}
		if err == nil && to == nil && customer.AccessRevoked {
			return errProviderShutOut
		}
		if err != nil || to == nil && !customer.OwnPolicy || to != nil && customer.OwnPolicy && customer.Policy == *to {
			return err
		}
		if to != nil && to.Passkeys != customer.Policy.Passkeys && to.Passkeys.Require() && !tx.TakesPasskeys() {
			return errNoPasskeys
		}
		if err := tx.SavePolicy(c, to); err != nil {
			return err
		}
		after, err := tx.Customer(c)
		if err != nil {
			return err
		}
		if err := s.keepStricterResets(tx, actor, customer, after); err != nil {
			return err
		}
		return audit.Record(tx, portico.Event{
			CustomerID: c, Action: portico.PolicyChanged, Actor: actor, Told: policyChanges(customer, after),
		})
	})
	if err != nil {
		return fmt.Errorf("saving the policy: %w", err)
	}
	return nil
}

// keepStricterResets keeps the stricter reset policy in force for a while after it was
// relaxed, and notifies the other administrators. An administrator who relaxes
// it alone, or a thief of a session, thus gains nothing at once.
func (s *Service) keepStricterResets(tx *store.Tx, actor portico.Actor, before, after portico.Customer) error {
	strictest, until := before.Policy.Resets, tx.Now.Add(portico.ResetPolicyGrace)
	if !before.OwnPolicy && before.ID != portico.ProviderID { // a held policy of the provider must stay in force too
		held, _, err := tx.PolicyGrace(portico.ProviderID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		strictest = strictest.Stricter(held)
	}
	if !after.Policy.Resets.Relaxes(strictest) {
		return nil
	}
	held, _, err := tx.PolicyGrace(before.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if err := tx.SavePolicyGrace(before.ID, strictest.Stricter(held), until); err != nil {
		return err
	}
	return s.outbox.ToAdministrators(tx, before.ID, actor.UserID, mail.ResetPolicyRelaxed, func(d *mail.Data) {
		d.By, d.Until = d.Language.Say(actor.Shown()), until
	})
}

var errProviderShutOut = portico.E(portico.Conflict, "You have revoked the provider's access, so you cannot use the provider's defaults. Grant access first.")

var errNoPasskeys = portico.E(portico.Conflict, "Passkeys do not work at this address of the portal, so they cannot be required.")

// ErrPolicyChanged says that somebody else has saved the policy since it was read.
var ErrPolicyChanged = portico.E(portico.Conflict, "The policy was changed by somebody else meanwhile. Check the values, which are yours in this section, and save them again.")

var errIsDefault = portico.E(portico.Conflict, "This is already the default policy.")
