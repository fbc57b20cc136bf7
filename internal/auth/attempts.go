package auth

import (
	"context"
	"time"

	"portico"
)

// Attempts is the state of a person's failed attempts in browsers that are not
// known, for whoever looks after the portal.
type Attempts struct {
	What   string // codes or passwords, and from which network
	InARow int
	Recent int // that still count
	Wait   time.Duration
	Closed bool // until the password is changed where the authenticator is proved, or somebody clears them
}

// AttemptsOf lists a person's failed attempts.
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
		if names[f.Kind] == "" { // no failures
			continue
		}
		a := Attempts{What: names[f.Kind], InARow: f.InARow, Recent: len(f.Recent), Wait: waitFor(f, r.Now, 1), Closed: f.Closed}
		if f.Kind == networkBucket {
			a.What += f.Bucket[len(networkBucket)+len(id)+2:]
		}
		out = append(out, a)
	}
	return out, nil
}
