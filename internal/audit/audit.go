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

// Page lists a customer's events, newest first. before is "" for the newest
// ones, or the next that an earlier call returned; next is "" on the last page.
// Forbidden without portico.SeeAudit, NotFound for a cursor that is none.
func (l *Log) Page(ctx context.Context, actor portico.Actor, c portico.CustomerID, before string) (events []portico.Event, next string, err error) {
	if !actor.Can(portico.SeeAudit, c) {
		return nil, "", portico.E(portico.Forbidden, "Your role does not include the audit log.")
	}
	cursor, err := parseCursor(before)
	if err != nil {
		return nil, "", err
	}
	events, err = l.DB.Read(ctx).Events(c, cursor, PageSize+1)
	if err != nil || len(events) <= PageSize {
		return events, "", err
	}
	events = events[:PageSize]
	last := events[PageSize-1]
	return events, strconv.FormatInt(last.At.UnixMilli(), 10) + "." + last.ID, nil
}

func parseCursor(s string) (store.EventCursor, error) {
	if s == "" {
		return store.EventCursor{}, nil
	}
	at, id, found := strings.Cut(s, ".")
	ms, err := strconv.ParseInt(at, 10, 64)
	if err != nil || !found || len(id) > 64 {
		return store.EventCursor{}, portico.E(portico.NotFound, "This page of the audit log does not exist.")
	}
	return store.EventCursor{At: time.UnixMilli(ms), ID: id}, nil
}
