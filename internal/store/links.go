package store

import (
	"strings"
	"time"

	"portico"
)

// LinkKind says what a mailed link is for.
type LinkKind string

const (
	LinkActivate     LinkKind = "activate" // choose a login ID and a password
	LinkPassword     LinkKind = "password" // choose a new password
	LinkUnlock       LinkKind = "unlock"   // make a browser known while others guess at the password
	LinkUnauthorized LinkKind = "not-me"   // report unauthorized activity
	LinkEmail        LinkKind = "email"    // confirm the address that the link was mailed to
	LinkReport       LinkKind = "report"   // report to the administrators that an address was replaced wrongly, and stop a reset
)

// Link is a mailed link to one page, which works once.
type Link struct {
	Kind           LinkKind
	UserID         portico.UserID
	Email          string // the address that it was mailed to
	Epoch          int64  // of the account when the link was made
	AddressVersion int64  // of the account when the link was made
	MadeAt         time.Time
	ExpiresAt      time.Time
	ByOperator     bool // an operator had it mailed to a customer's person
}

// Mailed returns what the rules about addresses need to know of a link.
func (l Link) Mailed() portico.MailedLink {
	return portico.MailedLink{Email: l.Email, Version: l.AddressVersion, Reports: l.Kind == LinkReport}
}

const linkColumns = `kind, user_id, email, epoch, address_version, made_at, expires_at, by_operator`

func scanLink(row scanner) (Link, error) {
	var l Link
	var made, expires int64
	err := row.Scan(&l.Kind, &l.UserID, &l.Email, &l.Epoch, &l.AddressVersion, &made, &expires, &l.ByOperator)
	l.MadeAt, l.ExpiresAt = fromMillis(made), fromMillis(expires)
	return l, err
}

// ReplaceLinks ends the person's links of a kind, before a new one is stored.
func (tx *Tx) ReplaceLinks(kind LinkKind, id portico.UserID) error {
	_, err := tx.exec("replacing the link", `DELETE FROM links WHERE user_id = $1 AND kind = $2`, id, kind)
	return err
}

