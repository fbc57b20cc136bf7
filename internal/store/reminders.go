package store

import (
	"time"

	"portico"
)

// Stopped lists a customer's active people of a role who have not
// enabled 2FA, by name, at most limit.
func (r *Reader) WithoutTwoFactor(c portico.CustomerID, role portico.Role, limit int) ([]portico.User, error) {
	return all(r, "listing people without 2FA", scanUser, `SELECT `+userColumns+userFrom+`
		WHERE u.customer_id = $1 AND u.role = $2 AND u.status = 'active' AND u.two_factor <> 'enabled'
		ORDER BY u.name_key, u.id LIMIT $3`, c, role, limit)
}

// Exemptions lists a customer's people who are exempt from required 2FA, in the
// order in which their exemptions end, at most limit.
func (r *Reader) Exemptions(c portico.CustomerID, limit int) ([]portico.User, error) {
	return all(r, "listing exemptions", scanUser, `SELECT `+userColumns+userFrom+`
		WHERE u.customer_id = $1 AND u.exempt_until > 0 AND u.exempt_until > $2
		ORDER BY u.exempt_until, u.id LIMIT $3`, c, toMillis(r.Now), limit)
}

// ReminderCursor is a position among the people who may have to be reminded.
// The zero value is the beginning.
type ReminderCursor struct {
	NameKey string
	ID      portico.UserID
}

// ToRemind lists a customer's active people of a role who have not enabled 2FA
// and were not reminded since an instant, after the cursor, at most limit. It
// also returns the next cursor.
func (r *Reader) ToRemind(c portico.CustomerID, role portico.Role, since time.Time, after ReminderCursor, limit int) ([]portico.User, ReminderCursor, error) {
	users, err := all(r, "listing people to remind", scanUser, `SELECT `+userColumns+userFrom+`
		WHERE u.customer_id = $1 AND u.role = $2 AND u.status = 'active' AND u.two_factor <> 'enabled'
		AND (u.name_key, u.id) > ($3, $4) AND u.reminded_at < $5 ORDER BY u.name_key, u.id LIMIT $6`,
		c, role, after.NameKey, after.ID, toMillis(since), limit)
	if n := len(users); n > 0 {
		after = ReminderCursor{nameKey(users[n-1]), users[n-1].ID}
	}
	return users, after, err
}

// ExemptToRemind lists a customer's active people who have not enabled 2FA and
// whose exemption ends at an instant or before, after a person, at most limit.
func (r *Reader) ExemptToRemind(c portico.CustomerID, before time.Time, after portico.UserID, limit int) ([]portico.User, error) {
	return all(r, "listing people to remind", scanUser, `SELECT `+userColumns+userFrom+`
		WHERE u.customer_id = $1 AND u.exempt_until > 0 AND u.exempt_until > $2 AND u.exempt_until <= $3
		AND u.status = 'active' AND u.two_factor <> 'enabled' AND u.id > $4 ORDER BY u.id LIMIT $5`,
		c, toMillis(r.Now), toMillis(before), after, limit)
}

// Remind records that a customer's person is reminded now. It returns false if
// that has happened since an instant already.
func (tx *Tx) Remind(c portico.CustomerID, id portico.UserID, since time.Time) (bool, error) {
	n, err := tx.exec("noting the reminder", `UPDATE users SET reminded_at = $3 WHERE customer_id = $1 AND id = $2 AND reminded_at < $4`,
		c, id, toMillis(tx.Now), toMillis(since))
	return n == 1, err
}
