package store

import (
	"cmp"
	"slices"
	"time"

	"portico"
)

const eventColumns = `id, customer_id, at, action, actor_kind, actor_id, actor_name, actor_login, actor_role,
	target_id, target_name, details, address, browser`

func scanEvent(row scanner) (portico.Event, error) {
	var e portico.Event
	var at int64
	err := row.Scan(eventFields(&e, &at)...)
	e.At = moment(at)
	return e, err
}

// eventFields are where eventColumns are scanned to.
func eventFields(e *portico.Event, at *int64) []any {
	return []any{
		&e.ID, &e.CustomerID, at, &e.Action, &e.Actor.Kind, &e.Actor.UserID, &e.Actor.Name, &e.Actor.LoginID, &e.Actor.Role,
		&e.TargetID, &e.TargetName, &e.Details, &e.Actor.Origin.Address, &e.Actor.Origin.Browser,
	}
}

// AppendEvent writes an event, and what shows that the portal wrote it. Package
// audit is its only caller.
func (tx *Tx) AppendEvent(e portico.Event) error {
	err := tx.AppendSum(e)
	if err == nil {
		tx.events = append(tx.events, e)
	}
	return err
}

// AppendSum is AppendEvent for an event that says how many others there were:
// whoever is told of each change has been told of those.
func (tx *Tx) AppendSum(e portico.Event) error {
	var salt, mac []byte
	if tx.attest != nil {
		salt, mac = tx.attest(e)
	}
	_, err := tx.exec("writing the audit event", `INSERT INTO events (`+eventColumns+`, salt, mac)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		e.ID, e.CustomerID, millis(e.At), e.Action, e.Actor.Kind, e.Actor.UserID, e.Actor.Name, e.Actor.LoginID, e.Actor.Role,
		e.TargetID, e.TargetName, e.Details, e.Actor.Origin.Address, e.Actor.Origin.Browser, salt, mac)
	return err
}

// EventCursor is a place in the audit log: before the event of this time and
// id. The zero value is the newest end.
type EventCursor struct {
	At time.Time
	ID string
}

// Events lists a customer's events that a query asks for, newest first, limit
// at most.
func (r *Reader) Events(c portico.CustomerID, eq portico.EventQuery, before EventCursor, limit int) ([]portico.Event, error) {
	if eq.Person == "" {
		return r.events(c, eq, "", before, limit)
	}
	// What somebody did and what was done to somebody stand in two indexes.
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

// events is Events by one index. person is the column that holds the person of
// the query, "" for anybody's events.
func (r *Reader) events(c portico.CustomerID, eq portico.EventQuery, person string, before EventCursor, limit int) ([]portico.Event, error) {
	q := &query{sql: `SELECT ` + eventColumns + ` FROM events WHERE customer_id = `}
	q.sql += q.arg(c)
	action := " AND action = "
	if person != "" {
		q.sql += " AND " + person + " = " + q.arg(eq.Person)
		action = " AND action || '' = " // found by the person
	}
	if eq.Action != "" {
		q.sql += action + q.arg(eq.Action)
	}
	if !eq.From.IsZero() {
		q.sql += ` AND at >= ` + q.arg(millis(eq.From))
	}
	switch {
	case !before.At.IsZero():
		q.sql += ` AND (at, id) < (` + q.arg(millis(before.At)) + `, ` + q.arg(before.ID) + `)`
	case !eq.Until.IsZero():
		q.sql += ` AND at < ` + q.arg(millis(eq.Until))
	}
	q.sql += ` ORDER BY at DESC, id DESC LIMIT ` + q.arg(limit)
	return all(r, "listing events", scanEvent, q.sql, q.args...)
}
