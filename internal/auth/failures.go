package auth

import (
	"context"
	"fmt"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/store"
)

// Attempts counts a user's failures of one kind outside known devices. The
// command portico user unlock prints it.
type Attempts struct {
	What        string // what was tried, and for passwords from which network
	Consecutive int
	Recent      int // attempts that still count
	Wait        time.Duration
	Closed      bool // until the failures are reset, or the password is changed after proving the authenticator
}

// AttemptsOf returns a user's failures, one entry for each bucket.
func (s *Service) AttemptsOf(ctx context.Context, id portico.UserID) ([]Attempts, error) {
	r := s.db.Read(ctx)
	rows, err := r.FailuresOf(id)
	if err != nil {
		return nil, err
	}
	charge, err := codeCharge(r, id)
	if err != nil {
		return nil, err
	}
	names := map[string]string{
		codeBucket: "codes", passwordBucket: "passwords", shareBucket: "passwords from new networks", networkBucket: "passwords from ",
		forgottenBucket: "password links", unlockBucket: "links that let a browser in",
		endedBucket: "password links by log-in", emergencyBucket: "password links by This wasn't me", emailBucket: "new email addresses",
	}
	var out []Attempts
	for _, f := range rows {
		if names[f.Kind] == "" { // a bucket that holds no failures, or none that others do not hold
			continue
		}
		a := Attempts{What: names[f.Kind], Consecutive: f.Consecutive, Recent: len(f.Recent), Wait: waitFor(f, r.Now), Closed: f.Closed}
		if f.Kind == codeBucket { // each counts for every app
			a.Recent, a.Wait = attempts(f, charge), waitToCharge(f, r.Now, charge)
		}
		if f.Kind == networkBucket {
			a.What += f.Bucket[len(networkBucket)+len(id)+2:]
		}
		out = append(out, a)
	}
	return out, nil
}

// AttemptsFrom returns the failures of an address and of the network around it,
// at any login ID. It returns Invalid if the text is not an IP address.
func (s *Service) AttemptsFrom(ctx context.Context, address string) (attempts []Attempts, err error) {
	buckets, err := sourceBuckets(address)
	if err != nil {
		return nil, err
	}
	r := s.db.Read(ctx)
	for _, b := range buckets {
		f, err := failures(r, b.kind+"/"+b.network, b.kind, "")
		if err != nil {
			return nil, err
		}
		if len(f.Recent) > 0 {
			wait := waitAt(f, r.Now, s.timesFor(portico.Origin{Address: address}), 1)
			attempts = append(attempts, Attempts{What: "from " + b.network, Consecutive: f.Consecutive, Recent: len(f.Recent), Wait: wait})
		}
	}
	return attempts, nil
}

// UnlockAddress clears the failures of an address and of the network around it,
// and returns both. It returns Invalid if the text is not an IP address.
func (s *Service) UnlockAddress(ctx context.Context, actor portico.Actor, address string) (subscriber, network string, err error) {
	buckets, err := sourceBuckets(address)
	if err != nil {
		return "", "", err
	}
	subscriber, network = buckets[0].network, buckets[1].network
	err = s.db.Update(ctx, actor, func(tx *store.Tx) error {
		for _, b := range buckets {
			if err := tx.DeleteFailures(b.kind + "/" + b.network); err != nil {
				return err
			}
		}
		return audit.Record(tx, portico.Event{CustomerID: portico.ProviderID, Action: portico.AddressUnlocked, Actor: actor, Told: portico.Verbatim(subscriber + ", " + network)})
	})
	if err != nil {
		return "", "", fmt.Errorf("clearing failed attempts: %w", err)
	}
	return subscriber, network, nil
}

// sourceBucket is a bucket of the failures from one address or network.
type sourceBucket struct{ kind, network string }

// sourceBuckets returns the bucket of an address and that of its network.
func sourceBuckets(address string) ([]sourceBucket, error) {
	subscriber, network := portico.Origin{Address: address}.Networks()
	if subscriber == "" {
		return nil, portico.E(portico.Invalid, "Give an IP address.")
	}
	return []sourceBucket{{addressBucket, subscriber}, {subnetBucket, network}}, nil
}

// failures returns a bucket. If it is not stored, failures returns an empty
// one.
func failures(r *store.Reader, bucket, kind string, id portico.UserID) (store.Failures, error) {
	f, err := r.Failures(bucket)
	if notFound(err) {
		return store.Failures{Bucket: bucket, Kind: kind, UserID: id}, nil
	}
	return f, err
}

// CapFutureFailures finds failures that were recorded while a clock was ahead, and
// moves them to the present. It is called every minute.
func (s *Service) CapFutureFailures(ctx context.Context) error {
	err := s.db.Update(ctx, portico.System(portico.Origin{}), func(tx *store.Tx) error {
		for kind := range limits {
			ahead, err := tx.FailuresSince(kind, tx.Now.Add(clocksDiffer), 1000)
			if err != nil {
				return err
			}
			for _, f := range ahead {
				if err := tx.PutFailures(capFuture(f, tx.Now)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("holding failures against the clock: %w", err)
	}
	return nil
}

// resetPasswordFailures resets the failures of a user's password after it was changed.
// It also resets the note of guessed codes, so that the user is notified again of
// somebody who knows the new password.
func resetPasswordFailures(tx *store.Tx, id portico.UserID) error {
	for _, kind := range []string{passwordBucket, shareBucket, networkBucket, notifiedBucket} {
		if err := tx.ClearFailuresOf(id, kind); err != nil {
			return err
		}
	}
	return nil
}

// resetFailuresAfterChange resets failures after a user has changed the password in a
// session. With 2FA enabled, the session has proved the authenticator, and
// anybody who guessed codes knew only the old password. So all failures are
// reset, and without 2FA those of the password alone.
func resetFailuresAfterChange(tx *store.Tx, a store.Account) error {
	if a.TwoFactor == portico.TwoFactorEnabled {
		return tx.ClearFailures(a.ID)
	}
	return resetPasswordFailures(tx, a.ID)
}

// mostSources is how many buckets of sources and of hashes are kept, for each
// kind. If failures come from more addresses within an hour, the limits of
// sources no longer stop them. The limits of the login IDs still do, because
// those buckets are kept.
const mostSources = 100_000

// DeleteOldFailures deletes expired failures, and the oldest buckets of sources
// and hashes, of which strangers could otherwise create any number. It is
// called every minute.
func (s *Service) DeleteOldFailures(ctx context.Context) error {
	for _, kind := range []string{networkBucket, addressBucket, subnetBucket, wrongNetworkBucket, hashBucket} {
		err := s.db.Update(ctx, portico.System(portico.Origin{}), func(tx *store.Tx) error { return tx.DropFailures(kind, mostSources) })
		if err != nil {
			return fmt.Errorf("removing old failures: %w", err)
		}
	}
	return nil
}
