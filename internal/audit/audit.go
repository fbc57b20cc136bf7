// Package audit owns the audit log: what an event must hold, writing it in the
// transaction of what it tells, reading it, and the tree that binds each
// customer's events, with its signed checkpoints, export and verification.
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

	"portico"
	"portico/internal/seal"
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
	e.ID, e.At = id, tx.Now
	return tx.AppendEvent(e)
}

// Log is the audit logs of all customers.
type Log struct {
	DB  *store.DB
	key *key
}

// secretName is of what the key of the log is derived from.
const secretName = "audit log"

// Open makes the log ready: from now on each event that is written into the
// database is attested. The key is made the first time; what an earlier key has
// signed, which is lost with its keyset, is then signed anew. It fails when the
// keyset is not the database's.
func Open(ctx context.Context, db *store.DB, keys *seal.Keys) (*Log, error) {
	secret, err := db.Secret(ctx, keys, secretName, signAnew)
	if err != nil {
		return nil, fmt.Errorf("opening the key of the audit log: %w", err)
	}
	k, err := keyFrom(secret)
	if err != nil {
		return nil, err
	}
	db.Attest(k.attest)
	return &Log{DB: db, key: k}, nil
}

// Key is the public key that checkpoints are checked with.
func (l *Log) Key() string { return l.key.public }

// signAnew signs every log with the key of a new secret.
func signAnew(tx *store.Tx, secret []byte) error {
	k, err := keyFrom(secret)
	if err != nil {
		return err
	}
	l := Log{key: k}
	return eachLog(&tx.Reader, func(c portico.CustomerID) error {
		signed, err := tx.Checkpoint(c)
		if err != nil {
			return err
		}
		text, _, _ := strings.Cut(signed, "\n\n")
		was, err := parse(text + "\n")
		if err != nil {
			return fmt.Errorf("signing the audit log of %s anew: %w", c, err)
		}
		was.Signed = signed
		return l.put(tx, was, was)
	})
}

// eachLog calls f for every customer that has a log.
func eachLog(r *store.Reader, f func(portico.CustomerID) error) error {
	const batch = 500
	for after := store.LogCursor(""); ; {
		customers, err := r.Logs(r.Now.AddDate(1, 0, 0), after, batch)
		if err != nil {
			return err
		}
		for _, c := range customers {
			if err := f(c); err != nil {
				return err
			}
			after = store.LogCursor(c)
		}
		if len(customers) < batch {
			return nil
		}
	}
}

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
