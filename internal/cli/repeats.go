package cli

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

const (
	// repeatsEvery is how often a line that repeats is written.
	repeatsEvery = time.Minute
	// repeatsKept bounds the lines that are remembered. Others are written each
	// time.
	repeatsKept = 1000
)

// repeats is a log handler that writes a warning or an error once, and while it
// repeats once a minute, with how often it was left out. A job that fails each
// second, or each request while the database is away, would bury the rest.
type repeats struct {
	slog.Handler
	lines *repeatedLines
}

// repeatedLines counts the lines of the last minute.
type repeatedLines struct {
	mu      sync.Mutex
	leftOut map[string]int
}

func withoutRepeats(h slog.Handler) slog.Handler {
	return repeats{h, &repeatedLines{leftOut: map[string]int{}}}
}

// Handle implements slog.Handler.
func (r repeats) Handle(ctx context.Context, line slog.Record) error {
	if line.Level >= slog.LevelWarn && !r.first(line) { //nolint:contextcheck // the sum is written a minute later, when ctx has ended
		return nil
	}
	return r.Handler.Handle(ctx, line)
}

// first reports whether a line has to be written, and otherwise counts it.
func (r repeats) first(line slog.Record) bool {
	key := line.Level.String() + line.Message
	line.Attrs(func(a slog.Attr) bool {
		key += "\x00" + a.String()
		return true
	})
	r.lines.mu.Lock()
	defer r.lines.mu.Unlock()
	if n, repeated := r.lines.leftOut[key]; repeated {
		r.lines.leftOut[key] = n + 1
		return false
	}
	if len(r.lines.leftOut) < repeatsKept {
		r.lines.leftOut[key] = 0
		time.AfterFunc(repeatsEvery, func() { r.sumUp(key, line.Clone()) })
	}
	return true
}

// sumUp writes a line that was left out with the number of times, and forgets a
// line that was not.
func (r repeats) sumUp(key string, line slog.Record) {
	line.Time = line.Time.Add(repeatsEvery)
	r.lines.mu.Lock()
	n := r.lines.leftOut[key]
	if n == 0 {
		delete(r.lines.leftOut, key)
	} else {
		r.lines.leftOut[key] = 0
		time.AfterFunc(repeatsEvery, func() { r.sumUp(key, line) })
	}
	r.lines.mu.Unlock()
	if n > 0 {
		counted := line.Clone()
		counted.Add("repeated", n)
		_ = r.Handler.Handle(context.Background(), counted) // as slog does: nobody hears of a log that cannot be written
	}
}
