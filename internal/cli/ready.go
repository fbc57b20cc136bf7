package cli

import (
	"context"
	"sync"
	"time"
)

// readyFor is how long an answer about readiness holds. Anybody may ask, so that
// questions must not become changes of the database one by one.
const readyFor = 5 * time.Second

// readiness says whether a log-in would work: a log-in changes the database.
type readiness struct {
	try func(context.Context) error // changes the database
	now func() time.Time

	mu  sync.Mutex // held while the database is asked, so that one question is under way
	at  time.Time  // when it was last answered
	err error
}

// check returns an error if a log-in would not work. ctx must have a deadline, and
// must not end with a request: its end would count as the answer.
func (r *readiness) check(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if age := r.now().Sub(r.at); age < 0 || age >= readyFor {
		r.err = r.try(ctx)
		r.at = r.now()
	}
	return r.err
}
