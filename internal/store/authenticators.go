package store

import (
	"time"

	"portico"
)

// Authenticator is a person's authenticator.
type Authenticator struct {
	ID       string
	UserID   portico.UserID
	Kind     string // AuthenticatorTOTP; code that reads another kind must refuse access
	Secret   []byte // encrypted; empty if the keyset was lost
	Enabled  bool
	LastStep int64     // the newest time step that was used up
	MadeAt   time.Time // or replaced
}

// AuthenticatorTOTP is the kind of an authenticator app.
const AuthenticatorTOTP = "totp"

// Authenticator returns a person's authenticator, or ErrNotFound.
func (r *Reader) Authenticator(id portico.UserID) (Authenticator, error) {
	var f Authenticator
	var made int64
	err := r.q.QueryRowContext(r.ctx,
		`SELECT id, user_id, kind, secret, enabled, last_step, created_at FROM factors WHERE user_id = $1`, id).
		Scan(&f.ID, &f.UserID, &f.Kind, &f.Secret, &f.Enabled, &f.LastStep, &made)
	f.MadeAt = fromMillis(made)
	return f, scanned("finding the authenticator", err)
}

// AnythingSealed reports whether the database holds authenticators or portal
// secrets that only the keyset can decrypt.
func (r *Reader) AnythingSealed() (bool, error) {
	var any bool
	err := r.q.QueryRowContext(r.ctx, `SELECT EXISTS (SELECT 1 FROM factors WHERE length(secret) > 0) OR EXISTS (SELECT 1 FROM portal_secrets)`).Scan(&any)
	return any, scanned("looking for sealed values", err)
}

// UseStep uses up a time step, because no code may be accepted twice (RFC 6238,
// 5.2). It returns false if this step or a newer one was used before. If
// several requests try at once, only the one that changes the row succeeds.
func (tx *Tx) UseStep(authenticatorID string, step int64) (bool, error) {
	n, err := tx.exec("using up the time step", `UPDATE factors SET last_step = $2 WHERE id = $1 AND last_step < $2`, authenticatorID, step)
	return n == 1, err
}

// PutAuthenticator stores a person's authenticator in place of any other.
func (tx *Tx) PutAuthenticator(f Authenticator) error {
	return tx.counting(f.UserID, func() error {
		_, err := tx.exec("saving the authenticator", `INSERT INTO factors (id, user_id, kind, secret, enabled, last_step, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (user_id) DO UPDATE SET id = excluded.id, kind = excluded.kind, secret = excluded.secret,
			enabled = excluded.enabled, last_step = excluded.last_step, created_at = excluded.created_at`,
			f.ID, f.UserID, f.Kind, f.Secret, f.Enabled, f.LastStep, toMillis(tx.Now))
		if err != nil || !f.Enabled {
			return err
		}
		return tx.EndRequiredEnrolment(f.UserID)
	})
}

// SwitchAuthenticator enables or disables a person's authenticator and keeps the rest.
// It returns false if the authenticator is in that state already or does not
// exist.
func (tx *Tx) SwitchAuthenticator(id portico.UserID, enabled bool) (done bool, err error) {
	err = tx.counting(id, func() error {
		n, err := tx.exec("switching the authenticator", `UPDATE factors SET enabled = $2 WHERE user_id = $1 AND enabled <> $2`, id, enabled)
		done = n == 1
		return err
	})
	return done, err
}

// DeleteAuthenticator removes a person's authenticator. It returns false if there was
// none.
func (tx *Tx) DeleteAuthenticator(id portico.UserID) (done bool, err error) {
	err = tx.counting(id, func() error {
		n, err := tx.exec("deleting the authenticator", `DELETE FROM factors WHERE user_id = $1`, id)
		done = n == 1
		return err
	})
	return done, err
}

// Enrolment is an enrolment under way, bound to one session.
type Enrolment struct {
	SessionID string
	UserID    portico.UserID
	Kept      bool   // it proves the authenticator that was kept; Secret is empty
	Secret    []byte // encrypted
	ExpiresAt time.Time
}

// Enrolment returns the enrolment of a session. It returns ErrNotFound if there
// is none or it has expired.
func (r *Reader) Enrolment(sessionID string) (Enrolment, error) {
	var e Enrolment
	var expires int64
	err := r.q.QueryRowContext(r.ctx,
		`SELECT session_id, user_id, kept, secret, expires_at FROM enrolments WHERE session_id = $1 AND expires_at > $2`, sessionID, toMillis(r.Now)).
		Scan(&e.SessionID, &e.UserID, &e.Kept, &e.Secret, &expires)
	e.ExpiresAt = fromMillis(expires)
	return e, scanned("finding the set-up", err)
}

// PutEnrolment stores a session's enrolment in place of an earlier one.
func (tx *Tx) PutEnrolment(e Enrolment) error {
	_, err := tx.exec("saving the set-up", `INSERT INTO enrolments (session_id, user_id, kept, secret, expires_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (session_id) DO UPDATE SET kept = excluded.kept, secret = excluded.secret, expires_at = excluded.expires_at`,
		e.SessionID, e.UserID, e.Kept, e.Secret, toMillis(e.ExpiresAt))
	return err
}

// DeleteEnrolments ends all enrolments of a person.
func (tx *Tx) DeleteEnrolments(id portico.UserID) error {
	_, err := tx.exec("ending set-ups", `DELETE FROM enrolments WHERE user_id = $1`, id)
	return err
}
