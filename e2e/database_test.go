package e2e

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/store"
)

// postgres starts a PostgreSQL server and returns the path of its socket. The
// server stops when the test ends.
func postgres(t *testing.T) (socket string) {
	t.Helper()
	cmd := exec.Command("./postgres.sh", "sh", "-c", `echo "$PORTICOTEST_DATABASE"; cat`) // until its input ends
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() {
		must(t, in.Close())
		must(t, cmd.Wait())
	})
	address, err := bufio.NewReader(out).ReadString('\n')
	must(t, err)
	u, err := url.Parse(strings.TrimSpace(address))
	must(t, err)
	return u.Query().Get("host") + "/.s.PGSQL.5432"
}

// wire is the network between a portal and its database. It can be cut.
type wire struct {
	to string

	mu    sync.Mutex
	cut   bool
	conns []net.Conn
}

// newWire returns a wire to a socket, and the address at which it accepts
// connections.
func newWire(t *testing.T, socket string) (w *wire, address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	w = &wire{to: socket}
	var open sync.WaitGroup
	open.Go(func() {
		for {
			c, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil {
				t.Error(err)
				return
			}
			open.Go(func() { w.carry(c) })
		}
	})
	t.Cleanup(func() {
		must(t, l.Close())
		w.set(true)
		open.Wait()
	})
	return w, l.Addr().String()
}

// carry copies bytes in both directions until either end closes.
func (w *wire) carry(c net.Conn) {
	defer func() { _ = c.Close() }()
	s, err := net.Dial("unix", w.to)
	if err != nil {
		return
	}
	defer func() { _ = s.Close() }()
	if !w.keep(c, s) {
		return
	}
	var both sync.WaitGroup
	for _, pair := range [][2]net.Conn{{c, s}, {s, c}} {
		both.Go(func() {
			_, _ = io.Copy(pair[0], pair[1]) // cut, or closed by either end
			_, _ = pair[0].Close(), pair[1].Close()
		})
	}
	both.Wait()
}

func (w *wire) keep(conns ...net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.conns = append(w.conns, conns...)
	return !w.cut
}

// set cuts or restores the network. Cutting closes all connections.
func (w *wire) set(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cut = cut; cut {
		for _, c := range w.conns {
			_ = c.Close() // may be closed already
		}
		w.conns = nil
	}
}

// TestC02_DatabaseAwayDenies checks that while the database is down, pages
// return 503 with Retry-After, and nobody gets access. When the database is
// back, the portal works again, and everybody is still logged in.
func TestC02_DatabaseAwayDenies(t *testing.T) {
	t.Parallel()
	network, address := newWire(t, postgres(t))
	p := porticotest.New(t, func(p *porticotest.Portal) {
		p.Database = "postgres://portico@" + address + "/postgres?sslmode=disable"
	})
	c := p.Customer("acme", "Acme Telecom")
	alice := p.User(c.ID, "alice", portico.RoleAdministrator)
	key := p.Enrol(alice)
	in, pending, nobody := p.Client(), p.Client(), p.Client()
	if got := in.Login("alice", porticotest.Password, p.Code(key, 0)); !got.Has("Hello Alice") {
		t.Fatalf(`logging in as alice: got %s, want the text "Hello Alice"`, got.Text())
	}
	if got := pending.Login("alice", porticotest.Password, ""); !got.Has("Enter your code") {
		t.Fatalf(`logging in as alice: got %s, want the text "Enter your code"`, got.Text())
	}

	network.set(true)
	for what, got := range map[string]*porticotest.Page{
		"a page":          in.Get("/account"),
		"a list":          in.Get("/administration/access"),
		"a change":        in.Post("/account/two-factor/disable"),
		"no such page":    in.Get("/nowhere"),
		"a password":      nobody.Post("/login", "login_id", "alice", "password", porticotest.Password),
		"a code":          pending.Post("/login/code", "code", p.Code(key, 1)),
		"a mailed link":   nobody.Get("/activate/x"),
		"the proxy's ask": in.Get("/session"),
		"readyz":          nobody.Get("/readyz"),
	} {
		if got.Status != 503 || got.Header.Get("Retry-After") == "" || !got.Has("database") || got.Header.Get("Set-Cookie") != "" {
			t.Errorf(`%s: %d %v %s, want status 503, some got.Header.Get("Retry-After"), the text "database", got.Header.Get("Set-Cookie") ""`, what, got.Status, got.Header, got.Text())
		}
	}
	for path, want := range map[string]int{"/healthz": 200, "/session": 401, "/login": 200} {
		if got := nobody.Get(path); got.Status != want {
			t.Errorf("%s for nobody: %d", path, got.Status)
		}
	}
	if !strings.Contains(p.Logs.String(), "level=ERROR") {
		t.Error("the log does not say why")
	}

	network.set(false)
	p.Clock.Advance(10 * time.Second) // readyz asks anew after some seconds
	if got := nobody.Get("/readyz"); got.Status != 200 {
		t.Errorf("readyz: %d", got.Status)
	}
	if got := in.Get("/account"); got.Status != 200 || !got.Has("Two Factor Authentication") {
		t.Errorf(`GET /account: got %d %s, want status 200, the text "Two Factor Authentication"`, got.Status, got.Text())
	}
	if got := pending.Post("/login/code", "code", p.Code(key, 1)); !got.Has("Hello Alice") {
		t.Errorf(`POST /login/code: got %d %s, want the text "Hello Alice"`, got.Status, got.Text())
	}
}

// TestStandbyIsRefused checks that a server that refuses changes is not used at
// all.
func TestStandbyIsRefused(t *testing.T) {
	t.Parallel()
	at := store.Place{Dir: t.TempDir(), URL: "postgres://portico@/postgres?host=" + filepath.Dir(postgres(t))}
	db, err := store.Open(t.Context(), at, time.Now)
	must(t, err)
	must(t, db.Close())
	at.URL += "&default_transaction_read_only=on"
	if db, err := store.Open(t.Context(), at, time.Now); err == nil || !strings.Contains(err.Error(), "read only") {
		t.Errorf(`store.Open(t.Context(), at, time.Now): got %v, %v, want an error, "read only" in err.Error()`, db, err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
