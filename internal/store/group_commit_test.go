package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"portico"
)

// changes runs changes on a SQLite database, each of which begins to wait while the one
// before it waits or runs. What they return comes back in their order, with the
// customers that there are then.
type changes struct {
	t    *testing.T
	db   *DB
	errs []error
	hold chan struct{}
	wait sync.WaitGroup
}

// inTurn runs test in a bubble, with a change that runs until the others wait.
func inTurn(t *testing.T, test func(c *changes)) {
	dir := t.TempDir()
	fill(t, dir)
	synctest.Test(t, func(t *testing.T) {
		db, err := Open(t.Context(), Place{Dir: dir}, func() time.Time { return start })
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		test(&changes{t: t, db: db, hold: make(chan struct{})})
	})
}

// add adds a change that begins to wait once those before it do.
func (c *changes) add(ctx context.Context, f func(*Tx) error) {
	n := len(c.errs)
	c.errs = append(c.errs, errors.New("it has not returned"))
	c.wait.Go(func() {
		defer func() {
			if p := recover(); p != nil {
				c.errs[n] = fmt.Errorf("it panicked: %v", p)
			}
		}()
		c.errs[n] = c.db.Update(ctx, portico.CommandLine(), func(tx *Tx) error {
			if n == 0 {
				<-c.hold
			}
			return f(tx)
		})
	})
	synctest.Wait()
}

// run ends the wait. It returns the IDs of the customers that were added.
func (c *changes) run() (added []portico.CustomerID) {
	c.t.Helper()
	close(c.hold)
	c.wait.Wait()
	return c.stored()
}

