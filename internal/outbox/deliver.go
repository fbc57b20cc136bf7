package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"
	"unicode"

	"portico"
	"portico/internal/audit"
	"portico/internal/mail"
	"portico/internal/store"
)

const (
	// mailsAtOnce is how many mails are sent before Deliver looks for more
	// urgent ones.
	mailsAtOnce = 20
	// mailsGivenUp is the number of consecutive failures after which Deliver
	// leaves the rest for later. So many failures mean that the mail server is
	// at fault, and not a single mail.
	mailsGivenUp = 3
	// longestPause is how long a mail server that is at fault is left alone at
	// most.
	longestPause = time.Minute
	// mostUnanswered is how often a mail is sent without an answer. A mail server
	// that takes mails and does not say so would send a link again and again.
	mostUnanswered = 2
	// endTimeout is how long a mail that is being sent may still take after the
	// program was told to stop.
	endTimeout = 10 * time.Second
)

// errTaken means that another program has taken the mail, or that it was
// deleted.
var errTaken = errors.New("the mail was taken by another program")

// Deliver sends the mails that are due. It returns when none is left, or
// earlier after mailsGivenUp consecutive failures, and then does nothing for a
// while. The error is from the database or the context: mails that cannot be sent
// are logged here and retried at growing intervals, unless the mail server refuses
// them. Deliver is called repeatedly, and may run in several programs that share a
// database. It sends each mail until the mail server answers, but not more than
// mostUnanswered times to one that does not.
func (o *Outbox) Deliver(ctx context.Context) error {
	if o.Now().Before(o.pausedUntil()) {
		return nil
	}
	for failed := 0; ; {
		due, err := o.due(ctx)
		if err != nil || len(due) == 0 {
			return err
		}
		for _, m := range due {
			switch answered, err := o.deliver(ctx, m); {
			case errors.Is(err, errTaken):
			case err != nil:
				return err
			case answered:
				failed = 0
				o.resume()
			default:
				failed++
			}
			if failed == mailsGivenUp {
				o.pause()
				return ctx.Err()
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
	}
}

// pause leaves the mail server alone for a while, twice as long as the last time.
func (o *Outbox) pause() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pauses = min(max(2*o.pauses, 5*time.Second), longestPause)
	o.paused = o.Now().Add(o.pauses)
}

func (o *Outbox) resume() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pauses, o.paused = 0, time.Time{}
}

func (o *Outbox) pausedUntil() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.paused
}

// due returns urgent mails that are due, or bulk mails if no urgent ones are.
func (o *Outbox) due(ctx context.Context) ([]store.Mail, error) {
	due, err := o.DB.Read(ctx).DueMails(false, mailsAtOnce)
	if err != nil || len(due) > 0 {
		return due, err
	}
	return o.DB.Read(ctx).DueMails(true, mailsAtOnce)
}

// deliver tries to send one mail. answered reports whether the mail server took
// it, or refused it. The error is errTaken or from the database.
func (o *Outbox) deliver(ctx context.Context, m store.Mail) (answered bool, err error) {
	if m, err = o.lease(ctx, m); err != nil {
		return false, err
	}
	if to, sent := o.unrecorded.Load(m.ID); sent {
		return true, o.recordSent(ctx, m, to.(string))
	}
	if m.Unanswered > mostUnanswered { // by programs that ended while they sent it
		return false, o.record(ctx, func(tx *store.Tx) error { return giveUp(tx, m, portico.Say(unanswered, m.Kind)) })
	}
	m, to, problem := o.sendLeased(ctx, m)
	if problem == nil {
		return true, o.recordSent(ctx, m, to)
	}
	if no := (*mail.Refused)(nil); errors.As(problem, &no) {
		o.Log.Warn("a mail is refused", "mail", m.ID, "kind", m.Kind, "user", string(m.UserID), "reason", no.Reason)
		return true, o.record(ctx, func(tx *store.Tx) error { return refuse(tx, m, to, oneLine(no.Reason)) })
	}
	if silent := (*mail.Unanswered)(nil); !errors.As(problem, &silent) {
		m.Unanswered--
	}
	m.Attempts, m.Problem = m.Attempts+1, oneLine(problem.Error())
	o.Log.Error("sending a mail", "mail", m.ID, "kind", m.Kind, "user", string(m.UserID), "attempt", m.Attempts, "error", problem)
	return false, o.record(ctx, func(tx *store.Tx) error { return reschedule(tx, m) })
}

// record makes a change that is due after a mail was sent, also during shutdown.
func (o *Outbox) record(ctx context.Context, change func(*store.Tx) error) error {
	ctx, cancel := store.Detached(ctx)
	defer cancel()
	return o.DB.Update(ctx, portico.System(portico.Origin{}), change)
}

