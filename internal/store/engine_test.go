package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"portico"
)

// TestUnavailable checks that failures of the engine are told apart from our
// own errors.
func TestUnavailable(t *testing.T) {
	for code, want := range map[string]bool{
		"08006": true,  // connection failure
		"25006": true,  // a standby refuses changes
		"53300": true,  // too many connections
		"55P03": true,  // lock timeout
		"57014": true,  // statement timeout
		"57P01": true,  // the server is shutting down
		"58030": true,  // input or output error
		"23505": false, // unique index
		"42P01": false, // no such table
		"":      false,
	} {
		if got := unavailable(fmt.Errorf("reading: %w", &pgconn.PgError{Code: code})); got != want {
			t.Errorf("%s: %v, want %v", code, got, want)
		}
	}
	for _, err := range []error{nil, context.Canceled, ErrNotFound, errors.New("else")} {
		if unavailable(err) {
			t.Errorf("%v is unavailable", err)
		}
	}
}

// TestNoServer checks the error if no server listens at the address. Package
// e2e tests a server that goes away later.
func TestNoServer(t *testing.T) {
	_, err := Open(t.Context(), Place{Dir: t.TempDir(), URL: "postgres://portico@127.0.0.1:1/portico"}, time.Now)
	if !unavailable(err) || CauseOf(failed("opening", err)) != noConnection {
		t.Errorf("got %v because of %q, want unavailable(err) without a connection", err, CauseOf(failed("opening", err)))
	}
}

func TestCauses(t *testing.T) {
	for state, want := range map[string]Cause{
		"53100": diskFull, "53300": tooManyConnections, "57014": unanswered, "55P03": unanswered, "40001": inTheWay,
		"08006": noConnection, "57P01": noConnection, "25006": noConnection, "42P01": otherCause, "": otherCause,
	} {
		if got := CauseOf(failed("changing", &pgconn.PgError{Code: state})); got != want {
			t.Errorf("SQLSTATE %q: got %q, want %q", state, got, want)
		}
	}
	for err, want := range map[error]Cause{
		context.DeadlineExceeded: unanswered, io.ErrUnexpectedEOF: noConnection, errors.New("a bug"): otherCause,
	} {
		if got := CauseOf(failed("changing", err)); got != want {
			t.Errorf("%v: got %q, want %q", err, got, want)
		}
	}
}

// TestDiskFull checks that a SQLite file that cannot grow causes an Unavailable
// error, and can still be read.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir)
	db, err := Open(t.Context(), Place{Dir: dir}, clock)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.writer.ExecContext(t.Context(), `PRAGMA max_page_count = 1`); err != nil { // SQLite raises this to the current size
		t.Fatal(err)
	}
	err = db.Update(t.Context(), portico.CommandLine(), func(tx *Tx) error {
		for i := range 1000 {
			id := fmt.Sprintf("customer-%d", i)
			if err := tx.CreateCustomer(portico.Customer{ID: portico.CustomerID(id), Slug: id, Name: id, CreatedAt: start}); err != nil {
				return err
			}
		}
		return nil
	})
	if !portico.Unavailable.Is(err) || CauseOf(err) != diskFull || !strings.Contains(err.Error(), "make room on it") {
		t.Errorf("changing: got %v because of %q, want that the disk is full", err, CauseOf(err))
	}
	if err := db.View(t.Context(), func(r *Reader) error { _, err := r.Anybody(); return err }); err != nil {
		t.Errorf("reading: %v", err)
	}
}
