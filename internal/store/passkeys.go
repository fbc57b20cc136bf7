package store

import (
	"strings"
	"time"

	"portico"
	"portico/internal/passkey"
)

// PasskeyByCredential returns the passkey with a credential ID, of any person,
// in force or not. It returns ErrNotFound if nobody has it.
func (r *Reader) PasskeyByCredential(credentialID []byte) (Authenticator, error) {
	f, err := scanAuthenticator(r.q.QueryRowContext(r.ctx, `SELECT `+authenticatorColumns+` FROM authenticators WHERE credential_id = $1`, credentialID))
	return f, scanned("finding the passkey", err)
}

// AddPasskey stores a new passkey, which is added now. It returns false if
// somebody has one with the same credential ID.
func (tx *Tx) AddPasskey(f Authenticator) (added bool, err error) {
	c := f.Passkey
	err = tx.counting(f.UserID, func() error {
		n, err := tx.exec("saving the passkey", `INSERT INTO authenticators (id, user_id, kind, name, secret, enabled, last_step, created_at, last_used_at,
			credential_id, public_key, rp_id, sign_count, backup_eligible, backed_up, aaguid, transports, user_verified, discoverable)
			VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
			ON CONFLICT (credential_id) WHERE credential_id IS NOT NULL DO NOTHING`,
			f.ID, f.UserID, portico.AuthenticatorPasskey, f.Name, []byte{}, f.Enabled, toMillis(tx.Now), toMillis(f.LastUsedAt),
			c.ID, c.PublicKey, c.RPID, int64(c.SignCount), c.BackupEligible, c.BackedUp, c.AAGUID, strings.Join(c.Transports, " "), c.UserVerified, c.Discoverable)
		added = n == 1
		if err != nil || !added || !f.Enabled {
			return err
		}
		return tx.EndRequiredEnrolment(f.UserID)
	})
	return added, err
}

// EndPasskeysAlone makes each of a person's passkeys, in force or not, count only after
// the password from now on.
func (tx *Tx) EndPasskeysAlone(id portico.UserID) error {
	_, err := tx.exec("putting passkeys after the password", `UPDATE authenticators SET after_password = $3 WHERE user_id = $1 AND kind = $2`,
		id, portico.AuthenticatorPasskey, true)
	return err
}

// UsePasskey notes that a passkey is used now, and what it has shown that it can: a
// security key may get its PIN later. It returns false if its sign count
// has changed since it was read: of several requests with one count, only one
// succeeds.
func (tx *Tx) UsePasskey(f Authenticator, use passkey.Use) (bool, error) {
	n, err := tx.exec("noting the use of the passkey", `UPDATE authenticators SET sign_count = $3, backed_up = $4, last_used_at = $5,
		user_verified = $6, discoverable = $7 WHERE id = $1 AND sign_count = $2`,
		f.ID, int64(f.Passkey.SignCount), int64(use.SignCount), use.BackedUp, toMillis(tx.Now),
		f.Passkey.UserVerified || use.UserVerified, f.Passkey.Discoverable || use.Named)
	return n == 1, err
}

// PasskeyHandle returns the handle by which passkeys name a person, or nil before
// the first one.
func (r *Reader) PasskeyHandle(id portico.UserID) ([]byte, error) {
	var handle []byte
	err := r.q.QueryRowContext(r.ctx, `SELECT passkey_handle FROM users WHERE id = $1`, id).Scan(&handle)
	return handle, scanned("finding the handle", err)
}

// UserByPasskeyHandle returns whom passkeys name by a handle. It returns ErrNotFound
// if it is nobody's.
func (r *Reader) UserByPasskeyHandle(handle []byte) (id portico.UserID, err error) {
	err = r.q.QueryRowContext(r.ctx, `SELECT id FROM users WHERE passkey_handle = $1`, handle).Scan(&id)
	return id, scanned("finding the user of the handle", err)
}

// ForeignPasskeys are the passkeys of other hosts than the portal's.
type ForeignPasskeys struct {
	People int      // who have some
	Bound  int      // of these, who have no other authenticator
	Hosts  []string // sorted
}

// ForeignPasskeys counts the people with passkeys that were not made for a host. At
// "", where no passkey works, it counts all.
func (r *Reader) ForeignPasskeys(host string) (found ForeignPasskeys, err error) {
	const foreign = `FROM authenticators a WHERE a.kind = 'passkey' AND a.rp_id <> $1`
	err = r.q.QueryRowContext(r.ctx, `SELECT COUNT(DISTINCT a.user_id), COUNT(DISTINCT CASE WHEN NOT EXISTS (
		SELECT 1 FROM authenticators b WHERE b.user_id = a.user_id AND (b.kind <> 'passkey' OR b.rp_id = $1)) THEN a.user_id END) `+foreign, host).
		Scan(&found.People, &found.Bound)
	if err := scanned("counting passkeys of other hosts", err); err != nil {
		return found, err
	}
	found.Hosts, err = all(r, "listing hosts of passkeys", func(row scanner) (h string, err error) { return h, row.Scan(&h) },
		`SELECT DISTINCT a.rp_id `+foreign+` ORDER BY a.rp_id`, host)
	return found, err
}

// PutPasskeyHandle gives a person a handle, unless there is one already.
func (tx *Tx) PutPasskeyHandle(id portico.UserID, handle []byte) error {
	_, err := tx.exec("saving the handle", `UPDATE users SET passkey_handle = $2 WHERE id = $1 AND passkey_handle IS NULL`, id, handle)
	return err
}

// UseChallenge uses up the challenge with a hash, and forgets those that have
// expired. It returns false if the challenge was used before.
func (tx *Tx) UseChallenge(hash []byte, expires time.Time) (bool, error) {
	if _, err := tx.exec("removing old challenges", `DELETE FROM passkey_challenges WHERE expires_at <= $1`, toMillis(tx.Now)); err != nil {
		return false, err
	}
	n, err := tx.exec("using up the challenge", `INSERT INTO passkey_challenges (hash, expires_at) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING`,
		hash, toMillis(expires))
	return n == 1, err
}
