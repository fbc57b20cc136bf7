package users

import (
	"context"
	"errors"

	"portico"
	"portico/internal/auth"
	"portico/internal/mail"
	"portico/internal/store"
)

// changeLoginID gives a user another login ID. All sessions of the user end, so
// that no application behind the portal sees one session under two names, and
// the user is mailed. An invitation stays valid. It returns ErrTaken if the login
// ID is in use, or held back for somebody else.
func (s *Service) changeLoginID(tx *store.Tx, actor portico.Actor, a store.Account, loginID, key string) error {
	if a.Role != portico.RoleUser {
		if err := CheckEstablished(&tx.Reader, actor); err != nil {
			return err
		}
	}
	if err := auth.CheckTaken(&tx.Reader, actor, a.CustomerID); err != nil {
		return err
	}
	if err := tx.ChangeLoginID(a.CustomerID, a.ID, loginID, key); err != nil {
		return err
	}
	told := portico.Say("From {0} to {1}", a.LoginID, loginID)
	if a.LoginID == "" {
		told = portico.Say("To {0}", loginID)
	}
	a.LoginID = loginID
	if a.Status != portico.Invited {
		epoch, err := tx.RevokeAccess(a.ID, "")
		if err != nil {
			return err
		}
		a.Epoch = epoch
		if err := s.auth.Notify(tx, mail.LoginIDChanged, a, actor, ""); err != nil {
			return err
		}
	}
	return Record(tx, actor, portico.LoginIDChanged, a.User, told.Text, told.Values...)
}

// explainTaken returns the error for a login ID that a user cannot get. If a user
// of the same customer has given it up, it says when it is free. Otherwise the
// actor learns no more than that it is taken, and that is counted.
func (s *Service) explainTaken(ctx context.Context, actor portico.Actor, c portico.CustomerID, err error, key string) error {
	if !errors.Is(err, store.ErrTaken) {
		return err
	}
	held, heldErr := s.db.Read(ctx).HeldLoginIDs([]string{key})
	if heldErr != nil {
		return heldErr
	}
	if h, is := held[key]; is && (h.CustomerID == c || actor.Kind == portico.ActorCommandLine) {
		return ErrHeld(h)
	}
	if actor.Kind == portico.ActorCommandLine {
		return auth.ErrLoginIDTaken
	}
	err = s.db.Update(ctx, actor, func(tx *store.Tx) error {
		return auth.RecordTaken(tx, actor, c, 1, portico.Say("for one user"))
	})
	if err != nil {
		return err
	}
	return auth.ErrLoginIDTaken
}

// ErrHeld returns the error for a login ID that is held back, for actors of the
// customer whose user had it.
func ErrHeld(h store.HeldLoginID) error {
	return portico.FieldError("login_id", "Someone else had this login ID until recently. It will be available on {0}.", portico.Date(h.FreeAt.UTC()))
}
