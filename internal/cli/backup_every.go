package cli

import (
	"context"
	"errors"
	"time"
)

// backupRetry is when a backup that has failed is tried again, at the latest.
const backupRetry = 15 * time.Minute

// repeat backs up whenever the newest backup is old enough, until the program is
// told to stop. It goes by the backups that are there, so that a program that is
// restarted again and again makes no more of them, which would push out those of
// earlier days. It returns an error if the first backup fails, because it is
// likely that the settings are wrong.
func (c backupCommand) repeat(env *environment) error {
	for first := true; ; first = false {
		at, err := c.due(env)
		if err == nil && !at.After(env.now()) {
			err = c.once(env)
			at = env.now().Add(*c.Every)
		}
		switch {
		case errors.Is(err, context.Canceled) && env.ctx.Err() != nil:
			return nil //nolint:nilerr // it was stopped while it copied
		case err != nil && (first || env.ctx.Err() != nil):
			return err
		case err != nil:
			env.report(err)
			at = env.now().Add(min(*c.Every, backupRetry))
			say(env.stderr, "portico: no backup was made; trying again on %s\n", at.UTC().Format(utcTime))
		default:
			env.done("The next backup is due on %s.\n", at.UTC().Format(utcTime))
		}
		if !waitUntil(env.ctx, at, env.now) {
			return nil
		}
	}
}

// due returns when the next backup is due.
func (c backupCommand) due(env *environment) (time.Time, error) {
	_, db, err := attach(env.ctx, c.Data, env.now)
	if err != nil {
		return time.Time{}, err
	}
	kept, err := c.series(env.ctx, db)
	if err == nil {
		err = db.Close()
	} else {
		_ = db.Close() // nothing was written
	}
	if err != nil {
		return time.Time{}, err
	}
	made, err := kept[0].all(env.now())
	if err != nil || len(made) == 0 {
		return time.Time{}, err
	}
	newest := made[len(made)-1]
	if newest.After(env.now().Add(aheadMost)) { // all are: the clock was wrong
		return time.Time{}, nil
	}
	return newest.Add(*c.Every), nil
}

// waitUntil waits for a time of the machine's clock, which may be set meanwhile,
// or stand still while the machine sleeps. It returns false if ctx ends.
func waitUntil(ctx context.Context, at time.Time, now func() time.Time) bool {
	for {
		left := at.Round(0).Sub(now().Round(0)) // by the calendar, not by the time that the program has run
		if left <= 0 {
			return true
		}
		timer := time.NewTimer(min(left, time.Minute))
		select {
		case <-ctx.Done():
			timer.Stop()
			return false
		case <-timer.C:
		}
	}
}
