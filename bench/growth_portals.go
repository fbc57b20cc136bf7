package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"portico"
	"portico/internal/config"
	"portico/internal/store"
)

// grownData says where the portal with n people is. Directory and database have one
// name.
func (b *bench) grownData(n int) (config.Data, error) {
	data := config.Data{Data: filepath.Join(b.dir, fmt.Sprintf("growth_%d", n))}
	if b.database == "" {
		return data, nil
	}
	u, err := url.Parse(b.database)
	if err != nil {
		return data, err
	}
	u.Path = "/" + filepath.Base(data.Data)
	data.Database = u.String()
	return data, nil
}

// fillGrown creates a portal with n people and as many events, unless an earlier
// run has.
func (b *bench) fillGrown(n int) error {
	data, err := b.grownData(n)
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(data.Data, "portico.db.moved")); err == nil {
		return nil
	}
	p, err := b.filled(filepath.Base(data.Data), n, max(100, n/100))
	if err != nil {
		return err
	}
	p.stop()
	if err := b.fillEvents(config.Data{Data: data.Data}, n); err != nil || b.database == "" {
		return err
	}
	return b.move(data)
}

// startGrown starts the portal with n people, with one more of them who will log
// in for each round.
func (b *bench) startGrown(n, rounds int) (*grown, error) {
	data, err := b.grownData(n)
	if err != nil {
		return nil, err
	}
	g := &grown{people: n}
	if g.crowd, err = b.joinGrown(data, rounds+1); err != nil {
		return nil, err
	}
	if g.portal, err = b.startOn(data); err != nil {
		return nil, err
	}
	w, err := dial(g.address)
	if err != nil {
		return nil, err
	}
	defer func() { _ = w.conn.Close() }()
	a, err := w.do(request("POST", "/login", "", "login_id=olga&password="+password))
	if err != nil || a.status != http.StatusSeeOther {
		return nil, errors.Join(err, fmt.Errorf("the operator's log-in ended with %d", a.status))
	}
	g.operator = strings.Join(a.cookies, "; ")
	return g, nil
}

// joinGrown adds a crowd of people who will log in.
func (b *bench) joinGrown(data config.Data, n int) (c *crowd, err error) {
	p, err := b.open(data)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	c, _, err = b.join(p, n)
	return c, err
}

// fillEvents adds events, numbered and signed, and then an operator, unless an
// earlier run has.
func (b *bench) fillEvents(data config.Data, events int) (err error) {
	p, err := b.open(data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if _, err = p.DB.Read(b.ctx).AccountByLogin("olga"); !errors.Is(err, store.ErrNotFound) {
		return err
	}
	acme, err := p.DB.Read(b.ctx).CustomerBySlug("acme")
	if err != nil {
		return err
	}
	const batch = 5000
	for done := 0; done < events; done += batch {
		err := p.DB.Update(b.ctx, portico.CommandLine(), func(tx *store.Tx) error {
			for i := done; i < min(events, done+batch); i++ {
				who := portico.UserID(fmt.Sprintf("somebody-%07d", i*7919%events))
				e := portico.Event{
					ID: fmt.Sprintf("grown-%09d", i), CustomerID: acme.ID, At: tx.Now.Add(time.Duration(i-events) * time.Second),
					Action: portico.LogoutDone, Actor: portico.AsUser(portico.User{ID: who, CustomerID: acme.ID, FirstName: "Some", LastName: "Body", LoginID: string(who)}, portico.Origin{Address: "192.0.2.1"}),
					TargetID: who, TargetName: "Some Body",
				}
				if err := tx.AppendEvent(e); err != nil {
					return err
				}
			}
			return nil
		})
		if err == nil {
			err = p.Audit.Sequence(b.ctx)
		}
		if err != nil {
			return err
		}
	}
	_, _, err = b.command(password, "user", "create", "--data", data.Data, "--login-id", "olga", "--first-name", "Olga",
		"--last-name", "Park", "--email", "olga@example.com", "--role", string(portico.RoleOperator), "--password-stdin")
	return err
}
