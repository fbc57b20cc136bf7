package store

import (
	"errors"
	"time"

	"portico"
)

// SaveDeletion stores when the deletion of a customer begins, and why. With the
// zero time it is not deleted. It returns ErrNotFound if the deletion has begun.
func (tx *Tx) SaveDeletion(id portico.CustomerID, at time.Time, reason string) error {
	return tx.execOne("saving the deletion", `UPDATE customers SET delete_at = $2, delete_reason = $3 WHERE id = $1 AND NOT deleting`, id, toMillis(at), reason)
}

// CustomersToDelete lists customers whose deletion has begun, or is to begin, at
// most limit.
func (r *Reader) CustomersToDelete(limit int) ([]portico.CustomerID, error) {
	return all(r, "listing customers to delete", scanCustomerID, `SELECT id FROM customers
		WHERE delete_at > 0 AND (deleting OR delete_at <= $1) AND id <> 'provider' ORDER BY delete_at, id LIMIT $2`, toMillis(r.Now), limit)
}

// BeginDeletion begins the deletion of a customer, if its time has come. After
// that, nobody finds or enters the customer. It returns ErrNotFound if the
// deletion was cancelled.
func (tx *Tx) BeginDeletion(id portico.CustomerID) error {
	return tx.execOne("beginning the deletion", `UPDATE customers SET deleting = TRUE WHERE id = $1 AND delete_at > 0 AND (deleting OR delete_at <= $2)`, id, toMillis(tx.Now))
}

// peopleDeleted and rowsDeleted are how many people, and how many rows of another
// table, are deleted in one transaction.
const (
	peopleDeleted = 200
	rowsDeleted   = 2000
)

// deletedBeforePeople and deletedAfterPeople empty the tables that can hold very
// many rows of a customer. What refers to a row comes before it, so that no row
// takes very many others along.
var deletedBeforePeople, deletedAfterPeople = []string{
	`DELETE FROM import_refused WHERE (import_id, line) IN
		(SELECT r.import_id, r.line FROM import_refused r JOIN imports i ON i.id = r.import_id WHERE i.customer_id = $1 LIMIT $2)`,
	`DELETE FROM import_chunks WHERE (import_id, seq) IN
		(SELECT s.import_id, s.seq FROM import_chunks s JOIN imports i ON i.id = s.import_id WHERE i.customer_id = $1 LIMIT $2 / 20)`, // of 1,000 lines each
	`DELETE FROM imports WHERE id IN (SELECT id FROM imports WHERE customer_id = $1 LIMIT $2)`,
	`DELETE FROM reset_requests WHERE id IN (SELECT id FROM reset_requests WHERE customer_id = $1 LIMIT $2)`,
}, []string{
	`DELETE FROM throttle WHERE bucket IN (SELECT bucket FROM throttle WHERE customer_id = $1 LIMIT $2)`,
}

// DeletePart deletes some rows of a customer whose deletion has begun. It returns
// false if there were none left.
func (tx *Tx) DeletePart(id portico.CustomerID) (bool, error) {
	some := func(statements []string) (bool, error) {
		for _, s := range statements {
			if n, err := tx.exec("deleting a part of the customer", s, id, rowsDeleted); err != nil || n > 0 {
				return n > 0, err
			}
		}
		return false, nil
	}
	if more, err := some(deletedBeforePeople); err != nil || more {
		return more, err
	}
	if more, err := tx.deletePeople(id); err != nil || more {
		return more, err
	}
	if more, err := tx.deleteWords(id); err != nil || more {
		return more, err
	}
	return some(deletedAfterPeople)
}

// deleteWords deletes the first words of a customer's people in the index. The
// words until another one are a range of it: to find each again would take a look
// at all of them.
func (tx *Tx) deleteWords(c portico.CustomerID) (bool, error) {
	var word, user string
	err := scanned("looking for words", tx.q.QueryRowContext(tx.ctx, `SELECT word, user_id FROM user_words WHERE customer_id = $1
		ORDER BY word, user_id LIMIT 1 OFFSET $2`, c, rowsDeleted).Scan(&word, &user))
	if errors.Is(err, ErrNotFound) {
		n, err := tx.exec("deleting words", `DELETE FROM user_words WHERE customer_id = $1`, c)
		return n > 0, err
	}
	if err != nil {
		return false, err
	}
	_, err = tx.exec("deleting words", `DELETE FROM user_words WHERE customer_id = $1 AND (word, user_id) < ($2, $3)`, c, word, user)
	return true, err
}

