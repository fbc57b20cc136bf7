package store

import (
	"slices"
	"strings"
	"time"

	"portico"
	"portico/internal/passkey"
)

// Authenticator is one of a person's authenticators.
type Authenticator struct {
	ID         string
	UserID     portico.UserID
	Kind       portico.AuthenticatorKind
	Name       string // as typed; "" for one that was never named
	Secret     []byte // of an app, encrypted; empty if the keyset was lost
	Enabled    bool   // in force
	LastStep   int64  // of an app: the newest time step that was used up
	AddedAt    time.Time
	LastUsedAt time.Time          // zero if never
	Passkey    passkey.Credential // of a passkey

	AfterPassword bool // a passkey that stands for no password since "This wasn't me"
}

// Shown returns what is shown of an authenticator.
func (f Authenticator) Shown() portico.Authenticator {
	return portico.Authenticator{
		ID: f.ID, Kind: f.Kind, Name: f.Name, Synced: f.Passkey.BackedUp, AddedAt: f.AddedAt, LastUsedAt: f.LastUsedAt,
		Alone:    f.Kind == portico.AuthenticatorPasskey && f.Passkey.UserVerified && f.Passkey.Discoverable && !f.AfterPassword,
		Reported: f.AfterPassword,
	}
}

// AuthenticatorIndex returns the place of the authenticator with an ID, or -1.
func AuthenticatorIndex(found []Authenticator, id string) int {
	return slices.IndexFunc(found, func(f Authenticator) bool { return f.ID == id })
}

// Authenticators lists a person's authenticators, in force or not, the oldest
// first.
func (r *Reader) Authenticators(id portico.UserID) ([]Authenticator, error) {
	return all(r, "listing authenticators", scanAuthenticator, `SELECT `+authenticatorColumns+` FROM authenticators
		WHERE user_id = $1 ORDER BY created_at, id`, id)
}

const authenticatorColumns = `id, user_id, kind, name, secret, enabled, last_step, created_at, last_used_at,
	credential_id, public_key, rp_id, sign_count, backup_eligible, backed_up, aaguid, transports, after_password, user_verified, discoverable`

func scanAuthenticator(row scanner) (Authenticator, error) {
	var f Authenticator
	var added, used int64
	var transports string
	c := &f.Passkey
	err := row.Scan(&f.ID, &f.UserID, &f.Kind, &f.Name, &f.Secret, &f.Enabled, &f.LastStep, &added, &used,
		&c.ID, &c.PublicKey, &c.RPID, &c.SignCount, &c.BackupEligible, &c.BackedUp, &c.AAGUID, &transports, &f.AfterPassword, &c.UserVerified, &c.Discoverable)
	f.AddedAt, f.LastUsedAt, c.Transports = fromMillis(added), fromMillis(used), strings.Fields(transports)
	return f, err
}

// AuthenticatorKinds returns of what kinds the authenticators of some people are,
// the oldest first.
func (r *Reader) AuthenticatorKinds(users []portico.User) (map[portico.UserID][]portico.AuthenticatorKind, error) {
	kinds := map[portico.UserID][]portico.AuthenticatorKind{}
	if len(users) == 0 {
		return kinds, nil
	}
	q := &query{}
	marks := make([]string, len(users))
	for i, u := range users {
		marks[i] = q.arg(u.ID)
	}
	q.sql = `SELECT user_id, kind FROM authenticators WHERE user_id IN (` + strings.Join(marks, ", ") + `) ORDER BY user_id, created_at, id`
	_, err := all(r, "looking at authenticators", func(row scanner) (kind portico.AuthenticatorKind, err error) {
		var id portico.UserID
		err = row.Scan(&id, &kind)
		kinds[id] = append(kinds[id], kind)
		return kind, err
	}, q.sql, q.args...)
	return kinds, err
}

// AnythingSealed reports whether the database holds authenticators or portal
// secrets that only the keyset can decrypt.
func (r *Reader) AnythingSealed() (bool, error) {
	var any bool
	err := r.q.QueryRowContext(r.ctx, `SELECT EXISTS (SELECT 1 FROM authenticators WHERE length(secret) > 0) OR EXISTS (SELECT 1 FROM portal_secrets)`).Scan(&any)
	return any, scanned("looking for sealed values", err)
}

// UseStep uses up a time step, because no code may be accepted twice (RFC 6238,
// 5.2), and notes that the authenticator is used now. It returns false if this
// step or a newer one was used before. If several requests try at once, only the
// one that changes the row succeeds.
func (tx *Tx) UseStep(authenticatorID string, step int64) (bool, error) {
	n, err := tx.exec("using up the time step", `UPDATE authenticators SET last_step = $2, last_used_at = $3 WHERE id = $1 AND last_step < $2`,
		authenticatorID, step, toMillis(tx.Now))
	return n == 1, err
}

