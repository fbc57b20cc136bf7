package password

import (
	"slices"
	"testing"
	"time"
)

func TestBound(t *testing.T) {
	for _, c := range []struct {
		slots     int
		sincePage time.Duration
		want      int
	}{
		{1, 0, 1},
		{1, time.Hour, 1},
		{2, 0, 1},
		{2, pagePause - 1, 1},
		{2, pagePause, 2},
		{2, -time.Second, 1}, // the clock was set back
		{16, 0, 15},
		{16, time.Hour, 16},
	} {
		if got := bound(c.slots, c.sincePage); got != c.want {
			t.Errorf("bound(%d, %v): got %d, want %d", c.slots, c.sincePage, got, c.want)
		}
	}
}

// TestHashesLeaveACoreToPages checks that all slots are used while nobody asks
// for pages and all but one otherwise, first come, first served, and that no
// waiter is forgotten when the bound changes.
func TestHashesLeaveACoreToPages(t *testing.T) {
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	h := NewHasher(quick, Limits{Slots: 2, Waiting: 8, Now: func() time.Time { return now }})
	waits := map[string]*waiter{}
	var served []string
	join := func(names ...string) {
		t.Helper()
		for _, name := range names {
			w, err := h.queue.join(Turn{})
			if err != nil {
				t.Fatalf("%s joins: %v, want no error", name, err)
			}
			waits[name] = w
		}
	}
	serves := func(what string, want ...string) {
		t.Helper()
		var got []string
		for name, w := range waits {
			select {
			case err := <-w.ready:
				if err != nil {
					t.Errorf("%s: %s gets %v, want a slot", what, name, err)
				}
				got = append(got, name)
				delete(waits, name)
			default:
			}
		}
		slices.Sort(got)
		served = append(served, got...)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v start, want %v", what, got, want)
		}
	}
	join("a", "b", "c")
	serves("three arrive, and nobody asks for pages", "a", "b")
	h.PageAsked(now)
	h.queue.release()
	serves("one ends after a page was asked for")
	h.queue.release()
	serves("the other ends", "c")
	join("d", "e", "f")
	serves("three arrive while pages are asked for")
	now = now.Add(pagePause)
	join("g")
	serves("one arrives when no page was asked for lately", "d")
	h.queue.release()
	serves("one ends", "e")
	h.PageAsked(now)
	h.queue.release()
	serves("one ends while pages are asked for")
	now = now.Add(pagePause)
	h.queue.release()
	serves("the other ends when no page was asked for lately", "f", "g")
	h.queue.release()
	h.queue.release()
	if working, waiting, most := h.Load(); working != 0 || waiting != 0 || most != 2 || len(served) != 7 {
		t.Errorf("in the end: %d run, %d wait, %d may run, %d were served; want 0, 0, 2, 7", working, waiting, most, len(served))
	}
}
