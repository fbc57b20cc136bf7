package web_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/maintenance"
	"portico/internal/porticotest"
	"portico/internal/store"
)

// keptOfACustomer are the tables that may still name a deleted customer, as
// docs/decisions/deletion.md says.
var keptOfACustomer = []string{"audit_logs", "audit_tiles", "deleted_customers", "event_counts", "events", "held_login_ids"}

// ofNoCustomer are the tables that never name a customer.
var ofNoCustomer = []string{"audit_stream", "goose_db_version", "nodes", "passkey_challenges", "portal_id", "portal_secrets", "portal_times", "reindexing"}

// naming returns the tables, of any, that hold one of the texts.
func (c *fixture) naming(texts ...string) (tables []string) {
	for table, rows := range c.Contents() {
		if slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(rows, s) }) {
			tables = append(tables, table)
		}
	}
	slices.Sort(tables)
	return tables
}

// due has the waiting period of deletions pass, and carries them out.
func (c *fixture) due(t *testing.T) {
	t.Helper()
	c.Clock.Advance(portico.CustomerDeletionWait)
	must(t, c.Customers.DeleteDue(t.Context()))
}

// askToDelete asks for acme to be deleted, as an operator does.
func askToDelete(b *porticotest.Client) *porticotest.Page {
	return b.Fill(b.Get(b.Get(acme).Link("Delete customer")), "Delete customer", "Reason", "The contract has ended.", "Short name", "acme")
}

// exists reports whether acme exists.
func (c *fixture) exists() bool {
	_, err := c.DB.Read(c.T.Context()).Customer(c.acme.ID)
	return err == nil
}

// soundLogs checks that the audit logs are as the portal has signed them.
func (c *fixture) soundLogs(t *testing.T, when string) {
	t.Helper()
	must(t, c.Audit.Sequence(t.Context()))
	h, err := audit.Check(t.Context(), c.DB, c.Keys)
	if err != nil || h.Tampered.N > 0 || h.Forged > 0 {
		t.Errorf("%s, the audit logs are not sound: %+v %v", when, h, err)
	}
}

// fillsTables has acme leave something in every table that can name a customer,
// and returns what names it or its people.
func (c *fixture) fillsTables(t *testing.T) []string {
	t.Helper()
	anna := c.User(c.acme.ID, "anna.leaver", portico.RoleAdministrator)
	c.Clock.Advance(8 * 24 * time.Hour)
	c.Enrol(c.user)
	rule := portico.ResetRule{TwoPeople: true, DelayHours: 5}
	c.resetsAt(t, portico.ResetPolicy{User: rule, HelpDesk: rule})
	c.resetsAt(t, portico.ResetPolicy{User: rule}) // the stricter one is held for a while
	c.askFor(c.as(c.admin), c.user)
	c.leavesTraces(t, anna)
	p := sendFile(c.as(c.admin), "login_id,first_name,last_name,email,role\nnew.two,A,B,new.two@example.com,user\nno address,A,B,none,user\n")
	oskar := c.as(c.User(portico.ProviderID, "oskar", portico.RoleOperator))
	if p := oskar.Upload(acme+"/logo", "logo", picture(t, 32, 32)); p.Status != 200 {
		t.Fatalf("a logo: %d %s", p.Status, p.Text())
	}
	oskar.Upload(acme+"/access/import", "file", "login_id,first_name,last_name,email,role\nnew.three,A,B,new.three@example.com,user\n")
	must(t, c.Audit.Sequence(t.Context()))
	must(t, c.DB.Update(t.Context(), portico.CommandLine(), func(tx *store.Tx) error {
		a, err := tx.Account(anna.ID)
		if err != nil {
			return err
		}
		if err := tx.ChangeLoginID(c.acme.ID, c.help.ID, "hedda.new", "hedda.new"); err != nil {
			return err
		}
		if err := tx.PutMailRefusal(anna.ID, a.Email, "550 no"); err != nil {
			return err
		}
		if err := tx.PutResetCode(anna.ID, store.ResetCode{Hash: []byte("r"), ExpiresAt: tx.Now.Add(time.Hour)}); err != nil {
			return err
		}
		return tx.PutMail(store.Mail{ID: "waits", UserID: anna.ID, Kind: "welcome", Sealed: []byte("x")})
	}))
	c.behind(t, `UPDATE throttle SET user_id = 'gone' WHERE customer_id = $1`, string(c.acme.ID)) // as a failure that came after its user was deleted
	texts := []string{string(c.acme.ID), "Acme", p.Path[strings.LastIndex(p.Path, "/")+1:]}
	for _, u := range []portico.User{anna, c.user, c.help, c.admin} {
		texts = append(texts, string(u.ID), u.LoginID+"@", u.LoginID)
	}
	left := c.naming(texts...)
	for table := range c.Contents() {
		if !slices.Contains(left, table) && !slices.Contains(ofNoCustomer, table) && table != "deleted_customers" {
			t.Errorf("the test leaves nothing in %s: fill it here, or say that it never names a customer", table)
		}
	}
	return texts
}

