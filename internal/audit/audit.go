// Package audit owns the audit log: what an event must hold, writing it in the
// transaction of what it tells, reading it, and the tree that binds each
// customer's events, with its signed checkpoints, export and verification.
//
// It does not decide what is worth an event: the code that changes something records
// it, and a change without an actor does not commit.
package audit

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"portico"
	"portico/internal/seal"
	"portico/internal/store"
)

// PageSize is how many events a page of the log holds.
const PageSize = 50

// Record writes an event in the transaction of the change it tells of. It
// fails, and with it the change, when nobody did it or it belongs to nobody. Of
// what somebody can repeat at will, what is too much in an hour is counted in
// place of being written: see SumUp.
func Record(tx *store.Tx, e portico.Event) error {
	if e.Actor.Kind == "" || e.Actor.Name == "" {
		return errors.New("an audit event needs an actor")
	}
	if !tx.Admits(e.Actor) {
		return errors.New("an audit event names an actor whom its transaction has not admitted")
	}
	if e.CustomerID == "" || e.Action == "" {
		return errors.New("an audit event needs a customer and an action")
	}
	id, err := store.NewID()
	if err != nil {
		return err
	}
	if e.ID, e.At = id, tx.Now; e.Told.Is() {
		e.Details = e.Told.String()
	}
	return keep(tx, e)
}

// Log is the audit logs of all customers.
type Log struct {
	DB   *store.DB
	key  *key
	keys *seal.Keys

	rowsProved bool // the rows that the portal acts on later bear MACs
}

// Key is the public key that checkpoints are checked with.
func (l *Log) Key() string { return l.key.public }

var errForbidden = portico.E(portico.Forbidden, "Your role does not give you access to the audit log.")

// Page lists a customer's events that a query asks for, newest first. before
// is "" for the newest ones, or the next that an earlier call returned; next is
// "" on the last page. Forbidden without portico.SeeAudit, NotFound for a
// cursor that is none.
func (l *Log) Page(ctx context.Context, actor portico.Actor, c portico.CustomerID, q portico.EventQuery, before string) (events []portico.Event, next string, err error) {
	return l.page(ctx, actor, c, q, before, PageSize)
}

// Last returns the newest events of a customer that match a query, at most n.
func (l *Log) Last(ctx context.Context, actor portico.Actor, c portico.CustomerID, q portico.EventQuery, n int) ([]portico.Event, error) {
	events, _, err := l.page(ctx, actor, c, q, "", n)
	return events, err
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
