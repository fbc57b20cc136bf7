package store

import (
	"strconv"
	"time"

	"portico"
)

// EventCount says how many events of one kind were only counted, in addition to
// those that the customer's log holds one by one. Without an action it says how
// many events a share has had.
type EventCount struct {
	CustomerID portico.CustomerID
	Hour       time.Time
	Share      string
	Action     portico.Action
	TargetID   portico.UserID // "" together with TargetName, Details and Network if there was no room for this kind
	TargetName string
	Details    string
	Told       portico.Message // what Details says
	Network    string
	Events     int64
	MAC        []byte // proves that the portal wrote the row
}

// CountsTable is the table that the MAC of a count names.
const CountsTable = "event_counts"

// Fields returns what the MAC of a count covers: everything in the row
// but Told, which counts for nothing if it does not say what Details says.
func (n EventCount) Fields() []string {
	return []string{
		string(n.CustomerID), strconv.FormatInt(toMillis(n.Hour), 10), n.Share, string(n.Action), string(n.TargetID), n.TargetName, n.Details, n.Network,
		strconv.FormatInt(n.Events, 10),
	}
}

const eventCountColumns = `customer_id, hour, share, action, target_id, details, network, target_name, events, mac, told`

func scanEventCount(row scanner) (EventCount, error) {
	var n EventCount
	var hour int64
	var told string
	err := row.Scan(&n.CustomerID, &hour, &n.Share, &n.Action, &n.TargetID, &n.Details, &n.Network, &n.TargetName, &n.Events, &n.MAC, &told)
	n.Hour, n.Told = fromMillis(hour), portico.Recall(n.Details, told)
	return n, err
}

// Counted returns the stored count of the same customer, hour, share and kind, or
// ErrNotFound.
func (r *Reader) Counted(n EventCount) (EventCount, error) {
	found, err := scanEventCount(r.q.QueryRowContext(r.ctx, `SELECT `+eventCountColumns+` FROM event_counts
		WHERE customer_id = $1 AND hour = $2 AND share = $3 AND action = $4 AND target_id = $5 AND details = $6 AND network = $7`,
		n.CustomerID, toMillis(n.Hour), n.Share, n.Action, n.TargetID, n.Details, n.Network))
	return found, scanned("finding a count of events", err)
}

// PutCount stores a count with its MAC. It replaces the one of the same kind.
func (tx *Tx) PutCount(n EventCount) error {
	_, err := tx.exec("counting events", `INSERT INTO event_counts (`+eventCountColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (customer_id, hour, share, action, target_id, details, network)
		DO UPDATE SET target_name = excluded.target_name, events = excluded.events, mac = excluded.mac, told = excluded.told`,
		n.CustomerID, toMillis(n.Hour), n.Share, n.Action, n.TargetID, n.Details, n.Network, n.TargetName, n.Events, tx.RowMAC(CountsTable, n.Fields()), n.Told.Stored())
	return err
}

// ProvedCount reports whether a count bears the right MAC.
func (tx *Tx) ProvedCount(n EventCount) bool { return tx.proved(CountsTable, n.Fields(), n.MAC) }

// Observed reports an event to the observer that was counted instead of being
// stored.
func (tx *Tx) Observed(e portico.Event) { tx.events = append(tx.events, e) }

// KindsCounted returns how many kinds of events a share has counted in an hour.
func (r *Reader) KindsCounted(c portico.CustomerID, hour time.Time, share string) (int, error) {
	var n int
	err := r.q.QueryRowContext(r.ctx, `SELECT COUNT(*) FROM event_counts WHERE customer_id = $1 AND hour = $2 AND share = $3 AND action <> ''`,
		c, toMillis(hour), share).Scan(&n)
	return n, scanned("counting events", err)
}

// CountedBefore returns a customer with counted events from an hour that began
// before an instant, and that hour. The oldest hour comes first. It returns
// ErrNotFound if there is none.
func (r *Reader) CountedBefore(before time.Time) (c portico.CustomerID, hour time.Time, err error) {
	var ms int64
	err = r.q.QueryRowContext(r.ctx, `SELECT customer_id, hour FROM event_counts WHERE hour < $1 ORDER BY hour, customer_id LIMIT 1`, toMillis(before)).Scan(&c, &ms)
	return c, fromMillis(ms), scanned("finding counted events", err)
}

// CountedEvents lists the counted events of a customer in an hour, in no
// particular order.
func (r *Reader) CountedEvents(c portico.CustomerID, hour time.Time) ([]EventCount, error) {
	return all(r, "listing counted events", scanEventCount, `SELECT `+eventCountColumns+` FROM event_counts
		WHERE customer_id = $1 AND hour = $2 AND action <> ''`, c, toMillis(hour))
}

// AllCounts lists the counts of all customers that are not summed up yet. With
// shares, it includes how many events each share has had.
func (r *Reader) AllCounts(shares bool) ([]EventCount, error) {
	where := ` WHERE action <> ''`
	if shares {
		where = ``
	}
	return all(r, "listing counted events", scanEventCount, `SELECT `+eventCountColumns+` FROM event_counts`+where)
}

// ForgetCounted removes the counted events of a customer in an hour.
func (tx *Tx) ForgetCounted(c portico.CustomerID, hour time.Time) error {
	_, err := tx.exec("removing counted events", `DELETE FROM event_counts WHERE customer_id = $1 AND hour = $2`, c, toMillis(hour))
	return err
}

// EventIDTaken reports whether an event of any customer has this id.
func (r *Reader) EventIDTaken(id string) (taken bool, err error) {
	err = r.q.QueryRowContext(r.ctx, `SELECT EXISTS (SELECT 1 FROM events WHERE id = $1)`, id).Scan(&taken)
	return taken, scanned("looking for an event", err)
}

// ProveRows gives all counts and requests a new MAC. Rows of an older version have
// none, and after the loss of a keyset theirs are of the lost key.
func (tx *Tx) ProveRows() error {
	counts, err := tx.AllCounts(true)
	if err != nil {
		return err
	}
	for _, n := range counts {
		if err := tx.PutCount(n); err != nil {
			return err
		}
	}
	return tx.proveResets()
}
