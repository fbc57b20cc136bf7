package users

import (
	"context"

	"portico"
	"portico/internal/audit"
	"portico/internal/auth"
	"portico/internal/outbox"
	"portico/internal/store"
)

// Service changes users in one database.
type Service struct {
	db     *store.DB
	auth   *auth.Service
	outbox *outbox.Outbox
}

// New returns a Service.
func New(db *store.DB, a *auth.Service, n *outbox.Outbox) *Service {
	return &Service{db: db, auth: a, outbox: n}
}

// ErrNobody is returned for users who do not exist and for those of another
// customer alike, so that the actor does not learn which. The other errors say
// why an actor may not make a change.
var (
	ErrNobody            = portico.E(portico.NotFound, "There is no such user.")
	errNotOnSelf         = portico.E(portico.Forbidden, "You cannot change your own account here. Use the Account page.")
	errNotAbove          = portico.E(portico.Forbidden, "Your role does not allow this for a user with that role.")
	errLastAdministrator = portico.E(portico.Conflict, "This is the last active administrator. Make someone else an administrator first.")
	errLastOperator      = portico.E(portico.Conflict, "This is the last active operator. Make someone else an operator first.")
)

// CheckPermission returns nil if the actor may use the permission on the user, and
// otherwise the error that says why not.
func CheckPermission(actor portico.Actor, p portico.Permission, u portico.User) error {
	switch {
	case actor.MayActOn(p, u):
		return nil
	case !actor.Can(p, u.CustomerID):
		return portico.ErrForbidden
	case actor.UserID == u.ID:
		return errNotOnSelf
	}
	return errNotAbove
}

// changeUser runs one change to one user, and returns what f returns. It reads the
// account in the customer, checks that the actor may change it, and runs f in the
// same transaction.
func changeUser[T any](ctx context.Context, s *Service, actor portico.Actor, p portico.Permission, c portico.CustomerID, id portico.UserID,
	f func(*store.Tx, store.Account) (T, error),
) (T, error) {
	var zero T
	if !actor.Can(p, c) {
		return zero, portico.ErrForbidden
	}
	return store.Update(ctx, s.db, actor, func(tx *store.Tx) (T, error) {
		a, err := Target(tx, actor, p, c, id)
		if err != nil {
			return zero, err
		}
		return f(tx, a)
	})
}

// changeUser is the function changeUser for an f that returns only an error.
func (s *Service) changeUser(ctx context.Context, actor portico.Actor, p portico.Permission, c portico.CustomerID, id portico.UserID,
	f func(*store.Tx, store.Account) error,
) error {
	_, err := changeUser(ctx, s, actor, p, c, id, func(tx *store.Tx, a store.Account) (struct{}, error) { return struct{}{}, f(tx, a) })
	return err
}

// Target returns the account of a customer's user if the actor may use the
// permission on it. It returns a NotFound error if the customer has no such user,
// and a Forbidden error if the actor may not.
func Target(tx *store.Tx, actor portico.Actor, p portico.Permission, c portico.CustomerID, id portico.UserID) (store.Account, error) {
	if _, err := tx.User(c, id); err != nil {
		return store.Account{}, store.NotFound(err, ErrNobody)
	}
	a, err := tx.Account(id)
	if err != nil {
		return store.Account{}, err
	}
	return a, CheckPermission(actor, p, a.User)
}

// Record writes an event about a user, with its details as a message; "" for none.
func Record(tx *store.Tx, actor portico.Actor, action portico.Action, u portico.User, text portico.Text, values ...any) error {
	return audit.Record(tx, portico.Event{Action: action, Actor: actor, Told: portico.Say(text, values...)}.Target(u))
}

// keepTopRole returns a Conflict error if u is the last active administrator of a
// customer, or the last active operator.
func keepTopRole(tx *store.Tx, u portico.User) error {
	top := portico.TopRole(u.CustomerID)
	if u.Role != top || u.Status != portico.Active {
		return nil
	}
	others, err := tx.ActiveInRole(u.CustomerID, top, u.ID)
	if err != nil {
		return err
	}
	return lastOfTopRole(u, others)
}

// lastOfTopRole is keepTopRole for a user beside whom so many others are active in
// the top role.
func lastOfTopRole(u portico.User, others int) error {
	top := portico.TopRole(u.CustomerID)
	switch {
	case u.Role != top || u.Status != portico.Active || others > 0:
		return nil
	case top == portico.RoleOperator:
		return errLastOperator
	}
	return errLastAdministrator
}
