package cli_test

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/leodido/go-syslog/v4/rfc5424"

	"portico/internal/porticotest"
)

// receiver is a syslog server with TLS on this machine.
type receiver struct {
	t        *testing.T
	listener net.Listener
	config   *tls.Config

	mu    sync.Mutex
	lines []string // what it has received, without what came twice
	by    map[string]string
	news  chan struct{}
}

// newReceiver returns a receiver that is down, its address, and the file with the
// certificate to trust.
func newReceiver(t *testing.T, host string) (r *receiver, address, authority string) {
	t.Helper()
	cert, key := filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	must(t, writeCertificate(cert, key, host, 30))
	pair, err := tls.LoadX509KeyPair(cert, key)
	must(t, err)
	r = &receiver{t: t, config: &tls.Config{Certificates: []tls.Certificate{pair}}, by: map[string]string{}, news: make(chan struct{}, 1)}
	r.listener, err = net.Listen("tcp", "localhost:0")
	must(t, err)
	must(t, r.listener.Close())
	_, port, err := net.SplitHostPort(r.listener.Addr().String())
	must(t, err)
	return r, "syslog+tls://localhost:" + port, cert
}

// up starts the receiver at its address.
func (r *receiver) up() {
	r.t.Helper()
	var err error
	r.listener, err = net.Listen("tcp", r.listener.Addr().String())
	must(r.t, err)
	r.t.Cleanup(func() { _ = r.listener.Close() }) // it may be down
	go func(l net.Listener) {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // it is down
			}
			go r.receive(tls.Server(conn, r.config))
		}
	}(r.listener)
}

func (r *receiver) down() { must(r.t, r.listener.Close()) }

// receive reads the messages of a connection, which have their lengths in front.
func (r *receiver) receive(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	stream, err := io.ReadAll(conn)
	if err != nil {
		return // such as a client that does not trust the certificate
	}
	for len(stream) > 0 {
		length, rest, _ := bytes.Cut(stream, []byte(" "))
		n, err := strconv.Atoi(string(length))
		if err != nil || n > len(rest) {
			r.t.Errorf("the length of a message: got %q in front of %d bytes", length, len(rest))
			return
		}
		m, err := rfc5424.NewParser().Parse(rest[:n])
		if err != nil {
			r.t.Errorf("reading %q: got %v, want a message of RFC 5424", rest[:n], err)
			return
		}
		r.took(m.(*rfc5424.SyslogMessage))
		stream = rest[n:]
	}
	select {
	case r.news <- struct{}{}:
	default: // known
	}
}

func (r *receiver) took(m *rfc5424.SyslogMessage) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := readStreamed(r.t, *m.Message)
	if *m.Priority != 110 || *m.Appname != "portico" || *m.MsgID != e.Action {
		r.t.Errorf("the header of %+v: got <%d> %s %s, want <110> portico and the action", e, *m.Priority, *m.Appname, *m.MsgID)
	}
	if r.by[e.ID] == "" {
		r.lines, r.by[e.ID] = append(r.lines, *m.Message), *m.ProcID
	}
}

// until waits for events that a function finds among the received ones, and
// returns the process that has sent the first of them.
func (r *receiver) until(what string, found func(streamed) bool) (process string) {
	r.t.Helper()
	for {
		r.mu.Lock()
		for _, line := range r.lines {
			if e := readStreamed(r.t, line); found(e) {
				process = r.by[e.ID]
			}
		}
		r.mu.Unlock()
		if process != "" {
			return process
		}
		r.t.Logf("waiting for %s", what)
		<-r.news
	}
}

