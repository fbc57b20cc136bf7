package cli

import (
	"container/list"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

const (
	// reservedHere is how many more connections this machine may open, so that
	// the checks of health that run on it are answered whatever others do.
	reservedHere = 32
	// filesForOthers is how many files and connections the portal needs for other
	// things than clients: the database, mails, and connections that are refused.
	filesForOthers = 200
	// refusalsAtOnce bounds the connections that are being told that there are too
	// many. Others are closed without a word.
	refusalsAtOnce = 64
	// refusalTimeout is how long such a connection may take to read that.
	refusalTimeout = time.Second
	// connectionSteps is by how many connections their number has to change until
	// resized is called.
	connectionSteps = 256
)

// connections bounds how many connections a listener has at a time. If there are
// too many, the one that has been idle for the longest time makes room: a browser
// opens another one, and idle connections keep nobody out. Only if all of them
// are busy, a new one is refused.
type connections struct {
	net.Listener
	most    int
	tls     bool // clients expect TLS, so that they cannot be told anything in clear
	log     *slog.Logger
	resized func(open int) // may be nil

	refusing chan struct{}
	mu       sync.Mutex
	open     map[*connection]*list.Element // in idle; nil while the connection is busy
	idle     list.List                     // of *connection, the longest idle first
	refused  int
}

func boundConnections(l net.Listener, most int, tls bool, log *slog.Logger, resized func(int)) *connections {
	return &connections{
		Listener: l, most: most, tls: tls, log: log, resized: resized,
		refusing: make(chan struct{}, refusalsAtOnce), open: map[*connection]*list.Element{},
	}
}

// connection is one of connections.
type connection struct {
	net.Conn
	of *connections
}

// Close closes the connection, which counts no longer.
func (c *connection) Close() error {
	c.of.mu.Lock()
	if at, open := c.of.open[c]; open {
		c.of.busy(c, at)
		delete(c.of.open, c)
		c.of.counted(len(c.of.open) + 1)
	}
	c.of.mu.Unlock()
	return c.Conn.Close()
}

// Accept implements net.Listener.
func (l *connections) Accept() (net.Conn, error) {
	for {
		accepted, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		c := &connection{accepted, l}
		if l.admit(c) {
			return c, nil
		}
		l.refuse(accepted)
	}
}

// admit reports whether there is room for a connection, and makes some.
func (l *connections) admit(c *connection) bool {
	l.mu.Lock()
	var longest *connection
	if len(l.open) >= l.most {
		if at := l.idle.Front(); at != nil {
			longest = at.Value.(*connection)
			l.busy(longest, at)
		} else if !here(c) || len(l.open) >= l.most+reservedHere {
			l.refused++
			l.mu.Unlock()
			return false
		}
	}
	l.open[c] = nil
	l.counted(len(l.open) - 1)
	l.mu.Unlock()
	if longest != nil {
		_ = longest.Close() // it was idle
	}
	return true
}

// counted calls resized if the number of connections has changed enough. before
// is how many there were.
func (l *connections) counted(before int) {
	if steps := len(l.open) / connectionSteps; l.resized != nil && steps != before/connectionSteps {
		l.resized((steps + 1) * connectionSteps)
	}
}

// busy takes a connection out of those that are idle.
func (l *connections) busy(c *connection, at *list.Element) {
	if at != nil {
		l.idle.Remove(at)
		l.open[c] = nil
	}
}

// changed is the ConnState of an http.Server.
func (l *connections) changed(conn net.Conn, state http.ConnState) {
	if secure, is := conn.(*tls.Conn); is {
		conn = secure.NetConn()
	}
	c, is := conn.(*connection)
	if !is {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	at, open := l.open[c]
	if !open {
		return
	}
	l.busy(c, at)
	if state == http.StateIdle {
		l.open[c] = l.idle.PushBack(c)
	}
}

// here reports whether a connection comes from this machine.
func here(c net.Conn) bool {
	from, is := c.RemoteAddr().(*net.TCPAddr)
	return is && from.IP.IsLoopback()
}

const tooManyConnections = "The portal has too many connections at the moment. Try again in a few seconds.\n"

// refuse closes a connection, and says why if the client can read it.
func (l *connections) refuse(c net.Conn) {
	l.log.Warn("refused a connection, because all that there may be are busy", "most", l.most)
	tcp, is := c.(*net.TCPConn)
	if l.tls || !is {
		_ = c.Close() // nobody to tell
		return
	}
	select {
	case l.refusing <- struct{}{}:
	default:
		_ = c.Close()
		return
	}
	go func() {
		defer func() { <-l.refusing }()
		end := time.AfterFunc(refusalTimeout, func() { _ = c.Close() })
		defer end.Stop()
		_, _ = io.WriteString(c, "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nCache-Control: no-store\r\n"+
			"Content-Type: text/plain; charset=utf-8\r\nContent-Length: "+strconv.Itoa(len(tooManyConnections))+"\r\n\r\n"+tooManyConnections)
		_ = tcp.CloseWrite()
		_, _ = io.Copy(io.Discard, c) // otherwise what the client has sent would reset the connection before it has read
		_ = c.Close()
	}()
}

// load returns how many connections there are, and how many were refused.
func (l *connections) load() (open, refused int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.open), l.refused
}
