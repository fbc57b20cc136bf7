package cli

import (
	"context"
	"sync"
	"time"

	"portico/internal/maintenance"
)

// hourly is how often the portal reminds people of 2FA, deletes events that a
// policy no longer keeps and requests that are no longer needed, mails
// checkpoints, and checks the audit logs against them.
const hourly = time.Hour

// workEvery is how often the portal looks for mails to send and imports to work
// on. A chunk of an import that is being processed when ctx ends is rolled
// back, and done at the next start.
const workEvery = time.Second

// sequenceEvery is how often the portal numbers new events and signs the audit
// logs. Until then an event is not yet bound to its customer's log.
const sequenceEvery = 10 * time.Second

// resetsEvery is how often the portal looks for resets whose waiting period is
// over.
const resetsEvery = 10 * time.Second

// jobs starts the background jobs of serve. They end with ctx; the returned
// function waits for that.
func (p *Portal) jobs(ctx context.Context) (wait func()) {
	var jobs sync.WaitGroup
	jobs.Go(func() { p.every(ctx, hourly, "reminding people of 2FA", p.Users.Remind) })
	jobs.Go(func() { p.every(ctx, hourly, "deleting old events", p.Audit.Trim) })
	jobs.Go(func() {
		p.every(ctx, hourly, "mailing checkpoints", func(ctx context.Context) error { return p.Customers.MailCheckpoints(ctx, p.Audit) })
	})
	jobs.Go(func() { p.every(ctx, time.Minute, "settling failures", p.Auth.CapFutureFailures) })
	jobs.Go(func() { p.every(ctx, time.Minute, "removing old failures", p.Auth.DeleteOldFailures) })
	jobs.Go(func() { p.every(ctx, hourly, "removing old requests", p.Resets.Forget) })
	jobs.Go(func() { p.every(ctx, workEvery, "sending mails", p.Mails.Deliver) })
	jobs.Go(func() { p.every(ctx, sequenceEvery, "numbering events and signing the audit logs", p.Audit.Sequence) })
	jobs.Go(func() { p.every(ctx, time.Minute, "summing up events", p.Audit.SumUp) })
	jobs.Go(func() { p.every(ctx, hourly, "looking at the audit logs", p.Audit.Look) })
	jobs.Go(func() { p.every(ctx, resetsEvery, "carrying out resets", p.Resets.RunDue) })
	jobs.Go(func() { p.every(ctx, workEvery, "working on imports", p.Imports.Work) })
	jobs.Go(func() {
		p.every(ctx, time.Minute, "indexing people anew", func(ctx context.Context) error { return maintenance.Reindex(ctx, p.DB) })
	})
	return jobs.Wait
}

// every runs a job now and then once per interval, until ctx ends. It logs
// errors.
func (p *Portal) every(ctx context.Context, interval time.Duration, doing string, job func(context.Context) error) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := job(ctx); err != nil && ctx.Err() == nil {
			p.log.Error(doing, "error", err)
			p.metrics.jobs.WithLabelValues(doing).Inc()
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}
