package main

import (
	"bufio"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/crypto/argon2"
	"modernc.org/sqlite"
)

// The baselines: programs that do the same work and nothing else.

// serveBare answers each request as GET /session does, but without looking
// anything up.
func serveBare(address string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	fmt.Printf("listens on http://%s\n", l.Addr())
	return http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Portico-Login-ID", "alice")
		h.Set("Portico-Customer", "acme")
		h.Set("Portico-Role", "administrator")
		w.WriteHeader(http.StatusNoContent)
	}))
}

// bareServer starts serveBare as a separate program.
func (b *bench) bareServer() (*program, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return b.listening(exec.CommandContext(b.ctx, self, "-bare"))
}

// program is a running program that listens.
type program struct {
	address string // host and port
	cmd     *exec.Cmd
}

// listening starts a program and waits until it prints where it listens.
func (b *bench) listening(cmd *exec.Cmd) (*program, error) {
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &program{cmd: cmd}
	for scan := bufio.NewScanner(out); p.address == "" && scan.Scan(); {
		if m := listens.FindStringSubmatch(scan.Text()); m != nil {
			p.address = m[1]
		}
	}
	if p.address == "" {
		return nil, errors.Join(fmt.Errorf("%s does not listen", cmd.Path), cmd.Wait())
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return p, nil
}

func (p *program) process() int { return p.cmd.Process.Pid }

func (p *program) stop() {
	_ = p.cmd.Process.Signal(os.Interrupt)
	_ = p.cmd.Wait()
}

// bareHash returns a function that hashes a password with the parameters of a
// stored hash.
func bareHash(stored string) (func(), error) {
	parts := strings.Split(stored, "$")
	var memory, passes uint32
	var lanes uint8
	if len(parts) != 6 {
		return nil, fmt.Errorf("%q is no hash", stored)
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &lanes); err != nil {
		return nil, err
	}
	salt := make([]byte, 16)
	return func() { argon2.IDKey([]byte(password), salt, passes, memory, lanes, 32) }, nil
}

func ownCPU() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// bareSQLite returns a function that selects one column of one row, using only
// the driver.
func bareSQLite(path string, key []byte) (one func() error, end func(), err error) {
	connector, err := sqlite.NewConnector("file:" + path + "?_pragma=journal_mode(WAL)")
	if err != nil {
		return nil, nil, err
	}
	conn, err := connector.Connect(context.Background())
	if err != nil {
		return nil, nil, err
	}
	prepared, err := conn.Prepare(`SELECT user_id FROM sessions WHERE token_hash = $1`)
	if err != nil {
		return nil, nil, errors.Join(err, conn.Close())
	}
	stmt := prepared.(driver.StmtQueryContext)
	args := []driver.NamedValue{{Ordinal: 1, Value: key}}
	dest := make([]driver.Value, 1)
	return func() error {
		rows, err := stmt.QueryContext(context.Background(), args)
		if err != nil {
			return err
		}
		return errors.Join(rows.Next(dest), rows.Close())
	}, func() { _ = prepared.Close(); _ = conn.Close() }, nil
}

// barePostgres is bareSQLite for PostgreSQL.
func barePostgres(ctx context.Context, url string, key []byte) (one func() error, end func(), err error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, nil, err
	}
	return func() error {
		var user string
		return conn.QueryRow(ctx, `SELECT user_id FROM sessions WHERE token_hash = $1`, key).Scan(&user)
	}, func() { _ = conn.Close(ctx) }, nil
}
