package store

import (
	"time"

	"portico"
)

// Import is a file that was looked at and waits to be carried out.
type Import struct {
	ID        string
	UserID    portico.UserID // who sent it; nobody else may carry it out
	Content   []byte
	Invite    bool
	ExpiresAt time.Time
}

// PutImport keeps a file in place of the person's earlier one, and removes
// those that have run out.
func (tx *Tx) PutImport(c portico.CustomerID, i Import) error {
	if _, err := tx.exec("removing old imports", `DELETE FROM imports WHERE user_id = $1 OR expires_at <= $2`, i.UserID, millis(tx.Now)); err != nil {
		return err
	}
	_, err := tx.exec("keeping the import", `INSERT INTO imports (id, customer_id, user_id, content, invite, expires_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		i.ID, c, i.UserID, i.Content, i.Invite, millis(i.ExpiresAt))
	return err
}

// Import finds a kept file of this customer and person that has not run out.
func (r *Reader) Import(c portico.CustomerID, by portico.UserID, id string) (Import, error) {
	i := Import{ID: id, UserID: by}
	var expires int64
	err := r.q.QueryRowContext(r.ctx, `SELECT content, invite, expires_at FROM imports
		WHERE customer_id = $1 AND user_id = $2 AND id = $3 AND expires_at > $4`, c, by, id, millis(r.Now)).
		Scan(&i.Content, &i.Invite, &expires)
	i.ExpiresAt = moment(expires)
	return i, scanned("finding the import", err)
}

// DeleteImport uses up a kept file; ErrNotFound when that was done before.
func (tx *Tx) DeleteImport(c portico.CustomerID, id string) error {
	return tx.execOne("ending the import", `DELETE FROM imports WHERE customer_id = $1 AND id = $2`, c, id)
}
