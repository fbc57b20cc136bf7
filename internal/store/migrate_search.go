package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"

	"portico"
)

// migrating returns the transaction of a migration.
func migrating(ctx context.Context, sqlTx *sql.Tx) *Tx {
	return &Tx{Reader: Reader{ctx: ctx, q: sqlTx}, uncancellable: context.WithoutCancel(ctx)}
}

// reindex is a migration. It creates the search index over the words of login
// IDs, names, email addresses and labels, and fills the columns that SQL alone
// cannot compute, for databases that are older than the index. It names the
// columns of that time, because later columns do not exist yet when it runs.
func (db *DB) reindex(ctx context.Context, sqlTx *sql.Tx) error {
	tx := migrating(ctx, sqlTx)
	if _, err := tx.exec("making the index of words", `CREATE TABLE user_words (customer_id TEXT NOT NULL, word TEXT`+db.byteOrder+` NOT NULL,
		user_id TEXT NOT NULL, PRIMARY KEY (customer_id, word, user_id))`+db.clustered); err != nil {
		return err
	}
	err := tx.eachCustomerName(func(id, name string) error {
		return tx.execOne("indexing the customer", `UPDATE customers SET name_key = $2 WHERE id = $1`, id, fold(name))
	})
	if err != nil {
		return err
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
			if err := tx.indexWords(u.CustomerID, u.ID, nil, indexOf(wordsOf(u))); err != nil {
				return err
			}
			after = u.ID
		}
		if len(users) < batch {
			return nil
		}
	}
}

// eachCustomerName calls f with the ID and the name of every customer.
func (tx *Tx) eachCustomerName(f func(id, name string) error) error {
	type customer struct{ id, name string }
	customers, err := all(&tx.Reader, "finding customers", func(row scanner) (c customer, err error) {
		err = row.Scan(&c.id, &c.name)
		return c, err
	}, `SELECT id, name FROM customers`)
	if err != nil {
		return err
	}
	for _, c := range customers {
		if err := f(c.id, c.name); err != nil {
			return err
		}
	}
	return nil
}

// indexedAtOnce is how many people a migration indexes anew itself. The portal
// does not start before it has ended, so serve indexes the others.
const indexedAtOnce = 2000

// addSortKeys is a migration. It adds the sort keys of people and customers, by
// which lists sort once everybody has one, and begins to index everybody anew.
func (db *DB) addSortKeys(ctx context.Context, sqlTx *sql.Tx) error {
	tx := migrating(ctx, sqlTx)
	for _, statement := range []string{
		`ALTER TABLE customers ADD COLUMN name_sort BYTEA NOT NULL DEFAULT ` + db.noBytes,
		`ALTER TABLE users ADD COLUMN name_sort BYTEA NOT NULL DEFAULT ` + db.noBytes,
		`ALTER TABLE users ADD COLUMN login_sort BYTEA NOT NULL DEFAULT ` + db.noBytes,
		`CREATE INDEX users_by_name_sort ON users (customer_id, status, two_factor, name_sort)`,
		`CREATE INDEX users_by_login_sort ON users (customer_id, status, two_factor, login_sort)`,
		`CREATE INDEX users_without_two_factor_sort ON users (customer_id, role, name_sort, id, reminded_at)
			WHERE status = 'active' AND two_factor <> 'enabled'`,
		`DROP INDEX customers_by_name`,
		`ALTER TABLE customers DROP COLUMN name_key`,
		`CREATE INDEX customers_by_name ON customers (name_sort, id)`,
		`CREATE TABLE reindexing (after TEXT NOT NULL PRIMARY KEY)`, // until which person; no row once everybody is indexed
		`INSERT INTO reindexing (after) VALUES ('')`,
	} {
		if _, err := tx.exec("adding sort keys", statement); err != nil {
			return err
		}
	}
	err := tx.eachCustomerName(func(id, name string) error {
		return tx.execOne("indexing the customer", `UPDATE customers SET name_sort = $2 WHERE id = $1`, id, collationKey(name))
	})
	if err != nil {
		return err
	}
	_, err = tx.ContinueReindexing(indexedAtOnce)
	return err
}

// joinNames is a migration after which a search for obrien finds O'Brien. It
// starts a new index of all users. Lists can sort by the sort keys meanwhile,
// unless addSortKeys has not made all of them yet.
func (db *DB) joinNames(ctx context.Context, sqlTx *sql.Tx) error {
	tx := migrating(ctx, sqlTx)
	for _, statement := range []string{
		`ALTER TABLE reindexing ADD COLUMN sorted BOOLEAN NOT NULL DEFAULT FALSE`, // everybody has sort keys
		`UPDATE reindexing SET after = ''`,
		`INSERT INTO reindexing (after, sorted) SELECT '', TRUE WHERE NOT EXISTS (SELECT 1 FROM reindexing)`,
	} {
		if _, err := tx.exec("joining names", statement); err != nil {
			return err
		}
	}
	_, err := tx.ContinueReindexing(indexedAtOnce)
	return err
}

