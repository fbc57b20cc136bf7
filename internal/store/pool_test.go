package store

import (
	"context"
	"io"
	"net"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"portico"
	"portico/internal/testdb"
)

// roleWith returns the place of a database whose role may have so many
// connections.
func roleWith(t *testing.T, connections string) Place {
	t.Helper()
	owner := open(t, t.TempDir())
	role := "limited_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	for _, statement := range []string{
		`CREATE ROLE ` + role + ` LOGIN CONNECTION LIMIT ` + connections,
		`GRANT ALL ON ALL TABLES IN SCHEMA public TO ` + role, `GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO ` + role,
	} {
		if _, err := owner.writer.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		if _, err := owner.writer.Exec(`DROP OWNED BY ` + role + `; DROP ROLE ` + role); err != nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(testdb.Direct(owner.place.URL))
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User(role)
	return Place{Dir: t.TempDir(), URL: u.String()}
}

// rush changes and reads the database many times at once, and returns how many
// of those failed, and one of the errors.
func rush(t *testing.T, db *DB) (failed int64, one error) {
	t.Helper()
	var count atomic.Int64
	var first atomic.Pointer[error]
	var all sync.WaitGroup
	for range 96 {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			err := db.View(ctx, func(r *Reader) error { _, err := r.Anybody(); return err })
			if err == nil {
				err = db.Update(ctx, portico.CommandLine(), func(tx *Tx) error {
					return tx.DeleteMail("none")
				})
			}
			if err != nil {
				count.Add(1)
				first.Store(&err)
			}
		})
	}
	all.Wait()
	if e := first.Load(); e != nil {
		one = *e
	}
	return count.Load(), one
}

// TestFewConnections checks that a role that may have few connections makes the
// portal slower, and makes nothing fail.
func TestFewConnections(t *testing.T) {
	if !testdb.Postgres() {
		return
	}
	for _, connections := range []string{"4", "1"} {
		db, err := Attach(t.Context(), roleWith(t, connections), clock)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if failed, one := rush(t, db); failed > 0 {
				t.Errorf("with %s connections, %d of 96 failed, such as: %v", connections, failed, one)
			}
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestConnectionsOfOthers checks that the pool waits while others have all
// connections, and takes what they leave.
func TestConnectionsOfOthers(t *testing.T) {
	if !testdb.Postgres() {
		return
	}
	at := roleWith(t, "4")
	others, err := Attach(t.Context(), at, clock)
	if err != nil {
		t.Fatal(err)
	}
	var hold []interface{ Close() error }
	for range 4 {
		c, err := others.writer.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		hold = append(hold, c)
	}
	db, err := connect(at, clock)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		failed, one := rush(t, db)
		if failed == 0 {
			one = nil
		}
		done <- one
	}()
	for db.writer.Stats().WaitCount == 0 { // until some wait
		runtime.Gosched()
	}
	for _, c := range hold {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := others.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Errorf("got %v, want that everybody waits for the others", err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

// poolerOf listens as a pooler does that keeps a server connection for each of its
// clients, and has so many: further clients get no answer until one leaves.
func poolerOf(t *testing.T, at Place, connections int) Place {
	t.Helper()
	server, err := pgconn.ParseConfig(testdb.Direct(at.URL))
	if err != nil {
		t.Fatal(err)
	}
	network, address := pgconn.NetworkAddress(server.Host, server.Port)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	free := make(chan struct{}, connections)
	serve := func(client net.Conn) {
		defer func() { _ = client.Close() }()
		select {
		case free <- struct{}{}:
		case <-t.Context().Done():
			return
		}
		defer func() { <-free }()
		backend, err := net.Dial(network, address)
		if err != nil {
			t.Errorf("reaching the server: got %v, want no error", err)
			return
		}
		go func() {
			_, _ = io.Copy(client, backend) // ends with the connection
			_ = client.Close()
		}()
		_, _ = io.Copy(backend, client) // ends with the connection
		_ = backend.Close()
	}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return // the test is over
			}
			go serve(client)
		}
	}()
	u, err := url.Parse("postgres://" + listener.Addr().String() + "/" + server.Database + "?sslmode=disable&connect_timeout=1")
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User(server.User)
	return Place{Dir: t.TempDir(), URL: u.String()}
}

// TestPoolerWithFewConnections checks that a pooler that leaves a connection
// without an answer makes the portal slower, and makes nothing fail.
func TestPoolerWithFewConnections(t *testing.T) {
	if !testdb.Postgres() {
		return
	}
	db, err := connect(poolerOf(t, open(t, t.TempDir()).place, 4), clock)
	if err != nil {
		t.Fatal(err)
	}
	if failed, one := rush(t, db); failed > 0 {
		t.Errorf("behind a pooler with 4 connections: %d of 96 failed, such as: %v, want none", failed, one)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

// TestSizeOfThePool checks that the setting bounds the connections.
func TestSizeOfThePool(t *testing.T) {
	if !testdb.Postgres() {
		return
	}
	at := open(t, t.TempDir()).place
	for given, want := range map[int]int{0: 20, 3: 3, 30: 30} {
		at.Connections = given
		db, err := Attach(t.Context(), at, clock)
		if err != nil {
			t.Fatal(err)
		}
		failed, one := rush(t, db)
		if p := db.Pool(); p.Most != want && !testdb.Pooled() || p.Most > want || p.Open > want || failed > 0 {
			t.Errorf("%d connections: got %+v, %d of 96 failed, such as: %v; want %d and no failure", given, p, failed, one, want)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}
