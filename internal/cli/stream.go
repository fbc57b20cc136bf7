package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"portico/internal/audit"
	"portico/internal/config"
	"portico/internal/syslog"
)

// streamEvery is how often the portal looks for events to send. They get their
// numbers every sequenceEvery.
const streamEvery = 5 * time.Second

// streamToStandardOutput is the value of --audit-stream for standard output.
const streamToStandardOutput = "stdout"

// auditStream is where events go.
type auditStream struct {
	where string
	send  func(context.Context, []audit.Line) error
}

// streamServer returns the syslog server of --audit-stream, or nil if there is
// none.
func streamServer(c config.Stream) (*syslog.Server, error) {
	if c.AuditStream == "" || c.AuditStream == streamToStandardOutput {
		return nil, nil
	}
	server, err := syslog.ParseURL(c.AuditStream)
	if err != nil {
		return nil, fmt.Errorf("--audit-stream: %w; or stdout", err)
	}
	return server, nil
}

// newStream returns where events go; nil if they go nowhere. Settings were
// validated before.
func newStream(env *environment, c config.Stream) (*auditStream, error) {
	if c.AuditStream == "" {
		return nil, nil
	}
	server, err := streamServer(c)
	switch {
	case err != nil:
		return nil, usageError{err}
	case server == nil:
		signal.Ignore(syscall.SIGPIPE) // a reader that has gone ends the stream, and not the portal
		return &auditStream{"standard output", toOutput(env.file)}, nil
	}
	return &auditStream{c.AuditStream, toServer(server)}, nil
}

// toOutput returns a function that writes events to an output, in which
// characters that could move a terminal's cursor are escaped. A reader that does
// not read blocks neither the portal nor its end.
func toOutput(out io.Writer) func(context.Context, []audit.Line) error {
	writing := make(chan struct{}, 1)
	return func(ctx context.Context, lines []audit.Line) error {
		select {
		case writing <- struct{}{}:
		default:
			return errNotRead
		}
		written := make(chan error, 1)
		go func() {
			defer func() { <-writing }()
			written <- writeLines(out, lines)
		}()
		select {
		case err := <-written:
			return err
		case <-ctx.Done():
			return errNotRead
		}
	}
}

var errNotRead = errors.New("nobody reads it")

// writeLines writes each line at once, so that in a file that two programs write
// to none stands inside another.
func writeLines(out io.Writer, lines []audit.Line) error {
	for _, line := range lines {
		if _, err := io.WriteString(out, escapeJSON(line.Text())+"\n"); err != nil {
			return fmt.Errorf("writing: %w", err)
		}
	}
	return nil
}

// toServer returns a function that sends events to a syslog server.
func toServer(server *syslog.Server) func(context.Context, []audit.Line) error {
	host, err := os.Hostname()
	if err != nil {
		host = "" // a message may lack it
	}
	process := strconv.Itoa(os.Getpid())
	return func(ctx context.Context, lines []audit.Line) error {
		messages := make([]syslog.Message, len(lines))
		for i, line := range lines {
			messages[i] = syslog.Message{At: line.At, Host: host, App: "portico", Proc: process, ID: string(line.Action), Text: line.Text()}
		}
		return server.Send(ctx, messages)
	}
}

// notSent is an error of the receiver, and not of the portal.
type notSent struct{ error }

// sendEvents sends the events that have a number and were not sent. A receiver
// that takes none is logged and counted, and tried again.
func (p *Portal) sendEvents(ctx context.Context, n *node) error {
	err := p.Audit.Stream(ctx, n.id, func(ctx context.Context, lines []audit.Line) error {
		if err := p.stream.send(ctx, lines); err != nil {
			return notSent{err}
		}
		return nil
	})
	if failed := (notSent{}); errors.As(err, &failed) {
		p.metrics.unsent.Inc()
		p.log.Error("sending audit events", "to", p.stream.where, "error", failed.error)
		return nil
	}
	return err
}

// endStream lets another node send events at once.
func (p *Portal) endStream(ctx context.Context, n *node) {
	if p.stream == nil {
		return
	}
	if err := p.Audit.EndStream(ctx, n.id); err != nil {
		p.log.Warn("leaving audit events to other nodes", "error", err)
	}
}
