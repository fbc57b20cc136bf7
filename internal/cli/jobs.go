package cli

import (
	"context"
	"sync"
	"time"
)

// remindEvery is how often the portal looks for people to remind of 2FA.
const remindEvery = time.Hour

// jobs does what nobody asks for, beside what is served. It ends with ctx; the
// function it returns waits for that.
func (p *Portal) jobs(ctx context.Context) (wait func()) {
	var jobs sync.WaitGroup
	jobs.Go(func() { p.every(ctx, remindEvery, "reminding people of 2FA", p.People.Remind) })
	return jobs.Wait
}

// every runs a job now, and again and again until ctx ends.
func (p *Portal) every(ctx context.Context, interval time.Duration, doing string, job func(context.Context) error) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := job(ctx); err != nil && ctx.Err() == nil {
			p.log.Error(doing, "error", err)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}
