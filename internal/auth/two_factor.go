package auth

import (
	"context"
	"fmt"

	"portico"
	"portico/internal/audit"
	"portico/internal/mail"
	"portico/internal/store"
)

// Disable disables 2FA and keeps the authenticators and their used time steps. It
// also ends an enrolment in progress. The token is "" if 2FA was not enabled. For
// the errors, see reduceProtection.
func (s *Service) Disable(ctx context.Context, ses *Session) (string, error) {
	return s.reduceProtection(ctx, ses, portico.TwoFactorSwitchOff, mail.TwoFactorDisabled, func(tx *store.Tx) (portico.Message, bool, error) {
		done, err := tx.SwitchAuthenticators(ses.User.ID, false)
		return portico.Message{}, done, err
	})
}

// DeleteTwoFactor deletes the user's own setup: all authenticators and the
// recovery codes. The token is "" if there was none. For the errors, see
// reduceProtection.
func (s *Service) DeleteTwoFactor(ctx context.Context, ses *Session) (string, error) {
	return s.reduceProtection(ctx, ses, portico.TwoFactorDeleted, mail.TwoFactorDeleted, func(tx *store.Tx) (portico.Message, bool, error) {
		done, err := DeleteSetup(tx, ses.User.ID)
		return portico.Message{}, done, err
	})
}

// DeleteSetup deletes all authenticators and the recovery codes of a user. It
// returns false if there was no authenticator.
func DeleteSetup(tx *store.Tx, id portico.UserID) (bool, error) {
	deleted, err := tx.DeleteAuthenticators(id)
	if err != nil || !deleted {
		return false, err
	}
	return true, tx.DeleteRecovery(id)
}

var errEnforced = portico.E(portico.Forbidden, "Two Factor Authentication is required, so you cannot switch it off. You can replace your authenticators.")

var errLastPasskey = portico.E(portico.Forbidden, "Your organisation requires a passkey, and this is your only one. Add another one first.")

// reduceProtection reduces the protection of the user's own account and notifies the
// user. change returns the name of what it has changed, if that is told. It returns
// Forbidden without a recent confirmation, and where the customer's policy requires
// 2FA and it would not be enabled any more, or a passkey and there would be none:
// there, it would allow an attacker with the password alone to enrol another phone.
func (s *Service) reduceProtection(ctx context.Context, ses *Session, action portico.Action, kind mail.Kind, change func(*store.Tx) (portico.Message, bool, error)) (string, error) {
	token, err := store.Update(ctx, s.db, ses.Actor, func(tx *store.Tx) (string, error) {
		row, err := s.currentFresh(tx, ses)
		if err != nil {
			return "", err
		}
		if err := tx.DeleteEnrolments(ses.User.ID); err != nil {
			return "", err
		}
		named, changed, err := change(tx)
		if err != nil {
			return "", err
		}
		a, err := tx.Account(ses.User.ID)
		if err != nil {
			return "", err
		}
		if a.TwoFactor != portico.TwoFactorEnabled && a.Customer.Policy.TwoFactorRequired(a.User, tx.Now) {
			return "", errEnforced
		}
		if a.Customer.Policy.LacksPasskey(a.User, tx.Now) {
			return "", errLastPasskey
		}
		if !changed {
			return "", nil
		}
		if err := s.notifyNamed(tx, kind, row.Account, ses.Actor, named); err != nil {
			return "", err
		}
		return s.revokeOthers(tx, row, portico.Event{Action: action, Actor: ses.Actor, Told: named}.Target(ses.User))
	})
	if err != nil {
		return "", fmt.Errorf("changing 2FA: %w", err)
	}
	return token, nil
}

// revokeOthers completes a change of the protection of the user's own account: it
// ends everything else that was issued to the user, gives this session a new
// token, and records the event.
func (s *Service) revokeOthers(tx *store.Tx, row store.Session, e portico.Event) (string, error) {
	if _, err := tx.RevokeAccess(row.Account.ID, row.ID); err != nil {
		return "", err
	}
	token, err := rotateToken(tx, row.ID, false)
	if err != nil {
		return "", err
	}
	return token, audit.Record(tx, e)
}
