package customers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/store"
)

// RevokeProviderAccess revokes provider access. It takes effect at the next
// request of each operator.
func (s *Service) RevokeProviderAccess(ctx context.Context, actor portico.Actor, c portico.CustomerID) error {
	return s.changeProviderAccess(ctx, actor, c, func(tx *store.Tx, now portico.Customer) error {
		if !now.ProviderMayEnter(tx.Now) {
			return nil
		}
		if err := tx.SaveProviderAccess(c, true, time.Time{}); err != nil {
			return err
		}
		if err := keepProviderRules(tx, actor, now); err != nil {
			return err
		}
		return audit.Record(tx, portico.Event{CustomerID: c, Action: portico.ProviderAccessRevoked, Actor: actor})
	})
}

// GrantProviderAccess grants provider access for some hours, one of
// portico.GrantHours, or with 0 until it is revoked.
func (s *Service) GrantProviderAccess(ctx context.Context, actor portico.Actor, c portico.CustomerID, hours int) error {
	if hours != 0 && !slices.Contains(portico.GrantHours, hours) {
		return portico.FieldError("hours", "Choose one of the times in the list.")
	}
	return s.changeProviderAccess(ctx, actor, c, func(tx *store.Tx, now portico.Customer) error {
		until, told := time.Time{}, portico.Say("until it is revoked")
		if hours > 0 {
			until = tx.Now.Add(time.Duration(hours) * time.Hour)
			told = portico.Say("until {0}, {1} UTC", portico.ShortDate(until.UTC()), until.UTC().Format("15:04"))
		}
		if !now.AccessRevoked && hours == 0 {
			return nil
		}
		if err := tx.SaveProviderAccess(c, hours > 0, until); err != nil {
			return err
		}
		if hours > 0 {
			if err := keepProviderRules(tx, actor, now); err != nil {
				return err
			}
		}
		return audit.Record(tx, portico.Event{CustomerID: c, Action: portico.ProviderAccessGranted, Actor: actor, Told: told})
	})
}

// keepProviderRules copies the provider's policy, with stricter rules that stay in
// force for a while, to a customer without a policy of its own. Otherwise
// operators without access could change its rules by changing the defaults.
func keepProviderRules(tx *store.Tx, actor portico.Actor, c portico.Customer) error {
	if c.OwnPolicy {
		return nil
	}
	if err := tx.SavePolicy(c.ID, &c.Policy); err != nil {
		return err
	}
	held, until, err := tx.PolicyGrace(portico.ProviderID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if err == nil {
		own, ends, err := tx.PolicyGrace(c.ID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if ends.After(until) {
			until = ends
		}
		if err := tx.SavePolicyGrace(c.ID, held.Stricter(own), until); err != nil {
			return err
		}
	}
	after, err := tx.Customer(c.ID)
	if err != nil {
		return err
	}
	return audit.Record(tx, portico.Event{CustomerID: c.ID, Action: portico.PolicyChanged, Actor: actor, Told: policyChanges(c, after)})
}

// changeProviderAccess runs a change to provider access. Only the customer's own
// administrators may make it: an operator who has access could otherwise keep it.
func (s *Service) changeProviderAccess(ctx context.Context, actor portico.Actor, c portico.CustomerID, f func(*store.Tx, portico.Customer) error) error {
	if actor.CustomerID != c || c == portico.ProviderID || !actor.Can(portico.ManagePolicy, c) {
		return portico.ErrForbidden
	}
	err := s.db.Update(ctx, actor, func(tx *store.Tx) error {
		now, err := tx.Customer(c)
		if err != nil {
			return err
		}
		return f(tx, now)
	})
	if err != nil {
		return fmt.Errorf("changing the provider's access: %w", err)
	}
	return nil
}
