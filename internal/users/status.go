package users

import (
	"context"
	"errors"
	"fmt"

	"portico"
	"portico/internal/store"
)

// Suspend keeps a person out until reactivated, from this moment on.
func (s *Service) Suspend(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.UserID) error {
	err := s.changeUser(ctx, actor, portico.ManagePeople, c, id, func(tx *store.Tx, a store.Account) error {
		return suspend(tx, actor, a)
	})
	if err != nil {
		return fmt.Errorf("suspending: %w", err)
	}
	return nil
}

var errNotActive = portico.E(portico.Conflict, "Only an active person can be suspended.")

func suspend(tx *store.Tx, actor portico.Actor, a store.Account) error {
	if a.Status != portico.Active {
		return errNotActive
	}
	if err := keepTopRole(tx, a.User); err != nil {
		return err
	}
	if _, err := tx.RevokeAccess(a.ID, ""); err != nil {
		return err
	}
	a.Status = portico.Suspended
	if err := tx.SaveProfile(a.CustomerID, a.User); err != nil {
		return err
	}
	return Record(tx, actor, portico.UserSuspended, a.User, "")
}

// Reactivate lets a suspended person log in again, with the same password and
// the same authenticator. Whose password has ended is mailed a link to choose a
// new one, and mailed says so.
func (s *Service) Reactivate(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.UserID) (mailed bool, err error) {
	err = s.changeUser(ctx, actor, portico.ManagePeople, c, id, func(tx *store.Tx, a store.Account) error {
		if a.Status != portico.Suspended {
			return portico.E(portico.Conflict, "This person is not suspended.")
		}
		if err := unfreeze(tx, actor, a); err != nil {
			return err
		}
		a.Status = portico.Active
		if err := tx.SaveProfile(c, a.User); err != nil {
			return err
		}
		// Who lets the person in again says that the account is right as it is.
		if err := tx.SettleAddress(a.ID); err != nil {
			return err
		}
		mailed = a.PasswordExpired
		if err := Record(tx, actor, portico.UserReactivated, a.User, ""); err != nil || !mailed {
			return err
		}
		return s.resend(tx, passwordMail, actor, a)
	})
	if err != nil {
		return false, fmt.Errorf("reactivating: %w", err)
	}
	return mailed, nil
}

// unfreeze lets an account go that its person froze by the mail about a reset:
// the administrator who had asked for that reset is the last one to do so, and so is an account
// that this one could have made up for it.
func unfreeze(tx *store.Tx, actor portico.Actor, a store.Account) error {
	r, err := tx.FreezingReset(a.CustomerID, a.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if actor.UserID != "" && actor.UserID == r.Requester.UserID {
		return portico.E(portico.Forbidden, "The person has frozen this account because of your request to delete the 2FA setup. Another administrator has to reactivate it.")
	}
	known, err := ActorEstablished(&tx.Reader, actor)
	if err != nil {
		return err
	}
	if !known {
		return portico.E(portico.Forbidden, "The person has frozen this account, and your own account is new or was changed less than 7 days ago. Another administrator has to reactivate it.")
	}
	return tx.Unfreeze(a.CustomerID, a.ID)
}

// EndSessions ends every log-in of a person, who may log in again.
func (s *Service) EndSessions(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.UserID) error {
	err := s.changeUser(ctx, actor, portico.EndSessions, c, id, func(tx *store.Tx, a store.Account) error {
		if a.Status == portico.Invited {
			return portico.E(portico.Conflict, "This person has not logged in yet.")
		}
		if _, err := tx.RevokeAccess(id, ""); err != nil {
			return err
		}
		return Record(tx, actor, portico.SessionsEnded, a.User, "")
	})
	if err != nil {
		return fmt.Errorf("ending sessions: %w", err)
	}
	return nil
}

// Unlock forgets a person's failed attempts, so that the next one is evaluated.
func (s *Service) Unlock(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.UserID) error {
	err := s.changeUser(ctx, actor, portico.ManagePeople, c, id, func(tx *store.Tx, a store.Account) error {
		if a.Role != portico.RoleUser {
			if err := CheckEstablished(&tx.Reader, actor); err != nil {
				return err
			}
		}
		if err := tx.ClearFailures(id); err != nil {
			return err
		}
		return Record(tx, actor, portico.UserUnlocked, a.User, "")
	})
	if err != nil {
		return fmt.Errorf("clearing failed attempts: %w", err)
	}
	return nil
}
