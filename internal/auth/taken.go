package auth

import (
	"context"
	"fmt"

	"portico"
	"portico/internal/audit"
	"portico/internal/store"
)

// A login ID is unique in the whole portal, and so whoever chooses one learns
// whether another customer has it. That cannot be avoided; it is bounded, and
// each answer stands in the audit log.

// mostTaken is how many login IDs of imports a customer is told in a day to be
// somebody else's.
const mostTaken = 100

var errTooManyTaken = portico.E(portico.TooMany, fmt.Sprintf("More than %d login IDs within a day are not available, because others have them. Leave them out, or wait a day.", mostTaken))

// TakenLoginID is the answer to a login ID that somebody else has.
func TakenLoginID() error {
	return portico.FieldError("login_id", "This login ID is taken. Choose another one.")
}

// ToldTaken notes that an actor is told of n login IDs that others have them.
// TooMany when a customer has learned enough of that today; then none may be
// told.
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

// chargeActivation counts an attempt at an activation, before the login ID is
// looked for. TooMany after some in an hour.
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

// refuseTaken answers an activation whose login ID somebody else has.
func (s *Service) refuseTaken(ctx context.Context, o portico.Origin, u portico.User) error {
	err := s.db.Update(ctx, portico.System(o), func(tx *store.Tx) error {
		return audit.Record(tx, portico.Event{Action: portico.LoginIDTaken, Actor: portico.AsUser(u, o), Details: "at the activation"}.Target(u))
	})
	if err != nil {
		return fmt.Errorf("refusing a login ID: %w", err)
	}
	return TakenLoginID()
}
