package web_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/store"
)

const access = "/administration/access"

func TestListAndReset(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	key := c.Enrol(c.user)
	c.EnrolDisabled(c.help)
	theirs := c.Client()
	theirs.Login("ulla", porticotest.Password, c.Code(key, 0))
	b := c.as(c.admin)
	list := b.Get(access)
	for login, label := range map[string]string{"ulla": "2FA enabled", "hedda": "2FA disabled", "alice": "2FA not Enabled"} {
		row := list.Row(login + "@")
		if !strings.Contains(row, label) || strings.Contains(row, "Delete 2FA setup") != (label != "2FA not Enabled") {
			t.Errorf(`%s: %s, want %v in row, strings.Contains(row, "Delete 2FA setup") %v`, login, row, label, (label != "2FA not Enabled"))
		}
	}
	if list.Has("greta") {
		t.Error("another customer's person is listed")
	}
	ask := b.Get(list.RowLink("ulla@", "Delete 2FA setup"))
	if !ask.Has("Ulla Tester") || !ask.Has("ulla") || ask.Link("Cancel") != access+"#u-"+string(c.user.ID) {
		t.Fatalf(`GET list.RowLink("ulla@", "Delete 2FA setup"): got %s, want the text "Ulla Tester", the text "ulla", ask.Link("Cancel") %v with the row`, ask.Text(), access)
	}
	for _, reason := range []string{"", "   ", strings.Repeat("x", 201), "two\nlines"} {
		if p := b.Fill(ask, "Delete 2FA setup", "Reason", reason); p.Status != 422 || p.Alert() == "" || c.Account(c.user.ID).TwoFactor != portico.TwoFactorEnabled {
			t.Errorf("reason %q: %d", reason, p.Status)
		}
	}
	p := b.Fill(ask, "Delete 2FA setup", "Reason", "lost phone")
	if p.Path != access+"?done=reset-done" || !strings.Contains(p.Row("ulla@"), "2FA not Enabled") {
		t.Fatalf(`pressing "Delete 2FA setup": got %s %s, want path %q, "2FA not Enabled" in p.Row("ulla@")`, p.Path, p.Row("ulla@"), access+"?done=reset-done")
	}
	if !denied(try(theirs, "GET", "/account")) {
		t.Error("the person's session outlives the reset")
	}
	if p := c.Client().Login("ulla", porticotest.Password, ""); !p.Has("Hello Ulla") {
		t.Errorf("by password alone: %s", p.Text())
	}
	m := c.Mails("ulla@example.com")
	if len(m) != 1 || !strings.Contains(m[0].Text, "Alice Tester") || !strings.Contains(m[0].Text, "lost phone") {
		t.Errorf("the person is told: %+v", m)
	}
	e := c.Events(c.acme.ID)
	found := false
	for _, e := range e {
		found = found || e.Action == portico.TwoFactorReset && e.Actor.LoginID == "alice" && e.TargetID == c.user.ID && strings.Contains(e.Details, "lost phone")
	}
	if !found {
		t.Error("the reset is not in the audit log")
	}
	// Click again on a stale page.
	if p := b.Fill(ask, "Delete 2FA setup", "Reason", "lost phone"); p.Status != 422 || !strings.Contains(p.Alert(), "nothing to delete") {
		t.Errorf("stale: %d %s", p.Status, p.Alert())
	}
}

func TestOwnSetupIsDeletedOnTheAccountPage(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	key := c.Enrol(c.admin)
	b := c.Client()
	b.Login("alice", porticotest.Password, c.Code(key, 0))
	if link := b.Get(access).RowLink("alice@", "Delete 2FA setup"); link != remove {
		t.Errorf("her own row leads to %q", link)
	}
	if p := b.Post(access+"/"+string(c.admin.ID)+"/two-factor/delete", "reason", "x"); p.Status != 403 {
		t.Errorf("POST %s: got %d, want status 403", access+"/"+string(c.admin.ID)+"/two-factor/delete", p.Status)
	}
}

