package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"portico"
	"portico/internal/mail"
	"portico/internal/seal"
	"portico/internal/store"
	"portico/internal/testdb"
)

// queue is a queue of mails with a clock and a mail server that the test
// controls.
type queue struct {
	*Outbox
	t    *testing.T
	at   time.Time
	mu   sync.Mutex
	sent []mail.Message
	fail func(mail.Message) error // nil accepts every mail
}

func newQueue(t *testing.T) *queue {
	t.Helper()
	at := time.Date(2026, 11, 23, 9, 0, 7, 0, time.UTC)
	var q *queue
	q = newQueueAt(t, func() time.Time {
		if q == nil { // it is made
			return at
		}
		return q.at
	})
	return q
}

func newQueueAt(t *testing.T, now func() time.Time) *queue {
	t.Helper()
	q := &queue{t: t, at: now()}
	dir := t.TempDir()
	open := func(dir string) (*store.DB, error) { return store.Open(t.Context(), store.Place{Dir: dir}, now) }
	testdb.Fill(t, dir, open)
	db, err := open(dir)
	q.must(err)
	t.Cleanup(func() { q.must(db.Close()) })
	keys, err := seal.Create(filepath.Join(dir, "keyset.json"))
	q.must(err)
	q.must(db.Update(t.Context(), portico.CommandLine(), func(tx *store.Tx) error {
		if err := tx.CreateCustomer(portico.Customer{ID: "c", Slug: "acme", Name: "Acme Telecom", CreatedAt: tx.Now}); err != nil {
			return err
		}
		return tx.CreateUser(store.Account{LoginKey: "ulla", PasswordHash: "x", Epoch: 1, User: portico.User{
			ID: "id-ulla", CustomerID: "c", LoginID: "ulla", FirstName: "Ulla", LastName: "Tester", Email: "ulla@example.com",
			Role: portico.RoleUser, Status: portico.Active, CreatedAt: tx.Now,
		}})
	}))
	q.Outbox = &Outbox{DB: db, Keys: keys, Sender: q, BaseURL: "https://portal.example", Now: now, Log: slog.New(slog.DiscardHandler)}
	return q
}

// Send implements mail.Sender.
func (q *queue) Send(_ context.Context, m mail.Message) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.fail != nil {
		if err := q.fail(m); err != nil {
			return err
		}
	}
	q.sent = append(q.sent, m)
	return nil
}

func (q *queue) put(kind mail.Kind, bulk bool) error {
	return q.DB.Update(q.t.Context(), portico.CommandLine(), func(tx *store.Tx) error {
		a, err := tx.Account("id-ulla")
		if err != nil {
			return err
		}
		d := DataFor(a)
		d.Required, d.Days = tx.Now, 1
		if bulk {
			return q.QueueBulk(tx, kind, a, d)
		}
		return q.Queue(tx, kind, a, d)
	})
}

func (q *queue) must(err error) {
	q.t.Helper()
	if err != nil {
		q.t.Fatal(err)
	}
}

// deliver sends the mails that are due and returns how many were sent.
func (q *queue) deliver() int {
	q.t.Helper()
	before := len(q.sent)
	q.must(q.Deliver(q.t.Context()))
	return len(q.sent) - before
}

func (q *queue) waiting() store.MailQueue {
	q.t.Helper()
	w, err := q.DB.Read(q.t.Context()).MailQueue(1000)
	q.must(err)
	return w
}

var errServer = errors.New("451 try later\x00\xff")

// TestMailsWithTheirTransaction checks that a mail is not sent if its
// transaction was rolled back, and that the database does not hold its text in
// clear.
func TestMailsWithTheirTransaction(t *testing.T) {
	q := newQueue(t)
	err := q.DB.Update(t.Context(), portico.CommandLine(), func(tx *store.Tx) error {
		a, err := tx.Account("id-ulla")
		if err != nil {
			return err
		}
		if err := q.Queue(tx, mail.TwoFactorAhead, a, DataFor(a)); err != nil {
			return err
		}
		return errServer
	})
	if !errors.Is(err, errServer) || q.deliver() != 0 {
		t.Errorf("%v, %d mails", err, len(q.sent))
	}
	q.must(q.put(mail.TwoFactorAhead, false))
	due, err := q.DB.Read(t.Context()).DueMails(false, 10)
	q.must(err)
	if len(due) != 1 || strings.Contains(string(due[0].Sealed), "ulla") {
		t.Errorf("%d in the database, open", len(due))
	}
	if q.deliver() != 1 || q.sent[0].To != "ulla@example.com" || q.deliver() != 0 || q.waiting().Waiting != 0 {
		t.Errorf(`got %+v %+v, want q.deliver() 1, to "ulla@example.com", q.deliver() 0, q.waiting().Waiting 0`, q.sent, q.waiting())
	}
	if err := q.put("no such kind", false); err == nil {
		t.Error("queued a mail that cannot be written")
	}
}