// TestC18_NothingOfADeletedCustomerIsLeft has a customer leave something in every
// table, deletes it, and looks for it in all tables.
func TestC18_NothingOfADeletedCustomerIsLeft(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	texts := c.fillsTables(t)
	olga := c.operator()
	if p := askToDelete(olga); p.Path != acme+"?done=customer-deletion" || !p.Has("To be deleted") || !p.Has("The contract has ended.") {
		t.Fatalf("asking for the deletion: %s %s", p.Path, p.Text())
	}
	c.due(t)
	for _, table := range c.naming(texts...) {
		if !slices.Contains(keptOfACustomer, table) {
			t.Errorf("left in %s:\n%s", table, c.Contents()[table])
		}
	}
	if globex := c.Account(c.other.ID); globex.LoginID != "greta" || !isLoggedIn(c.as(c.other)) {
		t.Error("another customer's people are gone")
	}
	c.soundLogs(t, "after the deletion")
	if r, err := c.DB.Read(t.Context()).CheckIntegrity(1000); err != nil || r.Miscounted+r.StaleTwoFactor > 0 {
		t.Errorf("after the deletion, the counts are wrong: %+v %v", r, err)
	}
	olga = c.Client()
	olga.Login("olga", porticotest.Password, "")
	if p := olga.Get(acme); p.Status != 404 || olga.Get("/customers").Has("Acme") {
		t.Errorf("the customer is still shown: %d", p.Status)
	}
	deleted := c.Events(portico.ProviderID)
	if i := slices.IndexFunc(deleted, func(e portico.Event) bool { return e.Action == portico.CustomerDeleted }); i < 0 || deleted[i].Details != "Acme Telecom (acme). Reason: The contract has ended." {
		t.Errorf("the provider's log does not say that the customer was deleted: %+v", deleted)
	}
	for _, login := range []string{"ulla", "alice"} {
		if p := c.Client().Login(login, porticotest.Password, ""); p.Status != 422 {
			t.Errorf("%s logs in: %d", login, p.Status)
		}
	}
}

