package users

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"portico"
	"portico/internal/store"
)

// Exempt keeps the customer's demand for 2FA from a person until a day, for a
// reason. Invalid when the day is not within portico.MaxExemption.
func (s *Service) Exempt(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.UserID, until time.Time, reason string) error {
	reason = strings.TrimSpace(reason)
	err := s.changeUser(ctx, actor, portico.ManagePolicy, c, id, func(tx *store.Tx, a store.Account) error {
		if err := CheckReason(reason, "Enter why this person is exempt."); err != nil {
			return err
		}
		if err := CheckEstablished(&tx.Reader, actor); err != nil {
			return err
		}
		if !until.After(tx.Now) || until.After(tx.Now.Add(portico.MaxExemption)) {
			return portico.FieldError("exempt_until", "Choose a day after today, within the next 90 days.")
		}
		if err := tx.Exempt(c, id, until, reason); err != nil {
			return err
		}
		return Record(tx, actor, portico.UserExempted, a.User, "Until "+day(until)+". Reason: "+reason)
	})
	if err != nil {
		return fmt.Errorf("exempting a person: %w", err)
	}
	return nil
}

// EndExemption asks a person for 2FA again as the customer asks everybody.
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

// Exemptions lists those exemptions of a customer that hold and end first.
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

// day is a day as people read it.
func day(t time.Time) string { return t.UTC().Format("2 January 2006") }

// CheckReason asks for a reason that can be read, of at most 200 characters, on
// one line.
func CheckReason(reason, ask string) error {
	switch {
	case !portico.Visible(reason):
		return portico.FieldError("reason", ask)
	case utf8.RuneCountInString(reason) > 200 || !portico.Printable(reason):
		return portico.FieldError("reason", "Enter the reason in at most 200 characters, on one line.")
	}
	return nil
}
