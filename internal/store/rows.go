package store

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"portico"
)

// failed wraps the error of a statement. The result is portico.Unavailable if
// the database does not answer, or did not say whether it has committed.
func failed(doing string, err error) error {
	if unavailable(err) {
		err = &portico.Error{Code: portico.Unavailable, Message: portico.Say("The portal cannot reach its database at the moment. Try again in a few seconds."), Err: err}
	}
	return fmt.Errorf("%s: %w", doing, advised(err))
}

// exec runs one statement and returns how many rows it changed. It returns
// ErrTaken if a unique index was violated.
func (tx *Tx) exec(doing, query string, args ...any) (int64, error) {
	res, err := tx.q.ExecContext(tx.ctx, query, args...)
	if isUniqueViolation(err) {
		return 0, fmt.Errorf("%s: %w", doing, ErrTaken)
	}
	if err != nil {
		return 0, failed(doing, err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return 0, failed(doing, err)
	}
	return n, nil
}

// execOne is exec for a statement that must change exactly one row. It returns
// ErrNotFound if no row was changed.
func (tx *Tx) execOne(doing, query string, args ...any) error {
	n, err := tx.exec(doing, query, args...)
	if err == nil && n == 0 {
		err = fmt.Errorf("%s: %w", doing, ErrNotFound)
	}
	return err
}

// scanned wraps the error of scanning one row. It returns ErrNotFound if there
// was no row.
func scanned(doing string, err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return failed(doing, err)
	}
	return nil
}

// all runs a query and scans every row.
func all[T any](r *Reader, doing string, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := r.q.QueryContext(r.ctx, query, args...)
	if err != nil {
		return nil, failed(doing, err)
	}
	defer func() { _ = rows.Close() }() // rows.Err below returns what matters
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, failed(doing, err)
		}
		out = append(out, v)
	}
	if err := rows.Err(); err != nil {
		return nil, failed(doing, err)
	}
	return out, nil
}

// scanner is implemented by *sql.Row and *sql.Rows.
type scanner interface{ Scan(dest ...any) error }

// toMillis and moment convert times. 0 stands for the zero time.
func toMillis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