// TestC15_WhoDeletesACustomer checks who may ask for the deletion of a customer,
// what has to be typed for it, and that the provider cannot be deleted.
func TestC15_WhoDeletesACustomer(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	olga := c.operator()
	must(t, c.Customers.RevokeProviderAccess(t.Context(), c.Actor(c.admin), c.acme.ID))
	typed := []string{"slug", "acme", "reason", "The contract has ended."}
	for _, u := range []portico.User{c.admin, c.help, c.user, c.other} {
		for _, path := range []string{"/delete", "/delete/cancel"} {
			if p := c.as(u).Post(acme+path, typed...); p.Status != 403 {
				t.Errorf("a %s of a customer posts %s: %d, want 403", u.Role, path, p.Status)
			}
		}
	}
	for _, by := range []portico.Actor{c.Actor(c.admin), {}} {
		if err := c.Customers.RequestDeletion(t.Context(), by, c.acme.ID, "acme", "x"); !portico.Forbidden.Is(err) {
			t.Errorf("the service asked by %q: %v, want Forbidden", by.Role, err)
		}
		if err := c.Customers.CancelDeletion(t.Context(), by, c.acme.ID); !portico.Forbidden.Is(err) {
			t.Errorf("the service asked by %q to cancel: %v, want Forbidden", by.Role, err)
		}
	}
	if p := olga.Post("/customers/provider/delete", "slug", "provider", "reason", "x"); p.Status != 404 {
		t.Errorf("the provider: %d, want 404", p.Status)
	}
	if err := c.Customers.RequestDeletion(t.Context(), portico.CommandLine(), portico.ProviderID, "provider", "x"); !portico.Forbidden.Is(err) {
		t.Errorf("the provider by the command line: %v, want Forbidden", err)
	}
	page := olga.Get(olga.Get(acme).Link("Delete customer"))
	for _, said := range []string{"Acme Telecom", "will not be able to log in", "any operator can cancel the deletion", "audit log", "36 months", "short name acme", "login IDs", "30 days", "backups"} {
		if !page.Has(said) {
			t.Errorf("the page does not say %q: %s", said, page.Text())
		}
	}
	for _, wrong := range []struct{ slug, reason, alert string }{
		{"globex", "gone", "Enter the short name of the customer, acme."},
		{"", "gone", "Enter the short name of the customer, acme."},
		{"acme", " ", "Enter why the customer is deleted."},
	} {
		p := olga.Fill(page, "Delete customer", "Short name", wrong.slug, "Reason", wrong.reason)
		if p.Status != 422 || p.Alert() != wrong.alert || p.Value("Short name") != wrong.slug {
			t.Errorf("%+v typed: got %d %q and the short name %q", wrong, p.Status, p.Alert(), p.Value("Short name"))
		}
	}
	if c.customer(t).ToBeDeleted() || c.customer(t).Suspended() {
		t.Error("a refused request suspends the customer, or has it deleted")
	}
	// Provider access is not needed, but a fresh confirmation is.
	c.Clock.Advance(portico.ConfirmationTTL)
	p := olga.Post(acme+"/delete", typed...)
	if !p.Has("You are about to delete the customer") || !p.Has("Acme Telecom") || c.customer(t).ToBeDeleted() {
		t.Fatalf("without a fresh confirmation: %s", p.Text())
	}
	if p = olga.Fill(p, "Confirm", "Password", porticotest.Password); p.Path != acme+"?done=customer-deletion" || !c.customer(t).ToBeDeleted() {
		t.Fatalf("after the confirmation: %s %s", p.Path, p.Text())
	}
	if p := olga.Post(acme+"/delete", typed...); p.Status != 422 || p.Alert() != "This customer is already going to be deleted." {
		t.Errorf("asked for twice: %d %s, want 422", p.Status, p.Alert())
	}
	if p := olga.Get(acme + "/delete"); p.Path != acme {
		t.Errorf("the page of a customer that is to be deleted: %s", p.Path)
	}
}

