package audit

import (
	"bytes"
	"context"
	"errors"
	"time"

	"portico"
	"portico/internal/store"
)

const (
	// streamBatch is how many events are sent at once.
	streamBatch = 500
	// streamLease is for how long a node is the one that sends after each batch.
	// If it is killed, another one goes on after that.
	streamLease = 20 * time.Second
	// SendTimeout is how long sending a batch may take. It ends before the lease.
	SendTimeout = 10 * time.Second
)

// Line is an event on its way out of the portal, as JSON on one line.
type Line struct {
	At     time.Time
	Action portico.Action
	JSON   []byte // with a line feed at its end
}

// Text returns the line without its end.
func (l Line) Text() string { return string(bytes.TrimSuffix(l.JSON, []byte("\n"))) }

// lineEvent is a line of JSON for one event alone. Names are stable.
type lineEvent struct {
	Format   int    `json:"portico_audit_event"` // 1
	Log      string `json:"log"`                 // as in the export with proofs
	Customer string `json:"customer"`
	Number   int64  `json:"number"` // from 1
	eventLine
}

// lines gives entries of a customer's log to f, each as a line.
func lines(slug string, entries []store.Entry, f func(Line) error) error {
	p := newPiece()
	for _, e := range entries {
		p.line(lineEvent{1, originPrefix + string(e.CustomerID), slug, e.Number + 1, *lineOf(e)})
		err := p.give(func(b []byte) error { return f(Line{e.At, e.Action, append([]byte(nil), b...)}) })
		if err != nil {
			return err
		}
	}
	return nil
}

// BeginStream decides, the first time that it is called, where the stream begins:
// with the events that have no number yet.
func (l *Log) BeginStream(ctx context.Context) error {
	err := l.DB.Read(ctx).StreamBegun()
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	err = l.updateStream(ctx, (*store.Tx).BeginStream)
	if errors.Is(err, store.ErrTaken) { // by another node
		return nil
	}
	return err
}

// Stream gives every event that has a number and was not given yet to send, in
// batches, and ends when none is left or with the first error of send: that batch
// is given again. It is called again and again, after BeginStream. Several nodes
// may call it; one of them sends. An event may be sent twice, if a program ends
// before it has recorded that it was sent.
func (l *Log) Stream(ctx context.Context, node string, send func(context.Context, []Line) error) (err error) {
	for more := true; more && err == nil; {
		more, err = l.streamOnce(ctx, node, send)
	}
	return err
}

// streamOnce sends some events of each log, so that no log waits for a long
// one. It reports whether it has sent anything.
func (l *Log) streamOnce(ctx context.Context, node string, send func(context.Context, []Line) error) (some bool, err error) {
	for after := store.LogCursor(""); ; some = true {
		logs, err := l.DB.Read(ctx).UnsentLogs(after, streamBatch)
		if err != nil || len(logs) == 0 {
			return some, err
		}
		err = l.updateStream(ctx, func(tx *store.Tx) error { return tx.LeaseStream(node, tx.Now.Add(streamLease)) })
		if errors.Is(err, store.ErrNotFound) { // another node sends
			return false, nil
		}
		if err != nil {
			return some, err
		}
		b, err := l.batch(ctx, logs)
		if err != nil {
			return some, err
		}
		if err := b.send(ctx, send); err != nil { // perhaps another node can
			return some, errors.Join(err, l.EndStream(ctx, node))
		}
		if err := l.updateStream(ctx, b.noteSent); err != nil {
			return some, err
		}
		after = store.LogCursor(b.logs[len(b.logs)-1].CustomerID)
	}
}

// updateStream makes a change of where the stream is, also during shutdown.
func (l *Log) updateStream(ctx context.Context, change func(*store.Tx) error) error {
	ctx, cancel := store.Detached(ctx)
	defer cancel()
	return l.DB.Update(ctx, portico.System(portico.Origin{}), change)
}

// batch is some events of some logs.
type batch struct {
	logs  []store.UnsentLog
	next  []int64 // number behind the last event of each log
	lines []Line
}

// batch reads events of some logs that have unsent ones, until there are enough.
func (l *Log) batch(ctx context.Context, logs []store.UnsentLog) (b batch, err error) {
	for _, log := range logs {
		room := streamBatch - len(b.lines)
		if room == 0 {
			break
		}
		entries, err := l.DB.Read(ctx).Entries(log.CustomerID, log.From, room)
		if err != nil {
			return b, err
		}
		next := log.From
		if len(entries) > 0 { // unless they were deleted meanwhile
			next = entries[len(entries)-1].Number + 1
		}
		b.logs, b.next = append(b.logs, log), append(b.next, next)
		err = lines(log.Slug, entries, func(line Line) error { b.lines = append(b.lines, line); return nil })
		if err != nil {
			return b, err
		}
	}
	return b, nil
}

// send sends the batch. What was begun is finished also during shutdown, so that
// it is not sent again.
func (b batch) send(ctx context.Context, send func(context.Context, []Line) error) error {
	if len(b.lines) == 0 || ctx.Err() != nil {
		return ctx.Err()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), SendTimeout)
	defer cancel()
	return send(ctx, b.lines)
}

func (b batch) noteSent(tx *store.Tx) error {
	for i, log := range b.logs {
		if err := tx.NoteSent(log, b.next[i]); err != nil {
			return err
		}
	}
	return nil
}

// EndStream lets another node send at once, if this one does.
func (l *Log) EndStream(ctx context.Context, node string) error {
	return l.updateStream(ctx, func(tx *store.Tx) error { return tx.ReleaseStream(node) })
}

// Since is a place in a log.
type Since struct {
	After int64     // the number of an event, from 1; 0 for the beginning
	At    time.Time // zero, or the time of the first event that counts
}

// ExportSince gives the events of a customer's log behind a place to f, in the
// order of their numbers, each as the line that Stream sends. Forbidden without
// portico.SeeAudit, and Invalid if the log has not that many events, as after the
// restore of a backup: what came since is then not behind that number.
func (l *Log) ExportSince(ctx context.Context, actor portico.Actor, c portico.Customer, since Since, f func([]byte) error) error {
	if !actor.Can(portico.SeeAudit, c.ID) {
		return errForbidden
	}
	r, from := l.DB.Read(ctx), since.After
	last, err := r.LastNumber(c.ID)
	if err != nil {
		return err
	}
	if since.After > last+1 {
		return portico.E(portico.Invalid,
			"The newest event of this log has the number {0}, not {1}. If the portal was restored from a backup, give the time of that backup instead.", last+1, since.After)
	}
	if !since.At.IsZero() {
		if from, err = r.FirstSince(c.ID, since.At); err != nil {
			return store.NotFound(err, nil)
		}
	}
	for {
		entries, err := r.Entries(c.ID, from, streamBatch)
		if err != nil || len(entries) == 0 {
			return err
		}
		from = entries[len(entries)-1].Number + 1
		err = lines(c.Slug, entries, func(line Line) error {
			if line.At.Before(since.At) { // events whose transactions ended late
				return nil
			}
			return f(line.JSON)
		})
		if err != nil {
			return err
		}
	}
}
