package audit

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestManyTamperedLogs: an error about many logs names the first ten and counts the
// others, so that it stays readable in the log of a portal with many customers.
func TestManyTamperedLogs(t *testing.T) {
	var none Tampered
	if err := none.err(); err != nil {
		t.Errorf("of no log: %v, want no error", err)
	}
	var many Tampered
	for i := range 100_000 {
		many.add(fmt.Errorf("c-%d: %w", i, ErrTampered))
	}
	err := many.err()
	if !errors.Is(err, ErrTampered) {
		t.Fatalf("got %v, want ErrTampered", err)
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 11 || !strings.HasPrefix(lines[9], "c-9: ") || lines[10] != "and 99990 more" {
		t.Errorf("got %q, want c-0 to c-9 and 99990 more", lines)
	}
}
