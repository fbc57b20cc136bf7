package mail

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/textproto"
	"net/url"
	"regexp"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
	"golang.org/x/net/idna"
)

// Server is a mail server and how to reach it.
type Server struct {
	// Address is smtp://[user:password@]host[:port] with STARTTLS, which only a
	// server on this machine may lack, or smtps:// with TLS from the start.
	Address string
	// Hello is the name that the portal gives itself (EHLO): a host name or an
	// address.
	Hello string
	// ClearText lets a server at a private address lack TLS as well.
	ClearText bool
}

// How long the mail server may take, as RFC 5321 (4.5.3.2) says. A server that
// looks at a mail before it takes it is slow at the end of the data. A client that
// gives up there does not know whether the mail was taken, and sends it twice.
const (
	commandTimeout = 5 * time.Minute  // for the connection with its greeting, TLS and log-in, and for each command after that
	dataTimeout    = 2 * time.Minute  // until it wants the data
	blockTimeout   = 3 * time.Minute  // for the data: a mail is one block
	acceptTimeout  = 10 * time.Minute // from the end of the data until it has taken the mail
	quitTimeout    = 10 * time.Second // for the goodbye, which decides nothing
)

// checkTimeout is how long a check waits at each step, because somebody waits for it.
const checkTimeout = 10 * time.Second

// SendTimeout is how long Send takes at most.
const SendTimeout = 2*commandTimeout + 2*commandTimeout + dataTimeout + blockTimeout + acceptTimeout + quitTimeout

// smtpsPort is where mail servers expect TLS from the start (RFC 8314, 3.3).
const smtpsPort = "465"

type smtpSender struct {
	host    string // an IPv6 address is in brackets
	from    mailbox
	now     func() time.Time
	wait    time.Duration // for the connection, and for each command
	options []gomail.Option
}

// NewSMTP returns a Sender for a mail server. It returns an error if the server
// or the sender cannot be used.
func NewSMTP(server Server, from string, now func() time.Time) (Sender, error) {
	return newSMTP(server, from, now)
}

func newSMTP(server Server, from string, now func() time.Time) (*smtpSender, error) {
	u, port, err := parseAddress(server.Address)
	if err != nil {
		return nil, err
	}
	sender, err := parseSender(from)
	if err != nil {
		return nil, err
	}
	host, err := hostOf(u)
	if err != nil {
		return nil, err
	}
	hello, err := helloOf(server.Hello)
	if err != nil {
		return nil, err
	}
	s := &smtpSender{host: host, from: sender, now: now, wait: commandTimeout}
	s.options = append(s.options, gomail.WithHELO(hello))
	if port != 0 { // first, to prevent a fallback to port 25
		s.options = append(s.options, gomail.WithPort(port))
	}
	protection, err := protectionOf(u, host, server.ClearText)
	if err != nil {
		return nil, err
	}
	s.options = append(s.options, protection...)
	if password, has := u.User.Password(); has {
		s.options = append(s.options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(u.User.Username()), gomail.WithPassword(password))
	}
	return s, nil
}

// hostOf returns the host of an address, in the form that is dialled.
func hostOf(u *url.URL) (string, error) {
	host := u.Hostname()
	if strings.Contains(host, ":") {
		return "[" + host + "]", nil
	}
	if ascii, err := idna.Lookup.ToASCII(host); err == nil {
		return ascii, nil
	}
	if strings.ContainsFunc(host, func(r rune) bool { return r > '~' }) {
		return "", fmt.Errorf("the mail server %s is not a host name", host)
	}
	return host, nil // such as one with an underscore, which resolvers take
}

// helloOf returns the name for EHLO: a host name, or an address in the form of
// RFC 5321, 4.1.3.
func helloOf(name string) (string, error) {
	if ip, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil {
		if ip.Is6() {
			return "[IPv6:" + ip.WithZone("").String() + "]", nil
		}
		return "[" + ip.String() + "]", nil
	}
	ascii, err := idna.Lookup.ToASCII(name)
	if err != nil || name == "" {
		return "", fmt.Errorf("the name for the mail server (EHLO), %q, is not a host name such as portal.example.com: give --smtp-hello", name)
	}
	return ascii, nil
}