// PutLink stores a link and removes a few links that have expired.
func (tx *Tx) PutLink(tokenHash []byte, kind LinkKind, a Account, expires time.Time) error {
	if _, err := tx.exec("removing old links", `DELETE FROM links WHERE token_hash IN
		(SELECT token_hash FROM links WHERE expires_at <= $1 LIMIT 20)`, toMillis(tx.Now)); err != nil {
		return err
	}
	_, err := tx.exec("saving the link", `INSERT INTO links (token_hash, `+linkColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, FALSE)`,
		tokenHash, kind, a.ID, a.Email, a.Epoch, a.AddressVersion, toMillis(tx.Now), toMillis(expires))
	return err
}

// IssueLink creates a link that works for as long as holds, and returns its token
// and expiry.
func (tx *Tx) IssueLink(kind LinkKind, a Account, holds time.Duration) (token string, ends time.Time, err error) {
	token, hash := NewToken()
	ends = tx.Now.Add(holds)
	return token, ends, tx.PutLink(hash, kind, a, ends)
}

// LinkByOperator notes that an operator has a person's links of a kind mailed.
func (tx *Tx) LinkByOperator(kind LinkKind, id portico.UserID) error {
	_, err := tx.exec("noting who has the link mailed", `UPDATE links SET by_operator = TRUE WHERE user_id = $1 AND kind = $2`, id, kind)
	return err
}

// Link returns a link. It returns ErrNotFound if there is none or it has
// expired.
func (r *Reader) Link(tokenHash []byte, kind LinkKind) (Link, error) {
	l, err := scanLink(r.q.QueryRowContext(r.ctx, `SELECT `+linkColumns+` FROM links WHERE token_hash = $1 AND kind = $2 AND expires_at > $3`,
		tokenHash, kind, toMillis(r.Now)))
	return l, scanned("finding the link", err)
}

// Links returns a person's links of a kind that have not expired.
func (r *Reader) Links(id portico.UserID, kind LinkKind) ([]Link, error) {
	return all(r, "finding links", scanLink, `SELECT `+linkColumns+` FROM links WHERE user_id = $1 AND kind = $2 AND expires_at > $3`,
		id, kind, toMillis(r.Now))
}

// PendingEmail returns the link that will confirm a person's new address. It
// returns ErrNotFound if no address waits to be confirmed.
func (r *Reader) PendingEmail(id portico.UserID) (Link, error) {
	l, err := scanLink(r.q.QueryRowContext(r.ctx, `SELECT `+linkColumns+` FROM links WHERE user_id = $1 AND kind = 'email' AND expires_at > $2`,
		id, toMillis(r.Now)))
	return l, scanned("finding the new address", err)
}

// Uninvited returns which of the people are invited and have no invitation that
// is valid: none was sent, it has expired, or a suspension of the customer has
// ended it.
func (r *Reader) Uninvited(users []portico.User) (map[portico.UserID]bool, error) {
	without := map[portico.UserID]bool{}
	q := &query{}
	var marks []string
	for _, u := range users {
		if u.Status == portico.Invited {
			without[u.ID] = true
			marks = append(marks, q.arg(u.ID))
		}
	}
	if len(marks) == 0 {
		return without, nil
	}
	q.sql = `SELECT l.user_id FROM links l JOIN users u ON u.id = l.user_id` + joinCustomer + `
		WHERE l.user_id IN (` + strings.Join(marks, ", ") + `) AND l.kind = 'activate' AND l.expires_at > ` + q.arg(toMillis(r.Now)) + ` AND l.made_at > c.ended_at`
	ids, err := all(r, "looking for invitations", func(row scanner) (id portico.UserID, err error) {
		return id, row.Scan(&id)
	}, q.sql, q.args...)
	for _, id := range ids {
		delete(without, id)
	}
	return without, err
}

// EndUnauthorizedLinks ends a person's "This wasn't me" links that were made in the
// address version since or later.
func (tx *Tx) EndUnauthorizedLinks(id portico.UserID, since int64) error {
	_, err := tx.exec("ending links", `DELETE FROM links WHERE user_id = $1 AND kind = 'not-me' AND address_version >= $2`, id, since)
	return err
}

// UseLink uses up a link. It returns ErrNotFound if the link was used before or
// has expired.
func (tx *Tx) UseLink(tokenHash []byte, kind LinkKind) error {
	return tx.execOne("using up the link", `DELETE FROM links WHERE token_hash = $1 AND kind = $2 AND expires_at > $3`,
		tokenHash, kind, toMillis(tx.Now))
}

// ExtendLinks makes a person's links of a kind valid until an instant, if they
// would expire before it.
func (tx *Tx) ExtendLinks(id portico.UserID, kind LinkKind, until time.Time) error {
	_, err := tx.exec("extending links", `UPDATE links SET expires_at = $3 WHERE user_id = $1 AND kind = $2 AND expires_at > $4 AND expires_at < $3`,
		id, kind, toMillis(until), toMillis(tx.Now))
	return err
}

// ofPerson selects a person's links of a kind that neither their expiry nor a
// suspension of the customer has ended.
const ofPerson = ` FROM links l JOIN users u ON u.id = l.user_id` + joinCustomer + `
	WHERE l.user_id = $1 AND l.kind = $2 AND l.expires_at > $3 AND l.made_at > c.ended_at`

// LinkEnds returns when a person's link of a kind expires. It is zero if there
// is none, or if a suspension of the customer has ended it.
func (r *Reader) LinkEnds(id portico.UserID, kind LinkKind) (time.Time, error) {
	ends, err := all(r, "finding the link", func(row scanner) (time.Time, error) {
		var ms int64
		err := row.Scan(&ms)
		return fromMillis(ms), err
	}, `SELECT l.expires_at`+ofPerson, id, kind, toMillis(r.Now))
	if err != nil || len(ends) == 0 {
		return time.Time{}, err
	}
	return ends[0], nil
}
