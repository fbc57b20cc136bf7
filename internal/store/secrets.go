package store

import (
	"context"
	"crypto/rand"
	"errors"

	"portico"
	"portico/internal/seal"
)

// PurposePortal is the purpose for which secrets of the portal itself are
// encrypted.
const PurposePortal = "portal secret"

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
		fresh := make([]byte, 32)
		_, _ = rand.Read(fresh) // never fails: the program crashes instead
		err = db.Update(ctx, portico.System(portico.Origin{}), func(tx *Tx) error {
			sealed, err := keys.Seal(fresh, name, PurposePortal)
			if err != nil {
				return err
			}
			return tx.CreatePortalSecret(name, sealed)
		})
		if err != nil && !errors.Is(err, ErrTaken) {
			return nil, err
		}
	}
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

// SealedPlace is a column that holds encrypted values.
type SealedPlace string

// All places of encrypted values. A new one must be added here, to sealedSQL
// and to SealedPlaces; otherwise the rotation of keys would miss it.
const (
	SealedAuthenticator SealedPlace = "factors"
	SealedEnrolment     SealedPlace = "enrolments"
	SealedRecovery      SealedPlace = "recovery_sets"
	SealedPortal        SealedPlace = "portal_secrets"
	SealedMail          SealedPlace = "mails"
)

var sealedSQL = map[SealedPlace]struct{ list, save string }{
	SealedAuthenticator: {
		`SELECT id, user_id, secret FROM factors WHERE id > $1 AND length(secret) > 0 AND substr(secret, 1, 5) <> $2 ORDER BY id LIMIT $3`,
		`UPDATE factors SET secret = $3 WHERE id = $1 AND secret = $2`,
	},
	SealedEnrolment: {
		`SELECT session_id, user_id, secret FROM enrolments WHERE session_id > $1 AND length(secret) > 0 AND substr(secret, 1, 5) <> $2 ORDER BY session_id LIMIT $3`,
		`UPDATE enrolments SET secret = $3 WHERE session_id = $1 AND secret = $2`,
	},
	SealedRecovery: {
		`SELECT user_id, user_id, shown FROM recovery_sets WHERE user_id > $1 AND length(shown) > 0 AND substr(shown, 1, 5) <> $2 ORDER BY user_id LIMIT $3`,
		`UPDATE recovery_sets SET shown = $3 WHERE user_id = $1 AND shown = $2`,
	},
	SealedPortal: {
		`SELECT name, name, value FROM portal_secrets WHERE name > $1 AND length(value) > 0 AND substr(value, 1, 5) <> $2 ORDER BY name LIMIT $3`,
		`UPDATE portal_secrets SET value = $3 WHERE name = $1 AND value = $2`,
	},
	SealedMail: {
		`SELECT id, user_id, sealed FROM mails WHERE id > $1 AND length(sealed) > 0 AND substr(sealed, 1, 5) <> $2 ORDER BY id LIMIT $3`,
		`UPDATE mails SET sealed = $3 WHERE id = $1 AND sealed = $2`,
	},
}

// SealedPlaces lists every place.
var SealedPlaces = []SealedPlace{SealedAuthenticator, SealedEnrolment, SealedRecovery, SealedPortal, SealedMail}

// SealedOtherwise lists the encrypted values of a place, after a row, that do
// not begin with prefix, the five bytes that identify a key. It returns at most
// limit.
func (r *Reader) SealedOtherwise(place SealedPlace, prefix []byte, after string, limit int) ([]Sealed, error) {
	return all(r, "listing sealed values", func(row scanner) (Sealed, error) {
		s := Sealed{Place: place}
		err := row.Scan(&s.Row, &s.Owner, &s.Value)
		return s, err
	}, sealedSQL[place].list, after, prefix, limit)
}

// Reseal stores a value that was encrypted anew, unless the value was changed
// meanwhile.
func (tx *Tx) Reseal(s Sealed, value []byte) error {
	_, err := tx.exec("saving a value sealed anew", sealedSQL[s.Place].save, s.Row, s.Value, value)
	return err
}

// ForgetSealed gives up all encrypted values after the keyset was lost.
// Authenticators stay, with an empty key that accepts no code.
func (tx *Tx) ForgetSealed() error {
	for _, statement := range []string{
		`UPDATE factors SET secret = $1 WHERE secret <> $1`,
		`UPDATE recovery_sets SET shown = $1 WHERE shown <> $1`,
	} {
		if _, err := tx.exec("giving up what is sealed", statement, []byte{}); err != nil {
			return err
		}
	}
	for _, statement := range []string{`DELETE FROM enrolments`, `DELETE FROM portal_secrets`, `DELETE FROM mails`} {
		if _, err := tx.exec("giving up what is sealed", statement); err != nil {
			return err
		}
	}
	return nil
}
