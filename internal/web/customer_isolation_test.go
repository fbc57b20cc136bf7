package web_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/store"
	"portico/internal/web"
)

// TestC15_OtherTenantIds404 checks that every route with a user ID answers for
// a person of another customer as it does for an ID that does not exist.
func TestC15_OtherTenantIds404(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.Enrol(c.other)
	admin, operator := c.as(c.admin), c.as(c.User(portico.ProviderID, "olga", portico.RoleOperator))
	for _, r := range web.RouteTable() {
		if !strings.Contains(r.Pattern, "{user}") {
			continue
		}
		b := admin
		if r.Enters { // into acme
			b = operator
		}
		answer := func(id portico.UserID) (int, string) {
			method, path := fill(r.Pattern, id)
			p := try(b, method, path)
			return p.Status, requestNumber.ReplaceAllString(strings.ReplaceAll(p.Text(), string(id), ""), "")
		}
		status, text := answer(c.other.ID)
		nobodyStatus, nobodyText := answer("00000000-0000-7000-8000-000000000000")
		if status != 404 || status != nobodyStatus || text != nobodyText {
			t.Errorf("%s: %d, for nobody %d", r.Pattern, status, nobodyStatus)
		}
	}
	if a := c.Account(c.other.ID); a.TwoFactor != portico.TwoFactorEnabled || a.Epoch != 1 {
		t.Errorf("changed: %+v", a.User)
	}
}

// TestC15_AuditLogIsOfOneCustomer checks that nobody can read another
// customer's log.
func TestC15_AuditLogIsOfOneCustomer(t *testing.T) {
	c := newFixture(t)
	c.as(c.user)
	if p := c.as(c.admin).Get("/administration/audit"); !p.Has("Ulla Tester") || p.Has("Greta") {
		t.Errorf("in their own customer: %s", p.Text())
	}
	if p := c.as(c.other).Get("/administration/audit"); !p.Has("Greta Tester") || p.Has("Ulla") || p.Has("Alice") {
		t.Errorf("another's: %s", p.Text())
	}
}

// TestC15_ImportKeepsToItsCustomer checks that an import changes neither people
// of another customer nor the person who sends the file, and sets no passwords.
func TestC15_ImportKeepsToItsCustomer(t *testing.T) {
	c := newFixture(t)
	b := c.as(c.admin)
	people := c.people()
	p := sendFile(b, "login_id,first_name,last_name,email,role,password_hash\n"+
		"greta,Mallory,Tester,mallory@example.net,user,\n"+
		"alice,Mallory,Tester,mallory@example.net,administrator,\n"+
		"anna,Anna,Tester,anna@example.com,user,$2y$06$j2Ka7/rvgFQuvT3gIRqDsuSR0fY9z1aZ4dwMQKEko1WF0QwWseKNa\n"+
		"hedda,Helga,Tester,hedda@example.com,helpdesk,\n")
	if b.Fill(p, "Start import"); c.Account(c.help.ID).FirstName != "Helga" {
		t.Fatalf(`got %s, want c.Account(c.help.ID).FirstName "Helga"`, p.Text())
	}
	for _, u := range []portico.User{c.other, c.admin} {
		if a := c.Account(u.ID); a.FirstName != u.FirstName || a.Email != u.Email || a.Role != u.Role || a.Epoch != 1 {
			t.Errorf("%s was changed: %+v", u.LoginID, a.User)
		}
	}
	if n := c.people(); n != people {
		t.Errorf("%d people were created", n-people)
	}
}

// TestC15_ImportsOfOthers checks that imports of other customers do not exist,
// and that an operator's import stops when provider access is revoked.
func TestC15_ImportsOfOthers(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	p := sendFile(c.as(c.admin), crowd(1200))
	theirs := c.as(c.other)
	for _, path := range []string{"", "/refused.csv"} {
		if got := theirs.Get(p.Path + path); got.Status != 404 {
			t.Errorf("%s: %d, want status 404", path, got.Status)
		}
	}
	for _, path := range []string{"/start", "/stop", "/discard"} {
		if got := theirs.Post(p.Path + path); got.Status != 404 {
			t.Errorf("%s: %d, want status 404", path, got.Status)
		}
	}
	if got := theirs.Get(importing); got.Has("file.csv") {
		t.Error("is listed")
	}
	if got := c.as(c.help).Get(p.Path); got.Status != 403 {
		t.Errorf("the help desk: %d", got.Status)
	}
	operator := c.as(c.User(portico.ProviderID, "olga", portico.RoleOperator))
	const entered = "/customers/acme"
	op := operator.Upload(entered+"/access/import", "file", strings.ReplaceAll(crowd(2500), "p0", "q0"))
	if !strings.HasPrefix(op.Path, entered+"/imports/") {
		t.Fatalf("Upload: got %v, %s, want op.Path to begin with %q", op.Path, op.Text(), entered+"/imports/")
	}
	c.works()
	operator.Fill(operator.Get(op.Path), "Start import")
	before := c.people()
	must(t, c.DB.Update(context.Background(), portico.CommandLine(), func(tx *store.Tx) error { return tx.SaveProviderAccess(c.acme.ID, true, time.Time{}) }))
	c.works()
	if p := c.as(c.admin).Get("/administration" + strings.TrimPrefix(op.Path, entered)); !p.Has("Stopped after 0") || c.people() != before {
		t.Errorf(`GET "/administration" + strings.TrimPrefix(op.Path, entered): got %s, want the text "Stopped after 0", c.people() %v`, p.Text(), before)
	}
}
