package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"portico"
	"portico/internal/cli"
	"portico/internal/config"
	"portico/internal/store"
	"portico/internal/totp"
)

// who is a person who can log in.
type who struct {
	login string
	key   []byte // of the authenticator
}

// crowd is a set of people who each log in once.
type crowd struct {
	mu     sync.Mutex
	people []who
}

func (c *crowd) somebody() (who, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.people) == 0 {
		return who{}, errors.New("everybody has logged in")
	}
	first := c.people[0]
	c.people = c.people[1:]
	return first, nil
}

// later puts a person who must try again at the end of the queue.
func (c *crowd) later(w who) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.people = append(c.people, w)
}

// open opens a portal in this process, to fill it. Its hashes are fast.
func (b *bench) open(data config.Data) (*cli.Portal, error) {
	return cli.Open(b.ctx, config.Config{
		Data: data, BaseURL: "http://localhost:8080", From: "Portico <portico@localhost>",
		HashMemory: 64, HashTime: 1, HashParallelism: 1, CodeWindow: 1,
	}, time.Now, slog.New(slog.DiscardHandler))
}

// makeCrowd creates a portal of people with a password and an authenticator,
// and returns the hash of the password.
func (b *bench) makeCrowd(data string, n int) (*crowd, string, error) {
	if _, _, err := b.command("", "init", "--data", data); err != nil {
		return nil, "", err
	}
	if _, _, err := b.command("", "customer", "create", "--data", data, "--slug", "acme", "--name", "Acme Telecom"); err != nil {
		return nil, "", err
	}
	if _, _, err := b.command(password, "user", "create", "--data", data, "--customer", "acme", "--login-id", "alice", "--first-name", "Alice",
		"--last-name", "Adams", "--email", "alice@acme.example", "--role", "administrator", "--password-stdin"); err != nil {
		return nil, "", err
	}
	p, err := b.open(config.Data{Data: data})
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = p.Close() }() // everything was committed
	return b.join(p, n)
}

// join adds a crowd of people with the administrator's password. Their numbers
// begin with the time, so that a kept portal can be joined again.
func (b *bench) join(p *cli.Portal, n int) (*crowd, string, error) {
	alice, err := p.DB.Read(b.ctx).AccountByLogin("alice")
	if err != nil {
		return nil, "", err
	}
	c, first := &crowd{}, time.Now().UnixMilli()%1e12
	err = p.DB.Update(b.ctx, portico.CommandLine(), func(tx *store.Tx) error {
		c.people = nil
		for i := range n {
			a, number := alice, fmt.Sprintf("%012d", first+int64(i))
			a.ID, a.LoginID = alice.ID[:24]+portico.UserID(number), "crowd"+number
			a.LoginKey, a.Role = a.LoginID, portico.RoleUser
			key := totp.NewKey()
			sealed, err := p.Auth.SealKey(a.ID, key)
			if err != nil {
				return err
			}
			authenticator := store.Authenticator{ID: "factor-" + string(a.ID), UserID: a.ID, Kind: portico.AuthenticatorTOTP, Secret: sealed, Enabled: true}
			if err := errors.Join(tx.CreateUser(a), tx.PutAuthenticator(authenticator)); err != nil {
				return err
			}
			c.people = append(c.people, who{a.LoginID, key})
		}
		return nil
	})
	return c, alice.PasswordHash, err
}

// logIn logs in with password and code. The status of the response is 303 if it
// succeeds.
func logIn(w *wire, p who) (answer, error) {
	a, err := w.do(request("POST", "/login", "", url.Values{"login_id": {p.login}, "password": {password}}.Encode()))
	if err != nil || a.status != http.StatusSeeOther {
		return a, err
	}
	form := url.Values{"code": {totp.Code(p.key, totp.Step(time.Now()))}}.Encode()
	return w.do(request("POST", "/login/code", strings.Join(a.cookies, "; "), form))
}

// logins measures log-ins one after the other and many at once, and how much
// the pages slow down meanwhile.
func (b *bench) logins() error {
	data := filepath.Join(b.dir, fmt.Sprintf("crowd-%d", time.Now().UnixNano()))
	c, hash, err := b.makeCrowd(data, 8000)
	if err != nil {
		return err
	}
	p, err := b.start(data)
	if err != nil {
		return err
	}
	defer p.stop()
	b.add("memory, idle, before anybody has logged in").most(p.idle, "MiB", 30)
	if err := b.loginCPU(p, c, hash); err != nil {
		return err
	}
	if err := b.loginsAlone(p, c, hash); err != nil {
		return err
	}
	if err := b.manyLogins(p, c); err != nil {
		return err
	}
	return b.manyAtOnce(data, c)
}

