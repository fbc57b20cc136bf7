package store

import (
	"time"

	"portico"
)

// ResetCode is the code that a log-in after a 2FA reset needs.
type ResetCode struct {
	Hashing   string // salt and parameters, a PHC string
	Hash      []byte
	ExpiresAt time.Time
}

// RequireEnrolment makes a person's log-ins need a reset code until 2FA is enabled.
func (tx *Tx) RequireEnrolment(id portico.UserID) error {
	return tx.execOne("asking for the set-up", `UPDATE users SET must_set_up = TRUE WHERE id = $1`, id)
}

// EndRequiredEnrolment undoes RequireEnrolment and PutResetCode.
func (tx *Tx) EndRequiredEnrolment(id portico.UserID) error {
	if _, err := tx.exec("ending the demand for the set-up", `UPDATE users SET must_set_up = FALSE WHERE id = $1 AND must_set_up`, id); err != nil {
		return err
	}
	return tx.EndResetCode(id)
}

// PutResetCode stores a person's reset code in place of an earlier one.
func (tx *Tx) PutResetCode(id portico.UserID, c ResetCode) error {
	_, err := tx.exec("saving the reset code", `INSERT INTO reset_codes (user_id, hashing, hash, expires_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (user_id) DO UPDATE SET hashing = excluded.hashing, hash = excluded.hash, expires_at = excluded.expires_at`,
		id, c.Hashing, c.Hash, toMillis(c.ExpiresAt))
	return err
}

// EndResetCode deletes a person's reset code. A code that a finished request
// would still show is not shown any more.
func (tx *Tx) EndResetCode(id portico.UserID) error {
	if _, err := tx.exec("ending the reset code", `DELETE FROM reset_codes WHERE user_id = $1`, id); err != nil {
		return err
	}
	_, err := tx.exec("ending the showing of reset codes", `UPDATE reset_requests SET hand_over = FALSE
		WHERE target_id = $1 AND state = 'done' AND hand_over AND code_shown_at = 0`, id)
	return err
}

// ResetCode returns a person's reset code. It returns ErrNotFound if there
// is none or it has expired.
func (r *Reader) ResetCode(id portico.UserID) (ResetCode, error) {
	var c ResetCode
	var expires int64
	err := r.q.QueryRowContext(r.ctx, `SELECT hashing, hash, expires_at FROM reset_codes WHERE user_id = $1 AND expires_at > $2`, id, toMillis(r.Now)).
		Scan(&c.Hashing, &c.Hash, &expires)
	c.ExpiresAt = fromMillis(expires)
	return c, scanned("finding the reset code", err)
}

// UseResetCode uses up a person's reset code. It returns false if the hash
// is another one or the code has expired. If several requests try at once, only
// the one that deletes the row succeeds.
func (tx *Tx) UseResetCode(id portico.UserID, hash []byte) (bool, error) {
	n, err := tx.exec("using up the reset code", `DELETE FROM reset_codes WHERE user_id = $1 AND hash = $2 AND expires_at > $3`, id, hash, toMillis(tx.Now))
	return n == 1, err
}