func (c *changes) stored() (ids []portico.CustomerID) {
	c.t.Helper()
	all, err := c.db.Read(c.t.Context()).Customers("", CustomerCursor{}, 100)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, found := range all {
		if found.ID != portico.ProviderID {
			ids = append(ids, found.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

func adds(id portico.CustomerID) func(*Tx) error {
	return func(tx *Tx) error {
		return tx.CreateCustomer(portico.Customer{ID: id, Slug: string(id), Name: string(id), CreatedAt: start})
	}
}

func (c *changes) want(what string, got []portico.CustomerID, want ...portico.CustomerID) {
	c.t.Helper()
	if !slices.Equal(got, want) {
		c.t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// TestWaitingChangesShareACommit checks that changes that wait for another one are
// committed with it, and that nobody hears of a change before it is committed.
func TestWaitingChangesShareACommit(t *testing.T) {
	inTurn(t, func(c *changes) {
		c.add(c.t.Context(), adds("a"))
		c.add(c.t.Context(), adds("b"))
		c.add(c.t.Context(), func(tx *Tx) error {
			c.want("committed while the last change runs", c.stored())
			for n, err := range c.errs {
				if err == nil {
					t.Errorf("change %d has returned before the commit", n)
				}
			}
			if _, err := tx.Customer("a"); err != nil {
				t.Errorf("the last change looks for what the first one added: %v", err)
			}
			return adds("c")(tx)
		})
		c.want("committed", c.run(), "a", "b", "c")
		if err := errors.Join(c.errs...); err != nil {
			t.Errorf("changes: %v", err)
		}
		if p := c.db.Pool(); p.Waits != 2 {
			t.Errorf("waits: got %d, want 2", p.Waits)
		}
	})
}

// TestFailedChangeLeavesTheOthers checks that a change that fails takes back what it
// has changed, and nothing of what others have.
func TestFailedChangeLeavesTheOthers(t *testing.T) {
	for _, first := range []bool{true, false} {
		for name, end := range map[string]func(cancel func()) error{
			"refused":        func(func()) error { return ErrNotFound },
			"panics":         func(func()) error { panic("on purpose") },
			"client is gone": func(cancel func()) error { cancel(); return nil },
		} {
			t.Run(fmt.Sprintf("%s, first %t", name, first), func(t *testing.T) {
				inTurn(t, func(c *changes) {
					ctx, cancel := context.WithCancel(c.t.Context())
					fails := func(tx *Tx) error { return errors.Join(adds("wrong")(tx), end(cancel)) }
					failing := 0
					if !first {
						failing = 1
						c.add(c.t.Context(), adds("a"))
					}
					c.add(ctx, fails)
					if first {
						c.add(c.t.Context(), adds("a"))
					}
					c.add(c.t.Context(), adds("b"))
					c.want("committed", c.run(), "a", "b")
					for n, err := range c.errs {
						if (err != nil) != (n == failing) {
							t.Errorf("change %d: got %v, want an error of change %d alone", n, err, failing)
						}
					}
				})
			})
		}
	}
}

// TestLostTransactionIsTriedAgain checks that a full disk, at which SQLite ends the
// transaction by itself, is told to the change that met it, whatever it makes of the
// error, and that the others are tried again.
func TestLostTransactionIsTriedAgain(t *testing.T) {
	for name, end := range map[string]func(error) error{
		"returned":  func(err error) error { return err },
		"swallowed": func(error) error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			inTurn(t, func(c *changes) {
				tries := 0
				c.add(c.t.Context(), func(tx *Tx) error { tries++; return adds("a")(tx) })
				c.add(c.t.Context(), func(tx *Tx) error { return end(fillDisk(t, tx)) })
				c.add(c.t.Context(), adds("b"))
				c.want("committed", c.run(), "a", "b")
				if c.errs[0] != nil || c.errs[2] != nil || tries != 2 {
					t.Errorf("others: got %v and %v after %d tries of the first, want no error after 2", c.errs[0], c.errs[2], tries)
				}
				if c.errs[1] == nil {
					t.Error("the change that met a full disk succeeded")
				}
			})
		})
	}
	t.Run("swallowed by the first", func(t *testing.T) {
		inTurn(t, func(c *changes) {
			full := true
			c.add(c.t.Context(), func(tx *Tx) error {
				if full {
					full = false
					_ = fillDisk(t, tx)
					return nil
				}
				return adds("a")(tx)
			})
			c.add(c.t.Context(), adds("b"))
			c.want("committed", c.run(), "a", "b")
		})
	})
}

// fillDisk changes something until SQLite says that the disk is full, and makes room.
func fillDisk(t *testing.T, tx *Tx) error {
	limit := func(pages int) {
		var now int
		if err := tx.q.QueryRowContext(tx.ctx, fmt.Sprintf(`PRAGMA max_page_count = %d`, pages)).Scan(&now); err != nil {
			t.Error(err)
		}
	}
	limit(1) // SQLite raises this to the current size
	defer limit(1 << 30)
	for i := range 1000 {
		if err := adds(portico.CustomerID(fmt.Sprintf("full-%d", i)))(tx); err != nil {
			return err
		}
	}
	t.Error("a full disk took 1,000 customers")
	return nil
}

// TestFailedCommitFailsAll checks that no change succeeds whose commit fails.
func TestFailedCommitFailsAll(t *testing.T) {
	inTurn(t, func(c *changes) {
		c.add(c.t.Context(), adds("a"))
		c.add(c.t.Context(), adds("b"))
		go func() { // takes a turn between the last change and the commit
			c.db.group.turn <- struct{}{}
			c.db.group.open.cancel()
			time.Sleep(time.Second) // of the bubble: until the transaction is rolled back
			<-c.db.group.turn
		}()
		synctest.Wait()
		c.want("committed", c.run())
		for n, err := range c.errs {
			if err == nil {
				t.Errorf("change %d succeeded, want the error of the commit", n)
			}
		}
	})
}

// TestGivesUpWaiting checks that a change whose client has gone while others ran is
// not made.
func TestGivesUpWaiting(t *testing.T) {
	inTurn(t, func(c *changes) {
		ctx, cancel := context.WithCancel(c.t.Context())
		c.add(c.t.Context(), adds("a"))
		c.add(ctx, adds("wrong"))
		cancel()
		synctest.Wait()
		if !errors.Is(c.errs[1], context.Canceled) {
			t.Errorf("waiting: got %v, want %v", c.errs[1], context.Canceled)
		}
		c.want("committed", c.run(), "a")
	})
}
