package auth

import (
	"context"

	"portico"
	"portico/internal/store"
)

// ErrNotConfirmed asks for the password and the code again, ErrMustEnrol for
// the set-up of 2FA.
var (
	ErrNotConfirmed = portico.E(portico.Forbidden, "Confirm that it is you, and try again.")
	ErrMustEnrol    = portico.E(portico.Forbidden, "Set up Two Factor Authentication first.")
)

// admit decides whether a person may still make a change, from what is stored
// in the transaction of that change: the guard of a route decided when the
// request came, and its body may have taken until now. Unauthenticated when the
// session no longer counts or is of somebody else by now, Forbidden when the
// identity has to be confirmed again, when 2FA has to be set up first, or when
// the customer has ended the provider's access.
func admit(r *store.Reader, actor portico.Actor) error {
	by := actor.Admission
	row, err := r.Session([]byte(by.Session))
	if notFound(err) || err == nil && !alive(row, r.Now) {
		return errNoSession
	}
	if err != nil {
		return err
	}
	a := row.Account
	switch {
	case a.ID != actor.UserID || a.CustomerID != actor.CustomerID || a.Role != actor.Role:
		return errNoSession
	case a.Customer.Policy.MustEnrol(a.User, r.Now) && !by.Enrolling:
		return ErrMustEnrol
	case by.Confirmed && !fresh(row, r.Now):
		return ErrNotConfirmed
	}
	return admitEntered(r, actor)
}

// admitEntered refuses an operator in a customer that has ended the provider's
// access.
func admitEntered(r *store.Reader, actor portico.Actor) error {
	if actor.In == "" {
		return nil
	}
	c, err := r.Customer(actor.In)
	if err != nil {
		return err
	}
	_, err = actor.Enter(c, r.Now)
	return err
}

// StillAdmitted returns nil while the actor might make a change, else why not.
// Long downloads ask it again and again.
func (s *Service) StillAdmitted(ctx context.Context, actor portico.Actor) error {
	return admit(s.db.Read(ctx), actor)
}