// protectionOf returns the options that decide about TLS.
func protectionOf(u *url.URL, host string, clearText bool) ([]gomail.Option, error) {
	ip, ipErr := netip.ParseAddr(u.Hostname())
	local := host == "localhost" || ipErr == nil && ip.Unmap().IsLoopback()
	switch {
	case u.Scheme == "smtps" && clearText:
		return nil, errors.New("smtps:// is TLS from the start, and never clear text: give smtp://, or no clear text")
	case u.Scheme == "smtps":
		return []gomail.Option{gomail.WithSSLPort(false)}, nil
	case u.Port() == smtpsPort:
		return nil, errors.New("mail servers expect TLS from the start on port 465: give smtps:// in place of smtp://")
	case clearText && ipErr == nil && !private(ip):
		return nil, fmt.Errorf("the mail server %s has a public address, and clear text is for this machine and private addresses alone", ip)
	case !local && !clearText:
		return []gomail.Option{gomail.WithTLSPortPolicy(gomail.TLSMandatory)}, nil
	}
	// Such a server may lack TLS, so a certificate that nobody has signed is no
	// worse: Debian's Postfix has one.
	unverified := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12, InsecureSkipVerify: true} //nolint:gosec // see above
	options := []gomail.Option{gomail.WithTLSPortPolicy(gomail.TLSOpportunistic), gomail.WithTLSConfig(unverified)}
	if !local {
		options = append(options, gomail.WithDialContextFunc(dialPrivate))
	}
	return options, nil
}

// private reports whether only this machine or its own network reaches an
// address.
func private(ip netip.Addr) bool {
	ip = ip.Unmap()
	return ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast()
}

// dialPrivate connects to a private address, and to no other one that a name
// leads to.
func dialPrivate(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	to, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil || !private(to.Addr()) {
		return nil, errors.Join(fmt.Errorf("it is at %s, a public address, and clear text is for this machine and private addresses alone", conn.RemoteAddr()), conn.Close())
	}
	return conn, nil
}

func (s *smtpSender) Send(ctx context.Context, m Message) error {
	to, err := parseRecipient(m)
	if err != nil {
		return err
	}
	err = s.with(ctx, to, func(c *smtp.Client) error {
		eightBit, _ := c.Extension("8BITMIME")
		msg, err := build(m, s.from, to, s.now(), eightBit)
		if err != nil {
			return err
		}
		var whole bytes.Buffer // before DATA, so that no part of a mail is sent as a mail
		if _, err := msg.WriteTo(&whole); err != nil {
			return err
		}
		if err := s.address(c, to); err != nil {
			return err
		}
		return hand(c, whole.Bytes())
	})
	if err != nil {
		return fmt.Errorf("sending by %s: %w", s.host, err)
	}
	return nil
}

// hand hands the mail to the server. It returns *Refused or *Unanswered as Send
// does.
func hand(c *smtp.Client, whole []byte) error {
	if err := c.UpdateDeadline(dataTimeout); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return refusal(err)
	}
	if err = c.UpdateDeadline(blockTimeout); err == nil {
		_, err = w.Write(whole)
	}
	if err == nil {
		err = c.UpdateDeadline(acceptTimeout)
	}
	if err != nil {
		_ = c.Text.Close() // another command would end the data first, and the server take what has arrived
		return err
	}
	err = w.Close()
	if answer := (*textproto.Error)(nil); err == nil || errors.As(err, &answer) {
		return refusal(err)
	}
	return &Unanswered{err}
}

// CheckSMTP connects to a mail server and logs in, as for sending a mail, but
// sends none. With an address, it also asks whether the server takes a mail to
// it.
func CheckSMTP(ctx context.Context, server Server, from, to string, now func() time.Time) error {
	s, err := newSMTP(server, from, now)
	if err != nil {
		return err
	}
	s.wait = checkTimeout
	var recipient mailbox
	if to != "" {
		if recipient, err = parseRecipient(Message{To: to}); err != nil {
			return err
		}
	}
	err = s.with(ctx, recipient, func(c *smtp.Client) error {
		if to == "" {
			return nil
		}
		if err := s.address(c, recipient); err != nil {
			return err
		}
		return c.Reset()
	})
	if err != nil {
		return fmt.Errorf("reaching %s: %w", s.host, err)
	}
	return nil
}

