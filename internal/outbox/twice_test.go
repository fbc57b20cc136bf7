package outbox

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"portico"
	"portico/internal/mail"
	"portico/internal/store"
)

type senderFunc func(context.Context, mail.Message) error

func (f senderFunc) Send(ctx context.Context, m mail.Message) error { return f(ctx, m) }

// givenUp returns the events of mails that were given up.
func (q *queue) givenUp() []portico.Event {
	q.t.Helper()
	events, err := q.DB.Read(q.t.Context()).Events("c", portico.EventQuery{Actions: []portico.Action{portico.MailGivenUp}}, store.EventCursor{}, 10)
	q.must(err)
	return events
}

// untilNothingWaits delivers for days.
func (q *queue) untilNothingWaits() {
	q.t.Helper()
	for end := q.at.Add(100 * time.Hour); q.waiting().Waiting > 0 && q.at.Before(end); q.at = q.at.Add(time.Minute) {
		q.must(q.Deliver(q.t.Context()))
	}
}

// TestUnansweredMailIsSentTwiceAtMost checks that a mail which the mail server may
// have taken is sent a second time, and never a third one, and that the audit log
// says why it ended.
func TestUnansweredMailIsSentTwiceAtMost(t *testing.T) {
	q := newQueue(t)
	q.must(q.put(mail.TwoFactorAhead, false))
	sent := 0
	q.fail = func(mail.Message) error {
		sent++
		return &mail.Unanswered{Err: errors.New("EOF")}
	}
	q.untilNothingWaits()
	if sent != 2 {
		t.Errorf("a mail that the server takes and does not acknowledge was sent %d times, want 2", sent)
	}
	if events := q.givenUp(); len(events) != 1 || !strings.Contains(events[0].Details, "did not say") {
		t.Errorf("got %+v, want one event that says why", events)
	}
}

// TestUnansweredOnce checks that a mail arrives if the second answer comes, and that
// failures which are answers do not count.
func TestUnansweredOnce(t *testing.T) {
	q := newQueue(t)
	q.must(q.put(mail.TwoFactorAhead, false))
	tries := 0
	q.fail = func(mail.Message) error {
		switch tries++; {
		case tries == 3:
			return &mail.Unanswered{Err: errors.New("EOF")}
		case tries < 9:
			return errServer
		}
		return nil
	}
	q.untilNothingWaits()
	if len(q.sent) != 1 || tries != 9 || len(q.givenUp()) != 0 {
		t.Errorf("sent %d times in %d tries, given up %d, want it sent at the ninth", len(q.sent), tries, len(q.givenUp()))
	}
}

// TestProgramsThatDieSendTwiceAtMost checks the same for programs that end while
// they send.
func TestProgramsThatDieSendTwiceAtMost(t *testing.T) {
	q := newQueue(t)
	q.must(q.put(mail.TwoFactorAhead, false))
	sent := 0
	q.fail = func(mail.Message) error { sent++; panic("killed") }
	for range 5 {
		func() {
			defer func() { _ = recover() }()
			q.must(q.Deliver(t.Context()))
		}()
		q.at = q.at.Add(2 * mailLease)
	}
	if sent != 2 || q.waiting().Waiting != 0 || len(q.givenUp()) != 1 {
		t.Errorf("sent %d times, %d waiting, given up %d, want 2, 0, 1", sent, q.waiting().Waiting, len(q.givenUp()))
	}
}

// TestSentMailIsNotSentAgain checks that a mail which the mail server took is not
// sent a second time because the database was away when that was recorded.
func TestSentMailIsNotSentAgain(t *testing.T) {
	q := newQueue(t)
	q.must(q.put(mail.TwoFactorAhead, false))
	working := q.DB
	broken, err := store.Open(t.Context(), store.Place{Dir: t.TempDir()}, func() time.Time { return q.at })
	q.must(err)
	q.must(broken.Close())
	q.fail = func(mail.Message) error { q.DB = broken; return nil }
	if err := q.Deliver(t.Context()); err == nil {
		t.Error("delivered without the database")
	}
	q.DB, q.fail = working, nil
	q.untilNothingWaits()
	if len(q.sent) != 1 || len(q.givenUp()) != 0 {
		t.Errorf("sent %d times, given up %d, want once", len(q.sent), len(q.givenUp()))
	}
}

// TestSlowMailKeepsItsLease checks that no other program sends a mail while the
// mail server takes its time, much longer than a lease.
func TestSlowMailKeepsItsLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueueAt(t, time.Now)
		q.must(q.put(mail.TwoFactorAhead, false))
		var sent atomic.Int32
		q.Sender = senderFunc(func(context.Context, mail.Message) error {
			sent.Add(1)
			time.Sleep(12 * time.Minute)
			return nil
		})
		for began := time.Now(); time.Since(began) < 15*time.Minute; time.Sleep(10 * time.Second) {
			go func() { q.must(q.Deliver(t.Context())) }()
		}
		if sent.Load() != 1 || q.waiting().Waiting != 0 {
			t.Errorf("sent %d times, %d waiting, want once", sent.Load(), q.waiting().Waiting)
		}
	})
}

// TestDeadMailServerIsLeftAlone checks that a mail server which fails is asked
// again after growing pauses, with however many mails waiting, and the others are
// sent soon after it works.
func TestDeadMailServerIsLeftAlone(t *testing.T) {
	if testing.Short() {
		return // long
	}
	q := newQueue(t)
	const mails = 200
	for range mails {
		q.must(q.put(mail.TwoFactorAhead, false))
	}
	tries := 0
	q.fail = func(mail.Message) error { tries++; return errServer }
	for range 600 { // ten minutes, as serve does
		q.must(q.Deliver(t.Context()))
		q.at = q.at.Add(time.Second)
	}
	if tries < 10 || tries > 60 {
		t.Errorf("tried %d times in ten minutes, want some tries in growing pauses of a minute at most", tries)
	}
	q.fail = nil
	for range 60 {
		q.must(q.Deliver(t.Context()))
		q.at = q.at.Add(time.Second)
	}
	if len(q.sent) < mails-60 {
		t.Errorf("a minute after the mail server is back, %d of %d were sent", len(q.sent), mails)
	}
}
