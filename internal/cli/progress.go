package cli

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

const (
	progressAfter = 2 * time.Second // until then nothing is shown
	progressEvery = time.Second
)

// progress is one line on a terminal that says what a command does and since
// when. What else is printed takes its place, and so does the end.
type progress struct {
	screen io.Writer // nil if nothing is shown
	now    func() time.Time

	mu     sync.Mutex
	begun  time.Time
	doing  string
	amount string
	shown  bool
}

// newProgress returns a line for standard error. It shows nothing unless that is
// a terminal that can erase a line.
func newProgress(stderr io.Writer, now func() time.Time) *progress {
	p := &progress{now: now}
	if isTerminal(stderr) && os.Getenv("TERM") != "dumb" {
		p.screen = stderr
	}
	return p
}

// begin says what the command does from now on, if it takes long. The caller has
// to call end.
func (p *progress) begin(doing string) (end func()) {
	if p == nil || p.screen == nil {
		return func() {}
	}
	p.mu.Lock()
	p.begun, p.doing, p.amount = p.now(), doing, ""
	p.mu.Unlock()
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		timer := time.NewTimer(progressAfter)
		defer timer.Stop()
		for {
			select {
			case <-stop:
				return
			case <-timer.C:
				p.draw()
				timer.Reset(progressEvery)
			}
		}
	}()
	return func() {
		close(stop)
		<-stopped
		p.instead(func() {})
	}
}

// at says how much is done.
func (p *progress) at(format string, args ...any) {
	if p == nil || p.screen == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.amount = fmt.Sprintf(format, args...)
}

// of says how much of something is done, in per cent.
func (p *progress) of(done, total int64) {
	if total > 0 {
		p.at("%d%%", done*100/total)
	}
}

func (p *progress) draw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shown = true
	_, _ = io.WriteString(p.screen, eraseLine+p.text()) // a terminal that has gone is no failure
}

// eraseLine moves the cursor to the beginning of its line, and erases the line.
const eraseLine = "\r\x1b[K"

func (p *progress) text() string {
	text := p.doing
	if p.amount != "" {
		text += ": " + p.amount
	}
	return fmt.Sprintf("%s (%d s)", text, int(p.now().Sub(p.begun).Seconds()))
}

// instead erases the line and prints something in its place.
func (p *progress) instead(print func()) {
	if p == nil || p.screen == nil {
		print()
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		_, _ = io.WriteString(p.screen, eraseLine)
		p.shown = false
	}
	print()
}

// counting counts what is written, for the line.
type counting struct {
	to   io.Writer
	line *progress
	n    int64
}

func (c *counting) Write(b []byte) (int, error) {
	n, err := c.to.Write(b)
	c.n += int64(n)
	c.line.at("%s", size(c.n))
	return n, err
}
