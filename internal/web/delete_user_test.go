package web_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
)

// mention returns the tables that hold one of the texts, but for those of the
// audit log and the login IDs that are held back.
func (c *fixture) mention(texts ...string) (tables []string) {
	for table, rows := range c.Contents() {
		if slices.Contains([]string{"events", "event_counts", "held_login_ids"}, table) {
			continue
		}
		if slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(rows, s) }) {
			tables = append(tables, table)
		}
	}
	slices.Sort(tables)
	return tables
}

// leavesTraces has a user leave something in every table that knows users: a
// whole life as an administrator.
func (c *fixture) leavesTraces(t *testing.T, u portico.User) {
	t.Helper()
	c.allowRemembering(t)
	b := c.as(u)
	key, _ := c.enrol(t, b)
	c.Clock.Advance(time.Minute)
	again := c.pend(u)
	again.Post("/login/code", "code", c.Code(key, 0), "remember", "yes")
	c.pend(u)
	b.Post("/account/profile", "first_name", "Anna", "last_name", "Tester", "email", "anna-new@example.com")
	must(t, c.Users.SendPasswordLink(t.Context(), portico.CommandLine(), c.acme.ID, u.ID))
	must(t, c.Users.Edit(t.Context(), portico.CommandLine(), c.acme.ID, u.ID,
		portico.User{FirstName: "Anna", LastName: "Tester", Email: "anna-old@example.com", Role: u.Role, Labels: []string{"leaver"}}))
	for range 3 {
		c.Client().Login(u.LoginID, "not the password at all", "")
	}
	c.Clock.Advance(time.Minute)
	b = c.asWith(u, key)
	b.Fill(b.Get("/account"), "Move to a new phone")
	sendFile(b, "login_id,first_name,last_name,email,role\nnew.one,A,B,new.one@example.com,user\n")
}

// TestC18_NothingOfADeletedUserIsLeft checks that a user who has left something
// everywhere is found afterwards in the audit log and the login IDs that are held
// back alone, that the counts and the search follow, that open requests end, and
// that nothing issued before lets anybody in.
func TestC18_NothingOfADeletedUserIsLeft(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	anna, carl := c.User(c.acme.ID, "anna.leaver", portico.RoleAdministrator), c.User(c.acme.ID, "carl", portico.RoleUser)
	c.Clock.Advance(8 * 24 * time.Hour)
	for _, u := range []portico.User{c.user, c.help, carl} {
		c.Enrol(u)
	}
	people := c.people()
	rule := portico.ResetRule{TwoPeople: true, DelayHours: 5}
	c.resetsAt(t, portico.ResetPolicy{User: rule, HelpDesk: rule, Administrator: rule})
	// She has asked, has asked and given up, and has approved.
	hers, alice := c.as(anna), c.as(c.admin)
	asked := path(c.askFor(hers, c.user))
	given := path(c.askFor(hers, c.help))
	hers.Post(given + "/cancel")
	approved := path(c.askFor(alice, carl))
	if p := hers.Post(approved + "/approve"); p.Status != 200 {
		t.Fatal(p.Text())
	}
	c.leavesTraces(t, anna)
	alice = c.as(c.admin)
	about := path(c.askFor(alice, anna))
	link := c.lastMail("anna-old@").Link("/not-me/")
	traces := c.mention(string(anna.ID), "anna.leaver")
	for _, table := range []string{
		"authenticators", "browsers", "earlier_addresses", "imports", "links", "mails", "recovery_codes", "recovery_sets", "reset_requests", "sessions", "throttle", "user_words", "users",
	} {
		if table != "user_words" && table != "mails" && !slices.Contains(traces, table) {
			t.Errorf("the test leaves nothing in %s: %v", table, traces)
		}
	}

	confirm := alice.Get(alice.Get(access + "/" + string(anna.ID)).Link("Delete user"))
	for _, said := range []string{"Delete user", "Anna Tester", "anna.leaver", "emails", "sessions", "2FA setup", "recovery codes", "links", "browsers", "audit log", "30 days", "cannot be undone"} {
		if !confirm.Has(said) {
			t.Errorf("the confirmation does not say %q: %s", said, confirm.Text())
		}
	}
	if p := alice.Fill(confirm, "Delete user"); p.Path != access+"?done=user-deleted" || p.Row("anna.leaver") != "" || !p.Has("was deleted") {
		t.Fatalf("%s %s", p.Path, p.Text())
	}

	if left := c.mention(string(anna.ID), "anna.leaver", "anna-old@", "anna-new@"); len(left) > 0 {
		t.Errorf("left in %v:\n%s", left, c.Contents()[left[0]])
	}
	if n := c.people(); n != people-1 {
		t.Errorf("%d people are counted, want %d", n, people-1)
	}
	for _, search := range []string{"anna.leaver", "Anna", "leaver"} {
		if p := alice.Get(access + "?q=" + search); !p.Has("Nobody matches") {
			t.Errorf("the search for %q finds: %s", search, p.Text())
		}
	}
	for name, address := range map[string]string{"who asked": asked, "who approved": approved} {
		if p := alice.Get(address); p.Status != 200 || !p.Has("ancelled") || !p.Has("a user whom the request names was deleted") {
			t.Errorf("the request whose person %s was deleted: %d %s", name, p.Status, p.Text())
		}
	}
	if p := alice.Get(given); p.Status != 200 || p.Has("Anna Tester,") || !p.Has("Deleted user") {
		t.Errorf("a request that had ended: %d %s", p.Status, p.Text())
	}
	if p := alice.Get(about); p.Status != 404 {
		t.Errorf("the request about her: %d", p.Status)
	}
	if n := c.events(portico.ResetWasCancelled, "a user whom the request names was deleted"); n != 3 {
		t.Errorf("%d requests are cancelled in the log, want 3", n)
	}
	if c.events(portico.UserDeleted, "Role: Administrator") != 1 {
		t.Error("the deletion is not in the log")
	}
	if p := alice.Get("/administration/audit"); !p.Has("Alice Tester deleted the user Anna Tester (anna.leaver)") || !p.Has("approved the deletion of the 2FA setup of Carl Tester (carl)") {
		t.Errorf("the log is not readable: %s", p.Text())
	}
	if isLoggedIn(hers) {
		t.Error("she is still logged in")
	}
	if p := c.Client().Login("anna.leaver", porticotest.Password, ""); p.Status != 422 {
		t.Errorf("she logs in: %d", p.Status)
	}
	if p := c.Client().Get(path(&porticotest.Page{Path: link[strings.Index(link, "/not-me/"):]})); p.Status != 410 {
		t.Errorf("her link: %d", p.Status)
	}
	c.carryOut(t)
	if !c.has(carl) {
		t.Error("a request whose approver was deleted is carried out")
	}
}

