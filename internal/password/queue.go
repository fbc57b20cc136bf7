package password

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"portico"
)

// Turn describes a request for a hash slot. The zero value is a request of
// nobody in particular, such as a command's.
type Turn struct {
	Known bool     // from a known device or within a session
	Keys  []string // the account and the sources, each of which gets a fair share
}

// Limits says how many hashes a Hasher runs.
type Limits struct {
	Slots   int              // that run at a time while nobody asks for pages: one for each core
	Waiting int              // that may wait in each of the two lines: one for known devices and sessions, one for everything else
	Now     func() time.Time // nil: all slots are always in use, whatever PageAsked says
}

// pagePause is how long after the last page every slot may be used again. It is
// longer than the time between the requests of somebody who loads a page, and
// than a few hashes.
const pagePause = 100 * time.Millisecond

// bound returns how many of the slots may be used: all but one while pages are
// asked for, so that a core is left to them, and at least one.
func bound(slots int, sincePage time.Duration) int {
	if sincePage < pagePause {
		return max(1, slots-1)
	}
	return slots
}

// hashQueue limits how many hashes run at a time. It has two lines, one of them
// for known devices and sessions. While requests wait in both, each line gets
// every second slot, so that strangers, however many, take at most half of the
// capacity from known devices. Within a line the slots are shared by start-time
// fair queueing: the second hash of an account or source starts after the first
// one of every other. Nothing waits while a slot may be used, which is decided
// anew whenever a hash ends or a request arrives: while something waits, at
// least one hash runs, so nothing needs to poll.
type hashQueue struct {
	limits Limits
	page   atomic.Int64 // when the last page was asked for, in nanoseconds since 1970

	mu      sync.Mutex
	working int
	lines   [2]line
	last    int // index of the line that got the last slot
}

// line is one of the two lines of a queue.
type line struct {
	waiting []*waiter // ordered by start
	clock   int       // start of the waiter that got the last slot
	ends    map[string]int
}

type waiter struct {
	start int
	ready chan error // receives nil for a slot, or errBusy if a waiter with an earlier start took the place
}

func newHashQueue(l Limits) *hashQueue {
	q := &hashQueue{limits: l}
	for i := range q.lines {
		q.lines[i].ends = map[string]int{}
	}
	return q
}

// bound returns how many hashes may run now.
func (q *hashQueue) bound() int {
	if q.limits.Now == nil {
		return q.limits.Slots
	}
	return bound(q.limits.Slots, q.limits.Now().Sub(time.Unix(0, q.page.Load())))
}

var errBusy = portico.E(portico.Busy, "Many people are logging in at the moment. Try again in a few seconds.")

// take waits for a slot and returns the function that releases it. It returns
// Busy if the line is full and no waiter in it has a later start, or if such a
// waiter takes the place meanwhile, and an error that wraps ctx.Err() if ctx
// ends first.
func (q *hashQueue) take(ctx context.Context, t Turn) (release func(), err error) {
	w, err := q.join(t)
	if err != nil {
		return nil, err
	}
	return q.wait(ctx, t, w)
}

// wait waits until w gets a slot or loses its place, or until ctx ends.
func (q *hashQueue) wait(ctx context.Context, t Turn, w *waiter) (release func(), err error) {
	select {
	case err = <-w.ready:
	case <-ctx.Done():
		if q.leave(t, w) {
			return nil, fmt.Errorf("waiting to hash a password: %w", ctx.Err())
		}
		err = <-w.ready
	}
	if err != nil {
		return nil, err
	}
	return q.release, nil
}

func (q *hashQueue) lineOf(t Turn) int {
	if t.Known {
		return 0
	}
	return 1
}

// join returns a waiter that has a slot already or a place in the line. It
// returns errBusy if the line is full and no waiter in it has a later start.
func (q *hashQueue) join(t Turn) (*waiter, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	at := q.lineOf(t)
	l := &q.lines[at]
	most := q.bound()
	q.start(most) // the bound may have risen since a hash ended
	w := &waiter{start: l.startOf(t), ready: make(chan error, 1)}
	if q.working < most { // so nothing waits
		q.working++
		q.last, l.clock = at, w.start
		l.count(t, w, q.limits.Waiting)
		w.ready <- nil
		return w, nil
	}
	if n := len(l.waiting); n >= q.limits.Waiting {
		if n == 0 || w.start >= l.waiting[n-1].start {
			return nil, errBusy
		}
		l.waiting[n-1].ready <- errBusy
		l.waiting = l.waiting[:n-1]
	}
	behind := slices.IndexFunc(l.waiting, func(other *waiter) bool { return other.start > w.start })
	if behind < 0 {
		behind = len(l.waiting)
	}
	l.waiting = slices.Insert(l.waiting, behind, w)
	l.count(t, w, q.limits.Waiting)
	return w, nil
}

// startOf returns the start for a new request: after every request of the same
// account or sources.
func (l *line) startOf(t Turn) int {
	start := l.clock
	for _, key := range t.Keys {
		start = max(start, l.ends[key])
	}
	return start
}

func (l *line) count(t Turn, w *waiter, room int) {
	for _, key := range t.Keys {
		l.ends[key] = w.start + 1
	}
	if len(l.ends) > 64+8*room { // entries of the past no longer delay anything
		for key, end := range l.ends {
			if end <= l.clock {
				delete(l.ends, key)
			}
		}
	}
}

// leave removes a waiter from its line. It returns false if the waiter has got
// a slot or lost its place already.
func (q *hashQueue) leave(t Turn, w *waiter) bool {
	q.mu.Lock()
	l := &q.lines[q.lineOf(t)]
	at := slices.Index(l.waiting, w)
	if at >= 0 {
		l.waiting = slices.Delete(l.waiting, at, at+1)
	}
	q.mu.Unlock()
	return at >= 0
}

// release ends a hash, and starts those that may run instead.
func (q *hashQueue) release() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.working--
	most := q.bound()
	q.start(most)
	if q.working < most { // so nothing waits, and nobody has to be put behind others
		for i := range q.lines {
			clear(q.lines[i].ends)
		}
	}
}

// start gives slots to waiters, by turns of the lines, until none waits or most
// hashes run.
func (q *hashQueue) start(most int) {
	for ; q.working < most; q.working++ {
		at := 1 - q.last
		if len(q.lines[at].waiting) == 0 {
			at = q.last
		}
		l := &q.lines[at]
		if len(l.waiting) == 0 {
			return
		}
		next := l.waiting[0]
		l.waiting = l.waiting[1:]
		q.last, l.clock = at, next.start
		next.ready <- nil
	}
}

// load returns how many hashes are running, how many are waiting, and how many
// may run now.
func (q *hashQueue) load() (working, waiting, bound int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.working, len(q.lines[0].waiting) + len(q.lines[1].waiting), q.bound()
}
