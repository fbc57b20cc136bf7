package store

import (
	"time"

	"portico"
)

const eventColumns = `id, customer_id, at, action, actor_kind, actor_id, actor_name, actor_login, actor_role,
	target_id, target_name, details, address, browser`

func scanEvent(row scanner) (portico.Event, error) {
	var e portico.Event
	var at int64
	err := row.Scan(&e.ID, &e.CustomerID, &at, &e.Action, &e.Actor.Kind, &e.Actor.UserID, &e.Actor.Name, &e.Actor.LoginID, &e.Actor.Role,
		&e.TargetID, &e.TargetName, &e.Details, &e.Actor.Origin.Address, &e.Actor.Origin.Browser)
	e.At = moment(at)
	return e, err
}

// AppendEvent writes an event. Package audit is its only caller.
func (tx *Tx) AppendEvent(e portico.Event) error {
	_, err := tx.exec("writing the audit event", `INSERT INTO events (`+eventColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		e.ID, e.CustomerID, millis(e.At), e.Action, e.Actor.Kind, e.Actor.UserID, e.Actor.Name, e.Actor.LoginID, e.Actor.Role,
		e.TargetID, e.TargetName, e.Details, e.Actor.Origin.Address, e.Actor.Origin.Browser)
	return err
}

// EventCursor is a place in the audit log: before the event of this time and
// id. The zero value is the newest end.
type EventCursor struct {
	At time.Time
	ID string
}

// Events lists a customer's events, newest first, limit at most.
func (r *Reader) Events(c portico.CustomerID, before EventCursor, limit int) ([]portico.Event, error) {
	if before.At.IsZero() {
		return all(r, "listing events", scanEvent, `SELECT `+eventColumns+` FROM events WHERE customer_id = $1
			ORDER BY at DESC, id DESC LIMIT $2`, c, limit)
	}
	return all(r, "listing events", scanEvent, `SELECT `+eventColumns+` FROM events WHERE customer_id = $1 AND (at, id) < ($2, $3)
		ORDER BY at DESC, id DESC LIMIT $4`, c, millis(before.At), before.ID, limit)
}