// of returns the received lines of a customer, in order.
func (r *receiver) of(customer string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	for _, line := range r.lines {
		if strings.Contains(line, `"customer":"`+customer+`"`) {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// sender is a portal that serves, and sends its events elsewhere.
type sender struct {
	*process
	t            *testing.T
	url, metrics string
	log          *bytes.Buffer // to read once it has ended
}

// sends starts a portal that sends its events.
func sends(t *testing.T, dir, to, authority string) *sender {
	t.Helper()
	args := []string{"serve", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--hash-memory", "64", "--hash-time", "1", "--audit-stream", to, "--data", dir}
	if url := porticotest.DatabaseFor(t, dir); url != "" {
		args = append(args, "--database", url)
	}
	cmd := exec.Command("portico", args...)
	cmd.Env = append(os.Environ(), "SSL_CERT_FILE="+authority)
	s := &sender{t: t, log: &bytes.Buffer{}}
	s.process = startLogging(cmd, s.log)
	t.Cleanup(func() { s.kill() })
	for line := range s.lines {
		if at, found := strings.CutPrefix(line, "Metrics are on "); found {
			s.metrics = at
		}
		if rest, found := strings.CutPrefix(line, "Portico listens on "); found {
			s.url = strings.Fields(rest)[0]
			return s
		}
	}
	t.Fatalf("%v ended before it listened:\n%s", args, s.log.String())
	return nil
}

func (s *sender) kill() {
	_ = s.cmd.Process.Kill() // it may have ended
	_ = s.cmd.Wait()         // killed: never a clean exit
}

// refuses has the portal refuse a log-in.
func (s *sender) refuses(loginID string) {
	s.t.Helper()
	if p := porticotest.NewClient(s.t, s.url).Login(loginID, "not the password", ""); p.Status != http.StatusUnprocessableEntity {
		s.t.Errorf("a wrong password: got status %d, want 422", p.Status)
	}
}

// untilMetric waits until a value of /metrics is more than zero.
func (s *sender) untilMetric(name string) {
	s.t.Helper()
	for ; ; porticotest.Pause() {
		res, err := client.Get(s.metrics)
		must(s.t, err)
		b, err := io.ReadAll(res.Body)
		must(s.t, err)
		must(s.t, res.Body.Close())
		value := regexp.MustCompile(`(?m)^` + name + ` (\S+)$`).FindSubmatch(b)
		if value == nil {
			s.t.Fatalf("/metrics has no %s", name)
		}
		if string(value[1]) != "0" {
			return
		}
	}
}

// refusedOf finds the refused log-in with the login ID alice.
func refusedOf(n int64) func(streamed) bool {
	return func(e streamed) bool { return e.Action == "login.refused" && e.Customer == "acme" && e.Number >= n }
}

// portalWithAlice is a portal on a data directory with one user, alice.
func portalWithAlice(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	run(t, dir, 0, "init")
	run(t, dir, 0, "customer", "create", "--slug", "acme", "--name", "Acme Telecom")
	args := []string{
		"user", "create", "--customer", "acme", "--login-id", "alice", "--first-name", "Alice", "--last-name", "Adams",
		"--email", "alice@example.com", "--role", "administrator", "--password-stdin", "--hash-memory", "64", "--hash-time", "1", "--data", dir,
	}
	if url := porticotest.DatabaseFor(t, dir); url != "" {
		args = append(args, "--database", url)
	}
	cmd := exec.Command("portico", args...)
	cmd.Stdin = strings.NewReader(porticotest.Password)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: got %v\n%s, want no error", args, err, out)
	}
	run(t, dir, 0, "audit", "checkpoint", "--customer", "acme") // numbers what has happened
	return dir
}

// TestEventsReachTheSyslogServer sends events to a server that is down when they
// happen. The portal is killed before the server is up. The server gets every
// event, in the order of the log and as the export has them.
func TestEventsReachTheSyslogServer(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		return // long: a portal that was killed holds the stream for a while
	}
	dir := portalWithAlice(t)
	r, address, authority := newReceiver(t, "localhost")
	s := sends(t, dir, address, authority)
	s.refuses("alice")
	s.untilMetric("portico_audit_stream_failures_total")
	s.untilMetric("portico_audit_stream_lag_seconds")
	s.kill()
	if log := s.log.String(); !strings.Contains(log, "sending audit events") || !strings.Contains(log, "connection refused") {
		t.Errorf("the log of a portal whose receiver is down: got %s, want why no event was sent", log)
	}
	r.up()
	s = sends(t, dir, address, authority)
	s.refuses("alice")
	r.until("both refused log-ins", refusedOf(4))
	r.down()
	s.refuses("alice")
	s.kill()
	r.up()
	s = sends(t, dir, address, authority)
	r.until("the third refused log-in", refusedOf(5))
	must(t, s.stop())
	file := filepath.Join(t.TempDir(), "acme.jsonl")
	run(t, dir, 0, "audit", "export", "--customer", "acme", "--since", "2", "--output", file)
	want, err := os.ReadFile(file)
	must(t, err)
	if got := r.of("acme"); got != string(want) || strings.Count(got, "\n") != 3 {
		t.Errorf("the server has received\n%s, want three lines as in the export:\n%s", got, want)
	}
}

// TestOneNodeSends kills that one of two nodes which sends events. The other one
// goes on.
func TestOneNodeSends(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		return // long: the other node waits until the first one is known to be gone
	}
	dir := portalWithAlice(t)
	r, address, authority := newReceiver(t, "localhost")
	r.up()
	nodes := map[string]*sender{}
	for range 2 {
		s := sends(t, dir, address, authority)
		nodes[strconv.Itoa(s.cmd.Process.Pid)] = s
	}
	var first, last *sender
	for n := int64(3); n < 5; n++ {
		for _, s := range nodes {
			last = s
		}
		last.refuses("alice")
		by := r.until(fmt.Sprintf("event %d", n), refusedOf(n))
		if first != nil && nodes[by] != first {
			t.Errorf("event %d: process %s has sent it, want the one that has sent event %d", n, by, n-1)
		}
		first = nodes[by]
	}
	first.kill()
	delete(nodes, strconv.Itoa(first.cmd.Process.Pid))
	for pid, s := range nodes {
		s.refuses("alice")
		if by := r.until("an event of the other node", refusedOf(5)); by != pid {
			t.Errorf("after a node was killed: process %s has sent the event, want %s", by, pid)
		}
	}
}

// TestReceiverHasToBeTheRightOne checks that a server with the certificate of
// another host gets nothing, and that doctor says so.
func TestReceiverHasToBeTheRightOne(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		return // long: events get their numbers every ten seconds
	}
	dir := portalWithAlice(t)
	r, address, authority := newReceiver(t, "other.example.com")
	r.up()
	s := sends(t, dir, address, authority)
	s.refuses("alice")
	s.untilMetric("portico_audit_stream_failures_total")
	must(t, s.stop())
	const want = "certificate is valid for other.example.com, not localhost"
	if log := s.log.String(); !strings.Contains(log, want) {
		t.Errorf("the log: got %s, want %q", log, want)
	}
	if len(r.lines) > 0 {
		t.Errorf("a server with the certificate of another host: got %q, want nothing", r.lines)
	}
	if out := run(t, dir, 1, "doctor", "--audit-stream", address); !strings.Contains(out, "problem  audit stream") {
		t.Errorf("portico doctor: got %s, want a problem with the audit stream", out)
	}
}