// TestDeletionHasItsRules checks who may delete whom.
func TestDeletionHasItsRules(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	operator := c.User(portico.ProviderID, "olga", portico.RoleOperator)
	c.Clock.Advance(8 * 24 * time.Hour)
	remove := func(b *porticotest.Client, u portico.User) *porticotest.Page {
		return b.Post(access + "/" + string(u.ID) + "/delete")
	}
	exists := func(u portico.User) bool {
		_, err := c.DB.Read(t.Context()).Account(u.ID)
		return err == nil
	}
	alice, help, olga := c.as(c.admin), c.as(c.help), c.as(operator)
	for name, p := range map[string]struct {
		page *porticotest.Page
		want int
	}{
		"oneself":                {remove(alice, c.admin), 403},
		"by the help desk":       {remove(help, c.user), 403},
		"by a user":              {remove(c.as(c.user), c.help), 403},
		"of another customer":    {remove(alice, c.other), 404},
		"the last operator":      {remove(olga, operator), 403},
		"the last administrator": {olga.Post("/customers/acme/access/" + string(c.admin.ID) + "/delete"), 409},
		"the page for oneself":   {alice.Get(access + "/" + string(c.admin.ID) + "/delete"), 403},
	} {
		if p.page.Status != p.want {
			t.Errorf("%s: got %d, want %d: %s", name, p.page.Status, p.want, p.page.Text())
		}
	}
	for _, u := range []portico.User{c.admin, c.help, c.user, c.other, operator} {
		if !exists(u) {
			t.Errorf("%s is deleted", u.LoginID)
		}
	}
	if alice.Get(access+"/"+string(c.admin.ID)).Link("Delete user") != "" || help.Get(access+"/"+string(c.user.ID)).Link("Delete user") != "" {
		t.Error("the button is there for people who may not press it")
	}
	// A new administrator deletes users only, for seven days.
	nora := c.User(c.acme.ID, "nora", portico.RoleAdministrator)
	b := c.as(nora)
	if p := remove(b, c.help); p.Status != 403 || !exists(c.help) {
		t.Errorf("a new administrator deletes the help desk: %d", p.Status)
	}
	if remove(b, c.user); exists(c.user) {
		t.Error("a new administrator cannot delete a user")
	}
	// An operator inside the customer, marked as the provider's.
	if p := olga.Post("/customers/acme/access/" + string(c.help.ID) + "/delete"); path(p) != "/customers/acme/access" || exists(c.help) {
		t.Errorf("by an operator: %d %s", p.Status, p.Path)
	}
	if m := c.lastMail("alice@"); !strings.Contains(m.Subject, "Hedda Tester (hedda) was deleted") || !strings.Contains(m.Text, "By: Olga Tester") {
		t.Errorf("the administrators are told: %+v", m)
	}
	if p := alice.Get("/administration/audit"); !p.Has("Olga Tester deleted the user Hedda Tester (hedda)") {
		t.Errorf("the log: %s", p.Text())
	}
	// Suspended and invited people too.
	must(t, c.Users.Suspend(t.Context(), portico.CommandLine(), c.acme.ID, nora.ID))
	if remove(alice, nora); exists(nora) {
		t.Error("somebody suspended cannot be deleted")
	}
	if p := remove(alice, nora); p.Status != 404 {
		t.Errorf("once more: %d", p.Status)
	}
	if p := olga.Post("/customers/globex/access/" + string(c.other.ID) + "/delete"); p.Status != 409 {
		t.Errorf("the last administrator of another customer: %d", p.Status)
	}
}

