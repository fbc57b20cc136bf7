package auth

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"portico"
)

// turn says for whom a password is hashed.
type turn struct {
	known bool     // in a browser that the person has logged in with, or in a session
	keys  []string // the account and the sources, each of which has a fair share
}

// turnOf is the turn of an account, or of a login ID that nobody has. In a known
// browser the source does not matter: a whole office comes from one.
func turnOf(known bool, account string, o portico.Origin) turn {
	t := turn{known: known}
	if account != "" {
		t.keys = append(t.keys, "account "+account)
	}
	if !known || account == "" {
		address, subnet := sourceOf(o)
		t.keys = append(t.keys, "address "+address, "network "+subnet)
	}
	return t
}

// hashQueue lets a few hashes work at once. It has two lines, one of them for known
// browsers: while both wait, each gets every second slot, so that strangers take
// at most half of the work from people in known browsers, however many they are.
// Within a line the slots are shared by start-time fair queueing: the second hash
// of an account or source starts after the first one of everybody else. Nobody
// is held back while a slot is free.
type hashQueue struct {
	mu    sync.Mutex
	slots int
	free  int
	lines [2]line
	last  int // the line that got the last slot
}

// line is what waits in a queue.
type line struct {
	room    int       // how many may wait
	waiting []*waiter // by start, the first one next
	clock   int       // the start of the last one that got a slot
	ends    map[string]int
}

type waiter struct {
	start int
	ready chan error // nil gives the slot; errBusy when somebody with a better claim took the place
}

func newHashQueue(slots, room int) *hashQueue {
	q := &hashQueue{slots: slots, free: slots}
	for i := range q.lines {
		q.lines[i] = line{room: room, ends: map[string]int{}}
	}
	return q
}

var errBusy = portico.E(portico.Busy, "Many people are logging in at this moment. Try again in a few seconds.")

// take waits for a slot, which release gives back. Busy when too many wait
// already, none of whom has had more than its share.
func (q *hashQueue) take(ctx context.Context, t turn) (release func(), err error) {
	w, err := q.join(t)
	if err != nil {
		return nil, err
	}
	return q.wait(ctx, t, w)
}

// wait returns when the slot is there, or will not be.
func (q *hashQueue) wait(ctx context.Context, t turn, w *waiter) (release func(), err error) {
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

func (q *hashQueue) lineOf(t turn) int {
	if t.known {
		return 0
	}
	return 1
}

// join gives a slot at once, or a place in the line.
func (q *hashQueue) join(t turn) (*waiter, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	at := q.lineOf(t)
	l := &q.lines[at]
	w := &waiter{start: l.startOf(t), ready: make(chan error, 1)}
	if q.free > 0 { // so nobody waits
		q.free--
		q.last, l.clock = at, w.start
		l.count(t, w)
		w.ready <- nil
		return w, nil
	}
	if n := len(l.waiting); n >= l.room {
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
	l.count(t, w)
	return w, nil
}

// startOf is behind everything that the account or the source has waiting.
func (l *line) startOf(t turn) int {
	start := l.clock
	for _, key := range t.keys {
		start = max(start, l.ends[key])
	}
	return start
}

func (l *line) count(t turn, w *waiter) {
	for _, key := range t.keys {
		l.ends[key] = w.start + 1
	}
	if len(l.ends) > 64+8*l.room { // those that are over hold nobody back
		for key, end := range l.ends {
			if end <= l.clock {
				delete(l.ends, key)
			}
		}
	}
}

// leave takes somebody out of the line; false when the wait was over already.
func (q *hashQueue) leave(t turn, w *waiter) bool {
	q.mu.Lock()
	l := &q.lines[q.lineOf(t)]
	at := slices.Index(l.waiting, w)
	if at >= 0 {
		l.waiting = slices.Delete(l.waiting, at, at+1)
	}
	q.mu.Unlock()
	return at >= 0
}

// release gives the slot to whoever is next.
func (q *hashQueue) release() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, at := range []int{1 - q.last, q.last} {
		if l := &q.lines[at]; len(l.waiting) > 0 {
			next := l.waiting[0]
			l.waiting = l.waiting[1:]
			q.last, l.clock = at, next.start
			next.ready <- nil
			return
		}
	}
	q.free++
	for i := range q.lines {
		clear(q.lines[i].ends)
	}
}

// load says how many hashes are at work, and how many wait.
func (q *hashQueue) load() (working, waiting int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.slots - q.free, len(q.lines[0].waiting) + len(q.lines[1].waiting)
}