func TestInviteActivateEditSuspend(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	p := b.Fill(b.Get(access+"/new"), "Create user", "First name", " Eun-ji ", "Last name", "Park", "Email", "not an address", "Labels", "Sales, Seoul", "Role", "helpdesk")
	if p.Status != 422 || p.Value("First name") != "Eun-ji" || p.Value("Labels") != "Sales, Seoul" || p.Value("Role") != "helpdesk" || !strings.Contains(p.Alert(), "email address") {
		t.Fatalf(`pressing "Create user": got %d %s %q, want status 422, p.Value("First name") "Eun-ji", p.Value("Labels") "Sales, Seoul", p.Value("Role") "helpdesk", "email address" in p.Alert()`, p.Status, p.Alert(), p.Value("Role"))
	}
	p = b.Fill(p, "Create user", "Email", "eunji@example.com")
	if !p.Has("Invited") || !p.Has("Help desk") {
		t.Fatalf(`pressing "Create user": got %s, want the text "Invited", the text "Help desk"`, p.Text())
	}
	address, _, _ := strings.Cut(p.Path, "?")
	first := c.Mails("eunji@example.com")[0].Link("/activate/")
	b.Post(address + "/invite")
	links := c.Mails("eunji@example.com")
	second := links[len(links)-1].Link("/activate/")
	n := c.Client()
	if p := n.Get(first); p.Status != 410 || !p.Has("was used already, has expired") {
		t.Errorf("a replaced link: %d %s", p.Status, p.Text())
	}
	for name, typed := range map[string][3]string{
		"taken":       {"ALICE", porticotest.Password, "taken"},
		"too short":   {"eu", porticotest.Password, "3 to 64"},
		"spaces":      {"eun ji", porticotest.Password, "without spaces"},
		"weak":        {"eunji", "Eun-ji Park Eun-ji Park", "your name"},
		"no password": {"eunji", "", "at least 15"},
	} {
		if p := n.Fill(n.Get(second), "Activate", "Login ID", typed[0], "Password", typed[1]); p.Status != 422 || !strings.Contains(p.Alert(), typed[2]) || p.Value("Login ID") != typed[0] {
			t.Errorf(`%s: %d %q %q, want status 422, %v in p.Alert(), p.Value("Login ID") %v`, name, p.Status, p.Alert(), p.Value("Login ID"), typed[2], typed[0])
		}
	}
	if p := n.Fill(n.Get(second), "Activate", "Login ID", "eunji", "Password", porticotest.Password); p.Path != "/?done=activated" {
		t.Fatalf(`pressing "Activate": got %s, want path "/?done=activated"`, p.Text())
	}
	if p := n.Get(second); p.Status != 410 {
		t.Errorf("a used link: %d", p.Status)
	}
	if !n.Get(access).Has("Eun-ji Park") {
		t.Error("help desk does not see the list")
	}
	// A change of role takes effect at once.
	p = b.Fill(b.Get(address), "Save", "Role", "user", "Last name", "Kim")
	if p.Status != 200 || p.Value("Last name") != "Kim" {
		t.Fatalf(`pressing "Save": got %s, want status 200, p.Value("Last name") "Kim"`, p.Text())
	}
	if !denied(try(n, "GET", access)) {
		t.Error("the session outlives the change of role")
	}
	n.Login("eunji", porticotest.Password, "")
	if p := n.Get(access); p.Status != 403 {
		t.Errorf("as a user: %d", p.Status)
	}
	b.Fill(b.Get(b.Get(address).Link("Suspend")), "Suspend user")
	if !denied(try(n, "GET", "/account")) {
		t.Error("the session outlives the suspension")
	}
	if p := c.Client().Login("eunji", porticotest.Password, ""); p.Status != 422 {
		t.Error("logs in while suspended")
	}
	b.Fill(b.Get(address), "Reactivate")
	if p := c.Client().Login("eunji", porticotest.Password, ""); !p.Has("Hello Eun-ji") {
		t.Errorf(`logging in as eunji: got %s, want the text "Hello Eun-ji"`, p.Text())
	}
}

func TestWithdrawInvitation(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	p := b.Fill(b.Get(access+"/new"), "Create user", "First name", "Fatima", "Last name", "Noor", "Email", "fatima@example.com")
	link := c.Mails("fatima@example.com")[0].Link("/activate/")
	p = b.Fill(b.Get(p.Link("Withdraw the invitation")), "Withdraw invitation")
	if p.Path != access+"?done=invitation-withdrawn" || p.Row("fatima@") != "" || !p.Has("The invitation of Fatima Noor was withdrawn.") {
		t.Errorf(`pressing "Withdraw invitation": got %s %s, want path %q, no row of Fatima, and her name in the notice`, p.Path, p.Text(), access+"?done=invitation-withdrawn")
	}
	if p := c.Client().Get(link); p.Status != 410 {
		t.Errorf("the link: %d", p.Status)
	}
	// An invitation also expires by itself.
	b.Fill(b.Get(access+"/new"), "Create user", "First name", "Gina", "Last name", "Noor", "Email", "gina@example.com")
	c.Clock.Advance(portico.InvitationTTL)
	if p := c.Client().Get(c.Mails("gina@example.com")[0].Link("/activate/")); p.Status != 410 {
		t.Errorf("after its time: %d", p.Status)
	}
}