// recordSent removes a mail that the mail server took. If the database is away, it
// remembers the mail, which must not be sent again when it is due again.
func (o *Outbox) recordSent(ctx context.Context, m store.Mail, to string) error {
	err := o.record(ctx, func(tx *store.Tx) error { return delivered(tx, m, to) })
	if err != nil {
		o.unrecorded.Store(m.ID, to)
		return err
	}
	o.unrecorded.Delete(m.ID)
	return nil
}

// send sends one mail and returns its address.
func (o *Outbox) send(ctx context.Context, m store.Mail) (to string, err error) {
	plain, err := o.Keys.Open(m.Sealed, string(m.UserID), store.PurposeMail)
	if err != nil {
		return "", fmt.Errorf("opening the mail: %w", err)
	}
	var l queuedMail
	if err := json.Unmarshal(plain, &l); err != nil {
		return "", fmt.Errorf("reading the mail: %w", err)
	}
	message, err := mail.Compose(mail.Kind(m.Kind), l.To, l.Data)
	if err != nil {
		return "", err
	}
	message.ID = m.ID
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), mail.SendTimeout)
	defer cancel()
	return l.To, redact(o.Sender.Send(ctx, message), l.Data)
}

// delivered removes a mail that the mail server took.
func delivered(tx *store.Tx, m store.Mail, to string) error {
	if err := tx.DeleteMail(m.ID); err != nil {
		return err
	}
	return tx.DeleteMailRefusal(m.UserID, to)
}

// refuse removes a mail to an address that the mail server refuses for good. The
// page of the user and the audit log say so, because nothing comes of it until
// somebody corrects the address.
func refuse(tx *store.Tx, m store.Mail, to, reason string) error {
	a, err := tx.Account(m.UserID)
	if errors.Is(err, store.ErrNotFound) { // removed meanwhile, and the mail with the account
		return nil
	}
	if err != nil {
		return err
	}
	if err := tx.DeleteMail(m.ID); err != nil {
		return err
	}
	if to == a.Email { // and not one that the account had before
		if err := tx.PutMailRefusal(a.ID, to, reason); err != nil {
			return err
		}
	}
	return audit.Record(tx, portico.Event{
		Action: portico.MailRefused, Actor: portico.System(portico.Origin{}), Told: portico.Verbatim(m.Kind + ": " + reason),
	}.Target(a.User))
}

// redact returns a mail server's error, of the same kind, without the secrets of the mail,
// because some servers quote the mails that they reject.
func redact(problem error, d mail.Data) error {
	if problem == nil {
		return nil
	}
	text := problem.Error()
	no := (*mail.Refused)(nil)
	if errors.As(problem, &no) {
		text = no.Reason
	}
	for _, secret := range []string{path.Base(d.Link), path.Base(d.UnauthorizedURL), d.Code} {
		if len(secret) > 1 { // path.Base("") is "."
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	if no != nil {
		return &mail.Refused{Reason: text}
	}
	if silent := (*mail.Unanswered)(nil); errors.As(problem, &silent) {
		return &mail.Unanswered{Err: errors.New(text)}
	}
	return errors.New(text)
}

// reschedule reschedules a mail that could not be sent: for a minute later, then
// twice as long each time, up to an hour. It gives the mail up after
// portico.MailTTL, and if the mail server may have taken it too often.
func reschedule(tx *store.Tx, m store.Mail) error {
	if m.Unanswered >= mostUnanswered {
		return giveUp(tx, m, portico.Say(unanswered, m.Kind))
	}
	if tx.Now.Sub(m.CreatedAt) < portico.MailTTL {
		later := min(time.Minute<<min(m.Attempts-1, 6), time.Hour)
		err := tx.RescheduleMail(m, tx.Now.Add(later))
		if errors.Is(err, store.ErrNotFound) { // deleted meanwhile, or taken by a program with a clock that is ahead
			return nil
		}
		return err
	}
	return giveUp(tx, m, portico.Verbatim(m.Kind))
}

// unanswered is why a mail is given up that may have arrived.
const unanswered portico.Text = "{0}: the mail server did not say whether it took the mail, which was sent twice"

// giveUp deletes a mail and records that and why in the audit log.
func giveUp(tx *store.Tx, m store.Mail, why portico.Message) error {
	a, err := tx.Account(m.UserID)
	if err != nil {
		return store.NotFound(err, nil) // deleted meanwhile, with the mail
	}
	if err := tx.DeleteMail(m.ID); err != nil {
		return err
	}
	return audit.Record(tx, portico.Event{
		Action: portico.MailGivenUp, Actor: portico.System(portico.Origin{}), Told: why,
	}.Target(a.User))
}

// oneLine returns a mail server's answer in a form that can be stored: valid
// UTF-8 and printable, at most 300 characters.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if runes := []rune(s); len(runes) > 300 {
		s = string(runes[:300])
	}
	return s
}