// TestDeletionOfACustomerIsCancelled checks that the customer is suspended at
// once, that everybody concerned is mailed, that another operator can cancel, and
// that nothing is deleted then.
func TestDeletionOfACustomerIsCancelled(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	oskar := c.as(c.User(portico.ProviderID, "oskar", portico.RoleOperator))
	olga, alice := c.operator(), c.as(c.admin)
	askToDelete(olga)
	on := c.Clock.Now().Add(portico.CustomerDeletionWait).UTC().Format("2 Jan 2006, 15:04 UTC")
	if isLoggedIn(alice) || c.Client().Login("hedda", porticotest.Password, "").Status != 422 {
		t.Error("the customer's people are not kept out")
	}
	for _, to := range []string{"alice@", "oskar@"} {
		if m := c.lastMail(to); !strings.Contains(m.Subject, "Acme Telecom (acme) will be deleted") || !strings.Contains(m.Text, on) || !strings.Contains(m.Text, "By: Olga Tester") || !strings.Contains(m.Text, "The contract has ended.") {
			t.Errorf("the mail to %s: %+v", to, m)
		}
	}
	if n := len(c.Mails("olga@")) + len(c.Mails("greta@")) + len(c.Mails("ulla@")); n > 0 {
		t.Errorf("%d mails to others", n)
	}
	if p := oskar.Post(acme + "/reactivate"); p.Status != 409 || !p.Has("Cancel the deletion first") {
		t.Errorf("reactivated while it is to be deleted: %d %s", p.Status, p.Text())
	}
	c.Clock.Advance(portico.CustomerDeletionWait - time.Minute)
	must(t, c.Customers.DeleteDue(t.Context()))
	oskar = c.as(portico.User{LoginID: "oskar"})
	p := oskar.Get(acme)
	if !strings.Contains(oskar.Get("/customers").Row("Acme"), "To be deleted") || p.Link("Delete customer") != "" {
		t.Errorf("the operators do not see what happens: %s", p.Text())
	}
	if p = oskar.Fill(p, "Cancel deletion"); p.Path != acme+"?done=customer-kept" || !p.Has("Suspended since") {
		t.Fatalf("cancelling: %s %s", p.Path, p.Text())
	}
	if m := c.lastMail("olga@"); !strings.Contains(m.Subject, "Acme Telecom (acme) will not be deleted") || !strings.Contains(m.Text, "By: Oskar Tester") {
		t.Errorf("the mail to the operator who asked for it: %+v", m)
	}
	c.due(t)
	if !c.exists() || c.people() != 3 {
		t.Fatal("a customer is deleted whose deletion was cancelled")
	}
	oskar = c.as(portico.User{LoginID: "oskar"})
	oskar.Fill(oskar.Get(acme), "Reactivate customer")
	c.Clock.Advance(time.Second)
	if !isLoggedIn(c.as(c.admin)) {
		t.Error("nobody can log in after the reactivation")
	}
	if p := oskar.Post(acme + "/delete/cancel"); p.Status != 409 {
		t.Errorf("cancelled twice: %d, want 409", p.Status)
	}
	for _, log := range []portico.CustomerID{c.acme.ID, portico.ProviderID} {
		for action, by := range map[portico.Action]string{portico.CustomerDeletionRequested: "Olga Tester", portico.CustomerDeletionCancelled: "Oskar Tester"} {
			events := c.Events(log)
			if i := slices.IndexFunc(events, func(e portico.Event) bool { return e.Action == action }); i < 0 || events[i].Actor.Name != by {
				t.Errorf("the log of %s does not say that %s %s", log, by, action)
			}
		}
	}
}

