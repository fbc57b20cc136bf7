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
	"net"
	netmail "net/mail"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// Message is one mail to one recipient. ID stays the same if the mail is sent
// again, so that mail programs can recognise duplicates. It may be "" for a
// mail that is sent once.
type Message struct{ ID, To, Name, Subject, Text, HTML string }

// Sender sends mails. It has two implementations: SMTP, and files in a
// directory.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// build returns the MIME message, with a part in plain text and one in HTML.
// go-mail encodes the headers, so that no name or subject can add a header.
func build(m Message, from string, now time.Time) (*gomail.Msg, error) {
	msg := gomail.NewMsg()
	if err := msg.From(from); err != nil {
		return nil, fmt.Errorf("reading the sender %q: %w", from, err)
	}
	// AddToFormat does not escape quotes in a name, and such a mail would not
	// be sent.
	to := netmail.Address{Name: oneLine(m.Name), Address: m.To}
	if err := msg.AddTo(to.String()); err != nil {
		return nil, fmt.Errorf("reading the address: %w", err)
	}
	msg.Subject(oneLine(m.Subject))
	msg.SetDateWithValue(now)
	if _, domain, ok := strings.Cut(from, "@"); ok && m.ID != "" {
		msg.SetMessageIDWithValue(m.ID + "@" + strings.Trim(domain, "> "))
	} else {
		msg.SetMessageID()
	}
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	return msg, nil
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

type smtpSender struct {
	host    string
	from    string
	now     func() time.Time
	options []gomail.Option
}

// sendTime limits how long the mail server may take.
const sendTime = 10 * time.Second

// NewSMTP returns a Sender for a mail server:
// smtp://[user:password@]host[:port] with STARTTLS, which only a server on this
// machine may lack, or smtps:// with TLS from the start. It returns an error if
// address or from cannot be parsed.
func NewSMTP(address, from string, now func() time.Time) (Sender, error) {
	return newSMTP(address, from, now)
}

func newSMTP(address, from string, now func() time.Time) (*smtpSender, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return nil, errors.New("the mail server is not written as smtp://host:port or smtps://host:port")
	}
	if _, err := build(Message{To: "somebody@example.com"}, from, now()); err != nil {
		return nil, err
	}
	s := &smtpSender{host: u.Hostname(), from: from, now: now}
	s.options = append(s.options, gomail.WithTimeout(sendTime))
	if u.Port() != "" { // first, to prevent a fallback to port 25
		port, err := strconv.Atoi(u.Port())
		if err != nil {
			return nil, fmt.Errorf("reading the port of the mail server: %w", err)
		}
		s.options = append(s.options, gomail.WithPort(port))
	}
	switch {
	case u.Scheme == "smtps":
		s.options = append(s.options, gomail.WithSSLPort(false))
	case loopback(u.Hostname()):
		s.options = append(s.options, gomail.WithTLSPortPolicy(gomail.TLSOpportunistic))
	default:
		s.options = append(s.options, gomail.WithTLSPortPolicy(gomail.TLSMandatory))
	}
	if password, has := u.User.Password(); has {
		s.options = append(s.options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(u.User.Username()), gomail.WithPassword(password))
	}
	return s, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (s *smtpSender) Send(ctx context.Context, m Message) error {
	msg, err := build(m, s.from, s.now())
	if err != nil {
		return err
	}
	client, err := gomail.NewClient(s.host, s.options...)
	if err != nil {
		return fmt.Errorf("preparing the mail server: %w", err)
	}
	if err := client.DialAndSendWithContext(ctx, msg); err != nil {
		return fmt.Errorf("sending by %s: %w", s.host, err)
	}
	return nil
}

// CheckSMTP connects to a mail server and logs in, as for sending a mail, but
// sends none.
func CheckSMTP(ctx context.Context, address, from string, now func() time.Time) error {
	s, err := newSMTP(address, from, now)
	if err != nil {
		return err
	}
	client, err := gomail.NewClient(s.host, s.options...)
	if err != nil {
		return fmt.Errorf("preparing the mail server: %w", err)
	}
	if err := client.DialWithContext(ctx); err != nil {
		return fmt.Errorf("reaching %s: %w", s.host, err)
	}
	if err := client.Close(); err != nil {
		return fmt.Errorf("leaving %s: %w", s.host, err)
	}
	return nil
}

type outbox struct {
	dir, from string
	now       func() time.Time
	written   atomic.Int64 // orders mails of the same instant
}

// NewOutbox returns a Sender that writes each mail to a file in a directory.
// The files contain links that allow access to accounts, so directory and files
// are created for the portal's user alone.
func NewOutbox(dir, from string, now func() time.Time) (Sender, error) {
	if _, err := build(Message{To: "somebody@example.com"}, from, now()); err != nil {
		return nil, err
	}
	return &outbox{dir: dir, from: from, now: now}, nil
}

// Send writes the file atomically. Its name begins with the time, so that names
// sort in the order of sending.
func (o *outbox) Send(_ context.Context, m Message) (err error) {
	now := o.now().UTC()
	msg, err := build(m, o.from, now)
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
