package users

import (
	"context"
	"fmt"
	"strings"
	"time"

	"portico"
	"portico/internal/store"
)

// Exempt exempts a user from required 2FA until a day, for a reason. It returns
// an Invalid error if the day is not within portico.MaxExemption, or there is no reason.
func (s *Service) Exempt(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.UserID, until time.Time, reason string) error {
	reason = strings.TrimSpace(reason)
	err := s.changeUser(ctx, actor, portico.ManagePolicy, c, id, func(tx *store.Tx, a store.Account) error {
		var notAhead error
		if !until.After(tx.Now) || until.After(tx.Now.Add(portico.MaxExemption)) {
			notAhead = portico.FieldError("exempt_until", "Choose a date after today, within the next 90 days.")
		}
		if err := portico.Together(notAhead, portico.CheckReason(reason, "Enter why this user is exempt.")); err != nil {
			return err
		}
		if err := CheckEstablished(&tx.Reader, actor); err != nil {
			return err
		}
		if err := tx.Exempt(c, id, until, reason); err != nil {
			return err
		}
		return Record(tx, actor, portico.UserExempted, a.User, "Until {0}. Reason: {1}", chosenDay(until), reason)
	})
	if err != nil {
		return fmt.Errorf("exempting a person: %w", err)
	}
	return nil
}

// EndExemption requires 2FA of a user again, as the policy says.
func (s *Service) EndExemption(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.UserID) error {
	err := s.changeUser(ctx, actor, portico.ManagePolicy, c, id, func(tx *store.Tx, a store.Account) error {
		if !a.ExemptUntil.After(tx.Now) {
			return nil // it has ended by itself, or in another tab
		}
		if err := tx.Exempt(c, id, time.Time{}, ""); err != nil {
			return err
		}
		return Record(tx, actor, portico.ExemptionEnded, a.User, "")
	})
	if err != nil {
		return fmt.Errorf("ending an exemption: %w", err)
	}
	return nil
}

// exemptionsShown is how many exemptions Exemptions returns at most.
const exemptionsShown = 50

// Exemptions lists the exempt users of a customer, those whose exemption ends
// first in front. more reports whether there are others.
func (s *Service) Exemptions(ctx context.Context, actor portico.Actor, c portico.CustomerID) (exempt []portico.User, more bool, err error) {
	if !actor.Can(portico.ManagePolicy, c) {
		return nil, false, portico.ErrForbidden
	}
	exempt, err = s.db.Read(ctx).Exemptions(c, exemptionsShown+1)
	if len(exempt) > exemptionsShown {
		return exempt[:exemptionsShown], true, err
	}
	return exempt, false, err
}

// chosenDay formats a day for the audit log, which is in UTC. A day that was
// chosen in another zone has its time.
func chosenDay(t time.Time) any {
	if t = t.UTC(); t.Hour() != 0 || t.Minute() != 0 {
		return portico.Say("{0}, {1} UTC", portico.Date(t), t.Format("15:04"))
	}
	return portico.Date(t)
}
