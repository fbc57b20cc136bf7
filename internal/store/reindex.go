package store

import (
	"context"
	"database/sql"

	"portico"
)

// reindex makes the index of words (of login ID, name, e-mail address and
// labels, to search by their beginnings), and fills what SQL alone cannot make,
// for databases from before there was one.
func (db *DB) reindex(ctx context.Context, sqlTx *sql.Tx) error {
	tx := &Tx{Reader: Reader{ctx: ctx, q: sqlTx}, endless: context.WithoutCancel(ctx)}
	if _, err := tx.exec("making the index of words", `CREATE TABLE user_words (customer_id TEXT NOT NULL, word TEXT`+db.byteOrder+` NOT NULL,
		user_id TEXT NOT NULL, PRIMARY KEY (customer_id, word, user_id))`+db.clustered); err != nil {
		return err
	}
	customers, err := all(&tx.Reader, "finding customers", scanCustomer, `SELECT `+customerColumns+customerFrom)
	if err != nil {
		return err
	}
	for _, c := range customers {
		if err := tx.SaveCustomer(c.ID, c); err != nil {
			return err
		}
	}
	const batch = 500
	for after := portico.UserID(""); ; {
		users, err := all(&tx.Reader, "finding people", scanUser, `SELECT `+userColumns+userFrom+` WHERE u.id > $1 ORDER BY u.id LIMIT $2`, after, batch)
		if err != nil {
			return err
		}
		for _, u := range users {
			if err := tx.indexWords(u.CustomerID, u.ID, nil, wordsOf(u)); err != nil {
				return err
			}
			after = u.ID
		}
		if len(users) < batch {
			return nil
		}
	}
}