// TestC15_DeletionMakesNobodyAlone checks that an administrator who deletes all
// the others can still not decide alone what needs two: those who were deleted
// count for a week, as those do who lost the role, whether or not it was taken
// from them first.
func TestC15_DeletionMakesNobodyAlone(t *testing.T) {
	for name, before := range map[string]func(*fixture, portico.User) error{
		"deleted": func(*fixture, portico.User) error { return nil },
		"demoted first": func(c *fixture, u portico.User) error {
			u.Role = portico.RoleUser
			return c.Users.Edit(c.T.Context(), portico.CommandLine(), c.acme.ID, u.ID, u)
		},
		"suspended first": func(c *fixture, u portico.User) error {
			return c.Users.Suspend(c.T.Context(), portico.CommandLine(), c.acme.ID, u.ID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newFixture(t)
			anna := c.User(c.acme.ID, "anna", portico.RoleAdministrator)
			c.Clock.Advance(30 * 24 * time.Hour)
			c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{TwoPeople: true}})
			c.Enrol(c.user)
			must(t, before(c, anna))
			alice := c.as(c.admin)
			alice.Post(access + "/" + string(anna.ID) + "/delete")
			asked := c.askFor(alice, c.user)
			c.Clock.Advance(24*time.Hour + time.Minute)
			c.carryOut(t)
			if !c.has(c.user) || asked.Status != 200 && asked.Status != 422 {
				t.Fatalf("carried out without a second person: %d %s", asked.Status, asked.Text())
			}
			c.Clock.Advance(7 * 24 * time.Hour)
			c.askFor(c.as(c.admin), c.user)
			c.Clock.Advance(24*time.Hour + time.Minute)
			if c.carryOut(t); c.has(c.user) {
				t.Error("a week later the customer's only administrator is kept from it still")
			}
		})
	}
}

// TestImportOfADeletedUserStops checks that nothing more of an import is carried
// out once the user is deleted in whose name it runs, and that the log says so.
func TestImportOfADeletedUserStops(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	anna := c.User(c.acme.ID, "anna", portico.RoleAdministrator)
	c.Clock.Advance(8 * 24 * time.Hour)
	b := c.as(anna)
	p := sendFile(b, crowd(5000))
	must(t, c.Imports.Work(t.Context()))
	b.Fill(b.Get(p.Path), "Start import")
	before := c.people()
	c.as(c.admin).Post(access + "/" + string(anna.ID) + "/delete")
	must(t, c.Imports.Work(t.Context()))
	if n := c.people(); n > before-1 {
		t.Errorf("%d people after the deletion, %d before", n, before)
	}
	if c.events(portico.ImportStopped, "file.csv, after 0 of 5000 rows: Anna Tester was deleted") != 1 {
		t.Errorf("the log does not say that the import stopped: %+v", c.Events(c.acme.ID)[:3])
	}
}

