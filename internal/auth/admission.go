package auth

import (
	"context"

	"portico"
	"portico/internal/store"
)

// ErrNotConfirmed asks the user to confirm password and code again.
// ErrMustEnrol asks the user to set up 2FA.
var (
	ErrNotConfirmed = portico.E(portico.Forbidden, "Confirm that it is you, and try again.")
	ErrMustEnrol    = portico.E(portico.Forbidden, "Set up Two Factor Authentication first.")
)

// admit decides whether a user may still make a change. It decides from what is
// stored, inside the transaction of that change: the route's guard decided when
// the request arrived, and reading the body may have taken a long time since.
// It returns Unauthenticated if the session has ended or now belongs to another
// user, customer or role. It returns Forbidden if the user must confirm again
// or set up 2FA first, or if the customer has revoked provider access.
func admit(r *store.Reader, actor portico.Actor) error {
	by := actor.Admission
	row, err := validSession(r, []byte(by.Session))
	if err != nil {
		return err
	}
	a := row.Account
	switch {
	case a.ID != actor.UserID || a.CustomerID != actor.CustomerID || a.Role != actor.Role:
		return errNoSession
	case a.Customer.Policy.MustEnrol(a.User, r.Now) && !by.Enrolling:
		return ErrMustEnrol
	case by.Confirmed && !fresh(row, r.Now) && (!by.Rescuing || !rescues(row, r.Now)):
		return ErrNotConfirmed
	}
	return admitEntered(r, actor)
}

// admitEntered returns Forbidden for an operator inside a customer that has
// revoked provider access.
func admitEntered(r *store.Reader, actor portico.Actor) error {
	if actor.In == "" {
		return nil
	}
	c, err := r.Customer(actor.In)
	if err != nil {
		return store.NotFound(err, portico.E(portico.NotFound, "There is no such customer."))
	}
	_, err = actor.Enter(c, r.Now)
	return err
}

// StillAdmitted returns nil as long as the actor may make changes, and
// otherwise the reason why not. Long downloads call it repeatedly.
func (s *Service) StillAdmitted(ctx context.Context, actor portico.Actor) error {
	return admit(s.db.Read(ctx), actor)
}
