package password

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"portico"
)

// crowd simulates requests for hashes while every slot is taken. It computes no
// hashes, but only passes slots on.
type crowd struct {
	t      *testing.T
	q      *hashQueue
	waits  map[string]*waiter
	served []string
	busy   []string
}

func newCrowd(t *testing.T, slots, room int) *crowd {
	t.Helper()
	c := &crowd{t: t, q: newHashQueue(Limits{Slots: slots, Waiting: room}), waits: map[string]*waiter{}}
	for i := range slots {
		if w, err := c.q.join(Turn{Keys: []string{fmt.Sprint("first ", i)}}); err != nil || <-w.ready != nil {
			t.Fatal("a free slot is not given")
		}
	}
	return c
}

func (c *crowd) join(name string, t Turn) {
	w, err := c.q.join(t)
	if err != nil {
		c.busy = append(c.busy, name)
		return
	}
	c.waits[name] = w
}

// pass releases n slots and records who gets them.
func (c *crowd) pass(n int) {
	c.t.Helper()
	for range n {
		c.q.release()
		got := 0
		for name, w := range c.waits {
			select {
			case err := <-w.ready:
				delete(c.waits, name)
				if err != nil {
					c.busy = append(c.busy, name)
					continue
				}
				c.served = append(c.served, name)
				got++
			default:
			}
		}
		if got > 1 {
			c.t.Fatalf("%d got one slot", got)
		}
	}
}

func stranger(account string, i int) Turn {
	return Turn{Keys: []string{"account " + account, fmt.Sprintf("address 198.51.%d.7/32", i), fmt.Sprintf("network 198.51.%d.0/24", i)}}
}

// TestC10_KnownBrowsersHaveAReserve checks that ten users on known devices get
// every second slot, each of them one, while strangers from eighty addresses
// fill the queue.
func TestC10_KnownBrowsersHaveAReserve(t *testing.T) {
	c := newCrowd(t, 1, 64)
	for i := range 80 {
		c.join(fmt.Sprint("stranger ", i), stranger(fmt.Sprint("nobody", i), i))
	}
	if len(c.busy) != 16 {
		t.Fatalf("%d strangers were sent away", len(c.busy))
	}
	for i := range 10 {
		c.join(fmt.Sprint("known ", i), Turn{Known: true, Keys: []string{"account " + fmt.Sprint("person", i)}})
	}
	c.pass(20)
	known := 0
	for _, name := range c.served {
		if name[0] == 'k' {
			known++
		}
	}
	if known != 10 || len(c.busy) != 16 {
		t.Errorf("%d of 10 in 20 slots: %v; sent away: %v", known, c.served, c.busy)
	}
}

// TestC10_HashPlacesAreShared checks that a single request does not wait for
// all requests of one account or one source, and that a full line makes room
// for it.
func TestC10_HashPlacesAreShared(t *testing.T) {
	for name, loud := range map[string]func(i int) Turn{
		"one account from many sources": func(i int) Turn { return stranger("loud", i) },
		"one source on many accounts":   func(i int) Turn { return stranger(fmt.Sprint("nobody", i), 200) },
		"one person in a known browser": func(int) Turn { return Turn{Known: true, Keys: []string{"account " + "loud"}} },
	} {
		c := newCrowd(t, 2, 8)
		for i := range 8 {
			c.join(fmt.Sprint("loud ", i), loud(i))
		}
		if len(c.busy) != 0 {
			t.Fatalf("%s: alone, it may have all places, not %v", name, c.busy)
		}
		c.join("loud 8", loud(8))
		c.join("quiet", Turn{Known: loud(0).Known, Keys: []string{"account quiet", "network quiet"}})
		c.pass(2)
		if !slices.Contains(c.served, "quiet") {
			t.Errorf("%s: served %v", name, c.served)
		}
		c.pass(8)
		slices.Sort(c.busy)
		if want := []string{"loud 7", "loud 8"}; !slices.Equal(c.busy, want) || len(c.served) != 8 {
			t.Errorf("%s: sent away %v, want %v; served %v", name, c.busy, want, c.served)
		}
		if working, waiting, _ := c.q.load(); working != 0 || waiting != 0 {
			t.Errorf("%s: %d at work and %d waiting in the end", name, working, waiting)
		}
	}
}

func TestC10_HashConcurrencyBounded(t *testing.T) {
	h := NewHasher(quick, Limits{Slots: 2, Waiting: 3})
	ctx, cancel := context.WithCancel(context.Background())
	var held []func()
	for range 2 {
		release, err := h.queue.take(ctx, Turn{})
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, release)
	}
	waiting := make(chan error, 3)
	for range 3 {
		w, err := h.queue.join(Turn{})
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			_, err := h.queue.wait(ctx, Turn{}, w)
			waiting <- err
		}()
	}
	if _, err := h.Hash(ctx, Turn{}, "x"); !portico.Busy.Is(err) {
		t.Fatalf("beyond the queue: %v", err)
	}
	cancel()
	for range 3 {
		if err := <-waiting; !errors.Is(err, context.Canceled) {
			t.Fatalf("waiting ended with %v", err)
		}
	}
	for _, release := range held {
		release()
	}
	if _, err := h.Hash(context.Background(), Turn{}, "x"); err != nil {
		t.Fatalf("after all are done: %v", err)
	}
	if working, waiting, _ := h.queue.load(); working != 0 || waiting != 0 {
		t.Errorf("%d at work and %d waiting in the end", working, waiting)
	}
}