// TestC11_GivenUpLoginIDsAreHeldBack checks over HTTP that a deleted or withdrawn
// user's login ID is free after 30 days, what everybody is told before, and that
// a person may take back their own.
func TestC11_GivenUpLoginIDsAreHeldBack(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.Clock.Advance(8 * 24 * time.Hour)
	rita, err := c.Users.Invite(t.Context(), portico.CommandLine(), c.acme.ID, portico.User{LoginID: "rita", FirstName: "R", LastName: "S", Email: "rita@example.com", Role: portico.RoleUser})
	must(t, err)
	zoe := c.User(c.acme.ID, "zoe", portico.RoleUser)
	alice := c.as(c.admin)
	alice.Post(access + "/" + string(rita.ID) + "/withdraw")
	alice.Post(access + "/" + string(c.user.ID) + "/delete")
	page := access + "/" + string(zoe.ID)
	free := c.Clock.Now().Add(portico.LoginIDHeldTTL).UTC().Format("2 January 2006")
	greta := c.as(c.other)
	for _, login := range []string{"ulla", "ULLA", "rita"} {
		if p := alice.Fill(alice.Get(page), "Save", "Login ID", login); p.Status != 422 || p.Alert() != "Someone else had this login ID until recently. It will be available on "+free+"." || p.Value("Login ID") != login {
			t.Errorf("another user gets %s: %d %s", login, p.Status, p.Alert())
		}
		row := "login_id,first_name,last_name,email,role\n" + login + ",A,B,a@example.com,user\n"
		if p := sendFile(alice, row); !p.Has("0 to create") || !p.Has("available on "+free) {
			t.Errorf("an import of %s: %s", login, p.Text())
		}
		// Another customer learns that it is taken, and only once it tries.
		p := sendFile(greta, row)
		if !p.Has("1 to create") || p.Has("free again") {
			t.Errorf("an import of %s by another customer: %s", login, p.Text())
		}
		if p := greta.Fill(p, "Start import"); !p.Has("1 refused") || !p.Has("This login ID is taken") {
			t.Errorf("carried out: %s", p.Text())
		}
		if _, err := c.Users.Create(t.Context(), portico.CommandLine(), c.globex.ID, portico.User{LoginID: login, FirstName: "A", LastName: "B", Email: "a@example.com", Role: portico.RoleUser}, porticotest.Password); !portico.Invalid.Is(err) || !strings.Contains(err.Error(), free) {
			t.Errorf("the command line creates %s: %v", login, err)
		}
	}
	_, err = c.Users.Invite(t.Context(), portico.CommandLine(), c.acme.ID, portico.User{FirstName: "Eve", LastName: "Il", Email: "eve@example.com", Role: portico.RoleUser})
	must(t, err)
	link, err := url.Parse(c.Mails("eve@")[0].Link("/activate/"))
	must(t, err)
	eve := c.Client()
	if p := eve.Fill(eve.Get(link.Path), "Activate", "Login ID", "ulla", "Password", "seven quiet rivers meet"); p.Status != 422 || p.Alert() != "This login ID is taken. Choose another one." {
		t.Errorf("at the activation: %d %s", p.Status, p.Alert())
	}
	// Nobody but herself.
	alice.Fill(alice.Get(page), "Save", "Login ID", "zoe.new")
	if p := alice.Fill(alice.Get(access+"/"+string(c.help.ID)), "Save", "Login ID", "zoe"); p.Status != 422 {
		t.Errorf("a colleague gets what she had: %d", p.Status)
	}
	if p := alice.Fill(alice.Get(page), "Save", "Login ID", "zoe"); p.Status != 200 || c.Account(zoe.ID).LoginID != "zoe" {
		t.Errorf("her own: %d %s", p.Status, p.Alert())
	}
	c.Clock.Advance(portico.LoginIDHeldTTL)
	alice = c.as(c.admin)
	if p := alice.Fill(alice.Get(page), "Save", "Login ID", "ulla"); p.Status != 200 || c.Account(zoe.ID).LoginID != "ulla" {
		t.Errorf("after 30 days: %d %s", p.Status, p.Alert())
	}
}
