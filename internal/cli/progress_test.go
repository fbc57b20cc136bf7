package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestProgressLine checks what the line says, and that what else is printed takes
// its place.
func TestProgressLine(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	var screen bytes.Buffer
	line := &progress{screen: &screen, now: func() time.Time { return now }}
	end := line.begin("Backing up")
	now = now.Add(5 * time.Second)
	line.draw()
	line.of(21, 50)
	now = now.Add(time.Second)
	line.draw()
	out := &terminal{to: &screen, line: line}
	say(out, "Line 7 was refused.\n")
	say(out, "Line 8 was refused.\n")
	line.draw()
	end()
	line.instead(func() {})
	want := "\r\x1b[KBacking up (5 s)\r\x1b[KBacking up: 42% (6 s)\r\x1b[KLine 7 was refused.\nLine 8 was refused.\n\r\x1b[KBacking up: 42% (6 s)\r\x1b[K"
	if got := screen.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestProgressIsForTerminals checks that nothing is shown where it could not be
// erased again.
func TestProgressIsForTerminals(t *testing.T) {
	t.Parallel()
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	line := newProgress(file, func() time.Time { return time.Time{} })
	end := line.begin("Backing up")
	line.at("much")
	end()
	if line.screen != nil || line.doing != "" {
		t.Errorf("on a file: got %+v, want a line that shows nothing", line)
	}
}
