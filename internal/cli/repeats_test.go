package cli

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestLogDoesNotRepeat checks that a job which fails each second has one line a
// minute, with how often it was left out, and that other lines are all there.
func TestLogDoesNotRepeat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		p := &Portal{log: slog.New(withoutRepeats(slog.NewTextHandler(&log, nil))), metrics: newMetrics()}
		ctx, end := context.WithCancel(t.Context())
		ran := 0
		go p.every(ctx, time.Second, "sending mails", func(context.Context) error {
			p.log.Info("request")
			if ran++; ran > 150 {
				return nil
			}
			return errors.New("the database is away")
		})
		time.Sleep(5*time.Minute + time.Second/2)
		end()
		synctest.Wait()
		var lines []string
		leftOut := 0
		for line := range strings.Lines(log.String()) {
			if strings.Contains(line, "sending mails") {
				lines = append(lines, line)
				_, count, _ := strings.Cut(strings.TrimSpace(line), "repeated=")
				n, _ := strconv.Atoi(count) // the first line has none
				leftOut += n
			}
		}
		if len(lines) != 4 || leftOut != 149 || !strings.Contains(lines[3], "time=2000-01-01T00:03:00") {
			t.Errorf("150 failures in as many seconds: got %d left out in\n%s\nwant the first line, and one for each of three minutes, with 149", leftOut, strings.Join(lines, ""))
		}
		if n := strings.Count(log.String(), "msg=request"); n != 301 {
			t.Errorf("got %d lines that are no failures, want all 301", n)
		}
	})
}

// TestLogKeepsWhatDiffers checks that lines which differ are all written, and that
// strangers who make lines cannot make the portal remember them all.
func TestLogKeepsWhatDiffers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		handler := withoutRepeats(slog.NewTextHandler(&log, nil)).(repeats)
		l := slog.New(handler)
		remembered := func() int {
			handler.lines.mu.Lock()
			defer handler.lines.mu.Unlock()
			return len(handler.lines.leftOut)
		}
		for i := range 3 * repeatsKept {
			l.Error("request failed", "id", i)
		}
		if n := strings.Count(log.String(), "\n"); n != 3*repeatsKept || remembered() != repeatsKept {
			t.Errorf("got %d lines and %d remembered, want %d and %d", n, remembered(), 3*repeatsKept, repeatsKept)
		}
		time.Sleep(2 * repeatsEvery)
		synctest.Wait()
		if n := remembered(); n != 0 {
			t.Errorf("got %d remembered after two minutes, want none", n)
		}
		l.Error("request failed", "id", 1)
		if n := strings.Count(log.String(), "\n"); n != 3*repeatsKept+1 {
			t.Errorf("got %d lines, want the one that came again after two minutes too", n)
		}
	})
}
