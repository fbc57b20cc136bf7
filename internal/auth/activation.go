package auth

import (
	"context"
	"errors"
	"fmt"

	"portico"
	"portico/internal/audit"
	"portico/internal/password"
	"portico/internal/store"
)

// Activate sets the login ID and password that an invited user has chosen, and
// activates the account. It then logs the user in by that password, which is the
// first of the account, as far as Next allows. It returns Invalid if the login ID
// or password cannot be accepted, Gone if the link no longer works, Forbidden
// while the customer is suspended, and TooMany after too many attempts.
func (s *Service) Activate(ctx context.Context, v Visit, token, loginID, chosen string) (Outcome, error) {
	o := v.Origin
	whose, err := s.Activation(ctx, token)
	if err != nil {
		return Outcome{}, err
	}
	whose.User.LoginID = loginID
	key, err := NewLoginID(loginID)
	if err := portico.Together(err, password.CheckFor(whose.User, whose.Customer, s.outbox.Now(), chosen)); err != nil {
		return Outcome{}, err
	}
	if err := s.recordActivation(ctx, o, whose.User.ID); err != nil {
		return Outcome{}, err
	}
	hash, err := s.hashByLink(ctx, o, whose.User.ID, chosen)
	if err != nil {
		return Outcome{}, err
	}
	out, err := store.Update(ctx, s.db, portico.System(o), func(tx *store.Tx) (Outcome, error) {
		a, err := linked(&tx.Reader, token, store.LinkActivate, portico.Invited)
		if err != nil {
			return Outcome{}, err
		}
		if err := tx.UseLink(store.HashToken(token), store.LinkActivate); err != nil {
			return Outcome{}, err
		}
		if err := tx.ActivateUser(a.ID, loginID, key, hash); err != nil {
			return Outcome{}, err
		}
		return s.firstLogin(tx, a.ID, v)
	})
	if errors.Is(err, store.ErrTaken) {
		return Outcome{}, s.refuseTaken(ctx, o, whose.User)
	}
	if err != nil {
		return Outcome{}, fmt.Errorf("activating: %w", err)
	}
	return out, nil
}

// firstLogin records that an account was activated, and logs its user in by the
// password that was just chosen. A language that was chosen on the page of the link becomes
// the user's: it is their own choice, and later than that of an administrator.
func (s *Service) firstLogin(tx *store.Tx, id portico.UserID, v Visit) (Outcome, error) {
	a, err := tx.Account(id)
	if err != nil {
		return Outcome{}, err
	}
	if v.Language != "" && v.Language != a.Language {
		a.Language = v.Language
		if err := tx.SaveProfile(a.CustomerID, a.User); err != nil {
			return Outcome{}, err
		}
	}
	if err := audit.Record(tx, portico.Event{Action: portico.UserActivated, Actor: portico.AsUser(a.User, v.Origin)}.Target(a.User)); err != nil {
		return Outcome{}, err
	}
	return s.advance(tx, Proof{Password: true}, a, v, false)
}

// recordActivation records an attempt at an activation, before the login ID is
// looked up. It returns TooMany after too many of them within an hour.
func (s *Service) recordActivation(ctx context.Context, o portico.Origin, id portico.UserID) error {
	return s.db.Update(ctx, portico.System(o), func(tx *store.Tx) error {
		f, err := failures(&tx.Reader, activationBucket+"/"+string(id), activationBucket, id)
		if err != nil {
			return err
		}
		if wait := waitFor(f, tx.Now); wait > 0 {
			return tooMany("You have tried too many login IDs. Try again in {0}.", wait)
		}
		return tx.PutFailures(fail(f, tx.Now))
	})
}

// refuseTaken records that an activation chose a login ID that another user
// has, and returns ErrLoginIDTaken.
func (s *Service) refuseTaken(ctx context.Context, o portico.Origin, u portico.User) error {
	err := s.db.Update(ctx, portico.System(o), func(tx *store.Tx) error {
		return audit.Record(tx, portico.Event{Action: portico.LoginIDTaken, Actor: portico.AsUser(u, o), Told: portico.Say("at the activation")}.Target(u))
	})
	if err != nil {
		return fmt.Errorf("refusing a login ID: %w", err)
	}
	return ErrLoginIDTaken
}
