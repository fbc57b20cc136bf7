package syslog

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/leodido/go-syslog/v4/rfc5424"
)

var at = time.Date(2026, 11, 23, 9, 0, 7, 120e6, time.UTC)

// listening starts a server that gives each connection to serve, and returns its
// address.
func listening(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // closed at the end of the test
			}
			go serve(conn)
		}
	}()
	return l.Addr().String()
}

func server(t *testing.T, address string) *Server {
	t.Helper()
	s, err := ParseURL(address)
	if err != nil {
		t.Fatalf("%s: got %v, want no error", address, err)
	}
	return s
}

// TestMessages checks with a parser of another make that every message arrives
// as it was, whatever is in it.
func TestMessages(t *testing.T) {
	received := make(chan []byte, 1)
	s := server(t, "syslog://"+listening(t, func(conn net.Conn) {
		b, _ := io.ReadAll(conn)
		received <- b
		_ = conn.Close()
	}))
	texts := []string{`{"a":"ü \u2028 😀 <1>1 - - 5 x"}`, strings.Repeat("x", 100_000), "", "\x00\x1b]\n"}
	var sent []Message
	for _, text := range texts {
		sent = append(sent, Message{At: at, Host: "portal.example.com", App: "portico", Proc: "17", ID: "login.done", Text: text})
	}
	sent = append(sent, Message{At: at, Host: "two words", ID: strings.Repeat("x", 33), Text: "no header"})
	if err := s.Send(t.Context(), sent); err != nil {
		t.Fatalf("sending: got %v, want no error", err)
	}
	var got []*rfc5424.SyslogMessage
	for stream := <-received; len(stream) > 0; {
		length, rest, _ := bytes.Cut(stream, []byte(" "))
		n, err := strconv.Atoi(string(length))
		if err != nil || n > len(rest) {
			t.Fatalf("the length of a message: got %q in front of %d bytes", length, len(rest))
		}
		m, err := rfc5424.NewParser().Parse(rest[:n])
		if err != nil {
			t.Fatalf("reading a message: got %v, want no error", err)
		}
		got, stream = append(got, m.(*rfc5424.SyslogMessage)), rest[n:]
	}
	if len(got) != len(sent) {
		t.Fatalf("got %d messages, want %d", len(got), len(sent))
	}
	for i, m := range got {
		text := ""
		if m.Message != nil {
			text = *m.Message
		}
		if *m.Priority != 110 || m.Version != 1 || !m.Timestamp.Equal(at) || text != sent[i].Text {
			t.Errorf("message %d: got priority %d, version %d, time %v and the text %.50q, want 110, 1, %v and %.50q", i, *m.Priority, m.Version, m.Timestamp, text, at, sent[i].Text)
		}
	}
	if m := got[0]; *m.Hostname != "portal.example.com" || *m.Appname != "portico" || *m.ProcID != "17" || *m.MsgID != "login.done" {
		t.Errorf("the header of message 0: got %v %v %v %v, want portal.example.com portico 17 login.done", *m.Hostname, *m.Appname, *m.ProcID, *m.MsgID)
	}
	if m := got[len(got)-1]; m.Hostname != nil || m.MsgID != nil {
		t.Errorf("a header that RFC 5424 does not allow: got %v %v, want none", m.Hostname, m.MsgID)
	}
}

// TestUnreadMessagesAreFailures checks that Send fails unless the server has read
// everything, also if all of it fits into the buffers of the connection.
func TestUnreadMessagesAreFailures(t *testing.T) {
	if testing.Short() {
		return // long
	}
	few := []Message{{At: at, Text: strings.Repeat("x", 1000)}}
	many := make([]Message, 40)
	for i := range many {
		many[i] = Message{At: at, Text: strings.Repeat("x", 100_000)}
	}
	for name, c := range map[string]struct {
		messages []Message
		serve    func(net.Conn)
	}{
		"closes after it has read a little": {few, func(conn net.Conn) { _, _ = io.ReadFull(conn, make([]byte, 100)); _ = conn.Close() }},
		"reads, and never closes":           {few, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }},
		"neither reads nor closes":          {few, func(net.Conn) {}},
		"does not read much":                {many, func(net.Conn) {}},
		"ends its side first, and then reads": {many, func(conn net.Conn) {
			_ = conn.(*net.TCPConn).CloseWrite()
			_, _ = io.Copy(io.Discard, conn)
			_ = conn.Close()
		}},
	} {
		ctx, cancel := t.Context(), context.CancelFunc(func() {})
		if !strings.Contains(name, "first") {
			ctx, cancel = context.WithTimeout(ctx, time.Second)
		}
		err := server(t, "syslog://"+listening(t, c.serve)).Send(ctx, c.messages)
		cancel()
		if err == nil {
			t.Errorf("to a server that %s: got no error, want one", name)
		}
	}
}

