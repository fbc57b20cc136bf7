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
	// mailTime limits how long the mail server may take for one mail.
	mailTime = 10 * time.Second
	// mailLease is how long a mail is reserved for the program that sends it.
	// If that program is killed while it sends, another one takes the mail over
	// and may send it a second time.
	mailLease = time.Minute
	// mailsAtOnce is how many mails are sent before Deliver looks for more
	// urgent ones.
	mailsAtOnce = 20
	// mailsGivenUp is the number of consecutive failures after which Deliver
	// leaves the rest for later. So many failures mean that the mail server is
	// at fault, and not a single mail.
	mailsGivenUp = 3
)

// errTaken means that another program has taken the mail, or that it was
// deleted.
var errTaken = errors.New("the mail was taken by another program")

// Deliver sends the mails that are due. It returns when none is left, or
// earlier after mailsGivenUp consecutive failures. The error is from the
// database or the context: mails that cannot be sent are logged here and
// retried at growing intervals, unless the mail server refuses the address.
// Deliver is called repeatedly, may run in several programs that share a
// database, and sends each mail at least once.
func (o *Outbox) Deliver(ctx context.Context) error {
	for failed := 0; failed < mailsGivenUp; {
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
			default:
				failed++
			}
			if failed == mailsGivenUp || ctx.Err() != nil {
				return ctx.Err()
			}
		}
	}
	return nil
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
// it, or refused the address. The error is errTaken or from the database.
func (o *Outbox) deliver(ctx context.Context, m store.Mail) (answered bool, err error) {
	ctx, cancel := store.Detached(ctx) // a mail that was sent must be marked as sent, even during shutdown
	defer cancel()
	if m, err = o.lease(ctx, m); err != nil {
		return false, err
	}
	to, problem := o.send(ctx, m)
	if problem == nil {
		return true, o.DB.Update(ctx, portico.System(portico.Origin{}), func(tx *store.Tx) error { return delivered(tx, m, to) })
	}
	if no := (*mail.Refused)(nil); errors.As(problem, &no) {
		o.Log.Warn("a mail is refused", "mail", m.ID, "kind", m.Kind, "user", string(m.UserID), "reason", no.Reason)
		return true, o.DB.Update(ctx, portico.System(portico.Origin{}), func(tx *store.Tx) error { return refuse(tx, m, to, oneLine(no.Reason)) })
	}
	m.Attempts, m.Problem = m.Attempts+1, oneLine(problem.Error())
	o.Log.Error("sending a mail", "mail", m.ID, "kind", m.Kind, "user", string(m.UserID), "attempt", m.Attempts, "error", problem)
	return false, o.DB.Update(ctx, portico.System(portico.Origin{}), func(tx *store.Tx) error { return reschedule(tx, m) })
}

// lease reserves a mail for mailLease.
func (o *Outbox) lease(ctx context.Context, m store.Mail) (store.Mail, error) {
	taken, err := store.Update(ctx, o.DB, portico.System(portico.Origin{}), func(tx *store.Tx) (store.Mail, error) {
		taken := m
		taken.DueAt = tx.Now.Add(mailLease)
		return taken, tx.RescheduleMail(m, taken.DueAt)
	})
	if errors.Is(err, store.ErrNotFound) {
		err = errTaken
	}
	return taken, err
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
	ctx, cancel := context.WithTimeout(ctx, mailTime)
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
		Action: portico.MailRefused, Actor: portico.System(portico.Origin{}), Details: m.Kind + ": " + reason,
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
	return errors.New(text)
}

// reschedule reschedules a mail that could not be sent: for a minute later, then
// twice as long each time, up to an hour. After portico.MailTTL it deletes the
// mail and records that in the audit log.
func reschedule(tx *store.Tx, m store.Mail) error {
	if tx.Now.Sub(m.CreatedAt) < portico.MailTTL {
		later := min(time.Minute<<min(m.Attempts-1, 6), time.Hour)
		err := tx.RescheduleMail(m, tx.Now.Add(later))
		if errors.Is(err, store.ErrNotFound) { // deleted meanwhile, or taken by a program with a clock that is ahead
			return nil
		}
		return err
	}
	a, err := tx.Account(m.UserID)
	if err != nil {
		return store.NotFound(err, nil) // deleted meanwhile, with the mail
	}
	if err := tx.DeleteMail(m.ID); err != nil {
		return err
	}
	return audit.Record(tx, portico.Event{
		Action: portico.MailGivenUp, Actor: portico.System(portico.Origin{}), Details: m.Kind,
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