// deletePeople deletes some of a customer's people, and holds their login IDs
// back. What refers to their rows goes with them.
func (tx *Tx) deletePeople(c portico.CustomerID) (bool, error) {
	type deleted struct {
		id       portico.UserID
		loginKey string
		kind     kind
	}
	people, err := all(&tx.Reader, "listing people to delete", func(row scanner) (d deleted, err error) {
		d.kind.customer = c
		err = row.Scan(&d.id, &d.loginKey, &d.kind.role, &d.kind.status, &d.kind.twoFactor)
		return d, err
	}, `SELECT id, login_key, role, status, two_factor FROM users WHERE customer_id = $1 LIMIT $2`, c, peopleDeleted)
	if err != nil || len(people) == 0 {
		return false, err
	}
	changes, counts := make([]loginKeyChange, len(people)), map[kind]int64{}
	for i, d := range people {
		changes[i] = loginKeyChange{c, d.id, d.loginKey, ""}
		counts[d.kind]++
	}
	person := func(i int) []any { return []any{people[i].id} }
	err = tx.changingLoginKeys(changes, func() error {
		if err := tx.insert("removing failures", `DELETE FROM throttle WHERE user_id = $1`, len(people), person); err != nil {
			return err
		}
		return tx.insert("deleting people", `DELETE FROM users WHERE id = $1`, len(people), person)
	})
	for k, n := range counts {
		if err == nil {
			err = tx.count(k, -n)
		}
	}
	return true, err
}

// EndDeletion deletes the customer itself, once nothing of it is left that
// DeletePart deletes, and keeps the slug and how long its audit log is kept.
func (tx *Tx) EndDeletion(c portico.Customer, auditMonths int) error {
	for _, s := range []string{
		`DELETE FROM people_counts WHERE customer_id = $1`, `DELETE FROM logos WHERE customer_id = $1`, `DELETE FROM reset_holds WHERE customer_id = $1`,
	} {
		if _, err := tx.exec("deleting the customer", s, c.ID); err != nil {
			return err
		}
	}
	if err := tx.execOne("deleting the customer", `DELETE FROM customers WHERE id = $1 AND deleting`, c.ID); err != nil {
		return err
	}
	_, err := tx.exec("keeping the short name", `INSERT INTO deleted_customers (customer_id, slug, deleted_at, audit_months) VALUES ($1, $2, $3, $4)`,
		c.ID, c.Slug, toMillis(tx.Now), auditMonths)
	return err
}

// DeletedCustomer is what is left of a deleted customer while its audit log is
// kept.
type DeletedCustomer struct {
	ID          portico.CustomerID
	Slug        string
	DeletedAt   time.Time
	AuditMonths int
}

func scanDeleted(row scanner) (d DeletedCustomer, err error) {
	var at int64
	err = row.Scan(&d.ID, &d.Slug, &at, &d.AuditMonths)
	d.DeletedAt = fromMillis(at)
	return d, err
}

// DeletedCustomer returns the deleted customer that had a slug.
func (r *Reader) DeletedCustomer(slug string) (DeletedCustomer, error) {
	d, err := scanDeleted(r.q.QueryRowContext(r.ctx, `SELECT customer_id, slug, deleted_at, audit_months FROM deleted_customers WHERE slug = $1`, slug))
	return d, scanned("finding the deleted customer", err)
}

// DeletedCustomers lists deleted customers in the order of their slugs, after one,
// at most limit.
func (r *Reader) DeletedCustomers(after string, limit int) ([]DeletedCustomer, error) {
	return all(r, "listing deleted customers", scanDeleted, `SELECT d.customer_id, d.slug, d.deleted_at, d.audit_months FROM deleted_customers d
		WHERE d.slug > $1 AND NOT EXISTS (SELECT 1 FROM customers c WHERE c.id = d.customer_id) ORDER BY d.slug LIMIT $2`, after, limit)
}

// ForgetCheckpoint deletes the checkpoint of a deleted customer's log. It returns
// ErrNotFound if it is another one by now.
func (tx *Tx) ForgetCheckpoint(c portico.CustomerID, signed string) error {
	return tx.execOne("deleting the checkpoint", `DELETE FROM audit_logs WHERE customer_id = $1 AND checkpoint = $2`, c, signed)
}

// ForgetLog deletes some hashes of a log that has no checkpoint any more. Once none
// is left, it deletes what was kept of the customer, and returns false.
func (tx *Tx) ForgetLog(c portico.CustomerID) (bool, error) {
	n, err := tx.exec("deleting the tree", `DELETE FROM audit_tiles WHERE (level, n) IN (SELECT level, n FROM audit_tiles WHERE customer_id = $1 LIMIT $2) AND customer_id = $1`, c, rowsDeleted/10)
	if err != nil || n > 0 {
		return n > 0, err
	}
	_, err = tx.exec("forgetting the deleted customer", `DELETE FROM deleted_customers WHERE customer_id = $1`, c)
	return false, err
}
