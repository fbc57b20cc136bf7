package store

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

// TestStatementsAreKept checks that a statement is reused, also while it runs,
// and that a connection keeps at most cachedStatements.
func TestStatementsAreKept(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir)
	db, err := Open(context.Background(), Place{Dir: dir}, clock)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	conn, err := db.readers.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	kept := func() (n int) {
		_ = conn.Raw(func(c any) error { n = len(c.(*stmtCache).kept); return nil })
		return n
	}
	const numbers = `WITH RECURSIVE n(value) AS (SELECT $1 UNION ALL SELECT value + 1 FROM n WHERE value < $2) SELECT value FROM n`
	outer, err := conn.QueryContext(context.Background(), numbers, 1, 3)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0
	for outer.Next() {
		var n, m int
		if err := outer.Scan(&n); err != nil {
			t.Fatal(err)
		}
		if err := conn.QueryRowContext(context.Background(), numbers, 10*n, 10*n).Scan(&m); err != nil {
			t.Fatal(err)
		}
		sum += n + m
	}
	if err := errors.Join(outer.Err(), outer.Close()); err != nil || sum != 6+60 || kept() != 1 { //nolint:sqlclosecheck // closed here, so that it is kept by now
		t.Fatalf("%d of 66, %d kept, %v", sum, kept(), err)
	}
	for i := range 3 * cachedStatements {
		var n int
		if err := conn.QueryRowContext(context.Background(), fmt.Sprintf(`SELECT %d + $1`, i%(2*cachedStatements)), i).Scan(&n); err != nil || n != i+i%(2*cachedStatements) {
			t.Fatalf("Scan: got %d, %v, want no error, %v", n, err, i+i%(2*cachedStatements))
		}
	}
	if n := kept(); n != cachedStatements {
		t.Errorf("%d statements kept", n)
	}
	ended, end := context.WithCancel(context.Background())
	end()
	if err := conn.QueryRowContext(ended, numbers, 1, 1).Scan(new(int)); !errors.Is(err, context.Canceled) {
		t.Errorf("for a request that has ended: %v", err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}
