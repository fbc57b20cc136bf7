package cli

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"sync/atomic"
	"testing"
)

// bounded is a server with few connections, one of whose pages waits.
type bounded struct {
	*connections
	address string
	release chan struct{}
	begun   chan struct{}
	sizes   atomic.Int64
}

func newBounded(t *testing.T, most int) *bounded {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &bounded{release: make(chan struct{}), begun: make(chan struct{}, 1000)}
	b.connections = boundConnections(l, most, false, slog.New(slog.DiscardHandler), func(n int) { b.sizes.Store(int64(n)) })
	b.address = fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
	server := &http.Server{ConnState: b.changed, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/wait" {
			b.begun <- struct{}{}
			<-b.release
		}
		_, _ = io.WriteString(w, "ok")
	})}
	go func() { _ = server.Serve(b) }()
	t.Cleanup(func() { _ = server.Close() })
	return b
}

// dial connects from this machine, or from an address of it that is no loopback.
func (b *bounded) dial(t *testing.T, host string) net.Conn {
	t.Helper()
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", net.JoinHostPort(host, b.address))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func send(t *testing.T, c net.Conn, path string) {
	t.Helper()
	if _, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path); err != nil {
		t.Fatal(err)
	}
}

// answer returns the status of an answer, and 0 if the connection was closed.
func answer(t *testing.T, c net.Conn) (status int, header http.Header) {
	t.Helper()
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0, nil
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	return res.StatusCode, res.Header
}

// elsewhere returns an address of this machine that is no loopback.
func elsewhere(t *testing.T) string {
	t.Helper()
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if ip, is := a.(*net.IPNet); is && !ip.IP.IsLoopback() && ip.IP.To4() != nil {
			return ip.IP.String()
		}
	}
	return ""
}

// TestIdleConnectionsMakeRoom checks that idle connections keep nobody out.
func TestIdleConnectionsMakeRoom(t *testing.T) {
	t.Parallel()
	b := newBounded(t, 4)
	first := b.dial(t, "127.0.0.1")
	for i := range 40 {
		c := first
		if i > 0 {
			c = b.dial(t, "127.0.0.1")
		}
		send(t, c, "/")
		if status, _ := answer(t, c); status != http.StatusOK {
			t.Fatalf("connection %d: got %d, want 200", i, status)
		}
	}
	if open, refused := b.load(); open > 4+reservedHere || refused > 0 {
		t.Errorf("got %d open and %d refused, want few and none", open, refused)
	}
	if n, err := first.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("the longest idle connection: read %d bytes %v, want that it was closed", n, err)
	}
}

// TestBusyConnectionsRefuse checks that a new connection is told that there are
// too many, while all are busy, that this machine still gets in, and that the
// next one gets in when one has ended.
func TestBusyConnectionsRefuse(t *testing.T) {
	t.Parallel()
	outside := elsewhere(t)
	if outside == "" { // a machine without a network has nobody else
		return
	}
	b := newBounded(t, 4)
	var busy []net.Conn
	for range 4 {
		c := b.dial(t, outside)
		send(t, c, "/wait")
		<-b.begun
		busy = append(busy, c)
	}
	c := b.dial(t, outside)
	send(t, c, "/")
	if status, header := answer(t, c); status != http.StatusServiceUnavailable || header.Get("Retry-After") != "5" {
		t.Errorf("one more: got %d %v, want 503 with Retry-After", status, header)
	}
	c = b.dial(t, "127.0.0.1")
	send(t, c, "/")
	if status, _ := answer(t, c); status != http.StatusOK {
		t.Errorf("from this machine: got %d, want 200", status)
	}
	close(b.release)
	for _, c := range busy {
		if status, _ := answer(t, c); status != http.StatusOK {
			t.Errorf("a busy connection: got %d, want 200", status)
		}
	}
	c = b.dial(t, outside)
	send(t, c, "/")
	if status, _ := answer(t, c); status != http.StatusOK {
		t.Errorf("afterwards: got %d, want 200", status)
	}
	if _, refused := b.load(); refused != 1 {
		t.Errorf("got %d refused, want 1", refused)
	}
}

// TestConnectionsAreCounted checks that connections that have ended do not count,
// and that the limit of memory follows their number.
func TestConnectionsAreCounted(t *testing.T) {
	t.Parallel()
	b := newBounded(t, 1000)
	var all []net.Conn
	for range connectionSteps + 10 {
		c := b.dial(t, "127.0.0.1")
		send(t, c, "/")
		if status, _ := answer(t, c); status != http.StatusOK {
			t.Fatalf("got %d, want 200", status)
		}
		all = append(all, c)
	}
	if open, _ := b.load(); open != len(all) || b.sizes.Load() != 2*connectionSteps {
		t.Errorf("got %d open and memory for %d, want %d and %d", open, b.sizes.Load(), len(all), 2*connectionSteps)
	}
	for _, c := range all {
		_ = c.Close()
	}
	for open, _ := b.load(); open > 0; open, _ = b.load() { // until the server has seen it
		runtime.Gosched()
	}
	if b.sizes.Load() != connectionSteps {
		t.Errorf("got memory for %d connections, want %d", b.sizes.Load(), connectionSteps)
	}
}
