package store

import (
	"time"

	"portico"
)

// Browser is a known device: a browser in which a person has logged in.
type Browser struct {
	ID              string
	UserID          portico.UserID
	AuthenticatorID string // the authenticator that was proved in it; "" if none was
	Failures        int64  // since the last success
	SeenAt          time.Time
	TrustedUntil    time.Time // until when it is remembered; zero if never
	TrustEpoch      int64     // of the account when the browser was remembered
	Origin          portico.Origin
}

// browsersKept is how many browsers of a person are kept. The one that was
// unused for longest is removed first.
const browsersKept = 20

const browserColumns = `id, user_id, factor_id, failures, seen_at, trusted_until, trust_epoch, address, browser`

func scanBrowser(row scanner) (Browser, error) {
	var b Browser
	var seen, trusted int64
	err := row.Scan(&b.ID, &b.UserID, &b.AuthenticatorID, &b.Failures, &seen, &trusted, &b.TrustEpoch, &b.Origin.Address, &b.Origin.Browser)
	b.SeenAt, b.TrustedUntil = fromMillis(seen), fromMillis(trusted)
	return b, err
}

// Browser returns a person's browser by the hash of its token. It returns
// ErrNotFound if the token is unknown or has expired.
func (r *Reader) Browser(id portico.UserID, tokenHash []byte) (Browser, error) {
	b, err := scanBrowser(r.q.QueryRowContext(r.ctx, `SELECT `+browserColumns+` FROM browsers
		WHERE user_id = $1 AND token_hash = $2 AND expires_at > $3`, id, tokenHash, toMillis(r.Now)))
	return b, scanned("finding the browser", err)
}

// TrustedBrowsers lists a person's remembered browsers, which are not asked for
// a code.
func (r *Reader) TrustedBrowsers(id portico.UserID, epoch int64) ([]Browser, error) {
	return all(r, "listing browsers", scanBrowser, `SELECT `+browserColumns+` FROM browsers
		WHERE user_id = $1 AND trusted_until > $2 AND trust_epoch = $3 ORDER BY seen_at DESC, id`, id, toMillis(r.Now), epoch)
}

// RecordDeviceFailure records one failure of a browser before anything is checked. It
// returns ErrNotFound if the browser has had most failures already.
func (tx *Tx) RecordDeviceFailure(id string, most int64) error {
	return tx.execOne("recording a failure in the browser", `UPDATE browsers SET failures = failures + 1 WHERE id = $1 AND failures < $2`, id, most)
}

// UndoDeviceFailure takes one recorded failure back, and keeps those before it.
func (tx *Tx) UndoDeviceFailure(id string) error {
	_, err := tx.exec("taking the failure back", `UPDATE browsers SET failures = failures - 1 WHERE id = $1 AND failures > 0`, id)
	return err
}

// ResetDeviceFailures resets a browser's failures after a success.
func (tx *Tx) ResetDeviceFailures(id string) error {
	_, err := tx.exec("forgiving the browser", `UPDATE browsers SET failures = 0 WHERE id = $1`, id)
	return err
}

// RotateDeviceToken gives a browser a new token, so that a copy of the old token, or
// a token that somebody planted, becomes useless. It does so for everybody who
// uses the browser.
func (tx *Tx) RotateDeviceToken(oldHash, tokenHash []byte) error {
	_, err := tx.exec("renewing the browser", `UPDATE browsers SET token_hash = $2 WHERE token_hash = $1`, oldHash, tokenHash)
	return err
}

// PutBrowser stores a person's browser under a token, in place of what was
// stored there, and removes the person's old browsers.
func (tx *Tx) PutBrowser(b Browser, tokenHash []byte, expires time.Time) error {
	_, err := tx.exec("saving the browser", `INSERT INTO browsers
		(id, user_id, token_hash, factor_id, failures, created_at, seen_at, expires_at, trusted_until, trust_epoch, address, browser)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (user_id, token_hash) DO UPDATE SET factor_id = excluded.factor_id, failures = excluded.failures, seen_at = excluded.seen_at,
		expires_at = excluded.expires_at, trusted_until = excluded.trusted_until, trust_epoch = excluded.trust_epoch,
		address = excluded.address, browser = excluded.browser`,
		b.ID, b.UserID, tokenHash, b.AuthenticatorID, b.Failures, toMillis(tx.Now), toMillis(tx.Now), toMillis(expires), toMillis(b.TrustedUntil), b.TrustEpoch,
		b.Origin.Address, b.Origin.Browser)
	if err != nil {
		return err
	}
	_, err = tx.exec("removing old browsers", `DELETE FROM browsers WHERE user_id = $1 AND (expires_at <= $2 OR id NOT IN
		(SELECT id FROM browsers WHERE user_id = $1 ORDER BY seen_at DESC, id DESC LIMIT $3))`, b.UserID, toMillis(tx.Now), browsersKept)
	return err
}

// RevokeTrust makes a person's browser ask for the code again; browserID "" means
// all of them. It returns false if nothing was remembered.
func (tx *Tx) RevokeTrust(id portico.UserID, browserID string) (bool, error) {
	n, err := tx.exec("forgetting the browser", `UPDATE browsers SET trusted_until = 0
		WHERE user_id = $1 AND ($2 = '' OR id = $2) AND trusted_until > 0`, id, browserID)
	return n > 0, err
}

// DeleteBrowsers makes all of a person's browsers unknown.
func (tx *Tx) DeleteBrowsers(id portico.UserID) error {
	_, err := tx.exec("forgetting browsers", `DELETE FROM browsers WHERE user_id = $1`, id)
	return err
}
