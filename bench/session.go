package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"portico"
	"portico/internal/auth"
	"portico/internal/config"
	"portico/internal/store"
)

// sessions compares the session check with a bare handler for several numbers
// of clients, in turns, and its look-up with a bare select.
func (b *bench) sessions(p *portal) error {
	bare, err := b.bareServer()
	if err != nil {
		return err
	}
	defer bare.stop()
	check := request("GET", "/session", p.cookie, "")
	one := func(_ int, w *wire) (int, error) {
		a, err := w.do(check)
		if err == nil && a.status != http.StatusNoContent {
			err = fmt.Errorf("GET /session: %d", a.status)
		}
		return a.status, err
	}
	for _, clients := range []int{1, 4, 16, 64} {
		nothing, check, err := inTurns(5, 400*time.Millisecond, clients, bare, p.program, one)
		if err != nil {
			return err
		}
		r := b.add("session check: requests a second over a bare handler's, %d clients", clients)
		r.least(check.rate()/nothing.rate(), "times", 0.5).free = clients != 16
		r.with("%v; bare %.0f/s", check, nothing.rate())
		if clients == 16 {
			b.add("session check: CPU").most(check.cpuEach(), "us", 60).with("the bare handler %.0f us", nothing.cpuEach())
		}
	}
	if err := b.page(p, "/account", "Account page"); err != nil {
		return err
	}
	if err := b.proxied(p); err != nil {
		return err
	}
	return b.selects(p)
}

// inTurns drives two programs in turns.
func inTurns(rounds int, long time.Duration, clients int, first, second *program, one func(int, *wire) (int, error)) (load, load, error) {
	var loads [2]load
	for range rounds {
		for i, p := range []*program{first, second} {
			l, err := drive(p.address, p.process(), clients, long, one)
			if err != nil {
				return loads[0], loads[1], err
			}
			loads[i] = loads[i].plus(l)
		}
	}
	return loads[0], loads[1], nil
}

// page measures one page.
func (b *bench) page(p *portal, path, what string) error {
	text := request("GET", path, p.cookie, "")
	for _, clients := range []int{1, 16} {
		l, err := drive(p.address, p.process(), clients, time.Second, func(_ int, w *wire) (int, error) {
			a, err := w.do(text)
			if err == nil && a.status != http.StatusOK {
				err = fmt.Errorf("GET %s: %d", path, a.status)
			}
			return a.status, err
		})
		if err != nil {
			return err
		}
		b.add("%s, %d clients", what, clients).is(l.cpuEach(), "us of CPU").with("%v", l)
	}
	return nil
}

// selects compares the look-up of a session with a select of one column by its
// key, using only the driver.
func (b *bench) selects(p *portal) error {
	_, token, _ := strings.Cut(p.cookie, "=")
	sum := sha256.Sum256([]byte(token))
	one, end, err := bareSQLite(filepath.Join(p.data.Data, "portico.db"), sum[:])
	if err != nil {
		return err
	}
	defer end()
	if err := b.lookUp("SQLite", store.Place{Dir: p.data.Data}, sum[:], one); err != nil || b.database == "" {
		return err
	}
	return b.selectsPostgres()
}

func (b *bench) lookUp(engine string, place store.Place, key []byte, bare func() error) error {
	db, err := store.Open(b.ctx, place, time.Now)
	if err != nil {
		return err
	}
	var times [2]time.Duration
	for range 20 {
		for i, one := range []func() error{bare, func() error { _, err := db.Read(b.ctx).Session(key); return err }} {
			start := time.Now()
			for range 200 {
				if err := one(); err != nil {
					return errors.Join(fmt.Errorf("%s: %w", engine, err), db.Close())
				}
			}
			times[i] += time.Since(start) / 20 / 200
		}
	}
	b.add("session look-up over a bare select of one column, %s", engine).is(float64(times[1])/float64(times[0]), "times").
		with("%v and %v", round(times[1]), round(times[0]))
	return db.Close()
}

// selectsPostgres does the same in a PostgreSQL database with one session.
func (b *bench) selectsPostgres() error {
	data := config.Data{Data: filepath.Join(b.dir, "postgres"), Database: b.database}
	p, err := b.open(data)
	if err != nil {
		return err
	}
	_, err = p.Users.Create(b.ctx, portico.CommandLine(), portico.ProviderID, portico.User{
		LoginID: "olga", FirstName: "Olga", LastName: "Park", Email: "op@example.com", Role: portico.RoleOperator,
	}, password)
	var out auth.Outcome
	if err == nil {
		out, err = p.Auth.Login(b.ctx, auth.Visit{}, "olga", password)
	}
	if err = errors.Join(err, p.Close()); err != nil {
		return err
	}
	key := sha256.Sum256([]byte(out.Token))
	one, end, err := barePostgres(b.ctx, b.database, key[:])
	if err != nil {
		return err
	}
	defer end()
	return b.lookUp("PostgreSQL", store.Place{Dir: data.Data, URL: data.Database}, key[:], one)
}
