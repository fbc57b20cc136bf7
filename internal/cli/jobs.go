package cli

import (
	"context"
	"sync"
	"time"

	"portico/internal/maintenance"
	"portico/internal/web"
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

// lookEvery is how often the portal looks at what pages without a session show.
const lookEvery = 10 * time.Second

// jobs starts the background jobs of serve. They end with ctx; the returned
// function waits for that. None runs while the database does not fit the
// program.
func (p *Portal) jobs(ctx context.Context, n *node, s *web.Server) (wait func()) {
	var jobs sync.WaitGroup
	start := func(interval time.Duration, doing string, job func(context.Context) error) {
		jobs.Go(func() {
			p.every(ctx, interval, doing, func(ctx context.Context) error {
				if !p.works(ctx) {
					return nil
				}
				return job(ctx)
			})
		})
	}
	start(hourly, "reminding people of 2FA", p.Users.Remind)
	start(hourly, "deleting old events", p.Audit.Trim)
	start(hourly, "mailing checkpoints", func(ctx context.Context) error { return p.Customers.MailCheckpoints(ctx, p.Audit) })
	start(time.Minute, "settling failures", p.Auth.CapFutureFailures)
	start(time.Minute, "removing old failures", p.Auth.DeleteOldFailures)
	start(hourly, "removing old requests", p.Resets.Forget)
	start(workEvery, "sending mails", p.Mails.Deliver)
	start(sequenceEvery, "numbering events and signing the audit logs", p.Audit.Sequence)
	start(time.Minute, "summing up events", p.Audit.SumUp)
	start(hourly, "looking at the audit logs", p.Audit.Look)
	start(resetsEvery, "carrying out resets", p.Resets.RunDue)
	start(lookEvery, "looking at the provider's brand", s.Look)
	start(hourly, "freeing login IDs", p.Users.FreeLoginIDs)
	start(time.Minute, "deleting customers", p.Customers.DeleteDue)
	start(workEvery, "working on imports", p.Imports.Work)
	start(time.Minute, "indexing people anew", func(ctx context.Context) error { return maintenance.Reindex(ctx, p.DB) })
	start(workEvery, "recording this node and its keys", func(ctx context.Context) error { return p.recordNode(ctx, n) })
	if p.stream != nil {
		start(streamEvery, "looking for audit events to send", func(ctx context.Context) error { return p.sendEvents(ctx, n) })
	}
	return jobs.Wait
}

// works reports whether the database still fits the program. It logs if not.
func (p *Portal) works(ctx context.Context) bool { return p.fits(ctx) == nil }

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
