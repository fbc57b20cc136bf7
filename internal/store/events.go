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
	// Each query reads an index in its order: actors and targets have one each, and an
	// index of actions has the order of one action.
	people, actions := []string{""}, []portico.Action{""}
	if eq.Person != "" {
		people = []string{"actor_id", "target_id"}
	}
	if len(eq.Actions) > 0 {
		actions = eq.Actions
	}
	var found []portico.Event
	for _, person := range people {
		for _, action := range actions {
			some, err := r.events(c, eq, person, action, before, limit)
			if err != nil {
				return nil, err
			}
			found = append(found, some...)
		}
	}
	slices.SortFunc(found, func(a, b portico.Event) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.ID, a.ID))
	})
	found = slices.CompactFunc(found, func(a, b portico.Event) bool { return a.ID == b.ID })
	return found[:min(limit, len(found))], nil
}

// events is Events with one index. person is the column that is compared with
// eq.Person, or "" for the events of everybody, and action the one of eq.Actions, or
// "" for all.
func (r *Reader) events(c portico.CustomerID, eq portico.EventQuery, person string, action portico.Action, before EventCursor, limit int) ([]portico.Event, error) {
	q := &query{sql: `SELECT ` + eventColumns + ` FROM events WHERE customer_id = `}
	q.sql += q.arg(c)
	isAction := " AND action = "
	if person != "" {
		q.sql += " AND " + person + " = " + q.arg(eq.Person)
		isAction = " AND action || '' = " // keeps the index of the person in use
	}
	if action != "" {
		q.sql += isAction + q.arg(action)
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
