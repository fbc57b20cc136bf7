package web_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// lines is a listener whose connections are in memory, so that their time-outs
// run on the clock of a synctest bubble.
type lines chan net.Conn

func (l lines) Accept() (net.Conn, error) {
	c, open := <-l
	if !open {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (l lines) Close() error   { return nil } // the test closes the channel
func (l lines) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "unix"} }

// serverEnd is the server's end of a connection. It notes when it was closed.
type serverEnd struct {
	net.Conn
	closed chan<- time.Time
}

func (c serverEnd) Close() error {
	err := c.Conn.Close()
	select {
	case c.closed <- time.Now():
	default: // the server closes more than once
	}
	return err
}

// drip sends one piece of text a second, on the clock of the bubble, until the
// other end is gone.
func drip(c net.Conn, text string) {
	for {
		if _, err := io.WriteString(c, text); err != nil {
			return
		}
		time.Sleep(time.Second)
	}
}

// TestC10_SlowlorisTimeout keeps connections of the portal's own server busy as
// a slow client does, and checks when the server closes each of them.
func TestC10_SlowlorisTimeout(t *testing.T) {
	c := newFixture(t)
	const healthz = "GET /healthz HTTP/1.1\r\nHost: portal\r\n"
	for name, test := range map[string]struct {
		client func(net.Conn)
		most   time.Duration
	}{
		"says nothing": {func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }, 10 * time.Second},
		"sends its header slowly": {func(c net.Conn) {
			go func() { _, _ = io.Copy(io.Discard, c) }()
			_, _ = io.WriteString(c, healthz)
			drip(c, "X-Slow: a\r\n")
		}, 10 * time.Second},
		"sends its body slowly": {func(c net.Conn) {
			go func() { _, _ = io.Copy(io.Discard, c) }()
			_, _ = io.WriteString(c, "POST /login HTTP/1.1\r\nHost: portal\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 10000\r\n\r\n")
			drip(c, "a")
		}, 31 * time.Second},
		"does not read the answer": {func(c net.Conn) { _, _ = io.WriteString(c, healthz+"\r\n") }, 2 * time.Minute},
		"keeps an idle connection": {func(c net.Conn) {
			_, _ = io.WriteString(c, healthz+"\r\n")
			_, _ = io.Copy(io.Discard, c)
		}, 2 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, accept := c.Web.HTTP(), make(lines)
				ended := make(chan error, 1)
				go func() { ended <- server.Serve(accept) }()
				near, far := net.Pipe()
				start, closed := time.Now(), make(chan time.Time, 1)
				accept <- serverEnd{far, closed}
				var client sync.WaitGroup
				client.Go(func() { test.client(near) })
				select {
				case at := <-closed:
					if took := at.Sub(start); took < time.Second || took > test.most {
						t.Errorf("the server closed the connection of a client that %s after %v, want at most %v", name, took, test.most)
					}
				case <-time.After(time.Hour):
					t.Errorf("the server kept the connection of a client that %s for an hour, want at most %v", name, test.most)
				}
				_ = near.Close() // the client's end, which knows nothing of the other
				_ = far.Close()  // closed already, if all is well
				client.Wait()
				close(accept)
				if err := <-ended; !errors.Is(err, net.ErrClosed) {
					t.Errorf("Serve returned %v, want %v", err, net.ErrClosed)
				}
			})
		})
	}
}

// TestC10_HugeHeader431 checks that a header ends at a limit, and with it the
// connection.
func TestC10_HugeHeader431(t *testing.T) {
	if testing.Short() {
		return // long
	}
	host := strings.TrimPrefix(newFixture(t).URL, "http://")
	for size, want := range map[int]int{
		16 << 10: http.StatusOK,
		64 << 10: http.StatusRequestHeaderFieldsTooLarge,
	} {
		conn, err := net.Dial("tcp", host)
		must(t, err)
		// The server may close before it has read everything: the answer counts.
		_, _ = fmt.Fprintf(conn, "GET /healthz HTTP/1.1\r\nHost: %s\r\nX-Long: %s\r\n\r\n", host, strings.Repeat("a", size))
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		must(t, err)
		must(t, res.Body.Close())
		must(t, conn.Close())
		if res.StatusCode != want {
			t.Errorf("GET /healthz with a header of %d bytes: %d, want %d", size, res.StatusCode, want)
		}
	}
}
