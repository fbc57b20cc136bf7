package auth

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

// purposeMail is the associated data of mails that wait to be sent.
const purposeMail = "mail"

const (
	// mailTime is how long the mail server may take for one mail.
	mailTime = 10 * time.Second
	// mailLease is for how long a mail belongs to whoever has taken it. A
	// program that is killed while it sends leaves it to the next one, which
	// may send it a second time.
	mailLease = time.Minute
	// mailsAtOnce is how many are sent before it is looked for more urgent ones.
	mailsAtOnce = 20
	// mailsGivenUp is after how many failures in a row the rest is left for
	// later: it is the mail server that fails.
	mailsGivenUp = 3
)

// errTaken says that somebody else has taken a mail meanwhile.
var errTaken = errors.New("the mail was taken by another program")

// Deliver sends the mails that are due, and returns when there are none left.
// It is called again and again, may run in several programs over one database,
// and sends each mail at least once. What the mail server does not take is
// logged here and tried again, less and less often.
func (n *Notices) Deliver(ctx context.Context) error {
	for failed := 0; failed < mailsGivenUp; {
		due, err := n.due(ctx)
		if err != nil || len(due) == 0 {
			return err
		}
		for _, m := range due {
			switch sent, err := n.deliver(ctx, m); {
			case errors.Is(err, errTaken):
			case err != nil:
				return err
			case sent:
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

// due lists what somebody waits for, or else what can wait.
func (n *Notices) due(ctx context.Context) ([]store.Mail, error) {
	due, err := n.DB.Read(ctx).DueMails(false, mailsAtOnce)
	if err != nil || len(due) > 0 {
		return due, err
	}
	return n.DB.Read(ctx).DueMails(true, mailsAtOnce)
}

// deliver tries one mail. The error is errTaken, or of the database.
func (n *Notices) deliver(ctx context.Context, m store.Mail) (sent bool, err error) {
	ctx, cancel := store.Late(ctx) // what went out is marked, also when the program ends
	defer cancel()
	if m, err = n.take(ctx, m); err != nil {
		return false, err
	}
	problem := n.send(ctx, m)
	if problem == nil {
		return true, n.DB.Update(ctx, portico.System(portico.Origin{}), func(tx *store.Tx) error { return tx.DeleteMail(m.ID) })
	}
	m.Attempts, m.Problem = m.Attempts+1, oneLine(problem.Error())
	n.Log.Error("sending a mail", "mail", m.ID, "kind", m.Kind, "user", string(m.UserID), "attempt", m.Attempts, "error", problem)
	return false, n.DB.Update(ctx, portico.System(portico.Origin{}), func(tx *store.Tx) error { return putOff(tx, m) })
}

// take makes a mail nobody else's for the time of mailLease.
func (n *Notices) take(ctx context.Context, m store.Mail) (store.Mail, error) {
	taken := m
	err := n.DB.Update(ctx, portico.System(portico.Origin{}), func(tx *store.Tx) error {
		taken.DueAt = tx.Now.Add(mailLease)
		return tx.PutOffMail(m, taken.DueAt)
	})
	if notFound(err) {
		err = errTaken
	}
	return taken, err
}

func (n *Notices) send(ctx context.Context, m store.Mail) error {
	plain, err := n.Keys.Open(m.Sealed, string(m.UserID), purposeMail)
	if err != nil {
		return fmt.Errorf("opening the mail: %w", err)
	}
	var l letter
	if err := json.Unmarshal(plain, &l); err != nil {
		return fmt.Errorf("reading the mail: %w", err)
	}
	message, err := mail.Compose(mail.Kind(m.Kind), l.To, l.Data)
	if err != nil {
		return err
	}
	message.ID = m.ID
	ctx, cancel := context.WithTimeout(ctx, mailTime)
	defer cancel()
	return unquoted(n.Sender.Send(ctx, message), l.Data)
}

// unquoted is what a mail server answered without what the mail lets somebody
// in with: some servers quote what they refuse.
func unquoted(problem error, d mail.Data) error {
	if problem == nil {
		return nil
	}
	text := problem.Error()
	for _, secret := range []string{path.Base(d.Link), path.Base(d.NotMe), d.Code} {
		if len(secret) > 1 { // path.Base is "." or "/" of nothing
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	return errors.New(text)
}

// putOff leaves a mail that failed for later: a minute, then twice as long each
// time up to an hour. After portico.MailTime it is given up, which the audit log
// tells.
func putOff(tx *store.Tx, m store.Mail) error {
	if tx.Now.Sub(m.CreatedAt) < portico.MailTime {
		later := min(time.Minute<<min(m.Attempts-1, 6), time.Hour)
		err := tx.PutOffMail(m, tx.Now.Add(later))
		if notFound(err) { // taken back, or by somebody whose clock is ahead
			return nil
		}
		return err
	}
	a, err := tx.Account(m.UserID)
	if err != nil {
		return err
	}
	if err := tx.DeleteMail(m.ID); err != nil {
		return err
	}
	return audit.Record(tx, portico.Event{
		Action: portico.MailGivenUp, Actor: portico.System(portico.Origin{}), Details: m.Kind,
	}.Target(a.User))
}

// oneLine brings what a mail server answered into a form that can be stored.
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