// Reindexing reports whether people are still to be indexed anew after an
// upgrade. Until then, a search without the marks or the apostrophe of a name may
// miss it.
func (r *Reader) Reindexing() (bool, error) {
	var under bool
	err := r.q.QueryRowContext(r.ctx, `SELECT EXISTS (SELECT 1 FROM reindexing)`).Scan(&under)
	return under, scanned("looking whether people are indexed", err)
}

// ContinueReindexing indexes at most limit more people anew. more is false once
// everybody is indexed.
func (tx *Tx) ContinueReindexing(limit int) (more bool, err error) {
	var after portico.UserID
	err = scanned("finding whom to index", tx.q.QueryRowContext(tx.ctx, `SELECT after FROM reindexing`).Scan(&after))
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	last, err := tx.index(after, limit, false)
	if err != nil {
		return false, err
	}
	if last == "" {
		return false, tx.endReindexing()
	}
	return true, tx.execOne("noting who is indexed", `UPDATE reindexing SET after = $1`, last)
}

// Reindex repairs the index of words and the sort keys of the next limit people
// after one. It returns the last of them, or "" if nobody is left.
func (tx *Tx) Reindex(after portico.UserID, limit int) (last portico.UserID, err error) {
	if last, err = tx.index(after, limit, true); err == nil && last == "" {
		err = tx.endReindexing()
	}
	return last, err
}

// indexedUser is a person with the sort keys that the database holds.
type indexedUser struct {
	portico.User
	loginKey    string
	name, login []byte
}

// index adds missing words and corrects the sort keys of the next limit people
// after one. It returns the last of them, or "" if nobody is left. Unless
// allWords is set, it adds only the words that the index did not hold before
// there were sort keys. It names its columns, because it is part of a migration.
func (tx *Tx) index(after portico.UserID, limit int, allWords bool) (last portico.UserID, err error) {
	users, err := all(&tx.Reader, "finding people", func(row scanner) (u indexedUser, err error) {
		var labels string
		err = row.Scan(&u.ID, &u.CustomerID, &u.LoginID, &u.loginKey, &u.FirstName, &u.LastName, &u.Email, &labels, &u.name, &u.login)
		u.Labels = portico.ParseLabels(labels)
		return u, err
	}, `SELECT id, customer_id, login_id, login_key, first_name, last_name, email, labels, name_sort, login_sort FROM users WHERE id > $1 ORDER BY id LIMIT $2`, after, limit)
	if err != nil {
		return "", err
	}
	var stale []indexedUser
	for _, u := range users {
		words := wordsOf(u.User)
		var there []string
		for _, w := range words {
			if !allWords {
				there = append(there, w.exact)
			}
		}
		if err := tx.indexWords(u.CustomerID, u.ID, there, indexOf(words)); err != nil {
			return "", err
		}
		name, login := collationKey(u.Name()), collationKey(u.loginKey)
		if !bytes.Equal(u.name, name) || !bytes.Equal(u.login, login) {
			u.name, u.login = name, login
			stale = append(stale, u)
		}
		last = u.ID
	}
	if len(users) < limit {
		last = ""
	}
	return last, tx.insert("saving sort keys", `UPDATE users SET name_sort = $2, login_sort = $3 WHERE id = $1`, len(stale), func(i int) []any {
		return []any{string(stale[i].ID), stale[i].name, stale[i].login}
	})
}

// endReindexing records that everybody is indexed: lists now sort by the sort
// keys, and the indexes over the earlier keys are not needed any more.
func (tx *Tx) endReindexing() error {
	for _, statement := range []string{
		`DELETE FROM reindexing`, `DROP INDEX IF EXISTS users_by_name`, `DROP INDEX IF EXISTS users_by_login`, `DROP INDEX IF EXISTS users_without_two_factor`,
	} {
		if _, err := tx.exec("ending to index people", statement); err != nil {
			return err
		}
	}
	return nil
}

// sortColumns are the columns of users u that lists sort by.
type sortColumns struct{ name, login string }

// sortColumns returns the columns with the sort keys, or those that were sorted
// by before as long as not everybody has a sort key.
func (r *Reader) sortColumns() (sortColumns, error) {
	now, before := sortColumns{"u.name_sort", "u.login_sort"}, sortColumns{"u.name_key", "u.login_key"}
	if r.indexed.Load() {
		return now, nil
	}
	var unsorted bool
	err := scanned("looking whether people have sort keys", r.q.QueryRowContext(r.ctx, `SELECT EXISTS (SELECT 1 FROM reindexing WHERE NOT sorted)`).Scan(&unsorted))
	if err != nil || unsorted {
		return before, err
	}
	r.indexed.Store(true)
	return now, nil
}
