package users

import (
	"context"
	"errors"
	"fmt"

	"portico"
	"portico/internal/store"
)

// Suspend ends all sessions of a user, who cannot log in until reactivated.
func (s *Service) Suspend(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.UserID) error {
	err := s.changeUser(ctx, actor, portico.ManagePeople, c, id, func(tx *store.Tx, a store.Account) error {
		return suspend(tx, actor, a)
	})
	if err != nil {
		return fmt.Errorf("suspending: %w", err)
	}
	return nil
}

var errNotActive = portico.E(portico.Conflict, "Only active users can be suspended.")

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

// Reactivate lets a suspended user log in again, with the same password and the
// same authenticator. If the password has expired and the customer is not
// suspended, the user is mailed a link to choose a new one, and mailed is true.
func (s *Service) Reactivate(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.UserID) (mailed bool, err error) {
	mailed, err = changeUser(ctx, s, actor, portico.ManagePeople, c, id, func(tx *store.Tx, a store.Account) (bool, error) {
		return s.reactivate(tx, actor, a)
	})
	if err != nil {
		return false, fmt.Errorf("reactivating: %w", err)
	}
	return mailed, nil
}

func (s *Service) reactivate(tx *store.Tx, actor portico.Actor, a store.Account) (mailed bool, err error) {
	if err := mayReactivate(&tx.Reader, actor, a.User); err != nil {
		return false, err
	}
	if err := unfreeze(tx, a); err != nil {
		return false, err
	}
	a.Status = portico.Active
	if err := tx.SaveProfile(a.CustomerID, a.User); err != nil {
		return false, err
	}
	// The actor confirms that the account is right as it is.
	if err := tx.SettleAddress(a.ID); err != nil {
		return false, err
	}
	if err := Record(tx, actor, portico.UserReactivated, a.User, ""); err != nil || !a.PasswordExpired || a.Customer.Suspended() {
		return false, err // while the customer is suspended, no link works; afterwards the user asks for one
	}
	return true, s.sendLinkIn(tx, passwordMail, actor, a)
}

// mayReactivate returns the error for a user who is not suspended, and for one who
// reported a reset as unauthorized and whom the actor may not unfreeze. The
// requester of that reset may not do so, and neither may a new account, which the
// requester could have created for it.
func mayReactivate(r *store.Reader, actor portico.Actor, u portico.User) error {
	if u.Status != portico.Suspended {
		return portico.E(portico.Conflict, "This user is not suspended.")
	}
	reset, err := r.FreezingReset(u.CustomerID, u.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if actor.UserID != "" && actor.UserID == reset.Requester.UserID {
		return portico.E(portico.Forbidden, "The user froze this account because of your request to delete the 2FA setup. Another administrator has to reactivate it.")
	}
	established, err := ActorEstablished(r, actor)
	if err != nil {
		return err
	}
	if !established {
		return portico.E(portico.Forbidden, "The user froze this account, and your own account is new or was changed less than 7 days ago. Another administrator has to reactivate it.")
	}
	return nil
}

// unfreeze ends the freeze of an account, if it is frozen.
func unfreeze(tx *store.Tx, a store.Account) error {
	_, err := tx.FreezingReset(a.CustomerID, a.ID)
	if err != nil {
		return store.NotFound(err, nil)
	}
	return tx.Unfreeze(a.CustomerID, a.ID)
}

// EndSessions ends all sessions of a user, who may log in again.
func (s *Service) EndSessions(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.UserID) error {
	err := s.changeUser(ctx, actor, portico.EndSessions, c, id, func(tx *store.Tx, a store.Account) error {
		if a.Status == portico.Invited {
			return portico.E(portico.Conflict, "This user has not logged in yet.")
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

// EndSession ends one session of a user, who may log in again. It returns a
// NotFound error if the user has no such session.
func (s *Service) EndSession(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.UserID, session string) error {
	err := s.changeUser(ctx, actor, portico.EndSessions, c, id, func(tx *store.Tx, a store.Account) error {
		ended, err := tx.EndSession(id, session)
		if err != nil {
			return err
		}
		if !ended {
			return portico.E(portico.NotFound, "This user has no such session.")
		}
		return Record(tx, actor, portico.SessionEnded, a.User, "")
	})
	if err != nil {
		return fmt.Errorf("ending a session: %w", err)
	}
	return nil
}

// Unlock clears the failures of a user, so that the next attempt is evaluated.
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
