package auth

import (
	"context"
	"time"

	"portico"
)

// Attempts counts a user's failures of one kind outside known devices. The
// command portico user unlock prints it.
type Attempts struct {
	What        string // what was tried, and for passwords from which network
	Consecutive int
	Recent      int // failures that still count
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
	names := map[string]string{
		codeBucket: "codes", passwordBucket: "passwords", shareBucket: "passwords from new networks", networkBucket: "passwords from ",
		resetBucket: "password links", unlockBucket: "links that let a browser in",
		endedBucket: "password links by log-in", emergencyBucket: "password links by This wasn't me", emailBucket: "new e-mail addresses",
	}
	var out []Attempts
	for _, f := range rows {
		if names[f.Kind] == "" { // a bucket that holds no failures
			continue
		}
		a := Attempts{What: names[f.Kind], Consecutive: f.Consecutive, Recent: len(f.Recent), Wait: waitFor(f, r.Now, 1), Closed: f.Closed}
		if f.Kind == networkBucket {
			a.What += f.Bucket[len(networkBucket)+len(id)+2:]
		}
		out = append(out, a)
	}
	return out, nil
}
