// Package syslog owns sending messages to a syslog server: their form (RFC 5424),
// and connections over TLS (RFC 5425) or, on this machine, over TCP. Each message
// has its length in front (octet counting).
//
// It does not decide what is sent, nor when something is sent again.
package syslog

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/leodido/go-syslog/v4/rfc5424"
)

// priority says what every message is: facility 13 (log audit), severity 6
// (informational).
const priority = 13*8 + 6

// Message is a message before it is written as RFC 5424 says. What a field cannot
// hold is left out.
type Message struct {
	At   time.Time
	Host string // where it comes from
	App  string // the program
	Proc string // its process
	ID   string // kind of message
	Text string
}

// Server is a syslog server.
type Server struct {
	address string // host and port
	tls     *tls.Config
}

// ParseURL reads the address of a server: syslog+tls://host:port or, on this
// machine, syslog://host:port. No part of it is in the error.
func ParseURL(address string) (*Server, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || !validPort(u.Port()) {
		return nil, errors.New("give scheme, host and port alone, such as syslog+tls://logs.example.com:6514")
	}
	host := u.Hostname()
	switch u.Scheme {
	case "syslog+tls":
		config := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12, ClientSessionCache: tls.NewLRUClientSessionCache(1)}
		return &Server{net.JoinHostPort(host, portOr(u, 6514)), config}, nil
	case "syslog":
		if ip, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !ip.IsLoopback()) {
			return nil, errors.New("syslog:// has no TLS and is for this machine alone, such as syslog://localhost:514; for another one, give syslog+tls://")
		}
		return &Server{net.JoinHostPort(host, portOr(u, 514)), nil}, nil
	}
	return nil, errors.New("give an address that begins with syslog+tls:// or syslog://")
}

// validPort reports whether a port is a number that a server can have, or none.
func validPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil && n > 0
}

func portOr(u *url.URL, usual int) string {
	if port := u.Port(); port != "" {
		return port
	}
	return strconv.Itoa(usual)
}

// Send sends messages over a connection of their own. It returns nil once the
// server has read all of them: syslog has no answers, so the portal ends its side
// of the connection, and a server ends the other side when it has come to that.
// With an error, the server may have some of them or all.
func (s *Server) Send(ctx context.Context, messages []Message) error {
	return s.with(ctx, func(conn net.Conn) error {
		to := bufio.NewWriter(conn)
		for _, m := range messages {
			text, err := m.format()
			if err != nil {
				return err
			}
			_, _ = fmt.Fprintf(to, "%d %s", len(text), text) // Flush returns the error
		}
		return to.Flush()
	})
}

// Check returns an error if the server cannot be reached, or is another one than
// its certificate says.
func (s *Server) Check(ctx context.Context) error {
	return s.with(ctx, func(net.Conn) error { return nil })
}

// with runs f with a connection, and waits until the server has ended it.
func (s *Server) with(ctx context.Context, f func(net.Conn) error) error {
	conn, err := s.dial(ctx)
	if err != nil {
		return s.failed(ctx, "connecting", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() }) // ends what waits
	defer stop()
	defer func() { _ = conn.Close() }() // ended already, or given up
	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, conn)
		ended <- err
	}()
	if err := f(conn); err != nil {
		return s.failed(ctx, "sending", err)
	}
	select {
	case err := <-ended:
		return s.failed(ctx, "it ended the connection before it had everything", err)
	default:
	}
	if err := endWriting(conn); err != nil {
		return s.failed(ctx, "ending the connection", err)
	}
	if err := <-ended; err != nil {
		return s.failed(ctx, "waiting until it has read everything", err)
	}
	return nil
}

func (s *Server) dial(ctx context.Context) (net.Conn, error) {
	if s.tls == nil {
		return new(net.Dialer).DialContext(ctx, "tcp", s.address)
	}
	return (&tls.Dialer{Config: s.tls}).DialContext(ctx, "tcp", s.address)
}

// endWriting tells the server that nothing follows.
func endWriting(conn net.Conn) error {
	if secure, ok := conn.(*tls.Conn); ok {
		if err := secure.CloseWrite(); err != nil {
			return err
		}
		conn = secure.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		return tcp.CloseWrite()
	}
	return nil
}

// failed says what failed at the server, in the same words each time that it
// fails: without the port of this end, the name of the system call and the time
// of day.
func (s *Server) failed(ctx context.Context, doing string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("the syslog server %s did not answer in time (%s): %w", s.address, doing, ctx.Err())
	}
	if op := (*net.OpError)(nil); errors.As(err, &op) {
		err = op.Err
	}
	if number := syscall.Errno(0); errors.As(err, &number) {
		err = number
	}
	if expired := (x509.CertificateInvalidError{}); errors.As(err, &expired) && expired.Reason == x509.Expired {
		err = errors.New("its certificate has expired, or is not valid yet")
	}
	return fmt.Errorf("the syslog server %s failed (%s): %w", s.address, doing, cmp.Or(err, io.EOF))
}

// format returns the message as RFC 5424 says. The text has no mark of the byte
// order in front (MSG-ANY), because programs that read JSON stumble over it.
func (m Message) format() (string, error) {
	var to rfc5424.SyslogMessage
	to.SetPriority(priority).SetVersion(1).SetTimestamp(m.At.UTC().Format("2006-01-02T15:04:05.000Z")).
		SetHostname(m.Host).SetAppname(m.App).SetProcID(m.Proc).SetMsgID(m.ID).SetMessage(m.Text)
	text, err := to.String()
	if err != nil {
		return "", fmt.Errorf("writing a syslog message: %w", err)
	}
	return text, nil
}
