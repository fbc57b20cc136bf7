package auth

import (
	"context"
	"fmt"

	"portico"
	"portico/internal/audit"
	"portico/internal/store"
)

// A login ID is unique in the whole portal, so people who choose one learn
// whether another customer has it. That cannot be avoided. For imports and
// activations it is limited, and the audit log records each answer.

// mostTaken is how many login IDs, within 24 hours, a customer's imports may
// learn that others have.
const mostTaken = 100

var errTooManyTaken = portico.E(portico.TooMany, fmt.Sprintf("More than %d login IDs within a day are not available, because others have them. Leave them out, or wait a day.", mostTaken))

// CheckLoginID returns the error for a login ID that another user has.
func CheckLoginID() error {
	return portico.FieldError("login_id", "This login ID is taken. Choose another one.")
}

// ToldTaken records that an actor learns that n login IDs are taken by other
// users. It returns TooMany if the customer would learn of more than mostTaken
// within 24 hours. The caller must not reveal them then.
func ToldTaken(tx *store.Tx, actor portico.Actor, c portico.CustomerID, n int, details string) error {
	f, err := failures(&tx.Reader, takenBucket+"/"+string(c), takenBucket, "")
	if err != nil {
		return err
	}
	if limits[takenBucket][0].count(f, tx.Now)+n > mostTaken {
		return errTooManyTaken
	}
	for range n {
		f = fail(f, tx.Now)
	}
	if err := tx.PutFailures(f); err != nil {
		return err
	}
	return audit.Record(tx, portico.Event{CustomerID: c, Action: portico.LoginIDTaken, Actor: actor, Details: details})
}

// chargeActivation records an attempt at an activation, before the login ID is
// looked up. It returns TooMany after too many of them within an hour.
func (s *Service) chargeActivation(ctx context.Context, o portico.Origin, id portico.UserID) error {
	return s.db.Update(ctx, portico.System(o), func(tx *store.Tx) error {
		f, err := failures(&tx.Reader, activationBucket+"/"+string(id), activationBucket, "")
		if err != nil {
			return err
		}
		if wait := waitFor(f, tx.Now, 1); wait > 0 {
			return tooMany("Too many login IDs were tried.", wait)
		}
		return tx.PutFailures(fail(f, tx.Now))
	})
}

// refuseTaken records that an activation chose a login ID that another user
// has, and returns CheckLoginID.
func (s *Service) refuseTaken(ctx context.Context, o portico.Origin, u portico.User) error {
	err := s.db.Update(ctx, portico.System(o), func(tx *store.Tx) error {
		return audit.Record(tx, portico.Event{Action: portico.LoginIDTaken, Actor: portico.AsUser(u, o), Details: "at the activation"}.Target(u))
	})
	if err != nil {
		return fmt.Errorf("refusing a login ID: %w", err)
	}
	return CheckLoginID()
}
