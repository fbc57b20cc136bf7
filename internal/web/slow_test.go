package web_test

import (
	"context"
	"database/sql" //nolint:depguard // to block the portal's writes
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"portico/internal/porticotest"
)

// wire is a connection between the portal and PostgreSQL that forwards nothing
// while it is held.
type wire struct{ held sync.RWMutex }

// throughWire puts a wire in front of a database, and returns the address at
// which the portal can connect to it.
func throughWire(t *testing.T, database string) (*wire, string) {
	t.Helper()
	c, err := pgx.ParseConfig(database)
	must(t, err)
	behind, err := pgx.ParseConfig(database)
	must(t, err)
	network, there := "tcp", net.JoinHostPort(c.Host, "5432")
	if filepath.IsAbs(behind.Host) {
		network, there = "unix", filepath.Join(c.Host, ".s.PGSQL.5432")
	}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() }) // ends Accept
	w := &wire{}
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial(network, there)
			if err != nil {
				_ = near.Close()
				continue
			}
			go w.pass(far, near)
			go w.pass(near, far)
		}
	}()
	u, err := url.Parse(database)
	must(t, err)
	u.Host = l.Addr().String()
	u.RawQuery = "sslmode=disable"
	return w, u.String()
}

func (w *wire) pass(to, from net.Conn) {
	defer func() { _, _ = to.Close(), from.Close() }() // the other end has gone
	b := make([]byte, 64<<10)
	for {
		n, err := from.Read(b)
		w.held.RLock()
		_, sendErr := to.Write(b[:n])
		w.held.RUnlock()
		if err != nil || sendErr != nil {
			return
		}
	}
}

// slow returns a fixture whose database does not answer between hold and release.
// PostgreSQL is behind a wire that is held; with SQLite, another program holds
// the write lock.
func slow(t *testing.T) (c *fixture, hold, release func()) {
	t.Helper()
	c = newFixture(t)
	if c.Database != "" {
		w, database := throughWire(t, c.Database)
		c.Portal = porticotest.Start(t, c.Dir, c.Clock, func(p *porticotest.Portal) { p.Database = database })
		return c, w.held.Lock, w.held.Unlock
	}
	db, err := sql.Open("sqlite", filepath.Join(c.Dir, "portico.db")+"?_txlock=immediate")
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	var tx *sql.Tx
	hold = func() {
		tx, err = db.BeginTx(context.Background(), nil)
		must(t, err)
	}
	return c, hold, func() { must(t, tx.Rollback()) }
}

// TestC10_SlowDatabase checks that while the database does not answer, no
// request hangs for ever, connections do not pile up, and nobody gets access,
// and that the portal works again afterwards.
func TestC10_SlowDatabase(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c, hold, release := slow(t)
	b := c.as(c.admin)
	c.Clock.Advance(2 * time.Minute) // so that the next session check writes
	hold()
	// Only requests that find the database held have to be answered soon. The
	// others may take as long as a busy machine takes.
	timeout := c.Web.RequestTimeout
	c.Web.RequestTimeout = 300 * time.Millisecond
	const many = 100
	statuses := make(chan int, 2*many)
	for range many {
		check, err := http.NewRequest(http.MethodGet, c.URL+"/session", nil)
		must(t, err)
		check.AddCookie(&http.Cookie{Name: "portico_session", Value: b.Cookie("portico_session")})
		login := c.Client()
		go func() { // a session check
			res, err := new(http.Transport).RoundTrip(check)
			if err != nil {
				statuses <- 0
				return
			}
			_, _ = io.Copy(io.Discard, res.Body) // only the status matters
			statuses <- res.StatusCode
			_ = res.Body.Close() // only the status matters
		}()
		go func() { // a log-in
			status, _ := login.TryPost("/login", "login_id", "ulla", "password", porticotest.Password) // 0 if it fails
			statuses <- status
		}()
	}
	answered := map[int]int{}
	inside := 0 // requests that SQLite keeps, because it waits for the other writer
	if c.Database == "" {
		inside = 1
	}
	for range 2*many - inside {
		answered[<-statuses]++
	}
	if p := c.Client().Get("/healthz"); p.Status != http.StatusOK {
		t.Errorf("healthz: %d", p.Status)
	}
	if s := c.DB.Pool(); s.Open > 20 {
		t.Errorf("c.DB.Pool(): got %+v, want at most 20 open", s)
	}
	release()
	for range inside {
		answered[<-statuses]++
	}
	c.Web.RequestTimeout = timeout
	if answered[http.StatusServiceUnavailable] != 2*many {
		t.Errorf("answers by status: %v", answered)
	}
	if p := b.Get("/session"); p.Status != http.StatusNoContent {
		t.Errorf("afterwards: %d", p.Status)
	}
	c.as(c.help)
}
