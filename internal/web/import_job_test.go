package web_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"portico"
	"portico/internal/porticotest"
)

// TestImportGoesOnAlone checks that a long import continues by itself after the
// program was stopped between any two chunks, and that each row is imported
// once.
func TestImportGoesOnAlone(t *testing.T) {
	if testing.Short() {
		return // large
	}
	c := newFixture(t)
	b := c.as(c.admin)
	before := c.people()
	p := sendFile(b, crowd(5500))
	if !p.Has("Checking the file") || !p.Has("0 of 5,500") || !p.Has("Refresh") {
		t.Fatalf(`sendFile(b, crowd(5500)): got %s, want the text "Checking the file", the text "0 of 5,500", the text "Refresh"`, p.Text())
	}
	c.works()
	if p = b.Get(p.Path); !p.Has("5,500 to create") || !p.Has("And 5,300 more rows") || c.people() != before {
		t.Fatalf(`GET %v: got %s, want the text "5,500 to create", the text "And 5,300 more rows", c.people() %v`, p.Path, p.Text(), before)
	}
	if p = b.Fill(p, "Start import"); !p.Has("0 of 5,500") || !p.Has("You can leave this page") {
		t.Fatalf(`pressing "Start import": got %s, want the text "0 of 5,500", the text "You can leave this page"`, p.Text())
	}
	// Break it off in many places: each chunk must be whole or absent.
	broken := 0
	for n := int64(40); c.people()-before < 2000; n += n / 3 {
		ctx := endingAfter(n)
		if err := c.Imports.Work(ctx); err == nil {
			break
		}
		broken++
		done := c.people() - before
		if p = b.Get(p.Path); done%1000 != 0 || !p.Has(fmt.Sprintf("%d created", done/1000)) && done < 1000 {
			t.Fatalf("broken off after %d looks: %d people, %s", n, done, p.Text())
		}
	}
	if done := c.people() - before; broken == 0 || done == 0 || done >= 5500 {
		t.Fatalf("broken off %d times, %d people", broken, done)
	}
	restarted := &fixture{Portal: porticotest.Start(t, c.Dir, c.Clock), acme: c.acme, admin: c.admin}
	restarted.works()
	b = restarted.as(c.admin)
	if p = b.Get(p.Path); !p.Has("5,500 created, 0 updated, 0 unchanged, 0 refused") {
		t.Fatalf(`GET %v: got %s, want the text "5,500 created, 0 updated, 0 unchanged, 0 refused"`, p.Path, p.Text())
	}
	if n := restarted.people() - before; n != 5500 {
		t.Errorf("%d people", n)
	}
	if n := c.events(portico.UsersImported, ""); n != 6 {
		t.Errorf("%d events of 6 chunks", n)
	}
	if p := b.Get(importing); !p.Has("5,500") || !p.Has("Done") {
		t.Errorf(`GET %v: got %s, want the text "5,500", the text "Done"`, importing, p.Text())
	}
}

