package web_test

import (
	"context"
	"database/sql" //nolint:depguard // to measure the database
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/porticotest"
	"portico/internal/store"
)

// Limits of what strangers can make grow, as docs/operating.md states them.
const (
	mostAnHour   = 16*20 + 16*8 + 3 // events of strangers in one log: those kept, and those that say how many more there were
	mostBytesDay = 20 << 20         // growth of a log in a day, with all that belongs to it
)

// counted returns how many events of an action a log reports, individually or
// in sums, and in how many rows.
func counted(t *testing.T, events []portico.Event, action portico.Action) (n, rows int) {
	t.Helper()
	for _, e := range events {
		if e.Action != action {
			continue
		}
		rows++
		if m := regexp.MustCompile(`^(\d+) more between`).FindStringSubmatch(e.Details); m != nil {
			more, err := strconv.Atoi(m[1])
			must(t, err)
			n += more
		} else {
			n++
		}
	}
	return n, rows
}

// allEvents returns a customer's whole log.
func allEvents(t *testing.T, p *porticotest.Portal, c portico.CustomerID) []portico.Event {
	t.Helper()
	events, err := p.DB.Read(context.Background()).Events(c, portico.EventQuery{}, store.EventCursor{}, 100_000)
	must(t, err)
	return events
}

// TestC10_StrangersAreSummedUp checks that a log keeps only a number of events
// per hour about the failures of strangers. The others are counted, and the log
// says how many there were, of whom and from where.
func TestC10_StrangersAreSummedUp(t *testing.T) {
	if testing.Short() {
		return // long
	}
	p := porticotest.New(t, porticotest.Behind)
	acme := p.Customer("acme", "Acme")
	ann := p.User(acme.ID, "ann", portico.RoleUser)
	b := p.Client()
	for i := range 450 { // from 18 networks
		b.From = fmt.Sprintf("10.0.%d.%d", i/25, i%25+1)
		b.Post("/login", "login_id", fmt.Sprintf("nobody%d", i), "password", "wrong")
	}
	for i := range 40 { // for an existing login ID: all are kept
		b.From = fmt.Sprintf("10.1.%d.1", i/10)
		b.Post("/login", "login_id", "ann", "password", "wrong")
	}
	must(t, p.DB.Update(t.Context(), portico.System(portico.Origin{}), func(tx *store.Tx) error {
		for range 30 { // more than the throttle would allow in a day
			e := portico.Event{Action: portico.PasswordLinkAsked, Actor: portico.System(portico.Origin{Address: "10.2.0.1"})}.Target(ann)
			if err := audit.Record(tx, e); err != nil {
				return err
			}
		}
		return nil
	}))
	p.Clock.Advance(time.Hour)
	for range 2 {
		must(t, p.Audit.SumUp(t.Context()))
	}
	if n, rows := counted(t, allEvents(t, p, portico.ProviderID), portico.LoginRefused); n != 450 || rows > mostAnHour || rows == 450 {
		t.Errorf("the provider's log tells of %d refused log-ins in %d events", n, rows)
	}
	events := allEvents(t, p, acme.ID)
	if n, rows := counted(t, events, portico.LoginRefused); n != 40 || rows != 40 {
		t.Errorf("acme's log tells of %d refused log-ins in %d events", n, rows)
	}
	if n, rows := counted(t, events, portico.PasswordLinkAsked); n != 30 || rows != 21 {
		t.Errorf("acme's log tells of %d links in %d events", n, rows)
	}
	sums := map[portico.UserID]string{"": " unknown login ID from 10.0.", ann.ID: ": 10 from 10.2.0.0/24"}
	for _, e := range append(events, allEvents(t, p, portico.ProviderID)...) {
		if strings.Contains(e.Details, " more between ") && (!strings.Contains(e.Details, "23 November 2026 09:00 and 10:00 UTC: ") || !strings.Contains(e.Details, sums[e.TargetID])) {
			t.Errorf(`got %q of %q, want not (strings.Contains(e.Details, " more between ") && (!strings.Contains(e.Details, "23 November 2026 09:00 and 10:00 UTC: ") || !strings.Contains(e.Details, sums[e.TargetID])))`, e.Details, e.TargetID)
		}
	}
	must(t, p.Audit.Sequence(t.Context()))
}

// TestC10_WhatStrangersMakeGrow checks that in a day of constant attempts from
// any number of addresses, the log and what belongs to it grow no more than
// documented.
func TestC10_WhatStrangersMakeGrow(t *testing.T) {
	if testing.Short() {
		return // long
	}
	p := porticotest.New(t)
	before, hours := bytesOf(t, p), porticotest.Amount(24, 3)
	for hour := range hours {
		must(t, p.DB.Update(t.Context(), portico.System(portico.Origin{}), func(tx *store.Tx) error {
			for i := range 800 {
				e := portico.Event{
					CustomerID: portico.ProviderID, Action: portico.LoginRefused,
					Details: portico.RefusalDetails{Reason: "unknown login ID", LoginIDHash: fmt.Sprintf("%016x", i)}.Stored(),
					Actor:   portico.System(portico.Origin{Address: fmt.Sprintf("2001:%x:%x::1", hour, i), Browser: strings.Repeat("x", 200)}),
				}
				if err := audit.Record(tx, e); err != nil {
					return err
				}
			}
			return nil
		}))
		p.Clock.Advance(time.Hour)
		must(t, p.Audit.SumUp(t.Context()))
		must(t, p.Audit.Sequence(t.Context()))
	}
	n, rows := counted(t, allEvents(t, p, portico.ProviderID), portico.LoginRefused)
	if n != hours*800 || rows > hours*mostAnHour {
		t.Errorf("the log tells of %d refused log-ins in %d events", n, rows)
	}
	grown := bytesOf(t, p) - before
	t.Logf("%d events, %d bytes", rows, grown)
	if grown > mostBytesDay {
		t.Errorf("a day of strangers takes up %d bytes", grown)
	}
	if _, err := p.DB.Read(t.Context()).CountedEvents(portico.ProviderID, p.Clock.Now()); err != nil {
		t.Error(err)
	}
}