// TestEventsOnStandardOutput checks that with a log in JSON, standard output has
// one JSON object a line, each an event; and that a reader which goes away ends
// neither the portal nor its requests.
func TestEventsOnStandardOutput(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		return // long: events get their numbers every ten seconds
	}
	dir := portalWithAlice(t)
	args := []string{"serve", "--listen", "127.0.0.1:0", "--log-format", "json", "--hash-memory", "64", "--hash-time", "1", "--audit-stream", "stdout", "--data", dir}
	if url := porticotest.DatabaseFor(t, dir); url != "" {
		args = append(args, "--database", url)
	}
	cmd := exec.Command("portico", args...)
	out, err := cmd.StdoutPipe()
	must(t, err)
	log, err := cmd.StderrPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // it may have stopped
	listen, _ := records(t, log, "serving")["serving"]["listen"].(string)
	b := porticotest.NewClient(t, "http://"+listen)
	b.Login("alice", "not the password", "")
	events := json.NewDecoder(out)
	for e := (streamed{}); e.Action != "login.refused"; {
		must(t, events.Decode(&e))
		if e.Format != 1 || e.ID == "" {
			t.Errorf("a line on standard output: got %+v, want an event", e)
		}
	}
	must(t, out.Close())
	b.Login("alice", "not the password", "")
	records(t, log, "sending audit events")
	if p := b.Get("/login"); p.Status != http.StatusOK {
		t.Errorf("after nobody reads standard output any more: got status %d, want 200", p.Status)
	}
	must(t, cmd.Process.Signal(os.Interrupt))
	_, _ = io.Copy(io.Discard, log) // to its end
	must(t, cmd.Wait())
}
