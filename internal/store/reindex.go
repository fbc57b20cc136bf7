package store

import (
	"context"
	"database/sql"

	"portico"
)

// reindex fills what SQL alone cannot make, for databases from before there
// were words to search by.
func reindex(ctx context.Context, sqlTx *sql.Tx) error {
	tx := &Tx{Reader{ctx: ctx, q: sqlTx}}
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