// TestDeletionGoesOnWhereItStopped deletes a customer with many people by two
// programs at once, one of which is stopped again and again. Nobody finds or
// enters the customer meanwhile, and nobody can cancel any more.
func TestDeletionGoesOnWhereItStopped(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	olga := c.operator()
	olga.Get(acme + "/access")
	sendCrowd(t, c, olga, 1100)
	askToDelete(olga)
	second := porticotest.Start(t, c.Dir, c.Clock)
	c.Clock.Advance(portico.CustomerDeletionWait)
	stopped, stop := context.WithCancel(t.Context())
	parts := 0
	c.DB.Observe(func(store.Change) {
		if parts++; parts == 5 {
			stop()
		}
	})
	if err := c.Customers.DeleteDue(stopped); err == nil {
		t.Fatal("a deletion that was stopped succeeds")
	}
	left := c.people()
	if !c.exists() || left == 0 || left >= 1103 {
		t.Fatalf("%d people are left after it was stopped, want some", left)
	}
	olga = c.as(portico.User{LoginID: "olga"})
	for _, p := range []*porticotest.Page{olga.Get(acme), olga.Get(acme + "/access"), olga.Post(acme + "/delete/cancel"), olga.Post(acme + "/reactivate")} {
		if p.Status != 404 {
			t.Errorf("%s while the customer is being deleted: %d, want 404", p.Path, p.Status)
		}
	}
	if err := c.Customers.CancelDeletion(t.Context(), portico.CommandLine(), c.acme.ID); !portico.Conflict.Is(err) {
		t.Errorf("cancelled after it has begun: %v, want Conflict", err)
	}
	var both sync.WaitGroup
	for _, p := range []*porticotest.Portal{c.Portal, second} {
		both.Go(func() {
			if err := p.Customers.DeleteDue(t.Context()); err != nil {
				t.Errorf("by two programs at once: %v, want no error", err)
			}
		})
	}
	both.Wait()
	if n := len(c.naming(string(c.acme.ID))); c.exists() || n > len(keptOfACustomer) {
		t.Errorf("the customer is left in %v", c.naming(string(c.acme.ID)))
	}
	n := 0
	for _, e := range c.Events(portico.ProviderID) {
		if e.Action == portico.CustomerDeleted {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d events say that it was deleted, want 1", n)
	}
	c.soundLogs(t, "after the deletion by two programs")
}

// sendCrowd has many people created by an import that an operator sends.
func sendCrowd(t *testing.T, c *fixture, b *porticotest.Client, n int) {
	t.Helper()
	p := b.Upload(acme+"/access/import", "file", crowd(n))
	b.Fill(p, "Start import")
	must(t, c.Imports.Work(t.Context()))
	if got := c.people(); got != n+3 {
		t.Fatalf("%d people, want %d", got, n+3)
	}
}

// TestC18_DeletionDuringLogin checks that nobody gets in who has given the
// password when the customer is suspended, or when it is deleted, and that an
// operator who is inside then gets nothing more of it.
func TestC18_DeletionDuringLogin(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	key := c.Enrol(c.user)
	olga := c.operator()
	before, link := c.pend(c.user), ""
	must(t, c.Users.SendPasswordLink(t.Context(), portico.CommandLine(), c.acme.ID, c.help.ID))
	link = c.lastMail("hedda@").Link("/password/")
	askToDelete(olga)
	try := func(when string) {
		t.Helper()
		b := c.copied(before, "portico_login", "portico_browser")
		if b.Post("/login/code", "code", c.Code(key, 0)); isLoggedIn(b) {
			t.Errorf("%s, the code logs in", when)
		}
		if p := c.Client().Login("ulla", porticotest.Password, ""); p.Has("Enter your code") || p.Status != 422 {
			t.Errorf("%s, the password counts: %d %s", when, p.Status, p.Text())
		}
		if p := c.Client().Get(link); p.Status != 410 {
			t.Errorf("%s, a link opens: %d", when, p.Status)
		}
	}
	try("suspended")
	c.due(t)
	try("deleted")
	inside := c.as(portico.User{LoginID: "olga"})
	for _, path := range []string{"/access", "/audit", "/policy"} {
		if p := inside.Get(acme + path); p.Status != 404 {
			t.Errorf("an operator gets %s of a deleted customer: %d, want 404", path, p.Status)
		}
	}
}

// TestC27_OperatorInsideADeletedCustomer checks that what an operator began inside
// a customer changes nothing once the deletion has begun.
func TestC27_OperatorInsideADeletedCustomer(t *testing.T) {
	c := newFixture(t)
	olga := c.User(portico.ProviderID, "olga", portico.RoleOperator)
	askToDelete(c.as(olga))
	c.Clock.Advance(portico.CustomerDeletionWait)
	actor, err := c.Actor(olga).Enter(c.customer(t), c.Clock.Now())
	must(t, err)
	suspend := func(u portico.User) error { return c.Users.Suspend(t.Context(), actor, c.acme.ID, u.ID) }
	if err := suspend(c.user); err != nil {
		t.Fatalf("while it waits: %v, want no error", err)
	}
	must(t, c.DB.Update(t.Context(), portico.CommandLine(), func(tx *store.Tx) error { return tx.BeginDeletion(c.acme.ID) }))
	if err := c.Auth.StillAdmitted(t.Context(), actor); err == nil {
		t.Error("a download goes on while the customer is being deleted")
	}
	if err := suspend(c.help); err == nil {
		t.Error("somebody is suspended in a customer that is being deleted")
	}
}

// TestC11_SlugOfADeletedCustomerIsHeldBack checks for how long nobody gets the
// short name and the login IDs, that the audit log goes with its last event and
// not before, and that the other logs stay whole at each step.
func TestC11_SlugOfADeletedCustomerIsHeldBack(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.decide(t, c.acme.ID, portico.Policy{AuditMonths: 3})
	olga := c.operator()
	askToDelete(olga)
	c.due(t)
	taken := func() bool {
		_, err := c.Customers.Create(t.Context(), portico.CommandLine(), "acme", "Another Acme", "")
		if err != nil && !portico.Invalid.Is(err) {
			t.Fatalf("creating a customer: %v, want an Invalid error or none", err)
		}
		return err != nil
	}
	login := func() error {
		_, err := c.Users.Create(t.Context(), portico.CommandLine(), c.globex.ID, portico.User{LoginID: "ulla", FirstName: "A", LastName: "B", Email: "a@example.com", Role: portico.RoleUser}, porticotest.Password)
		return err
	}
	if !taken() || login() == nil {
		t.Error("the short name or a login ID is given out at once")
	}
	c.Clock.Advance(portico.LoginIDHeldTTL)
	if err := login(); err != nil {
		t.Errorf("a login ID after 30 days: %v", err)
	}
	must(t, c.Audit.Trim(t.Context()))
	if n := len(c.Events(c.acme.ID)); n == 0 || !taken() {
		t.Errorf("after 30 days, %d events are kept", n)
	}
	c.soundLogs(t, "after 30 days")
	c.Clock.Advance(70 * 24 * time.Hour)
	must(t, c.Audit.Trim(t.Context()))
	must(t, c.Users.FreeLoginIDs(t.Context()))
	if n := len(c.Events(c.acme.ID)); n > 0 {
		t.Errorf("%d events are left after three months, of %+v", n, c.Events(c.acme.ID))
	}
	if left := c.naming(string(c.acme.ID)); len(left) > 0 {
		t.Errorf("the customer is left in %v", left)
	}
	c.soundLogs(t, "after the log was deleted")
	events := c.Events(portico.ProviderID)
	if i := slices.IndexFunc(events, func(e portico.Event) bool { return e.Action == portico.DeletedLogEnded }); i < 0 || !strings.HasPrefix(events[i].Details, "acme, deleted on ") {
		t.Errorf("the provider's log does not say that the log was deleted: %+v", events)
	}
	if taken() {
		t.Error("the short name is never given out again")
	}
	c.soundLogs(t, "with another customer of that name")
}

// TestC18_RestoredDeletionWaitsAnew checks that a customer that waited to be
// deleted when a backup was made is not deleted at once when that is restored:
// somebody may have cancelled the deletion since.
func TestC18_RestoredDeletionWaitsAnew(t *testing.T) {
	c := newFixture(t)
	askToDelete(c.operator())
	c.Clock.Advance(2 * portico.CustomerDeletionWait)
	must(t, maintenance.RevokeRestored(t.Context(), c.DB, portico.CommandLine()))
	must(t, c.Customers.DeleteDue(t.Context()))
	if !c.exists() || !c.customer(t).Suspended() {
		t.Fatal("the customer is deleted at once, or not suspended any more")
	}
	c.Clock.Advance(portico.CustomerDeletionWait - time.Minute)
	must(t, c.Customers.DeleteDue(t.Context()))
	if !c.exists() {
		t.Error("the customer is deleted before the waiting period is over")
	}
	c.Clock.Advance(time.Minute)
	if must(t, c.Customers.DeleteDue(t.Context())); c.exists() {
		t.Error("the customer is not deleted after the waiting period")
	}
}