// PutAuthenticator stores an authenticator, in place of one with the same ID,
// whose AddedAt stays. A new one is added now.
func (tx *Tx) PutAuthenticator(f Authenticator) error {
	return tx.counting(f.UserID, func() error {
		_, err := tx.exec("saving the authenticator", `INSERT INTO authenticators (id, user_id, kind, name, secret, enabled, last_step, created_at, last_used_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, name = excluded.name, secret = excluded.secret,
			enabled = excluded.enabled, last_step = excluded.last_step, last_used_at = excluded.last_used_at`,
			f.ID, f.UserID, f.Kind, f.Name, f.Secret, f.Enabled, f.LastStep, toMillis(tx.Now), toMillis(f.LastUsedAt))
		if err != nil || !f.Enabled {
			return err
		}
		return tx.EndRequiredEnrolment(f.UserID)
	})
}

// RenameAuthenticator names one of a person's authenticators. It returns
// ErrNotFound if it is not there.
func (tx *Tx) RenameAuthenticator(id portico.UserID, authenticatorID, name string) error {
	return tx.execOne("naming the authenticator", `UPDATE authenticators SET name = $3 WHERE user_id = $1 AND id = $2`, id, authenticatorID, name)
}

// SwitchAuthenticators puts all of a person's authenticators into force or out of
// it, and keeps the rest of them. It returns false if nothing changed.
func (tx *Tx) SwitchAuthenticators(id portico.UserID, enabled bool) (done bool, err error) {
	err = tx.counting(id, func() error {
		n, err := tx.exec("switching authenticators", `UPDATE authenticators SET enabled = $2 WHERE user_id = $1 AND enabled <> $2`, id, enabled)
		done = n > 0
		return err
	})
	return done, err
}

// DeleteAuthenticator removes one of a person's authenticators. It returns
// ErrNotFound if it is not there.
func (tx *Tx) DeleteAuthenticator(id portico.UserID, authenticatorID string) error {
	return tx.counting(id, func() error {
		return tx.execOne("deleting the authenticator", `DELETE FROM authenticators WHERE user_id = $1 AND id = $2`, id, authenticatorID)
	})
}

// DeleteAuthenticators removes all of a person's authenticators. It returns false
// if there was none.
func (tx *Tx) DeleteAuthenticators(id portico.UserID) (done bool, err error) {
	err = tx.counting(id, func() error {
		n, err := tx.exec("deleting authenticators", `DELETE FROM authenticators WHERE user_id = $1`, id)
		done = n > 0
		return err
	})
	return done, err
}

// Enrolment is an enrolment under way, bound to one session.
type Enrolment struct {
	SessionID string
	UserID    portico.UserID
	Kept      bool   // it proves one of the authenticators that were kept; Secret is empty
	Replaces  string // ID of the authenticator that moves to a new phone; "" for a new one
	Secret    []byte // encrypted
	ExpiresAt time.Time
}

// Enrolment returns the enrolment of a session. It returns ErrNotFound if there
// is none or it has expired.
func (r *Reader) Enrolment(sessionID string) (Enrolment, error) {
	var e Enrolment
	var expires int64
	err := r.q.QueryRowContext(r.ctx,
		`SELECT session_id, user_id, kept, replaces, secret, expires_at FROM enrolments WHERE session_id = $1 AND expires_at > $2`, sessionID, toMillis(r.Now)).
		Scan(&e.SessionID, &e.UserID, &e.Kept, &e.Replaces, &e.Secret, &expires)
	e.ExpiresAt = fromMillis(expires)
	return e, scanned("finding the set-up", err)
}

// PutEnrolment stores a session's enrolment in place of an earlier one.
func (tx *Tx) PutEnrolment(e Enrolment) error {
	_, err := tx.exec("saving the set-up", `INSERT INTO enrolments (session_id, user_id, kept, replaces, secret, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (session_id) DO UPDATE SET kept = excluded.kept, replaces = excluded.replaces, secret = excluded.secret, expires_at = excluded.expires_at`,
		e.SessionID, e.UserID, e.Kept, e.Replaces, e.Secret, toMillis(e.ExpiresAt))
	return err
}

// DeleteEnrolments ends all enrolments of a person.
func (tx *Tx) DeleteEnrolments(id portico.UserID) error {
	_, err := tx.exec("ending set-ups", `DELETE FROM enrolments WHERE user_id = $1`, id)
	return err
}
