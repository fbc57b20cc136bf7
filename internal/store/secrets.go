package store

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"

	"portico"
	"portico/internal/seal"
)

// Secret returns 32 random bytes that all nodes of the portal share, and
// creates them the first time. It returns an error if the keyset does not
// belong to the database.
func (db *DB) Secret(ctx context.Context, keys *seal.Keys, name string) ([]byte, error) {
	for {
		sealed, err := db.Read(ctx).PortalSecret(name)
		if err == nil {
			return keys.Open(sealed, name, PurposePortal)
		}
		if !errors.Is(err, ErrNotFound) {
			return nil, err
		}
		err = db.Update(ctx, portico.System(portico.Origin{}), func(tx *Tx) error { return tx.MakeSecret(keys, name) })
		if err != nil && !errors.Is(err, ErrTaken) {
			return nil, err
		}
	}
}

// MakeSecret creates the random bytes of Secret. It returns ErrTaken if they are
// there.
func (tx *Tx) MakeSecret(keys *seal.Keys, name string) error {
	fresh := make([]byte, 32)
	_, _ = rand.Read(fresh) // never fails: the program crashes instead
	sealed, err := keys.Seal(fresh, name, PurposePortal)
	if err != nil {
		return err
	}
	return tx.CreatePortalSecret(name, sealed)
}

// PortalSecret returns an encrypted secret of the portal.
func (r *Reader) PortalSecret(name string) ([]byte, error) {
	var value []byte
	err := r.q.QueryRowContext(r.ctx, `SELECT value FROM portal_secrets WHERE name = $1`, name).Scan(&value)
	return value, scanned("finding a secret of the portal", err)
}

// CreatePortalSecret stores an encrypted secret. It returns ErrTaken if another
// program was faster.
func (tx *Tx) CreatePortalSecret(name string, value []byte) error {
	_, err := tx.exec("saving a secret of the portal", `INSERT INTO portal_secrets (name, value) VALUES ($1, $2)`, name, value)
	return err
}

// SavePortalSecret replaces the encrypted secret was. It returns ErrNotFound if
// another one is stored.
func (tx *Tx) SavePortalSecret(name string, was, value []byte) error {
	return tx.execOne("saving a secret of the portal", `UPDATE portal_secrets SET value = $3 WHERE name = $1 AND value = $2`, name, was, value)
}

// DeletePortalSecret removes an encrypted secret, if it exists.
func (tx *Tx) DeletePortalSecret(name string) error {
	_, err := tx.exec("removing a secret of the portal", `DELETE FROM portal_secrets WHERE name = $1`, name)
	return err
}

// Sealed is an encrypted value in the database, with its place and the owner
// that it was encrypted for.
type Sealed struct {
	Place SealedPlace
	Row   string // key of its row
	Owner string // the person, or the name of a portal secret
	Value []byte
}

// The purposes of sealed values: the associated data that a value is encrypted
// with, together with its owner. A value that is moved to another place or owner
// cannot be opened.
const (
	PurposeTOTP     = "authenticator key"
	PurposeRecovery = "recovery codes"
	PurposePortal   = "portal secret"
	PurposeMail     = "mail"
)

// SealedPlace is a column that holds encrypted values. Everything that is known
// about it stands in SealedPlaces.
type SealedPlace struct {
	Table   string
	Purpose string
	list    string // row, owner and value of a batch of rows
	save    string // replaces a value
	forget  string // gives all values up; $1 is an empty value, where the row stays
}

// SealedPlaces lists every place of encrypted values. The rotation of keys and
// the replacement of a lost keyset work on these.
var SealedPlaces = []SealedPlace{
	{
		Table: "authenticators", Purpose: PurposeTOTP,
		list:   `SELECT id, user_id, secret FROM authenticators WHERE id > $1 AND length(secret) > 0 AND substr(secret, 1, 5) <> $2 ORDER BY id LIMIT $3`,
		save:   `UPDATE authenticators SET secret = $3 WHERE id = $1 AND secret = $2`,
		forget: `UPDATE authenticators SET secret = $1 WHERE secret <> $1`,
	},
	{
		Table: "enrolments", Purpose: PurposeTOTP,
		list:   `SELECT session_id, user_id, secret FROM enrolments WHERE session_id > $1 AND length(secret) > 0 AND substr(secret, 1, 5) <> $2 ORDER BY session_id LIMIT $3`,
		save:   `UPDATE enrolments SET secret = $3 WHERE session_id = $1 AND secret = $2`,
		forget: `DELETE FROM enrolments WHERE secret <> $1`,
	},
	{
		Table: "recovery_sets", Purpose: PurposeRecovery,
		list:   `SELECT user_id, user_id, shown FROM recovery_sets WHERE user_id > $1 AND length(shown) > 0 AND substr(shown, 1, 5) <> $2 ORDER BY user_id LIMIT $3`,
		save:   `UPDATE recovery_sets SET shown = $3 WHERE user_id = $1 AND shown = $2`,
		forget: `UPDATE recovery_sets SET shown = $1 WHERE shown <> $1`,
	},
	{
		Table: "portal_secrets", Purpose: PurposePortal,
		list:   `SELECT name, name, value FROM portal_secrets WHERE name > $1 AND length(value) > 0 AND substr(value, 1, 5) <> $2 ORDER BY name LIMIT $3`,
		save:   `UPDATE portal_secrets SET value = $3 WHERE name = $1 AND value = $2`,
		forget: `DELETE FROM portal_secrets WHERE value <> $1`,
	},
	{
		Table: "mails", Purpose: PurposeMail,
		list:   `SELECT id, user_id, sealed FROM mails WHERE id > $1 AND length(sealed) > 0 AND substr(sealed, 1, 5) <> $2 ORDER BY id LIMIT $3`,
		save:   `UPDATE mails SET sealed = $3 WHERE id = $1 AND sealed = $2`,
		forget: `DELETE FROM mails WHERE sealed <> $1`,
	},
}

// secretsPlace is the place of the portal's own secrets. There are at most
// secretsMost of them.
var secretsPlace = SealedPlaces[slices.IndexFunc(SealedPlaces, func(p SealedPlace) bool { return p.Purpose == PurposePortal })]

const secretsMost = 100

// SealedOtherwise lists the encrypted values of a place, after a row, that do
// not begin with prefix, the five bytes that identify a key. It returns at most
// limit.
func (r *Reader) SealedOtherwise(place SealedPlace, prefix []byte, after string, limit int) ([]Sealed, error) {
	return all(r, "listing sealed values", func(row scanner) (Sealed, error) {
		s := Sealed{Place: place}
		err := row.Scan(&s.Row, &s.Owner, &s.Value)
		return s, err
	}, place.list, after, prefix, limit)
}

// Reseal stores a value that was encrypted anew, unless the value was changed
// meanwhile.
func (tx *Tx) Reseal(s Sealed, value []byte) error {
	_, err := tx.exec("saving a value sealed anew", s.Place.save, s.Row, s.Value, value)
	return err
}

// ForgetSealed gives up all encrypted values after the keyset was lost.
// Authenticators stay, with an empty key that accepts no code.
func (tx *Tx) ForgetSealed() error {
	for _, place := range SealedPlaces {
		if _, err := tx.exec("giving up what is sealed", place.forget, []byte{}); err != nil {
			return err
		}
	}
	return nil
}
