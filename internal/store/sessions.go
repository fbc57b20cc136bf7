package store

import (
	"time"

	"portico"
)

// Session is a full session, with the account that it belongs to as it is now.
type Session struct {
	ID          string // stays the same when the token is exchanged
	Epoch       int64  // of the account when the session was made
	CreatedAt   time.Time
	SeenAt      time.Time
	ConfirmedAt time.Time // when password and code were last proved; zero if never
	Recovered   bool      // a recovery code opened it, and it has not replaced the authenticator yet
	Origin      portico.Origin
	Account     Account
}

const sessionFrom = ` FROM sessions s JOIN users u ON u.id = s.user_id` + joinCustomer + `
	JOIN customers d ON d.id = 'provider'`

// Session returns a session by the hash of its token, with one read. The caller
// must check whether the session is still valid.
func (r *Reader) Session(tokenHash []byte) (Session, error) {
	var s Session
	var created, seen, confirmed int64
	dest, done := r.accountDest(&s.Account)
	err := r.q.QueryRowContext(r.ctx, `SELECT s.id, s.epoch, s.created_at, s.seen_at, s.confirmed_at, s.recovered, `+accountColumns+
		sessionFrom+` WHERE s.token_hash = $1`, tokenHash).
		Scan(append([]any{&s.ID, &s.Epoch, &created, &seen, &confirmed, &s.Recovered}, dest...)...)
	if err == nil {
		err = done()
	}
	s.CreatedAt, s.SeenAt, s.ConfirmedAt = fromMillis(created), fromMillis(seen), fromMillis(confirmed)
	return s, scanned("finding the session", err)
}

// CheckedSession is Session with only those columns of the account that decide
// whether the session is valid, and those that GET /session returns. SQLite's
// driver needs more time for each column than SQLite.
func (r *Reader) CheckedSession(tokenHash []byte) (Session, error) {
	if r.checked != nil {
		return r.checked.find(tokenHash, func() (Session, error) { return r.checkedSession(tokenHash) })
	}
	return r.checkedSession(tokenHash)
}

func (r *Reader) checkedSession(tokenHash []byte) (Session, error) {
	var s Session
	var created, seen, exempt, suspended, ended int64
	var has *string
	var policy string
	a := &s.Account
	err := r.q.QueryRowContext(r.ctx, `SELECT s.id, s.epoch, s.created_at, s.seen_at, u.login_id, u.role, u.status, u.epoch, u.exempt_until,
		u.must_set_up, `+factors+`, c.slug, c.suspended_at, c.ended_at, CASE WHEN c.policy = '' THEN d.policy ELSE c.policy END`+
		sessionFrom+` WHERE s.token_hash = $1`, tokenHash).
		Scan(&s.ID, &s.Epoch, &created, &seen, &a.LoginID, &a.Role, &a.Status, &a.Epoch, &exempt,
			&a.EnrolmentPending, &has, &a.Customer.Slug, &suspended, &ended, &policy)
	if err == nil {
		a.Customer.Policy, err = policyOf(policy)
	}
	s.CreatedAt, s.SeenAt, a.ExemptUntil = fromMillis(created), fromMillis(seen), fromMillis(exempt)
	a.Customer.SuspendedAt, a.EndedAt = fromMillis(suspended), fromMillis(ended)
	a.TwoFactor, a.Passkey = r.twoFactor(has)
	return s, scanned("checking the session", err)
}

// Sessions lists a person's sessions, the last used first. The caller must
// check whether each one is still valid.
func (r *Reader) Sessions(id portico.UserID) ([]Session, error) {
	return all(r, "listing sessions", func(row scanner) (Session, error) {
		var s Session
		var created, seen, confirmed int64
		dest, done := r.accountDest(&s.Account)
		err := row.Scan(append([]any{&s.ID, &s.Epoch, &created, &seen, &confirmed, &s.Origin.Address, &s.Origin.Browser}, dest...)...)
		if err == nil {
			err = done()
		}
		s.CreatedAt, s.SeenAt, s.ConfirmedAt = fromMillis(created), fromMillis(seen), fromMillis(confirmed)
		return s, err
	}, `SELECT s.id, s.epoch, s.created_at, s.seen_at, s.confirmed_at, s.address, s.browser, `+accountColumns+
		sessionFrom+` WHERE s.user_id = $1 ORDER BY s.seen_at DESC, s.id DESC`, id)
}

// EndSession ends one of a person's sessions. It returns false if it had ended
// before.
func (tx *Tx) EndSession(id portico.UserID, sessionID string) (bool, error) {
	n, err := tx.exec("ending the session", `DELETE FROM sessions WHERE user_id = $1 AND id = $2`, id, sessionID)
	return n == 1, err
}

// EndOtherSessions ends a person's sessions except keep, and returns how many
// it ended.
func (tx *Tx) EndOtherSessions(id portico.UserID, keep string) (int64, error) {
	return tx.exec("ending sessions", `DELETE FROM sessions WHERE user_id = $1 AND id <> $2`, id, keep)
}

// sessionsKept is the largest number of sessions of one person.
const sessionsKept = 50