// TestWorkersShareImports checks that several programs over one database do
// each chunk only once.
func TestWorkersShareImports(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	other := porticotest.Start(t, c.Dir, c.Clock)
	b := c.as(c.admin)
	before, chunks := c.people(), porticotest.Amount(6, 2)
	p := sendFile(b, crowd(chunks*1000))
	both := func() {
		var wg sync.WaitGroup
		for _, people := range []*porticotest.Portal{c.Portal, other, c.Portal} {
			wg.Go(func() {
				if err := people.Imports.Work(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	both()
	c.works()
	if p = b.Get(p.Path); !p.Has(fmt.Sprintf("%d,000 to create, 0 to update, 0 unchanged, 0 refused", chunks)) {
		t.Fatalf(`GET %v: got %s, want the text "%d,000 to create, 0 to update, 0 unchanged, 0 refused"`, p.Path, p.Text(), chunks)
	}
	b.Fill(p, "Start import")
	both()
	c.works()
	if p = b.Get(p.Path); !p.Has(fmt.Sprintf("%d,000 created, 0 updated, 0 unchanged, 0 refused", chunks)) || c.people()-before != chunks*1000 || c.events(portico.UsersImported, "") != chunks {
		t.Errorf("%d people, %d events: %s", c.people()-before, c.events(portico.UsersImported, ""), p.Text())
	}
}

// TestImportEndsWithTheRights checks that an import stops when the person who
// runs it loses the right to, and that another administrator can continue it.
func TestImportEndsWithTheRights(t *testing.T) {
	losses := map[string]func(*fixture){
		"role": func(c *fixture) {
			to := c.Account(c.admin.ID).User
			to.Role = portico.RoleUser
			must(t, c.Users.Edit(context.Background(), portico.CommandLine(), c.acme.ID, c.admin.ID, to))
		},
		"suspended": func(c *fixture) {
			must(t, c.Users.Suspend(context.Background(), portico.CommandLine(), c.acme.ID, c.admin.ID))
		},
	}
	for _, name := range porticotest.Some(losses, 2) {
		lose := losses[name]
		t.Run(name, func(t *testing.T) {
			c := newFixture(t)
			anna := c.as(c.User(c.acme.ID, "anna", portico.RoleAdministrator))
			b := c.as(c.admin)
			p := sendFile(b, crowd(2500))
			c.works()
			b.Fill(b.Get(p.Path), "Start import")
			before := c.people()
			lose(c)
			c.works()
			p = anna.Get(p.Path)
			if !p.Has("Stopped after 0 of 2,500 rows") || !p.Has("rights of Alice Tester have changed") || c.people() != before {
				t.Fatalf(`GET %v: got %s, want the text "Stopped after 0 of 2,500 rows", the text "rights of Alice Tester have changed", c.people() %v`, p.Path, p.Text(), before)
			}
			if c.events(portico.ImportStopped, "") != 1 {
				t.Error("not in the audit log")
			}
			anna.Fill(p, "Continue")
			c.works()
			if p = anna.Get(p.Path); !p.Has("2,500 created") || c.people() != before+2500 {
				t.Errorf(`GET %v: got %s, want the text "2,500 created", c.people() %v`, p.Path, p.Text(), before+2500)
			}
		})
	}
}

// TestOperatorsImportStopsForASuspendedCustomer checks that an import with
// invitations stops when the customer is suspended, which would end each of them,
// and that it goes on where it was.
func TestOperatorsImportStopsForASuspendedCustomer(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	olga := c.operator()
	before := c.people()
	page := olga.Upload("/customers/acme/access/import", "file", crowd(3), "invite", "1")
	olga.Post("/customers/acme/suspend")
	for _, button := range []string{"Start import", "Continue"} {
		page = olga.Fill(page, button)
		c.works()
		page = olga.Get(page.Path)
		if !page.Has("The customer is suspended, so invitations would not work. Continue the import once the customer is reactivated.") || c.people() != before || len(c.Mails("")) != 0 {
			t.Fatalf("%s for a suspended customer: got %s, %d people and %d mails, want that it has stopped, %d people and no mail", button, page.Text(), c.people(), len(c.Mails("")), before)
		}
	}
	olga.Post("/customers/acme/reactivate")
	olga.Fill(page, "Continue")
	c.works()
	if done := olga.Get(page.Path); !done.Has("3 created") || c.people() != before+3 || len(c.Mails("")) != 3 {
		t.Errorf("once the customer is reactivated: got %s, %d people and %d mails, want 3 of each more", done.Text(), c.people(), len(c.Mails("")))
	}
}

// TestImportStopsAndGoesOn tests the buttons that stop and continue an import.
func TestImportStopsAndGoesOn(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	p := sendFile(b, crowd(3000))
	c.works()
	p = b.Fill(b.Get(p.Path), "Start import")
	if d := b.Post(p.Path + "/discard"); d.Status != 409 {
		t.Errorf("discarded under way: %d", d.Status)
	}
	p = b.Fill(p, "Stop")
	before := c.people()
	c.works()
	if p = b.Get(p.Path); !p.Has("Stopped by Alice Tester.") || c.people() != before {
		t.Fatalf(`GET %v: got %s, want the text "Stopped by Alice Tester.", c.people() %v`, p.Path, p.Text(), before)
	}
	p = b.Fill(p, "Continue")
	c.works()
	if p = b.Get(p.Path); !p.Has("3,000 created") {
		t.Errorf(`GET %v: got %s, want the text "3,000 created"`, p.Path, p.Text())
	}
	if s := b.Post(p.Path + "/stop"); s.Status != 409 {
		t.Errorf("stopped when it was over: %d", s.Status)
	}
}

// ending is a context that ends after it was checked a number of times.
type ending struct {
	context.Context
	left *atomic.Int64
	end  context.CancelFunc
}

func endingAfter(n int64) context.Context {
	ctx, end := context.WithCancel(context.Background())
	left := &atomic.Int64{}
	left.Store(n)
	return ending{ctx, left, end}
}

func (e ending) look() {
	if e.left.Add(-1) <= 0 {
		e.end()
	}
}

func (e ending) Done() <-chan struct{} { e.look(); return e.Context.Done() }

func (e ending) Err() error { e.look(); return e.Context.Err() }
