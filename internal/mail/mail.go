// Package mail owns the portal's mails: their texts, and sending them by SMTP
// or writing them into a directory.
//
// It does not decide who is notified of what, and it keeps no queue: if a mail
// cannot be sent, Send returns an error, and the caller must try again.
package mail

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// Message is one mail to one recipient. ID stays the same if the mail is sent
// again, so that mail programs can recognise duplicates. It may be "" for a
// mail that is sent once. Language is a BCP 47 tag, or "".
type Message struct{ ID, To, Name, Language, Subject, Text, HTML string }

// Refused means that the mail server refuses a mail or its address for good, so
// that sending it again is of no use.
type Refused struct{ Reason string }

func (r *Refused) Error() string { return r.Reason }

// Unanswered means that the mail server was given a whole mail and did not say
// whether it took it.
type Unanswered struct{ Err error }

func (u *Unanswered) Error() string {
	return "the mail server did not say whether it took the mail: " + u.Err.Error()
}
func (u *Unanswered) Unwrap() error { return u.Err }

// Sender sends mails. It has two implementations: SMTP, and files in a
// directory. Send returns *Refused if the mail server refuses the mail for good, and
// *Unanswered if it may have taken it. After any other error, it did not.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

type outbox struct {
	dir     string
	from    mailbox
	now     func() time.Time
	written atomic.Int64 // orders mails of the same instant
}

// NewOutbox returns a Sender that writes each mail to a file in a directory.
// The files contain links that allow access to accounts, so directory and files
// are created for the portal's user alone.
func NewOutbox(dir, from string, now func() time.Time) (Sender, error) {
	sender, err := parseSender(from)
	if err != nil {
		return nil, err
	}
	return &outbox{dir: dir, from: sender, now: now}, nil
}

// Send writes the file atomically. Its name begins with the time, so that names
// sort in the order of sending.
func (o *outbox) Send(_ context.Context, m Message) (err error) {
	now := o.now().UTC()
	to, err := parseRecipient(m)
	if err != nil {
		return err
	}
	msg, err := build(m, o.from, to, now, true)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(o.dir, 0o700); err != nil {
		return fmt.Errorf("making the outbox: %w", err)
	}
	unique := fmt.Sprintf("%08d-%s", o.written.Add(1), rand.Text()[:6])
	name := filepath.Join(o.dir, now.Format("20060102T150405.000Z-")+unique)
	f, err := os.OpenFile(name+".tmp", os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("writing into the outbox: %w", err)
	}
	_, err = msg.WriteTo(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(fmt.Errorf("writing into the outbox: %w", err), os.Remove(name+".tmp"))
	}
	if err := os.Rename(name+".tmp", name+".eml"); err != nil {
		return fmt.Errorf("writing into the outbox: %w", err)
	}
	return nil
}
