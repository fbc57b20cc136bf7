package mail

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// mailServer implements as much of SMTP as the tests need.
type mailServer struct {
	offers  string            // extensions, separated by spaces
	answers map[string]string // by command, in place of 250
	tls     bool              // TLS from the start
	silent  bool

	listener net.Listener
	mu       sync.Mutex
	said     []string // commands
	mails    []string
}

func (s *mailServer) start(t *testing.T, address string) string {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if s.tls {
		l = tls.NewListener(l, certificate())
	}
	s.listener = l
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.talk(c)
		}
	}()
	return fmt.Sprint(port)
}

func certificate() *tls.Config {
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	defer s.Close()
	return &tls.Config{Certificates: s.TLS.Certificates, MinVersion: tls.VersionTLS12}
}

func (s *mailServer) talk(c net.Conn) {
	defer func() { _ = c.Close() }()
	if s.silent {
		_, _ = io.Copy(io.Discard, c)
		return
	}
	say := func(text string) { _, _ = fmt.Fprintf(c, "%s\r\n", text) }
	say("220 ready")
	r := bufio.NewReader(c)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		s.mu.Lock()
		s.said = append(s.said, line)
		s.mu.Unlock()
		command, _, _ := strings.Cut(strings.ToUpper(line), " ")
		if answer := s.answers[command]; answer != "" {
			say(answer)
			continue
		}
		switch command {
		case "EHLO":
			say("250-mail.example.com")
			for _, extension := range strings.Fields(s.offers) {
				say("250-" + extension)
			}
			say("250 HELP")
		case "STARTTLS":
			say("220 go on")
			c = tls.Server(c, certificate())
			r = bufio.NewReader(c)
		case "DATA":
			say("354 go on")
			s.take(r)
			say(cmp.Or(s.answers["."], "250 taken"))
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 fine")
		}
	}
}

func (s *mailServer) take(r *bufio.Reader) {
	var data strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil || line == ".\r\n" {
			break
		}
		data.WriteString(strings.TrimPrefix(line, "."))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails = append(s.mails, data.String())
}

// command returns the last command that begins with a word.
func (s *mailServer) command(word string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.said) - 1; i >= 0; i-- {
		if strings.HasPrefix(s.said[i], word) {
			return s.said[i]
		}
	}
	return ""
}

func (s *mailServer) sent() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.mails, "")
}

// to is a Server on this machine.
func to(port string) Server {
	return Server{Address: "smtp://127.0.0.1:" + port, Hello: "portal.example.com"}
}

// sendTo sends a mail of invitation by a server.
func sendTo(t *testing.T, server Server, from, address string) error {
	t.Helper()
	s, err := NewSMTP(server, from, clock)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Compose(Welcome, address, full)
	if err != nil {
		t.Fatal(err)
	}
	m.ID = "id-1"
	return s.Send(context.Background(), m)
}
