package store

import (
	"cmp"
	"slices"
	"time"

	"portico"
)

const eventColumns = `id, customer_id, at, action, actor_kind, actor_id, actor_name, actor_login, actor_role,
	target_id, target_name, details, address, browser, told`

func scanEvent(row scanner) (portico.Event, error) {
	var e portico.Event
	var s storedEvent
	err := row.Scan(eventFields(&e, &s)...)
	s.complete(&e)
	return e, err
}

// storedEvent is what has another form in the database.
type storedEvent struct {
	at   int64
	told string
}

func (s storedEvent) complete(e *portico.Event) {
	e.At, e.Told = fromMillis(s.at), portico.Recall(e.Details, s.told)
}

// eventFields returns the destinations for Scan, in the order of eventColumns.
func eventFields(e *portico.Event, s *storedEvent) []any {
	return []any{
		&e.ID, &e.CustomerID, &s.at, &e.Action, &e.Actor.Kind, &e.Actor.UserID, &e.Actor.Name, &e.Actor.LoginID, &e.Actor.Role,
		&e.TargetID, &e.TargetName, &e.Details, &e.Actor.Origin.Address, &e.Actor.Origin.Browser, &s.told,
	}
}

// AppendEvent writes an event, with the salt and the MAC that show that the
// portal wrote it. Only package audit calls it.
func (tx *Tx) AppendEvent(e portico.Event) error {
	err := tx.AppendSum(e)
	if err == nil {
		tx.events = append(tx.events, e)
	}
	return err
}

// AppendSum is AppendEvent for an event that sums up counted events. It does
// not pass the event to the observer, which was notified of each counted event
// already.
func (tx *Tx) AppendSum(e portico.Event) error {
	var salt, mac []byte
	if tx.proofs.Event != nil {
		salt, mac = tx.proofs.Event(e)
	}
	_, err := tx.exec("writing the audit event", `INSERT INTO events (`+eventColumns+`, salt, mac)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
		e.ID, e.CustomerID, toMillis(e.At), e.Action, e.Actor.Kind, e.Actor.UserID, e.Actor.Name, e.Actor.LoginID, e.Actor.Role,
		e.TargetID, e.TargetName, e.Details, e.Actor.Origin.Address, e.Actor.Origin.Browser, e.Told.Stored(), salt, mac)
	return err
}

// EventCursor is a position in the audit log: before the event with this time
// and ID. The zero value is the newest end.
type EventCursor struct {
	At time.Time
	ID string
}

// Events lists the events of a customer that match a query, newest first, at
// most limit.
func (r *Reader) Events(c portico.CustomerID, eq portico.EventQuery, before EventCursor, limit int) ([]portico.Event, error) {
	if eq.Person == "" {
		return r.events(c, eq, "", before, limit)
	}
	// Actors and targets have two different indexes.
	did, err := r.events(c, eq, "actor_id", before, limit)
	if err != nil {
		return nil, err
	}
	met, err := r.events(c, eq, "target_id", before, limit)
	if err != nil {
		return nil, err
	}
	both := append(did, met...)
	slices.SortFunc(both, func(a, b portico.Event) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.ID, a.ID))
	})
	both = slices.CompactFunc(both, func(a, b portico.Event) bool { return a.ID == b.ID })
	return both[:min(limit, len(both))], nil
}

// events is Events with one index. person is the column that is compared with
// eq.Person, or "" for the events of everybody.
func (r *Reader) events(c portico.CustomerID, eq portico.EventQuery, person string, before EventCursor, limit int) ([]portico.Event, error) {
	q := &query{sql: `SELECT ` + eventColumns + ` FROM events WHERE customer_id = `}
	q.sql += q.arg(c)
	action := " AND action = "
	if person != "" {
		q.sql += " AND " + person + " = " + q.arg(eq.Person)
		action = " AND action || '' = " // keeps the index of the person in use
	}
	if eq.Action != "" {
		q.sql += action + q.arg(eq.Action)
	}
	if !eq.From.IsZero() {
		q.sql += ` AND at >= ` + q.arg(toMillis(eq.From))
	}
	switch {
	case !before.At.IsZero():
		q.sql += ` AND (at, id) < (` + q.arg(toMillis(before.At)) + `, ` + q.arg(before.ID) + `)`
	case !eq.Until.IsZero():
		q.sql += ` AND at < ` + q.arg(toMillis(eq.Until))
	}
	q.sql += ` ORDER BY at DESC, id DESC LIMIT ` + q.arg(limit)
	return all(r, "listing events", scanEvent, q.sql, q.args...)
}