// TestFailuresReadAlike checks that an error has the same words each time, so that
// the log can count it.
func TestFailuresReadAlike(t *testing.T) {
	s := server(t, "syslog+tls://"+listening(t, func(conn net.Conn) { _ = conn.(*net.TCPConn).SetLinger(0); _ = conn.Close() }))
	const want = "failed (connecting): connection reset by peer"
	for range 20 {
		if err := s.Send(t.Context(), nil); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("to a server that resets connections: got %v, want %q", err, want)
		}
	}
}

// TestCertificates checks that a server has to be the one that its certificate
// names, and that the certificate has to be trusted and valid.
func TestCertificates(t *testing.T) {
	for name, c := range map[string]struct {
		names   []string
		until   time.Time
		trusted bool
		want    string
	}{
		"right":           {[]string{"localhost"}, time.Now().Add(time.Hour), true, ""},
		"of another host": {[]string{"other.example.com"}, time.Now().Add(time.Hour), true, "not localhost"},
		"expired":         {[]string{"localhost"}, time.Now().Add(-time.Hour), true, "its certificate has expired"},
		"unknown":         {[]string{"localhost"}, time.Now().Add(time.Hour), false, "unknown authority"},
	} {
		pair, roots := certificate(t, c.names, c.until)
		received := make(chan int, 10)
		address := listening(t, func(conn net.Conn) {
			secure := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{pair}})
			n, _ := io.Copy(io.Discard, secure)
			received <- int(n)
			_ = secure.Close()
		})
		_, port, _ := net.SplitHostPort(address)
		s := server(t, "syslog+tls://localhost:"+port)
		if s.tls.RootCAs = x509.NewCertPool(); c.trusted {
			s.tls.RootCAs = roots
		}
		err := s.Send(t.Context(), []Message{{At: at, Text: "x"}})
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("a certificate that is %s: got the error %v, want %q", name, err, c.want)
		}
		if n := <-received; (n > 0) != (c.want == "") {
			t.Errorf("a certificate that is %s: the server got %d bytes", name, n)
		}
		if err := s.Check(t.Context()); (err == nil) != (c.want == "") {
			t.Errorf("checking a certificate that is %s: got the error %v, want %q", name, err, c.want)
		}
	}
}

// certificate makes a certificate that has signed itself.
func certificate(t *testing.T, names []string, until time.Time) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: names, NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

// TestParseURL checks which addresses are taken, and with which port. An error
// repeats nothing of the address.
func TestParseURL(t *testing.T) {
	for address, want := range map[string]string{
		"syslog+tls://logs.example.com":         "logs.example.com:6514",
		"syslog+tls://logs.example.com:10514/":  "logs.example.com:10514",
		"syslog+tls://[2001:db8::1]":            "[2001:db8::1]:6514",
		"syslog://localhost":                    "localhost:514",
		"syslog://127.0.0.1:5140":               "127.0.0.1:5140",
		"syslog://[::1]":                        "[::1]:514",
		"syslog://logs.example.com":             "",
		"syslog://10.0.0.5:514":                 "",
		"syslog+tls://":                         "",
		"syslog+tls://user:secret@logs.example": "",
		"syslog+tls://logs.example/secret":      "",
		"syslog+tls://logs.example?a=secret":    "",
		"https://logs.example":                  "",
		"logs.example:6514":                     "",
		"syslog+tls://%zz":                      "",
		"":                                      "",
	} {
		s, err := ParseURL(address)
		if want == "" {
			if err == nil || strings.Contains(err.Error(), "secret") {
				t.Errorf("%s: got the error %v, want one without a part of the address", address, err)
			}
			continue
		}
		if err != nil || s.address != want || (s.tls != nil) != strings.HasPrefix(address, "syslog+tls") {
			t.Errorf("%s: got %+v, error %v, want %s", address, s, err, want)
		}
	}
}
