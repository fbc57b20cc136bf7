package auth

import (
	"cmp"
	"context"
	"errors"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/password"
	"portico/internal/store"
)

// attempt is an attempt at a password or a code. It is recorded before it is
// checked.
type attempt struct {
	kind      string // codeBucket, passkeyBucket or passwordBucket
	account   store.Account
	visit     Visit
	browserID string   // the known device that counts the attempt in place of the buckets; "" if none
	buckets   []string // that count the attempt
	charge    int      // how many failures it is in the rolling limits of these
	at        time.Time
	turn      password.Turn
	last      bool   // the pending login takes no more attempts after this one
	copied    string // ID of the passkey that was refused because it may have been copied
}

// refusedByAccount is the TooMany error of an attempt that the account's buckets
// refuse.
type refusedByAccount struct{ error }

func (e refusedByAccount) Unwrap() error { return e.error }

// recordAttempt records an attempt before it is checked. It uses a transaction of its
// own, so that an attempt counts even if its check never completes. It returns
// TooMany if the attempt must not be checked now. An attempt that the account's
// buckets refuse counts as a failure of its source.
func (s *Service) recordAttempt(ctx context.Context, kind string, a store.Account, key string, v Visit) (attempt, error) {
	tried, err := store.Update(ctx, s.db, portico.System(v.Origin), func(tx *store.Tx) (attempt, error) {
		return s.recordAttemptIn(tx, kind, a, key, v)
	})
	return tried, s.refusedAttempt(ctx, v, err)
}

// refusedAttempt returns the error of an attempt that was not recorded, or nil. If the
// account's buckets refuse it, it counts as a failure of its source.
func (s *Service) refusedAttempt(ctx context.Context, v Visit, err error) error {
	var refused refusedByAccount
	if !errors.As(err, &refused) {
		return err
	}
	// The transaction that recorded nothing was rolled back. Since it only read, it did
	// not block other writers.
	source := s.db.Update(ctx, portico.System(v.Origin), func(tx *store.Tx) error { return s.recordSourceFailure(tx, v) })
	return cmp.Or(source, refused.error)
}

// recordAttemptIn is recordAttempt within a transaction.
func (s *Service) recordAttemptIn(tx *store.Tx, kind string, a store.Account, key string, v Visit) (attempt, error) {
	tried := attempt{kind: kind, account: a, visit: v, at: tx.Now, charge: 1}
	subject := s.subject(a, key)
	known, err := s.known(&tx.Reader, kind, a, v)
	if err != nil {
		return attempt{}, err
	}
	tried.browserID, tried.turn = known.ID, turnOf(known.ID != "", subject, v.Origin)
	if known.ID != "" {
		if err := recordPasswordHash(tx, kind, a, known.ID); err != nil {
			return attempt{}, err
		}
		return tried, tx.RecordDeviceFailure(known.ID, browserFailures)
	}
	if err := s.sourceAllows(&tx.Reader, v); err != nil {
		return attempt{}, err
	}
	charged, err := bucketsOf(&tx.Reader, kind, subject, a, v)
	if err != nil {
		return attempt{}, err
	}
	if kind != passwordBucket {
		if tried.charge, err = codeCharge(&tx.Reader, a.ID); err != nil {
			return attempt{}, err
		}
	}
	for _, f := range charged {
		if err := mustWait(f, tx.Now, tried.charge); err != nil {
			return attempt{}, refusedByAccount{err}
		}
	}
	if err := recordPasswordHash(tx, kind, a, ""); err != nil {
		return attempt{}, err
	}
	for _, f := range charged {
		tried.buckets = append(tried.buckets, f.Bucket)
		if err := s.recordInBucket(tx, tried, f); err != nil {
			return attempt{}, err
		}
	}
	return tried, nil
}

// recordInBucket counts an attempt in one bucket and queues the notices that are due,
// because the attempt may never be answered. A code may turn out to be right, so
// only the codes before it count as guesses here.
func (s *Service) recordInBucket(tx *store.Tx, tried attempt, f store.Failures) error {
	if f.Kind == codeBucket {
		if err := s.notifyOfCodes(tx, tried, f); err != nil {
			return err
		}
	}
	f = failAt(f, tx.Now, tried.charge, 1)
	f.Customer = tried.account.CustomerID
	if err := tx.PutFailures(f); err != nil {
		return err
	}
	if f.Kind == passwordBucket && f.Consecutive >= closeConsecutive {
		return s.passwordsWait(tx, tried, f)
	}
	return nil
}

// attemptSucceeded undoes the record of an attempt in the transaction of its success. It
// resets the consecutive failures, but not the other failures within the
// windows.
func (s *Service) attemptSucceeded(tx *store.Tx, tried attempt) error {
	if tried.browserID != "" {
		// If a code follows, the right password must not reset the device's
		// wrong codes. Otherwise they would never make the device unknown.
		if tried.kind == passwordBucket && tried.account.TwoFactor == portico.TwoFactorEnabled {
			return tx.UndoDeviceFailure(tried.browserID)
		}
		return tx.ResetDeviceFailures(tried.browserID)
	}
	for _, bucket := range tried.buckets {
		f, err := tx.Failures(bucket)
		if notFound(err) {
			continue
		}
		if err != nil {
			return err
		}
		if err := tx.PutFailures(resetConsecutive(f, tried.at, tried.charge)); err != nil {
			return err
		}
	}
	return nil
}

// attemptFailed records a failure with its event, sends the notifications that are due,
// and returns told, which is the error for the user.
func (s *Service) attemptFailed(ctx context.Context, tried attempt, e portico.Event, told *portico.Error) error {
	ctx, cancel := store.Detached(ctx) // a client that disconnects must not undo the failure
	defer cancel()
	e.Actor = e.Actor.Unadmitted() // a failure counts even if the session has ended
	err := s.db.Update(ctx, portico.System(tried.visit.Origin), func(tx *store.Tx) error {
		if err := audit.Record(tx, e); err != nil {
			return err
		}
		if tried.copied != "" {
			if err := s.notifyOfCopy(tx, tried, e.Actor); err != nil {
				return err
			}
		}
		if tried.browserID != "" {
			return nil
		}
		if err := s.recordSourceFailure(tx, tried.visit); err != nil {
			return err
		}
		if tried.kind != codeBucket && tried.kind != passkeyBucket {
			return nil
		}
		f, err := failures(&tx.Reader, codeBucket+"/"+string(tried.account.ID), codeBucket, tried.account.ID)
		if err != nil {
			return err
		}
		if err := s.notifyOfCodes(tx, tried, f); err != nil || tried.kind == passkeyBucket {
			return err
		}
		return s.raiseAlert(tx, tried)
	})
	if err != nil {
		return err
	}
	return told
}
