package store

import (
	"time"

	"portico"
)

// AccountChanges say since when a person is who the account says.
type AccountChanges struct {
	Email    time.Time // another mail address; zero when never
	Standing time.Time // created, activated, another role or status
	TopRole  time.Time // stopped to be an active administrator or operator; zero when never
}

// Changes finds them for a customer's person.
func (r *Reader) Changes(c portico.CustomerID, id portico.UserID) (AccountChanges, error) {
	var email, standing, created, lead int64
	err := r.q.QueryRowContext(r.ctx, `SELECT email_changed_at, standing_changed_at, created_at, lead_until FROM users WHERE customer_id = $1 AND id = $2`, c, id).
		Scan(&email, &standing, &created, &lead)
	return AccountChanges{fromMillis(email), fromMillis(max(standing, created)), fromMillis(lead)}, scanned("finding changes of the account", err)
}

// RoleChanged reports whether a customer's person was given another role since
// an instant.
func (r *Reader) RoleChanged(c portico.CustomerID, id portico.UserID, since time.Time) (bool, error) {
	events, err := r.events(c, portico.EventQuery{Person: id, Action: portico.UserRoleChanged, From: since}, "target_id", EventCursor{}, 1)
	return len(events) > 0, err
}

// FormerAdministrators lists those who have stopped to be active administrators of a
// customer (operators, at the provider) since an instant, a hundred at most.
func (r *Reader) FormerAdministrators(c portico.CustomerID, since time.Time) ([]Account, error) {
	return all(r, "listing former administrators", scanAccount, `SELECT `+accountColumns+accountFrom+`
		WHERE u.customer_id = $1 AND u.lead_until > 0 AND u.lead_until > $2 AND NOT (u.role = $3 AND u.status = 'active') ORDER BY u.id LIMIT 100`,
		c, toMillis(since), portico.TopRole(c))
}

// DeletedAdministrators counts the deleted users of a customer since an instant
// who were among its administrators, up to a hundred.
func (r *Reader) DeletedAdministrators(c portico.CustomerID, since time.Time) (n int, err error) {
	deleted, err := r.events(c, portico.EventQuery{Action: portico.UserDeleted, From: since}, "", EventCursor{}, 100)
	for _, e := range deleted {
		if e.DeletionDetails().Administrator {
			n++
		}
	}
	return n, err
}

// mostEarlier is how many earlier addresses of an account count. The first ones
// do: more changes push no address out, and have no more strangers mailed.
const mostEarlier = 3

// EarlierAddresses lists the addresses that an account had within
// portico.ResetCoolingOff, and from before an administrator has last decided about
// it; but for one, the first of them first. What the account has changed itself
// since, "This wasn't me" takes back.
func (r *Reader) EarlierAddresses(id portico.UserID, but string) ([]string, error) {
	return all(r, "finding earlier addresses", func(row scanner) (email string, err error) {
		err = row.Scan(&email)
		return email, err
	}, `SELECT e.email FROM earlier_addresses e JOIN users u ON u.id = e.user_id
		WHERE e.user_id = $1 AND e.email <> $2 AND e.replaced_at > $3
		GROUP BY e.email HAVING MAX(e.address_version) < MAX(u.address_settled) ORDER BY MIN(e.address_version) LIMIT $4`, id, but, toMillis(r.Now.Add(-portico.ResetCoolingOff)), mostEarlier)
}

// rememberAccount notes what is lost by a change of a person: the address, and
// having been an administrator. It runs before the change, and removes a few
// addresses that count no more.
func (tx *Tx) rememberAccount(was, u portico.User) error {
	if was.Email != u.Email && was.Status != portico.Invited { // an invitation proves nothing
		if _, err := tx.exec("removing earlier addresses", `DELETE FROM earlier_addresses WHERE (user_id, address_version) IN
			(SELECT user_id, address_version FROM earlier_addresses WHERE replaced_at <= $1 LIMIT 20)`, toMillis(tx.Now.Add(-portico.ResetCoolingOff))); err != nil {
			return err
		}
		if _, err := tx.exec("keeping the earlier address", `INSERT INTO earlier_addresses (user_id, address_version, email, replaced_at)
			SELECT id, address_version, email, $2 FROM users WHERE id = $1`, was.ID, toMillis(tx.Now)); err != nil {
			return err
		}
	}
	leads := func(u portico.User) bool {
		return u.Role == portico.TopRole(was.CustomerID) && u.Status == portico.Active
	}
	if !leads(was) || leads(u) {
		return nil
	}
	return tx.execOne("noting who was an administrator", `UPDATE users SET lead_until = $2 WHERE id = $1`, was.ID, toMillis(tx.Now))
}