// TestMailsOfSeveralPrograms checks that each mail is sent once, even if
// several programs deliver at the same time.
func TestMailsOfSeveralPrograms(t *testing.T) {
	q := newQueue(t)
	const mails = 30
	for range mails {
		q.must(q.put(mail.TwoFactorAhead, false))
	}
	var programs sync.WaitGroup
	for range 4 {
		programs.Go(func() {
			if err := q.Deliver(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	programs.Wait()
	times := map[string]int{}
	for _, m := range q.sent {
		times[m.ID]++
	}
	if len(times) != mails || len(q.sent) != mails {
		t.Errorf("%d mails sent %d times", len(times), len(q.sent))
	}
}

// TestMailOfAKilledProgram checks that a mail is sent again after mailLease if
// the program was killed while it sent it. Both copies have the same ID, so
// that they can be recognised as duplicates.
func TestMailOfAKilledProgram(t *testing.T) {
	q := newQueue(t)
	q.must(q.put(mail.TwoFactorAhead, false))
	var ids []string
	q.fail = func(m mail.Message) error {
		ids = append(ids, m.ID)
		if len(ids) == 1 {
			panic("killed")
		}
		return nil
	}
	func() {
		defer func() { _ = recover() }()
		_ = q.Deliver(t.Context())
		t.Error("lived on")
	}()
	if q.deliver() != 0 {
		t.Error("taken from a program that may be sending it")
	}
	q.at = q.at.Add(mailLease)
	if q.deliver() != 1 || len(ids) != 2 || ids[0] != ids[1] || ids[0] == "" {
		t.Errorf("got %q, want q.deliver() 1, 2 of ids, ids[0] %v, some ids[0]", ids, ids[1])
	}
}

// TestMailIsTriedAgain checks that a failing mail is retried at growing
// intervals, and that after three days the audit log records that it was given
// up.
func TestMailIsTriedAgain(t *testing.T) {
	if testing.Short() {
		return // long
	}
	q := newQueue(t)
	q.must(q.put(mail.TwoFactorAhead, false))
	var tried []time.Time
	q.fail = func(mail.Message) error {
		tried = append(tried, q.at)
		return errServer
	}
	begun := q.at
	for q.waiting().Waiting > 0 && q.at.Before(begun.Add(100*time.Hour)) {
		q.deliver()
		if w := q.waiting(); w.Waiting > 0 && (w.Problem != "451 try later ?" || !w.Oldest.Equal(begun.Truncate(time.Millisecond))) {
			t.Fatalf(`q.waiting(): got %+v, want not (w.Waiting > 0 && (w.Problem != "451 try later ?" || !w.Oldest.Equal(begun.Truncate(time.Millisecond))))`, w)
		}
		q.at = q.at.Add(30 * time.Second)
	}
	gaps := []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute, 32 * time.Minute, time.Hour, time.Hour}
	for i, want := range gaps {
		if got := tried[i+1].Sub(tried[i]); got != want {
			t.Errorf("gap %d is %v", i, got)
		}
	}
	if last := tried[len(tried)-1].Sub(begun); last < portico.MailTTL || last > portico.MailTTL+time.Hour {
		t.Errorf("given up after %v", last)
	}
	events, err := q.DB.Read(t.Context()).Events("c", portico.EventQuery{Actions: []portico.Action{portico.MailGivenUp}}, store.EventCursor{}, 10)
	if err != nil || len(events) != 1 || events[0].TargetID != "id-ulla" {
		t.Errorf(`Events: got %+v %v, want no error, 1 of events, events[0].TargetID "id-ulla"`, events, err)
	}
}

// TestC16_RefusedMailsLinkIsNotKept checks that neither the log nor the
// database keeps a link or code that a mail server quotes in its error.
func TestC16_RefusedMailsLinkIsNotKept(t *testing.T) {
	q := newQueue(t)
	var log strings.Builder
	q.Log = slog.New(slog.NewTextHandler(&log, nil))
	const token = "kJ3_token-of-a-link"
	q.must(q.DB.Update(t.Context(), portico.CommandLine(), func(tx *store.Tx) error {
		a, err := tx.Account("id-ulla")
		if err != nil {
			return err
		}
		d := DataFor(a)
		d.Link, d.UnauthorizedURL, d.Code, d.Until = "http://portal/password/"+token, "http://portal/not-me/"+token+"2", "ABCD-EFGH", tx.Now
		return q.Queue(tx, mail.PasswordLink, a, d)
	}))
	q.fail = func(m mail.Message) error {
		return fmt.Errorf("554 spam: %s http://portal/not-me/%s2 ABCD-EFGH", m.Text, token)
	}
	q.deliver()
	if w := q.waiting(); !strings.HasPrefix(w.Problem, "554 spam") || strings.Contains(w.Problem+log.String(), token) || strings.Contains(w.Problem+log.String(), "ABCD-EFGH") {
		t.Errorf("q.waiting(): got %s\n%s, want w.Problem to begin with \"554 spam\", no %v in w.Problem+log.String(), no \"ABCD-EFGH\" in w.Problem+log.String()", w.Problem, log.String(), token)
	}
}

// TestMailServerThatFails checks that consecutive failures stop the delivery,
// because then the mail server is at fault, and that one bad address does not
// delay other mails.
func TestMailServerThatFails(t *testing.T) {
	q := newQueue(t)
	for range 10 {
		q.must(q.put(mail.TwoFactorAhead, false))
	}
	var tries atomic.Int64
	q.fail = func(mail.Message) error { tries.Add(1); return errServer }
	if q.deliver(); tries.Load() != mailsGivenUp {
		t.Errorf("tried %d", tries.Load())
	}
	bad := ""
	q.fail = func(m mail.Message) error {
		if bad == "" {
			bad = m.ID
		}
		if m.ID == bad {
			return errServer
		}
		return nil
	}
	q.at = q.at.Add(time.Hour)
	if q.deliver() != 9 || q.waiting().Waiting != 1 {
		t.Errorf("got %d, %+v, want q.deliver() 9, q.waiting().Waiting 1", len(q.sent), q.waiting())
	}
	for range 10 {
		q.must(q.put(mail.TwoFactorAhead, false))
	}
	tries.Store(0)
	q.fail = func(mail.Message) error { // every second mail fails
		if tries.Add(1)%2 == 0 {
			return errServer
		}
		return nil
	}
	if q.deliver() != 5 || tries.Load() != 10 {
		t.Errorf("tried %d of ten, of which every second is refused", tries.Load())
	}
}

// TestMailsThatSomebodyWaitsFor checks that urgent mails are sent before those
// of an import.
func TestMailsThatSomebodyWaitsFor(t *testing.T) {
	q := newQueue(t)
	for range 3 * mailsAtOnce {
		q.must(q.put(mail.TwoFactorAhead, true))
	}
	q.must(q.put(mail.GuessingAlert, false))
	asked := false
	q.fail = func(mail.Message) error {
		if len(q.sent) == 2 && !asked { // an urgent mail is queued meanwhile
			asked = true
			return q.put(mail.GuessingAlert, false)
		}
		return nil
	}
	if n := q.deliver(); n != 3*mailsAtOnce+2 {
		t.Fatalf("%d sent", n)
	}
	var urgent []int
	for i, m := range q.sent {
		if strings.Contains(m.Subject, "accounts") {
			urgent = append(urgent, i)
		}
	}
	if len(urgent) != 2 || urgent[0] != 0 || urgent[1] > mailsAtOnce+1 {
		t.Errorf("urgent ones at %v; %s", urgent, fmt.Sprint(q.sent[0].Subject))
	}
}

// TestRefusedMailIsNotTriedAgain checks that a mail to an address that the mail
// server refuses for good is not tried again, that the page and the log say so at
// once, and that a mail which arrives, or another address, ends that.
func TestRefusedMailIsNotTriedAgain(t *testing.T) {
	q := newQueue(t)
	refusal := func() portico.MailRefusal {
		t.Helper()
		r, err := q.DB.Read(t.Context()).MailRefusal("c", "id-ulla")
		q.must(err)
		return r
	}
	const token = "kJ3_token-of-a-link"
	q.must(q.DB.Update(t.Context(), portico.CommandLine(), func(tx *store.Tx) error {
		a, err := tx.Account("id-ulla")
		if err != nil {
			return err
		}
		d := DataFor(a)
		d.Link, d.Until = "http://portal/password/"+token, tx.Now
		return q.Queue(tx, mail.PasswordLink, a, d)
	}))
	q.must(q.put(mail.TwoFactorAhead, true)) // a server that refuses one address works for the others
	tried := 0
	q.fail = func(m mail.Message) error {
		tried++
		reason := "550 5.1.1 no such user\x00"
		if strings.Contains(m.Text, token) { // some servers quote what they refuse
			reason += " /password/" + token
		}
		return fmt.Errorf("sending by mail.example.com: %w", &mail.Refused{Reason: reason})
	}
	q.deliver()
	if w := q.waiting(); w.Waiting != 0 || tried != 2 {
		t.Errorf("%+v after %d attempts, want none waiting after one each", w, tried)
	}
	if r := refusal(); r.Reason != "550 5.1.1 no such user " || !r.At.Equal(q.at.Truncate(time.Millisecond)) {
		t.Errorf("the page says %+v", r)
	}
	events, err := q.DB.Read(t.Context()).Events("c", portico.EventQuery{Actions: []portico.Action{portico.MailRefused}}, store.EventCursor{}, 10)
	if err != nil || len(events) != 2 || events[1].TargetID != "id-ulla" || !strings.HasPrefix(events[1].Details, "password-link: 550 5.1.1 no such user") || strings.Contains(events[1].Details, token) {
		t.Errorf("%+v %v, want one for each mail, and no link", events, err)
	}
	q.fail = nil
	q.must(q.put(mail.TwoFactorAhead, false))
	if q.deliver() != 1 || refusal() != (portico.MailRefusal{}) {
		t.Errorf("the page says %+v after a mail has arrived", refusal())
	}
}

// TestRefusedAtAnotherAddress checks that the page says nothing of an address
// that the account does not have any more.
func TestRefusedAtAnotherAddress(t *testing.T) {
	q := newQueue(t)
	q.must(q.put(mail.TwoFactorAhead, false))
	q.must(q.DB.Update(t.Context(), portico.CommandLine(), func(tx *store.Tx) error {
		a, err := tx.Account("id-ulla")
		if err != nil {
			return err
		}
		a.Email = "ulla@example.net"
		return tx.SaveProfile(a.CustomerID, a.User)
	}))
	q.fail = func(mail.Message) error { return &mail.Refused{Reason: "550 gone"} }
	q.deliver()
	r, err := q.DB.Read(t.Context()).MailRefusal("c", "id-ulla")
	if q.must(err); q.waiting().Waiting != 0 || r != (portico.MailRefusal{}) {
		t.Errorf("%+v, %+v: want that the mail is gone and nothing is said of the present address", q.waiting(), r)
	}
}

// TestRefusedForNow checks that anything else is tried again.
func TestRefusedForNow(t *testing.T) {
	for _, problem := range []string{"450 4.2.0 greylisted", "554 5.7.1 spam", "421 closing"} {
		q := newQueue(t)
		q.must(q.put(mail.TwoFactorAhead, false))
		q.fail = func(mail.Message) error { return errors.New(problem) }
		q.deliver()
		r, err := q.DB.Read(t.Context()).MailRefusal("c", "id-ulla")
		if q.must(err); q.waiting().Waiting != 1 || r != (portico.MailRefusal{}) {
			t.Errorf("%s: %+v, %+v: want it to wait", problem, q.waiting(), r)
		}
	}
}
