package cli

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"portico/internal/audit"
)

// TestBlockedOutputBlocksNobody checks that events are given up while nobody
// reads an output, and are written once somebody does.
func TestBlockedOutputBlocksNobody(t *testing.T) {
	t.Parallel()
	reader, writer := io.Pipe()
	send := toOutput(writer)
	lines := func(text string) []audit.Line { return []audit.Line{{JSON: []byte(text + "\n")}} }
	ended, end := context.WithCancel(t.Context())
	end()
	for range 2 {
		if err := send(ended, lines(`{"a":1}`)); !errors.Is(err, errNotRead) {
			t.Errorf("while nobody reads: got %v, want %v", err, errNotRead)
		}
	}
	read := make(chan string)
	go func() {
		all, _ := io.ReadAll(reader)
		read <- string(all)
	}()
	for errors.Is(send(t.Context(), lines("{\"b\":\"\u009b31m\"}")), errNotRead) {
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	if got := <-read; got != "{\"a\":1}\n"+`{"b":"\u009b31m"}`+"\n" || strings.ContainsRune(got, 0x9b) {
		t.Errorf("once somebody reads: got %q, want both lines, without control characters", got)
	}
}
