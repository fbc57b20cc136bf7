package mail

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// never is longer than anybody waits.
const never = 24 * time.Hour

// slowServer is a mail server at the other end of a pipe.
type slowServer struct {
	after   map[string]time.Duration // how long it thinks before its answer, by command; "." is the end of DATA
	answers map[string]string        // in place of 250
	hangUp  string                   // command at which it hangs up
	taken   int                      // mails whose end has arrived
	quit    bool
}

func (s *slowServer) talk(c net.Conn) {
	defer func() { _ = c.Close() }()
	r := bufio.NewReader(c)
	data := false
	for command := "hello"; ; {
		if command == "." {
			s.taken++
		}
		time.Sleep(s.after[command])
		if command == s.hangUp {
			return
		}
		answer := map[string]string{"hello": "220 ready", "DATA": "354 go on", "QUIT": "221 bye"}[command]
		if s.answers[command] != "" {
			answer = s.answers[command]
		}
		if answer == "" {
			answer = "250 fine"
		}
		if _, err := fmt.Fprintf(c, "%s\r\n", answer); err != nil || command == "QUIT" {
			return
		}
		data = command == "DATA" && strings.HasPrefix(answer, "354")
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			command, _, _ = strings.Cut(strings.TrimRight(line, "\r\n"), " ")
			if !data || command == "." {
				break
			}
		}
		s.quit = s.quit || command == "QUIT"
	}
}

// sendSlowly sends a mail to a server, and returns what became of it and how long
// that took.
func (s *slowServer) sendSlowly(ctx context.Context, t *testing.T) (took time.Duration, err error) {
	t.Helper()
	smtp, err := newSMTP(Server{Address: "smtp://127.0.0.1:25", Hello: "portal.example.com"}, sender, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	ends := make(chan net.Conn, 1) // the library leaves a connection open if the log-in fails
	smtp.options = append(smtp.options, gomail.WithDialContextFunc(func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe()
		go s.talk(there)
		ends <- here
		return here, nil
	}))
	defer func() {
		_ = (<-ends).Close()
	}()
	began := time.Now()
	err = smtp.Send(ctx, Message{ID: "id-1", To: "ann@example.com", Text: "a", HTML: "b"})
	return time.Since(began), err
}

// TestSlowMailServer checks how long the portal waits at each step, and that it
// knows when the server may have taken a mail without saying so.
func TestSlowMailServer(t *testing.T) {
	for _, c := range []struct {
		name       string
		server     slowServer
		most       time.Duration // that sending takes
		unanswered bool
		sent       bool
	}{
		{"ten minutes less a moment at the end", slowServer{after: map[string]time.Duration{".": 10*time.Minute - time.Second}}, 10 * time.Minute, false, true},
		{"silent at the end", slowServer{after: map[string]time.Duration{".": never}}, 11 * time.Minute, true, false},
		{"hangs up at the end", slowServer{hangUp: "."}, time.Minute, true, false},
		{"minutes at each step", slowServer{after: map[string]time.Duration{
			"hello": 4 * time.Minute, "EHLO": 4 * time.Minute, "MAIL": 4 * time.Minute, "RCPT": 4 * time.Minute, "DATA": 110 * time.Second, ".": 9 * time.Minute,
		}}, 27 * time.Minute, false, true},
		{"silent at first", slowServer{after: map[string]time.Duration{"hello": never}}, 6 * time.Minute, false, false},
		{"silent at RCPT", slowServer{after: map[string]time.Duration{"RCPT": never}}, 6 * time.Minute, false, false},
		{"hangs up at DATA", slowServer{hangUp: "DATA"}, time.Minute, false, false},
		{"silent at QUIT", slowServer{after: map[string]time.Duration{"QUIT": never}}, time.Minute, false, true},
		{"hangs up at QUIT", slowServer{hangUp: "QUIT"}, time.Minute, false, true},
		{"refuses for now at the end", slowServer{answers: map[string]string{".": "451 later"}}, time.Minute, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				took, err := c.server.sendSlowly(t.Context(), t)
				if unanswered := (*Unanswered)(nil); (err == nil) != c.sent || errors.As(err, &unanswered) != c.unanswered || took > c.most {
					t.Errorf("got %v after %v, want sent %v, unanswered %v, within %v", err, took, c.sent, c.unanswered, c.most)
				}
				if refused := (*Refused)(nil); errors.As(err, &refused) {
					t.Errorf("got a refusal for good: %v", err)
				}
				time.Sleep(never)
			})
		})
	}
}

// TestSendingEndsWithItsContext checks that a program which stops does not wait for
// a mail server, and knows that the server may have taken the mail.
func TestSendingEndsWithItsContext(t *testing.T) {
	for _, command := range []string{"hello", "EHLO", "RCPT", "."} {
		t.Run(command, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				s := slowServer{after: map[string]time.Duration{command: never}}
				took, err := s.sendSlowly(ctx, t)
				unanswered := (*Unanswered)(nil)
				if err == nil || took > 30*time.Second || errors.As(err, &unanswered) != (command == ".") {
					t.Errorf("silent at %s: got %v after %v, want an error within 30 seconds, unanswered %v", command, err, took, command == ".")
				}
				time.Sleep(never)
			})
		})
	}
}
