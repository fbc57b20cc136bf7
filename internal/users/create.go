package users

import (
	"context"
	"fmt"

	"portico"
	"portico/internal/auth"
	"portico/internal/locale"
	"portico/internal/password"
	"portico/internal/store"
)

// Create adds a user with a password, who can log in at once. It is for the
// command line. It returns an Invalid error if a field is not valid.
func (s *Service) Create(ctx context.Context, actor portico.Actor, c portico.CustomerID, u portico.User, chosen string) (portico.User, error) {
	a, err := s.prepare(ctx, actor, c, u)
	if err != nil {
		return u, err
	}
	if a.LoginKey == "" {
		return u, portico.FieldError("login_id", "Enter a login ID.")
	}
	if err := password.CheckFor(a.User, a.Customer, s.outbox.Now(), chosen); err != nil {
		return u, err
	}
	if a.PasswordHash, err = s.auth.HashPassword(ctx, actor, chosen); err != nil {
		return u, fmt.Errorf("hashing the password: %w", err)
	}
	a.Status = portico.Active
	made, err := store.Update(ctx, s.db, actor, func(tx *store.Tx) (portico.User, error) {
		made, err := insert(tx, actor, a, portico.UserCreated)
		return made.User, err
	})
	return made, s.explainTaken(ctx, actor, c, err, a.LoginKey)
}

// Invite adds a user who chooses a login ID and a password by a mailed link. A
// login ID given here is only proposed.
func (s *Service) Invite(ctx context.Context, actor portico.Actor, c portico.CustomerID, u portico.User) (portico.User, error) {
	a, err := s.prepare(ctx, actor, c, u)
	if err != nil {
		return u, err
	}
	a.Status = portico.Invited
	made, err := store.Update(ctx, s.db, actor, func(tx *store.Tx) (store.Account, error) {
		if err := grantRole(tx, actor, a.Role); err != nil {
			return a, err
		}
		made, err := insert(tx, actor, a, portico.UserInvited)
		if err != nil {
			return made, err
		}
		if err := CountMails(tx, actor, c, 1); err != nil {
			return made, err
		}
		return made, s.mailLink(tx, invitationMail, actor, made, s.outbox.Queue)
	})
	if err != nil {
		return u, s.explainTaken(ctx, actor, c, err, a.LoginKey)
	}
	return made.User, nil
}

// prepare checks everything about a new user that needs no transaction.
func (s *Service) prepare(ctx context.Context, actor portico.Actor, c portico.CustomerID, u portico.User) (store.Account, error) {
	if !actor.Can(portico.ManagePeople, c) {
		return store.Account{}, portico.ErrForbidden
	}
	customer, err := s.db.Read(ctx).Customer(c)
	if err != nil {
		return store.Account{}, store.NotFound(err, portico.E(portico.NotFound, "There is no such customer."))
	}
	a := store.Account{User: u, Customer: customer, Epoch: 1}
	a.CustomerID = c
	if err := CheckProfile(actor, a.User); err != nil {
		return store.Account{}, err
	}
	if u.LoginID != "" {
		if a.LoginKey, err = auth.NewLoginID(u.LoginID); err != nil {
			return store.Account{}, err
		}
	}
	return a, nil
}

// CheckProfile checks that a profile is valid, that the portal has its language, and
// that the actor may grant its role.
func CheckProfile(actor portico.Actor, u portico.User) error {
	if err := u.Validate(); err != nil {
		return err
	}
	if err := locale.CheckChoice(u.Language); err != nil {
		return err
	}
	return CheckRole(actor, u)
}

// CheckRole checks that the actor may grant a user's role.
func CheckRole(actor portico.Actor, u portico.User) error {
	if !actor.Role.MayGrant(u.Role, u.CustomerID) {
		return portico.FieldError("role", "Choose one of the roles in the list.")
	}
	return nil
}

// insert adds a prepared user and the event. It returns ErrTaken if nobody can
// have the login ID now.
func insert(tx *store.Tx, actor portico.Actor, a store.Account, action portico.Action) (store.Account, error) {
	id, err := store.NewID()
	if err != nil {
		return a, err
	}
	a.ID, a.CreatedAt = portico.UserID(id), tx.Now
	if err := tx.CreateUser(a); err != nil {
		return a, err
	}
	return a, Record(tx, actor, action, a.User, "Role: {0}", a.Role)
}
