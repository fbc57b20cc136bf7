package cli

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestReadinessOfAHungDatabase checks that many questions at once are one change,
// that each has its answer in time, and that the next change comes after a while.
func TestReadinessOfAHungDatabase(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tried := 0
		r := newReadiness(func(ctx context.Context) error {
			tried++
			<-ctx.Done()
			return ctx.Err()
		}, time.Now)
		ask := func() {
			var asking sync.WaitGroup
			for range 100 {
				asking.Go(func() {
					began := time.Now()
					if err := r.check(context.Background()); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > readyTimeout {
						t.Errorf("got %v after %v, want a failure within %v", err, time.Since(began), readyTimeout)
					}
				})
			}
			asking.Wait()
		}
		ask()
		ask()
		if tried != 1 {
			t.Errorf("200 questions were %d changes, want 1", tried)
		}
		time.Sleep(readyFor)
		ask()
		if tried != 2 {
			t.Errorf("after %v there were %d changes, want 2", readyFor, tried)
		}
	})
}