// TestC10_PersonsAreSummedUp checks that events which a person can repeat at
// will are summed up too, and that the number of sessions is limited.
func TestC10_PersonsAreSummedUp(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	for range 40 {
		b := c.as(c.user)
		b.Post("/logout")
	}
	for range 60 {
		c.as(c.user)
	}
	sessions, err := c.DB.Read(t.Context()).Sessions(c.user.ID)
	must(t, err)
	if n := len(sessions); n > 50 {
		t.Errorf("%d log-ins are in force", n)
	}
	c.Clock.Advance(time.Hour)
	must(t, c.Audit.SumUp(t.Context()))
	var in, rows int
	for _, action := range []portico.Action{portico.LoginDone, portico.LogoutDone} {
		n, r := counted(t, allEvents(t, c.Portal, c.acme.ID), action)
		in, rows = in+n, rows+r
	}
	if in < 140 || rows > 64 {
		t.Errorf("%d log-ins and log-outs in %d events", in, rows)
	}
}

// TestC10_SourcesAreBounded checks that the throttle can drop all but a number
// of sources, the oldest first.
func TestC10_SourcesAreBounded(t *testing.T) {
	p := porticotest.New(t)
	must(t, p.DB.Update(t.Context(), portico.System(portico.Origin{}), func(tx *store.Tx) error {
		for i := range 50 {
			f := store.Failures{
				Bucket: fmt.Sprintf("address/%d", i), Kind: "address", FailedAt: tx.Now.Add(time.Duration(i) * time.Second), ExpiresAt: tx.Now.Add(time.Hour), Consecutive: 1,
			}
			if err := tx.PutFailures(f); err != nil {
				return err
			}
		}
		code := store.Failures{Bucket: "code/x", Kind: "code", UserID: "x", FailedAt: tx.Now.Add(-time.Hour), ExpiresAt: tx.Now.Add(time.Hour), Consecutive: 1}
		return tx.PutFailures(code)
	}))
	must(t, p.DB.Update(t.Context(), portico.System(portico.Origin{}), func(tx *store.Tx) error { return tx.DropFailures("address", 20) }))
	r := p.DB.Read(t.Context())
	for bucket, want := range map[string]bool{"address/49": true, "address/30": true, "address/29": false, "address/0": false, "code/x": true} {
		if _, err := r.Failures(bucket); (err == nil) != want {
			t.Errorf("%s: %v, want (err == nil) %v", bucket, err, want)
		}
	}
	must(t, p.Auth.DeleteOldFailures(t.Context()))
}

// bytesOf returns the size of a database.
func bytesOf(t *testing.T, p *porticotest.Portal) (n int64) {
	t.Helper()
	driver, source := "sqlite", filepath.Join(p.Dir, "portico.db")
	query := `SELECT (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)`
	if p.Database != "" {
		driver, source = "pgx", p.Database
		query = `SELECT pg_database_size(current_database())`
	}
	db, err := sql.Open(driver, source)
	must(t, err)
	if p.Database != "" { // without what the server reclaims by itself
		_, err := db.ExecContext(t.Context(), `VACUUM FULL`)
		must(t, err)
	}
	err = db.QueryRowContext(t.Context(), query).Scan(&n)
	must(t, errors.Join(err, db.Close()))
	return n
}

// TestC10_OldRequestsGo checks that old ended requests for resets are removed,
// and that a request which keeps an account frozen stays.
func TestC10_OldRequestsGo(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.resetsAt(t, portico.ResetPolicy{})
	b := c.as(c.admin)
	c.Enrol(c.user)
	c.askFor(b, c.user)
	left := func() int {
		t.Helper()
		found, err := c.DB.Read(t.Context()).Resets(c.acme.ID, 100)
		must(t, err)
		return len(found)
	}
	c.Clock.Advance(364 * 24 * time.Hour)
	must(t, c.Resets.Forget(t.Context()))
	if n := left(); n != 1 {
		t.Fatalf("%d requests", n)
	}
	c.behind(t, `UPDATE reset_requests SET frozen = TRUE`)
	c.Clock.Advance(2 * 24 * time.Hour)
	must(t, c.Resets.Forget(t.Context()))
	if n := left(); n != 1 {
		t.Errorf("%d requests that froze an account", n)
	}
	c.behind(t, `UPDATE reset_requests SET frozen = FALSE`)
	must(t, c.Resets.Forget(t.Context()))
	if n := left(); n != 0 {
		t.Errorf("%d requests are left", n)
	}
}
