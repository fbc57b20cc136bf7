// Package audit owns the audit log: what an event must hold, writing it in the
// transaction of what it tells, and reading it.
//
// It does not decide what is worth an event: whoever changes something records
// it, and a change without an actor does not commit.
package audit

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"portico"
	"portico/internal/store"
)

// PageSize is how many events a page of the log holds.
const PageSize = 50

// Record writes an event in the transaction of the change it tells of. It
// fails, and with it the change, when nobody did it or it belongs to nobody.
func Record(tx *store.Tx, e portico.Event) error {
	if e.Actor.Kind == "" || e.Actor.Name == "" {
		return errors.New("an audit event needs an actor")
	}
	if e.CustomerID == "" || e.Action == "" {
		return errors.New("an audit event needs a customer and an action")
	}
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("naming the audit event: %w", err)
	}
	e.ID, e.At = id.String(), tx.Now
	return tx.AppendEvent(e)
}

// Log reads customers' audit logs.
type Log struct{ DB *store.DB }

var errForbidden = portico.E(portico.Forbidden, "Your role does not include the audit log.")

// Page lists a customer's events that a query asks for, newest first. before
// is "" for the newest ones, or the next that an earlier call returned; next is
// "" on the last page. Forbidden without portico.SeeAudit, NotFound for a
// cursor that is none.
func (l *Log) Page(ctx context.Context, actor portico.Actor, c portico.CustomerID, q portico.EventQuery, before string) (events []portico.Event, next string, err error) {
	return l.page(ctx, actor, c, q, before, PageSize)
}

func (l *Log) page(ctx context.Context, actor portico.Actor, c portico.CustomerID, q portico.EventQuery, before string, size int) (events []portico.Event, next string, err error) {
	if !actor.Can(portico.SeeAudit, c) {
		return nil, "", errForbidden
	}
	cursor, err := parseCursor(before)
	if err != nil {
		return nil, "", err
	}
	events, err = l.DB.Read(ctx).Events(c, q, cursor, size+1)
	if err != nil || len(events) <= size {
		return events, "", err
	}
	events = events[:size]
	last := events[size-1]
	return events, strconv.FormatInt(last.At.UnixMilli(), 10) + "." + last.ID, nil
}

// Export gives every event of a query to f, newest first and some hundred at a
// time. It ends with the first error of f. Forbidden without portico.SeeAudit.
func (l *Log) Export(ctx context.Context, actor portico.Actor, c portico.CustomerID, q portico.EventQuery, f func([]portico.Event) error) error {
	const batch = 500
	events, next, err := l.page(ctx, actor, c, q, "", batch)
	if err != nil {
		return err
	}
	for {
		if err := f(events); err != nil || next == "" {
			return err
		}
		if events, next, err = l.page(ctx, actor, c, q, next, batch); err != nil {
			return err
		}
	}
}

// trimBatch is how many events are deleted in one transaction.
const trimBatch = 1000

// Trim deletes what each customer's policy no longer keeps, and records that.
func (l *Log) Trim(ctx context.Context) error {
	for after := (store.CustomerCursor{}); ; {
		customers, err := l.DB.Read(ctx).Customers("", after, 100)
		if err != nil {
			return err
		}
		for _, c := range customers {
			after = store.CursorAfter(c)
			if err := l.trim(ctx, c.ID, c.Policy.AuditMonths); err != nil {
				return fmt.Errorf("deleting old events of %s: %w", c.Slug, err)
			}
		}
		if len(customers) < 100 {
			return nil
		}
	}
}

func (l *Log) trim(ctx context.Context, c portico.CustomerID, months int) error {
	if months == 0 {
		return nil
	}
	for {
		var n int64
		err := l.DB.Update(ctx, func(tx *store.Tx) (err error) {
			before := tx.Now.AddDate(0, -months, 0)
			if n, err = tx.TrimEvents(c, before, trimBatch); err != nil || n == 0 {
				return err
			}
			return Record(tx, portico.Event{
				CustomerID: c, Action: portico.AuditTrimmed, Actor: portico.System(portico.Origin{}),
				Details: fmt.Sprintf("%d events from before %s", n, before.Format("2 January 2006")),
			})
		})
		if err != nil || n < trimBatch {
			return err
		}
	}
}

func parseCursor(s string) (store.EventCursor, error) {
	if s == "" {
		return store.EventCursor{}, nil
	}
	at, id, found := strings.Cut(s, ".")
	ms, err := strconv.ParseInt(at, 10, 64)
	if err != nil || !found {
		return store.EventCursor{}, portico.E(portico.NotFound, "This page of the audit log does not exist.")
	}
	return store.EventCursor{At: time.UnixMilli(ms), ID: id}, nil
}
