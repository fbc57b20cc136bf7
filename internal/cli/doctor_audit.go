package cli

import (
	"context"
	"errors"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/seal"
	"portico/internal/store"
)

// lateNumber is for how long an event may be without a number in the log.
const lateNumber = 10 * time.Minute

func (c *checkup) auditLog(db *store.DB, keys *seal.Keys) {
	h, err := audit.Check(c.env.ctx, db, keys)
	switch {
	case err != nil:
		c.say(problem, "audit log", "%v", err)
	case h.Tampered.N > 0 || h.Forged > 0:
		for _, err := range h.Tampered.First {
			c.say(problem, "audit log", "%v: export and verify it (portico audit), and put back a backup", err)
		}
		if more := h.Tampered.N - len(h.Tampered.First); more > 0 {
			c.say(problem, "audit log", "of %d logs, this many more do not fit either: %d", h.Logs, more)
		}
		if h.Forged == 0 {
			break
		}
		c.say(problem, "audit log", "%d events were not written by the portal (or just before its keyset was lost and replaced): export and verify the logs (portico audit), "+
			"and find out who has been in the database", h.Forged)
	case h.KeyMissing:
		c.say(warning, "audit log", "the key that the logs are signed with is missing, and the next start creates another: that is expected after portico keys replace; otherwise, someone has removed it")
	case h.Key == "":
		c.say(fine, "audit log", "this version has signed nothing yet")
	case !h.Waiting.IsZero() && c.env.now().Sub(h.Waiting) > lateNumber:
		c.say(warning, "audit log", "events have waited since %s to be added to it: portico serve adds them while it runs", h.Waiting.UTC().Format(utcTime))
	case h.Unproved > 0:
		c.say(warning, "audit log", "%d events of the provider's log are unproved: restore, doctor --repair and keys replace write them without the keyset, and so can anybody "+
			"who writes into the database; compare them with what was done (portico audit verify lists them)", h.Unproved)
	default:
		c.say(fine, "audit log", "the ends of all %d logs fit their signed checkpoints, and these one another; whether all logs together were taken back, "+
			"only a checkpoint kept elsewhere shows (portico audit verify)", h.Logs)
	}
	if err == nil && h.Counts > 0 {
		c.say(problem, "counted events", "%d counts of events were not written by the portal, which will refuse them: find out who has been in the database", h.Counts)
	}
}

// lateEvent is for how long an event may wait to be sent elsewhere.
const lateEvent = 10 * time.Minute

// receiverPatience is how long the receiver of events may take to answer.
const receiverPatience = 5 * time.Second

// sentEvents checks that events reach --audit-stream.
func (c *checkup) sentEvents(db *store.DB) {
	to := c.stream.AuditStream
	if to == "" {
		return
	}
	server, err := streamServer(c.stream)
	if err == nil && server != nil {
		ctx, cancel := context.WithTimeout(c.env.ctx, receiverPatience)
		defer cancel()
		err = server.Check(ctx)
	}
	if err != nil {
		c.say(problem, "audit stream", "%v: no event reaches it; look at --audit-stream, and at that server", err)
	}
	oldest, unread := db.Read(c.env.ctx).OldestUnsent()
	switch {
	case errors.Is(unread, store.ErrNotFound):
		c.say(warning, "audit stream", "no event was ever to be sent to %s: portico serve begins with that when it is started with --audit-stream", to)
	case unread != nil:
		c.say(problem, "audit stream", "%v", unread)
	case !oldest.IsZero() && c.env.now().Sub(oldest) > lateEvent:
		c.say(problem, "audit stream", "events have waited since %s to be sent to %s: portico serve sends them while it runs, and its log says why it cannot", oldest.UTC().Format(utcTime), to)
	case err == nil:
		c.say(fine, "audit stream", "events are sent to %s, and none waits for long", to)
	}
}

// policies looks for policies with a retention that no page accepts.
func (c *checkup) policies(db *store.DB) {
	wrong, err := store.View(c.env.ctx, db, func(r *store.Reader) (wrong []string, err error) {
		provider, err := r.Customer(portico.ProviderID)
		if err != nil {
			return nil, err
		}
		err = eachCustomer(r, provider, func(customer portico.Customer) {
			if m := customer.Policy.AuditMonths; m != 0 && (m < portico.MinAuditMonths || m > portico.MaxAuditMonths) {
				wrong = append(wrong, customer.Slug)
			}
		})
		return wrong, err
	})
	switch {
	case err != nil:
		c.say(problem, "policy", "%v", err)
	case len(wrong) > 0:
		c.say(problem, "policy", "the audit log is to be kept for a time that no policy can ask for, and is kept for good: %s; "+
			"find out who has been in the database, and save the policy again", someOf(wrong))
	}
}

// eachCustomer calls f for a customer and then for all others.
func eachCustomer(r *store.Reader, first portico.Customer, f func(portico.Customer)) error {
	const batch = 100
	f(first)
	for after := (store.CustomerCursor{}); ; {
		customers, err := r.Customers("", after, batch)
		if err != nil {
			return err
		}
		for _, customer := range customers {
			f(customer)
		}
		if len(customers) < batch {
			return nil
		}
		after = store.CursorAfter(customers[batch-1])
	}
}
