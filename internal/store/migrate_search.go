package store

import (
	"context"
	"database/sql"

	"portico"
)

// reindex is a migration. It creates the search index over the words of login
// IDs, names, e-mail addresses and labels, and fills the columns that SQL alone
// cannot compute, for databases that are older than the index. It names the
// columns of that time, because later columns do not exist yet when it runs.
func (db *DB) reindex(ctx context.Context, sqlTx *sql.Tx) error {
	tx := &Tx{Reader: Reader{ctx: ctx, q: sqlTx}, uncancellable: context.WithoutCancel(ctx)}
	if _, err := tx.exec("making the index of words", `CREATE TABLE user_words (customer_id TEXT NOT NULL, word TEXT`+db.byteOrder+` NOT NULL,
		user_id TEXT NOT NULL, PRIMARY KEY (customer_id, word, user_id))`+db.clustered); err != nil {
		return err
	}
	type customer struct{ id, name string }
	customers, err := all(&tx.Reader, "finding customers", func(row scanner) (c customer, err error) {
		err = row.Scan(&c.id, &c.name)
		return c, err
	}, `SELECT id, name FROM customers`)
	if err != nil {
		return err
	}
	for _, c := range customers {
		if err := tx.execOne("indexing the customer", `UPDATE customers SET name_key = $2 WHERE id = $1`, c.id, fold(c.name)); err != nil {
			return err
		}
	}
	const batch = 500
	for after := portico.UserID(""); ; {
		users, err := all(&tx.Reader, "finding people", func(row scanner) (u portico.User, err error) {
			var labels string
			err = row.Scan(&u.ID, &u.CustomerID, &u.LoginID, &u.FirstName, &u.LastName, &u.Email, &labels)
			u.Labels = portico.ParseLabels(labels)
			return u, err
		}, `SELECT id, customer_id, login_id, first_name, last_name, email, labels FROM users WHERE id > $1 ORDER BY id LIMIT $2`, after, batch)
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
