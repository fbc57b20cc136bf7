package store

import (
	"time"

	"portico"
)

// RecoverySet holds what all recovery codes of a person have in common.
type RecoverySet struct {
	UserID     portico.UserID
	Hashing    string // salt and parameters, a PHC string
	SessionID  string // the session that made the codes and may show them; "" once the person has saved them
	Shown      []byte // the codes, encrypted, until the person has saved them
	ShownUntil time.Time
	CreatedAt  time.Time
}

// RecoverySet returns a person's set, or ErrNotFound.
func (r *Reader) RecoverySet(id portico.UserID) (RecoverySet, error) {
	s := RecoverySet{UserID: id}
	var until, created int64
	err := r.q.QueryRowContext(r.ctx, `SELECT hashing, session_id, shown, shown_until, created_at FROM recovery_sets WHERE user_id = $1`, id).
		Scan(&s.Hashing, &s.SessionID, &s.Shown, &until, &created)
	s.ShownUntil, s.CreatedAt = fromMillis(until), fromMillis(created)
	return s, scanned("finding the recovery codes", err)
}

// RecoveryCodesLeft counts a person's unused recovery codes.
func (r *Reader) RecoveryCodesLeft(id portico.UserID) (int, error) {
	var n int
	err := r.q.QueryRowContext(r.ctx, `SELECT COUNT(*) FROM recovery_codes WHERE user_id = $1`, id).Scan(&n)
	return n, scanned("counting recovery codes", err)
}

// PutRecoverySet stores a set in place of an earlier one, whose codes become
// invalid.
func (tx *Tx) PutRecoverySet(s RecoverySet, hashes [][]byte) error {
	if err := tx.DeleteRecovery(s.UserID); err != nil {
		return err
	}
	if _, err := tx.exec("saving recovery codes", `INSERT INTO recovery_sets (user_id, hashing, created_at, session_id, shown, shown_until)
		VALUES ($1, $2, $3, $4, $5, $6)`, s.UserID, s.Hashing, toMillis(tx.Now), s.SessionID, s.Shown, toMillis(s.ShownUntil)); err != nil {
		return err
	}
	for _, h := range hashes {
		if _, err := tx.exec("saving recovery codes", `INSERT INTO recovery_codes (user_id, hash) VALUES ($1, $2)`, s.UserID, h); err != nil {
			return err
		}
	}
	return nil
}

// UseRecoveryCode uses up a code. It returns false if the person has no such
// unused code.
func (tx *Tx) UseRecoveryCode(id portico.UserID, hash []byte) (bool, error) {
	n, err := tx.exec("using up the recovery code", `DELETE FROM recovery_codes WHERE user_id = $1 AND hash = $2`, id, hash)
	return n == 1, err
}

// HideRecovery records that a person has saved the codes, and deletes the copy
// of them that was shown.
func (tx *Tx) HideRecovery(id portico.UserID) error {
	_, err := tx.exec("hiding recovery codes", `UPDATE recovery_sets SET session_id = '', shown = $2, shown_until = 0
		WHERE user_id = $1`, id, []byte{})
	return err
}

// DeleteRecovery deletes a person's recovery codes.
func (tx *Tx) DeleteRecovery(id portico.UserID) error {
	if _, err := tx.exec("deleting recovery codes", `DELETE FROM recovery_codes WHERE user_id = $1`, id); err != nil {
		return err
	}
	_, err := tx.exec("deleting recovery codes", `DELETE FROM recovery_sets WHERE user_id = $1`, id)
	return err
}