// loginCPU compares the CPU time of log-ins with that of their hashes, in
// turns.
func (b *bench) loginCPU(p *portal, c *crowd, hash string) error {
	bare, err := bareHash(hash)
	if err != nil {
		return err
	}
	var whole load
	var alone time.Duration
	const rounds, each = 8, 25
	for range rounds {
		start := ownCPU()
		for range each {
			bare()
		}
		alone += ownCPU() - start
		w, err := dial(p.address)
		if err != nil {
			return err
		}
		before, begun := cpuOf(p.process()), time.Now()
		for range each {
			somebody, err := c.somebody()
			if err != nil {
				return err
			}
			start := time.Now()
			a, err := logIn(w, somebody)
			if err != nil || a.status != http.StatusSeeOther {
				return errors.Join(err, fmt.Errorf("a log-in ended with %d", a.status))
			}
			whole.times = append(whole.times, time.Since(start))
		}
		whole.took, whole.cpu = whole.took+time.Since(begun), whole.cpu+cpuOf(p.process())-before
		_ = w.conn.Close()
	}
	each1 := float64(alone.Microseconds()) / rounds / each
	b.add("log-in with password and code: CPU over that of the hash alone").most(whole.cpuEach()/each1, "times", 1.12).
		with("%.1f and %.1f ms; %v", whole.cpuEach()/1000, each1/1000, whole)
	return nil
}

// manyLogins runs 64 log-ins at a time, while other clients check their
// session.
func (b *bench) manyLogins(p *portal, c *crowd) error {
	text := request("GET", "/session", p.cookie, "")
	check := func(_ int, w *wire) (int, error) {
		a, err := w.do(text)
		return a.status, err
	}
	var alone, meanwhile, logins load
	for range 2 {
		l, err := drive(p.address, p.process(), 4, 2*time.Second, check)
		if err != nil {
			return err
		}
		alone = alone.plus(l)
		done := make(chan error, 1)
		go func() {
			l, err := drive(p.address, p.process(), 64, 6*time.Second, loggingIn(c))
			logins = logins.plus(l)
			done <- err
		}()
		time.Sleep(500 * time.Millisecond) // until all of them have begun
		if l, err = drive(p.address, 0, 4, 4*time.Second, check); err != nil {
			return err
		}
		meanwhile = meanwhile.plus(l)
		if err := <-done; err != nil {
			return err
		}
	}
	b.add("64 log-ins at a time: p99").is(logins.percentile(99).Seconds(), "s").with("%v, answers %v", logins, logins.statuses)
	b.add("session checks while 64 log in over those alone").least(meanwhile.rate()/alone.rate(), "times", 0.6).
		with("%v; alone %v", meanwhile, alone)
	return nil
}

func loggingIn(c *crowd) func(int, *wire) (int, error) {
	return func(_ int, w *wire) (int, error) {
		somebody, err := c.somebody()
		if err != nil {
			return 0, err
		}
		a, err := logIn(w, somebody)
		switch {
		case err != nil || a.status == http.StatusSeeOther:
		case a.status == http.StatusServiceUnavailable && a.retryAfter:
			c.later(somebody)
		default:
			err = fmt.Errorf("a log-in ended with %d", a.status)
		}
		return a.status, err
	}
}

// manyAtOnce runs 200 log-ins at a time, more than may wait, on a program that
// has just started.
func (b *bench) manyAtOnce(data string, c *crowd) error {
	p, err := b.serve(config.Data{Data: data})
	if err != nil {
		return err
	}
	defer p.stop()
	l, err := drive(p.address, p.process(), 200, 5*time.Second, loggingIn(c))
	if err != nil {
		return err
	}
	most, err := p.peak()
	if err != nil {
		return err
	}
	b.add("memory, 200 log-ins at a time, with the hashes").most(most, "MiB", 74+2*19*float64(runtime.NumCPU())).
		with("answers %v", l.statuses)
	return nil
}
