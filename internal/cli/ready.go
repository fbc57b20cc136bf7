package cli

import (
	"context"
	"time"
)

// readyFor is how long an answer about readiness holds. Anybody may ask, so that
// questions must not become changes of the database one by one.
const readyFor = 5 * time.Second

// readyTimeout is how long the database may take for the change.
const readyTimeout = 3 * time.Second

// readiness says whether a log-in would work: a log-in changes the database.
type readiness struct {
	try func(context.Context) error // changes the database
	now func() time.Time

	turn chan struct{} // holds one while the database is asked
	at   time.Time     // when it last answered, or did not
	err  error
}

func newReadiness(try func(context.Context) error, now func() time.Time) *readiness {
	return &readiness{try: try, now: now, turn: make(chan struct{}, 1)}
}

// check returns an error if a log-in would not work. ctx must not end with a
// request: its end would count as the answer.
func (r *readiness) check(ctx context.Context) error {
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if age := r.now().Sub(r.at); age < 0 || age >= readyFor {
		ctx, cancel := context.WithTimeout(ctx, readyTimeout)
		defer cancel()
		r.err = r.try(ctx)
		r.at = r.now()
	}
	return r.err
}