// CreateSession adds a session that begins now, with the identity confirmed or
// not, and opened by a recovery code or not. It removes sessions of the person
// that are too old to be valid, and the oldest if there are too many.
func (tx *Tx) CreateSession(id string, tokenHash []byte, a Account, o portico.Origin, confirmed, recovered bool) error {
	confirmedAt := int64(0)
	if confirmed {
		confirmedAt = toMillis(tx.Now)
	}
	overall, _ := portico.Policy{}.SessionLimits(portico.RoleUser) // the longest of all roles
	if _, err := tx.exec("removing old sessions", `DELETE FROM sessions WHERE user_id = $1 AND (created_at <= $2 OR id NOT IN
		(SELECT id FROM sessions WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT $3))`, a.ID, toMillis(tx.Now.Add(-overall)), sessionsKept-1); err != nil {
		return err
	}
	_, err := tx.exec("creating the session", `INSERT INTO sessions (id, token_hash, user_id, epoch, created_at, seen_at, confirmed_at, recovered, address, browser)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		id, tokenHash, a.ID, a.Epoch, toMillis(tx.Now), toMillis(tx.Now), confirmedAt, recovered, o.Address, o.Browser)
	return err
}

// RotateToken gives a session a new token. If confirmed is set, it also
// records that password and code were proved now.
func (tx *Tx) RotateToken(sessionID string, tokenHash []byte, confirmed bool) error {
	return tx.execOne("exchanging the token", `UPDATE sessions SET token_hash = $2,
		confirmed_at = CASE WHEN $3 THEN $4 ELSE confirmed_at END WHERE id = $1`, sessionID, tokenHash, confirmed, toMillis(tx.Now))
}

// EndRescue takes from a session what the recovery code that opened it allows.
func (tx *Tx) EndRescue(sessionID string) error {
	return tx.execOne("ending the rescue", `UPDATE sessions SET recovered = FALSE WHERE id = $1`, sessionID)
}

// TouchSession records that a session is used now.
func (tx *Tx) TouchSession(sessionID string) error {
	_, err := tx.exec("noting the session", `UPDATE sessions SET seen_at = $2 WHERE id = $1 AND seen_at < $2`, sessionID, toMillis(tx.Now))
	return err
}

// DeleteSession ends a session. It returns false if it had ended before.
func (tx *Tx) DeleteSession(id string) (bool, error) {
	n, err := tx.exec("ending the session", `DELETE FROM sessions WHERE id = $1`, id)
	return n == 1, err
}

// PendingLogin is the state between the right password and the code.
type PendingLogin struct {
	UserID      portico.UserID
	Epoch       int64
	Attempts    int64
	BrowserHash []byte // of the browser that sent the password
	ExpiresAt   time.Time
}

// CreatePending begins a pending login and removes those that have expired.
func (tx *Tx) CreatePending(tokenHash, browserHash []byte, a Account, expires time.Time) error {
	if _, err := tx.exec("removing old pending logins", `DELETE FROM pending_logins WHERE expires_at <= $1`, toMillis(tx.Now)); err != nil {
		return err
	}
	_, err := tx.exec("creating the pending login", `INSERT INTO pending_logins (token_hash, user_id, epoch, attempts, expires_at, browser_hash)
		VALUES ($1, $2, $3, 0, $4, $5)`, tokenHash, a.ID, a.Epoch, toMillis(expires), browserHash)
	return err
}

// Pending returns a pending login. It returns ErrNotFound if there is none or
// it has expired.
func (r *Reader) Pending(tokenHash []byte) (PendingLogin, error) {
	var p PendingLogin
	var expires int64
	err := r.q.QueryRowContext(r.ctx, `SELECT user_id, epoch, attempts, browser_hash, expires_at FROM pending_logins WHERE token_hash = $1 AND expires_at > $2`,
		tokenHash, toMillis(r.Now)).Scan(&p.UserID, &p.Epoch, &p.Attempts, &p.BrowserHash, &expires)
	p.ExpiresAt = fromMillis(expires)
	return p, scanned("finding the pending login", err)
}

// RecordPendingAttempt records one attempt of a pending login before the code is
// checked. It returns ErrNotFound if the pending login has expired or has had
// most attempts.
func (tx *Tx) RecordPendingAttempt(tokenHash []byte, most int64) (PendingLogin, error) {
	var p PendingLogin
	err := tx.q.QueryRowContext(tx.ctx, `UPDATE pending_logins SET attempts = attempts + 1
		WHERE token_hash = $1 AND expires_at > $2 AND attempts < $3 RETURNING user_id, epoch, attempts, browser_hash`,
		tokenHash, toMillis(tx.Now), most).Scan(&p.UserID, &p.Epoch, &p.Attempts, &p.BrowserHash)
	return p, scanned("charging the attempt", err)
}

// DeletePending ends a pending login. It returns false if it had ended before.
func (tx *Tx) DeletePending(tokenHash []byte) (bool, error) {
	n, err := tx.exec("ending the pending login", `DELETE FROM pending_logins WHERE token_hash = $1`, tokenHash)
	return n == 1, err
}

// SessionAddresses returns the addresses of the clients of the newest sessions,
// at most limit.
func (r *Reader) SessionAddresses(limit int) ([]string, error) {
	return all(r, "looking at sessions", scanText, `SELECT address FROM sessions ORDER BY created_at DESC LIMIT $1`, limit)
}
