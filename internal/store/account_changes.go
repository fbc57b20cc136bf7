package store

import (
	"time"

	"portico"
)

// AccountChanges are the times of an account's last changes. They say how long
// the account has been what it is now.
type AccountChanges struct {
	Email    time.Time // the email address was changed; zero if never
	Standing time.Time // the account was created or activated, or its role or status was changed
	TopRole  time.Time // the user stopped being an active administrator or operator; zero if never
}

// Changes returns the times of the last changes of a customer's user.
func (r *Reader) Changes(c portico.CustomerID, id portico.UserID) (AccountChanges, error) {
	var email, standing, created, lead int64
	err := r.q.QueryRowContext(r.ctx, `SELECT email_changed_at, standing_changed_at, created_at, lead_until FROM users WHERE customer_id = $1 AND id = $2`, c, id).
		Scan(&email, &standing, &created, &lead)
	return AccountChanges{fromMillis(email), fromMillis(max(standing, created)), fromMillis(lead)}, scanned("finding changes of the account", err)
}

// RoleChanged reports whether a customer's user was given another role since an
// instant.
func (r *Reader) RoleChanged(c portico.CustomerID, id portico.UserID, since time.Time) (bool, error) {
	events, err := r.events(c, portico.EventQuery{Person: id, From: since}, "target_id", portico.UserRoleChanged, EventCursor{}, 1)
	return len(events) > 0, err
}

// FormerAdministrators lists the users who have stopped being active
// administrators of a customer (operators, at the provider) since an instant. It
// returns 100 users at most.
func (r *Reader) FormerAdministrators(c portico.CustomerID, since time.Time) ([]Account, error) {
	return all(r, "listing former administrators", r.scanAccount, `SELECT `+accountColumns+accountFrom+`
		WHERE u.customer_id = $1 AND u.lead_until > 0 AND u.lead_until > $2 AND NOT (u.role = $3 AND u.status = 'active') ORDER BY u.id LIMIT 100`,
		c, toMillis(since), portico.TopRole(c))
}

// DeletedAdministrators counts the administrators of a customer who were deleted
// since an instant. It counts up to 100.
func (r *Reader) DeletedAdministrators(c portico.CustomerID, since time.Time) (n int, err error) {
	deleted, err := r.events(c, portico.EventQuery{From: since}, "", portico.UserDeleted, EventCursor{}, 100)
	for _, e := range deleted {
		if e.DeletionDetails().Administrator {
			n++
		}
	}
	return n, err
}

// mostEarlier is how many earlier addresses of an account are mailed. They are the
// oldest ones, so that changing the address again and again neither drops one of
// them nor mails more strangers.
const mostEarlier = 3

// EarlierAddresses lists the addresses that an account had within
// portico.ResetCoolingOff and before an administrator last decided about the
// account, oldest first. It leaves out the address but. Addresses that the user
// has set since that decision do not count: "This wasn't me" takes them back.
func (r *Reader) EarlierAddresses(id portico.UserID, but string) ([]string, error) {
	return all(r, "finding earlier addresses", func(row scanner) (email string, err error) {
		err = row.Scan(&email)
		return email, err
	}, `SELECT e.email FROM earlier_addresses e JOIN users u ON u.id = e.user_id
		WHERE e.user_id = $1 AND e.email <> $2 AND e.replaced_at > $3
		GROUP BY e.email HAVING MAX(e.address_version) < MAX(u.address_settled) ORDER BY MIN(e.address_version) LIMIT $4`, id, but, toMillis(r.Now.Add(-portico.ResetCoolingOff)), mostEarlier)
}

// rememberAccount records what a change of a user overwrites: the address, and
// that the user was an administrator. It must run before the change. It also
// removes a few addresses that no longer count.
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
	isTopRole := func(u portico.User) bool {
		return u.Role == portico.TopRole(was.CustomerID) && u.Status == portico.Active
	}
	if !isTopRole(was) || isTopRole(u) {
		return nil
	}
	return tx.execOne("noting who was an administrator", `UPDATE users SET lead_until = $2 WHERE id = $1`, was.ID, toMillis(tx.Now))
}
