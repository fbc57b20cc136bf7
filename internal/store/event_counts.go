package store

import (
	"time"

	"portico"
)

// EventCount says how many events of one kind were only counted, in addition to
// those that the customer's log holds one by one.
type EventCount struct {
	CustomerID portico.CustomerID
	Hour       time.Time
	Action     portico.Action
	TargetID   portico.UserID // "" together with TargetName, Details and Network if there was no room for this kind
	TargetName string
	Details    string
	Network    string
	Events     int64
}

// CountShare counts an event for a share of a customer's log. It returns how
// many events the share has had in that hour.
func (tx *Tx) CountShare(c portico.CustomerID, hour time.Time, share string) (n int64, err error) {
	err = tx.q.QueryRowContext(tx.ctx, `INSERT INTO event_counts (customer_id, hour, share, action, target_id, details, network, target_name, events)
		VALUES ($1, $2, $3, '', '', '', '', '', 1)
		ON CONFLICT (customer_id, hour, share, action, target_id, details, network) DO UPDATE SET events = event_counts.events + 1
		RETURNING events`, c, millis(hour), share).Scan(&n)
	return n, scanned("counting events", err)
}

// CountEvent counts an event instead of storing it. A share keeps at most room
// kinds of events apart; further kinds are counted by their action alone.
func (tx *Tx) CountEvent(e portico.Event, hour time.Time, share, network string, room int) error {
	var kinds int
	var there bool
	key := []any{e.CustomerID, millis(hour), share, e.Action, e.TargetID, e.Details, network}
	err := tx.q.QueryRowContext(tx.ctx, `SELECT COUNT(*), COALESCE(SUM(CASE WHEN action = $4 AND target_id = $5 AND details = $6 AND network = $7 THEN 1 ELSE 0 END), 0) > 0
		FROM event_counts WHERE customer_id = $1 AND hour = $2 AND share = $3 AND action <> ''`, key...).Scan(&kinds, &there)
	if err != nil {
		return scanned("counting events", err)
	}
	name := e.TargetName
	if !there && kinds >= room {
		key[4], key[5], key[6], name = "", "", "", ""
	}
	_, err = tx.exec("counting events", `INSERT INTO event_counts (customer_id, hour, share, action, target_id, details, network, target_name, events)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)
		ON CONFLICT (customer_id, hour, share, action, target_id, details, network) DO UPDATE SET events = event_counts.events + 1`, append(key, name)...)
	if err == nil {
		tx.events = append(tx.events, e)
	}
	return err
}

// CountedBefore returns a customer with counted events from an hour that began
// before an instant, and that hour. The oldest hour comes first. It returns
// ErrNotFound if there is none.
func (r *Reader) CountedBefore(before time.Time) (c portico.CustomerID, hour time.Time, err error) {
	var ms int64
	err = r.q.QueryRowContext(r.ctx, `SELECT customer_id, hour FROM event_counts WHERE hour < $1 ORDER BY hour, customer_id LIMIT 1`, millis(before)).Scan(&c, &ms)
	return c, moment(ms), scanned("finding counted events", err)
}

// CountedEvents lists the counted events of a customer in an hour.
func (r *Reader) CountedEvents(c portico.CustomerID, hour time.Time) ([]EventCount, error) {
	return all(r, "listing counted events", func(row scanner) (EventCount, error) {
		n := EventCount{CustomerID: c, Hour: hour}
		err := row.Scan(&n.Action, &n.TargetID, &n.TargetName, &n.Details, &n.Network, &n.Events)
		return n, err
	}, `SELECT action, target_id, MAX(target_name), details, network, CAST(SUM(events) AS BIGINT) FROM event_counts
		WHERE customer_id = $1 AND hour = $2 AND action <> '' GROUP BY action, target_id, details, network
		ORDER BY action, target_id, 6 DESC, details, network`, c, millis(hour))
}

// ForgetCounted removes the counted events of a customer in an hour.
func (tx *Tx) ForgetCounted(c portico.CustomerID, hour time.Time) error {
	_, err := tx.exec("removing counted events", `DELETE FROM event_counts WHERE customer_id = $1 AND hour = $2`, c, millis(hour))
	return err
}