func TestLastAdministratorStays(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	second := c.User(c.acme.ID, "anna", portico.RoleAdministrator)
	b := c.as(c.admin)
	b.Post(access + "/" + string(second.ID) + "/suspend")
	for path, fields := range map[string][]string{
		"/suspend": nil,
		"":         {"first_name", "Alice", "last_name", "Tester", "email", "alice@example.com", "role", "user"},
	} {
		// Alice is the last administrator, so nobody but herself could try.
		if p := b.Post(access+"/"+string(c.admin.ID)+path, fields...); p.Status != 403 {
			t.Errorf("%q on oneself: %d", path, p.Status)
		}
	}
	// The command line may act on her, but must not leave the customer without an
	// administrator.
	if err := c.Users.Suspend(t.Context(), portico.CommandLine(), c.acme.ID, c.admin.ID); !portico.Conflict.Is(err) {
		t.Errorf("the last administrator can be suspended: %v", err)
	}
	demoted := portico.User{FirstName: "A", LastName: "B", Email: "a@example.com", Role: portico.RoleUser}
	if err := c.Users.Edit(t.Context(), portico.CommandLine(), c.acme.ID, c.admin.ID, demoted); !portico.Conflict.Is(err) {
		t.Errorf("the last administrator can be demoted: %v", err)
	}
	olga := c.User(portico.ProviderID, "olga", portico.RoleOperator)
	if err := c.Users.Suspend(t.Context(), portico.CommandLine(), portico.ProviderID, olga.ID); !portico.Conflict.Is(err) {
		t.Errorf("the last operator can be suspended: %v", err)
	}
}

func TestOperatorsSeeTheirOwn(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	olga := c.User(portico.ProviderID, "olga", portico.RoleOperator)
	b := c.as(olga)
	if p := b.Get(access); !p.Has("olga") || p.Has("alice") {
		t.Errorf(`GET %v: got %s, want the text "olga", no text "alice"`, access, p.Text())
	}
	p := b.Fill(b.Get(access+"/new"), "Create user", "First name", "Otto", "Last name", "Kern", "Email", "otto@example.com", "Role", "administrator")
	if p.Status != 422 {
		t.Errorf("an administrator without customer: %d", p.Status)
	}
	if p := b.Fill(p, "Create user", "Role", "operator"); !p.Has("Invited") {
		t.Errorf(`pressing "Create user": got %s, want the text "Invited"`, p.Text())
	}
}

func TestPagesOfTheListAndTheLog(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	var file strings.Builder
	file.WriteString("login_id,first_name,last_name,email,role\n")
	for i := range 120 {
		fmt.Fprintf(&file, "p%03d,P%03d,Person,p%03d@example.com,user\n", i, i, i)
	}
	b := c.as(c.admin)
	b.Fill(b.Upload(access+"/import", "file", file.String()), "Start import")
	for i := range 120 {
		must(t, c.DB.Update(context.Background(), portico.CommandLine(), func(tx *store.Tx) error {
			return tx.AppendEvent(portico.Event{ID: fmt.Sprint(i), CustomerID: c.acme.ID, At: tx.Now, Action: portico.UserInvited, Actor: portico.CommandLine(), TargetID: "x", TargetName: "X"})
		}))
	}
	for path, marker := range map[string]string{access: "@example.com", "/administration/audit": " invited "} {
		seen := 0
		for p, n := b.Get(path), 0; ; n++ {
			seen += strings.Count(p.Body, marker)
			next := p.Link("Next page")
			if next == "" {
				break
			}
			if n > 10 {
				t.Fatal("no end of pages")
			}
			p = b.Get(next)
		}
		if want := map[string]int{access: 123, "/administration/audit": 120}[path]; seen != want {
			t.Errorf("%s: %d, want %d", path, seen, want)
		}
	}
	for _, bad := range []string{access + "?after=nobody", access + "?after=" + string(c.other.ID), "/administration/audit?before=x", "/administration/audit?before=1"} {
		if p := b.Get(bad); p.Status != 404 {
			t.Errorf("%s: %d, want status 404", bad, p.Status)
		}
	}
}

// TestEveryChangeIsRecorded checks that each command records exactly one event,
// with its actor.
func TestEveryChangeIsRecorded(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.Enrol(c.user)
	b := c.as(c.admin)
	u := access + "/" + string(c.user.ID)
	for _, step := range []struct {
		action portico.Action
		do     func()
	}{
		{portico.UserInvited, func() {
			b.Post(access+"/new", "first_name", "F", "last_name", "L", "email", "f@example.com", "role", "user")
		}},
		{portico.UserEdited, func() { b.Post(u, "first_name", "U", "last_name", "T", "email", "ulla@example.com", "role", "user") }},
		{portico.PasswordLinkSent, func() { b.Post(u + "/password-link") }},
		{portico.TwoFactorReset, func() { b.Post(u+"/two-factor/delete", "reason", "x") }},
		{portico.UserSuspended, func() { b.Post(u + "/suspend") }},
		{portico.UserReactivated, func() { b.Post(u + "/reactivate") }},
		{portico.LogoutDone, func() { b.Post("/logout") }},
		{portico.LoginRefused, func() { c.Client().Login("alice", "not the password at all", "") }},
		{portico.LoginDone, func() { c.Client().Login("alice", porticotest.Password, "") }},
	} {
		before := len(c.Events(c.acme.ID))
		step.do()
		events := c.Events(c.acme.ID)
		if len(events) != before+1 || events[0].Action != step.action || events[0].Actor.Name == "" || events[0].Actor.Origin.Address != "127.0.0.1" {
			t.Errorf("%s: %d new events, the newest %+v", step.action, len(events)-before, events[0])
		}
	}
}