// with connects to the mail server, calls f, and leaves it. If ctx ends, the
// connection is closed.
func (s *smtpSender) with(ctx context.Context, to mailbox, f func(*smtp.Client) error) error {
	options := append(s.options[:len(s.options):len(s.options)], gomail.WithTimeout(s.wait))
	international := to.international() || s.from.international()
	if !international {
		options = append(options, gomail.WithoutSMTPUTF8())
	}
	dialer, err := gomail.NewClient(s.host, options...)
	if err != nil {
		return fmt.Errorf("preparing the mail server: %w", err)
	}
	c, err := connect(ctx, dialer)
	if err != nil {
		return explained(err)
	}
	// Client.Close would wait for the answer to the command that is under way.
	stop := context.AfterFunc(ctx, func() { _ = c.Text.Close() })
	defer stop()
	if takes, _ := c.Extension("SMTPUTF8"); international && !takes {
		err = &Refused{"it takes no address with other letters than ASCII before the @ (SMTPUTF8)"}
	}
	if err == nil {
		err = f(c)
	}
	if c.UpdateDeadline(quitTimeout) != nil || c.Quit() != nil { // this decides nothing: the server has taken the mail, or not
		_ = c.Close()
	}
	return err
}

// connect connects and logs in, but not for longer than ctx lasts.
func connect(ctx context.Context, dialer *gomail.Client) (*smtp.Client, error) {
	type connected struct {
		c   *smtp.Client
		err error
	}
	done := make(chan connected, 1)
	go func() {
		c, err := dialer.DialToSMTPClientWithContext(ctx)
		done <- connected{c, err}
	}()
	select {
	case made := <-done:
		return made.c, made.err
	case <-ctx.Done():
		go func() { // the library ends by its own time
			if made := <-done; made.err == nil {
				_ = made.c.Close()
			}
		}()
		return nil, ctx.Err()
	}
}

// address tells the server who sends a mail and to whom. It returns *Refused if
// the server refuses the recipient for good. A refusal of the sender is about the
// portal's settings, and would concern each mail.
func (s *smtpSender) address(c *smtp.Client, to mailbox) error {
	if err := c.UpdateDeadline(s.wait); err != nil {
		return err
	}
	if err := c.Mail(s.from.envelope()); err != nil {
		return fmt.Errorf("the sender %s: %w", s.from.Address.Address, err)
	}
	if err := c.UpdateDeadline(s.wait); err != nil {
		return err
	}
	return refusal(c.Rcpt(to.envelope()))
}

// refusal returns *Refused for an answer that refuses the recipient or the mail for
// good, and other errors as they are.
func refusal(err error) error {
	var answer *textproto.Error
	if errors.As(err, &answer) && answer.Code >= 500 && !aboutUs(answer) {
		return &Refused{fmt.Sprintf("%d %s", answer.Code, oneLine(answer.Msg))}
	}
	return err
}

var relaying = regexp.MustCompile(`(?i)relay|authenticat`)

// aboutUs reports whether a refusal is of the portal rather than of the
// recipient. Such a refusal ends when the server or the settings are put right,
// so the mail must not be lost.
func aboutUs(answer *textproto.Error) bool {
	return answer.Code == 530 || answer.Code == 535 || answer.Code == 538 || relaying.MatchString(answer.Msg)
}

// explained adds to an error what to do about it.
func explained(err error) error {
	var header tls.RecordHeaderError
	var op *net.OpError
	switch {
	case errors.As(err, &header):
		return fmt.Errorf("%w: it does not begin with TLS; give smtp:// in place of smtps://", err)
	case errors.As(err, &op) && op.Op == "read" && op.Timeout():
		return fmt.Errorf("%w: it does not say hello; if it expects TLS from the start, give smtps://", err)
	case strings.Contains(err.Error(), "does not support STARTTLS"):
		return errors.New("it offers no TLS (STARTTLS), so links would travel in clear text; if it is in a private network, give --smtp-clear-text, and if it expects TLS from the start, smtps://")
	}
	return err
}
