package web_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
)

// TestReactivateSeveral reactivates suspended people, and mails a link to those
// whose password has expired. People who are not suspended are left out.
func TestReactivateSeveral(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	for _, u := range []portico.User{c.user, c.help} {
		must(t, c.Users.Suspend(t.Context(), portico.CommandLine(), c.acme.ID, u.ID))
	}
	b := c.as(c.admin)
	ask := b.Post(selected, picks("reactivate", c.user, c.help, c.admin)...)
	if !ask.Has("Reactivate these 2 users?") || !ask.Has("Alice Tester (alice): You cannot change your own account here") || c.Account(c.user.ID).Status != portico.Suspended {
		t.Fatalf("POST %s with reactivate: got %s, want the question about two, and nothing changed", selected, ask.Text())
	}
	c.behind(t, `UPDATE users SET password_expired = TRUE WHERE login_id = 'hedda'`)
	p := b.Fill(ask, "Reactivate")
	if p.Path != access+"?done=several-reactivated-mailed" || !p.Has("The users can log in again: Hedda Tester, Ulla Tester. A link to choose a new password") {
		t.Errorf("pressing Reactivate: got %s %s, want the list with both names and the link", p.Path, p.Text())
	}
	if len(c.Mails("hedda@example.com")) != 1 || len(c.Mails("ulla@example.com")) != 0 {
		t.Errorf("after Reactivate: got %d mails to hedda and %d to ulla, want 1 and 0", len(c.Mails("hedda@example.com")), len(c.Mails("ulla@example.com")))
	}
	if !isLoggedIn(c.as(c.user)) || c.events(portico.UserReactivated, "") != 2 {
		t.Errorf("after Reactivate: got %d events, want 2 and ulla's log-in", c.events(portico.UserReactivated, ""))
	}
	if p := b.Fill(ask, "Reactivate"); p.Status != 422 || !strings.Contains(p.Alert(), "This user is not suspended.") {
		t.Errorf("pressing Reactivate again: got %d %q, want 422 and the reason", p.Status, p.Alert())
	}
}

// TestC15_FrozenAmongSeveral checks that an account that its user froze is not
// reactivated among others by the requester of that reset, not even if it was
// frozen after the question was asked.
func TestC15_FrozenAmongSeveral(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	second := c.User(c.acme.ID, "anna", portico.RoleAdministrator)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{DelayHours: 4}})
	c.Enrol(c.user)
	admin := c.as(c.admin)
	c.askFor(admin, c.user)
	link := c.lastMail("ulla@").Link("/not-me/")
	nobody := c.Client()
	nobody.Fill(nobody.Get(link), "This wasn't me")
	must(t, c.Users.Suspend(t.Context(), portico.CommandLine(), c.acme.ID, c.help.ID))
	ask := admin.Post(selected, picks("reactivate", c.user, c.help)...)
	if !ask.Has("Reactivate this user?") || !ask.Has("Another administrator has to reactivate it.") {
		t.Errorf("the requester selects a frozen account: got %s, want it left out", ask.Text())
	}
	if p := admin.Post(selected+"/apply", picks("reactivate", c.user, c.help)...); p.Status != 422 || c.Account(c.user.ID).Status != portico.Suspended || c.Account(c.help.ID).Status != portico.Suspended {
		t.Errorf("the requester sends the form: got %d, ulla %s, hedda %s, want 422 and both suspended", p.Status, c.Account(c.user.ID).Status, c.Account(c.help.ID).Status)
	}
	if p := c.as(second).Post(selected+"/apply", picks("reactivate", c.user, c.help)...); p.Status != 200 || c.Account(c.user.ID).Status != portico.Active {
		t.Errorf("another administrator sends the form: got %d %s, want ulla active", p.Status, p.Alert())
	}
}

// TestChangeRoleOfSeveral gives people a role, as the page of each of them does:
// their sessions end, those who have the role stay as they are, and nobody gets a
// role that the actor may not grant.
func TestChangeRoleOfSeveral(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b, theirs := c.as(c.admin), c.as(c.user)
	helping := c.as(c.help)
	ask := b.Post(selected, picks("change-role", c.user, c.help, c.admin)...)
	if !ask.Has("Change the role of these 2 users?") || !ask.Has("Alice Tester (alice): You cannot change your own account here") || !isLoggedIn(theirs) {
		t.Fatalf("POST %s with change-role: got %s, want the question about two, and nothing changed", selected, ask.Text())
	}
	for _, role := range []string{"", "king", "operator"} {
		if p := b.Post(selected+"/apply", append(picks("change-role", c.user), "role", role)...); p.Status != 422 || p.Alert() != "Choose one of the roles in the list." {
			t.Errorf("the role %q: got %d %q, want 422", role, p.Status, p.Alert())
		}
	}
	p := b.Fill(ask, "Change role", "Role", "helpdesk")
	if p.Path != access+"?done=role-changed" || !p.Has("The role of Ulla Tester was changed.") { // Hedda had it already
		t.Errorf("pressing Change role: got %s %s, want the list with the name of Ulla alone", p.Path, p.Text())
	}
	if c.Account(c.user.ID).Role != portico.RoleHelpDesk || isLoggedIn(theirs) || !isLoggedIn(helping) || c.events(portico.UserRoleChanged, "From User to Help desk") != 1 {
		t.Errorf("afterwards: got ulla with the role %s, %d events, want Help desk, logged out, hedda still logged in, 1 event", c.Account(c.user.ID).Role, c.events(portico.UserRoleChanged, ""))
	}
	if p := b.Fill(ask, "Change role", "Role", "helpdesk"); p.Status != 422 || p.Alert() != "All of them already have this role." {
		t.Errorf("pressing Change role again: got %d %q, want 422", p.Status, p.Alert())
	}
}

// TestC15_RoleOfSeveral checks that a change of several roles leaves a customer
// its last administrator, and that an account that is not established grants no
// role above user.
func TestC15_RoleOfSeveral(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.settled()
	olga := c.User(portico.ProviderID, "olga", portico.RoleOperator)
	anna := c.User(c.acme.ID, "anna", portico.RoleAdministrator)
	operator := c.as(olga)
	const inAcme = "/customers/acme/access/selected"
	if ask := operator.Post(inAcme, picks("change-role", c.admin, anna)...); !ask.Has("Anna Tester (anna): This is the last active administrator.") {
		t.Errorf("an operator selects both administrators: got %s, want the last one left out", ask.Text())
	}
	if p := operator.Post(inAcme+"/apply", append(picks("change-role", c.admin, anna), "role", "user")...); p.Status != 422 || c.Account(c.admin.ID).Role != portico.RoleAdministrator {
		t.Errorf("an operator sends the form with both: got %d, alice %s, want 422 and Administrator", p.Status, c.Account(c.admin.ID).Role)
	}
	fresh := c.as(anna) // created just now, while alice is established
	if p := fresh.Post(selected+"/apply", append(picks("change-role", c.user), "role", "administrator")...); p.Status != 403 || c.Account(c.user.ID).Role != portico.RoleUser {
		t.Errorf("a new administrator grants a role: got %d, ulla %s, want 403 and User", p.Status, c.Account(c.user.ID).Role)
	}
	for _, action := range []string{"change-role", "reactivate", "remind"} {
		if p := c.as(c.help).Post(selected+"/apply", append(picks(action, c.user), "role", "helpdesk")...); p.Status != 403 {
			t.Errorf("the help desk with %s: got %d, want 403", action, p.Status)
		}
		if p := operator.Post(inAcme+"/apply", append(picks(action, c.user, c.other), "role", "user")...); p.Status != 404 {
			t.Errorf("%s with somebody of another customer: got %d, want 404", action, p.Status)
		}
	}
}

// TestC13_SeveralNeedConfirmation checks that each action on several people asks
// who is at the screen once the confirmation is ten minutes old.
func TestC13_SeveralNeedConfirmation(t *testing.T) {
	c := newFixture(t)
	b := c.as(c.admin)
	must(t, c.Users.Suspend(t.Context(), portico.CommandLine(), c.acme.ID, c.help.ID))
	c.Clock.Advance(portico.ConfirmationTTL)
	before := len(c.Events(c.acme.ID))
	for action, about := range map[string]string{
		"change-role": "change the role of Ulla Tester (ulla) to Help desk", "remind": "send a reminder about 2FA to Ulla Tester (ulla)",
		"suspend": "suspend all of these: Ulla Tester (ulla)", "reactivate": "reactivate all of these: Hedda Tester (hedda)",
	} {
		who := c.user
		if action == "reactivate" {
			who = c.help
		}
		p := b.Post(selected+"/apply", append(picks(action, who), "role", "helpdesk")...)
		if !p.Has("Confirm that it is you") || !p.Has(about) || len(c.Events(c.acme.ID)) != before {
			t.Errorf("%s ten minutes later: got %s, want a confirmation about %q", action, p.Text(), about)
		}
	}
}

// TestRemindSeveral mails those who have not enabled 2FA, once a day, with the day
// from which the policy requires it.
func TestRemindSeveral(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.Enrol(c.help)
	fay := c.invite(t, "Fay")
	b := c.as(c.admin)
	ask := b.Post(selected, picks("remind", c.user, c.help, fay)...)
	for _, text := range []string{"Send a reminder about 2FA to this user?", "Hedda Tester (hedda): This user has enabled 2FA.", "Only active users can set up 2FA."} {
		if !ask.Has(text) {
			t.Errorf("POST %s with remind: got %s, want %q", selected, ask.Text(), text)
		}
	}
	if p := b.Fill(ask, "Remind to set up 2FA"); p.Path != access+"?done=reminded" || !p.Has("A reminder about 2FA is on its way to Ulla Tester.") {
		t.Fatalf("pressing Remind: got %s %s, want the list", p.Path, p.Alert())
	}
	m := c.lastMail("ulla@")
	if !strings.Contains(m.Text, "Alice Tester asks you to set up two-factor authentication") || strings.Contains(m.Text, "requires it") || c.events(portico.UserReminded, "") != 1 {
		t.Errorf("the reminder: got %s and %d events, want the administrator's name, no day, 1 event", m.Text, c.events(portico.UserReminded, ""))
	}
	if p := b.Fill(ask, "Remind to set up 2FA"); p.Status != 422 || !strings.Contains(p.Alert(), "A reminder was sent less than 24 hours ago.") {
		t.Errorf("pressing Remind again: got %d %q, want 422 and the reason", p.Status, p.Alert())
	}
	c.decide(t, c.acme.ID, portico.Policy{Require: portico.Requirement{User: c.Clock.Now().AddDate(0, 2, 0)}})
	c.Clock.Advance(24*time.Hour + time.Minute)
	b = c.as(c.admin)
	b.Post(selected+"/apply", picks("remind", c.user)...)
	if m := c.lastMail("ulla@"); len(c.Mails("ulla@example.com")) != 2 || !strings.Contains(m.Text, "requires it from") {
		t.Errorf("a day later: got %s, want a second mail that names the day", m.Text)
	}
}

// TestNoRemindersWithoutMailServer checks that reminders are neither offered nor
// recorded where no mail can be sent.
func TestNoRemindersWithoutMailServer(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, func(p *porticotest.Portal) { p.NoMail = true })
	b := c.as(c.admin)
	if list := b.Get(access); list.Has("Remind to set up 2FA") {
		t.Errorf("GET %s: got Remind to set up 2FA, want no such button", access)
	}
	if p := b.Post(selected+"/apply", picks("remind", c.user)...); p.Status != 422 || !strings.Contains(p.Alert(), "no mail server") || c.events(portico.UserReminded, "") != 0 {
		t.Errorf("the form all the same: got %d %q, want 422", p.Status, p.Alert())
	}
}

// TestLinksForSelectedUsersWithoutMailServer checks how the page asks about one user
// and about two.
func TestLinksForSelectedUsersWithoutMailServer(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, func(p *porticotest.Portal) { p.NoMail = true })
	fay, gus := c.invite(t, "Fay"), c.invite(t, "Gus")
	b := c.as(c.admin)
	for question, users := range map[string][]portico.User{
		"Show a new activation link for this user?": {fay}, "Show a new activation link for each of these 2 users?": {fay, gus},
	} {
		if ask := b.Post(selected, picks("invite", users...)...); !ask.Has(question) {
			t.Errorf("POST %s with %d users: got %s, want %q", selected, len(users), ask.Text(), question)
		}
	}
}

// TestListByRoleAndLabel narrows the list by role and label, which all its links
// keep.
func TestListByRoleAndLabel(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	u := c.Account(c.user.ID).User
	u.Labels = []string{"Night shift"}
	must(t, c.Users.Edit(t.Context(), portico.CommandLine(), c.acme.ID, u.ID, u))
	b := c.as(c.admin)
	for query, want := range map[string][]portico.User{
		"role=helpdesk": {c.help}, "role=user&label=night+SHIFT": {c.user}, "label=night": nil, "role=helpdesk&label=Night+shift": nil, "label=Night+shift&q=ull": {c.user},
		"role=administrator&sort=2fa": {c.admin},
	} {
		p := b.Get(access + "?" + query)
		if got := sorted(listed(p)); !slices.Equal(got, sorted(idsOf(want))) {
			t.Errorf("GET %s?%s: got %v, want %v", access, query, got, idsOf(want))
		}
		if p.Link("Clear role and label") == "" && len(want) > 0 {
			t.Errorf("GET %s?%s: got no way to clear the filter", access, query)
		}
	}
	p := b.Get(access + "?label=Night+shift&role=user&sort=2fa")
	for _, link := range []string{"2FA not Enabled 1", "Name", "Download CSV"} {
		if to := p.Link(link); !strings.Contains(to, "label=Night+shift") || !strings.Contains(to, "role=user") {
			t.Errorf("the link %q: got %s, want role and label in it", link, to)
		}
	}
	for _, query := range []string{"role=king", "sort=role"} {
		if p := b.Get(access + "?" + query); p.Status != 404 {
			t.Errorf("GET %s?%s: got %d, want 404", access, query, p.Status)
		}
	}
}

// TestPreviousPage walks through a list of several pages forwards and backwards:
// Previous page shows the page that came before.
func TestPreviousPage(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.crowd(t, 127)
	b := c.as(c.admin)
	for _, query := range []string{"", "?sort=2fa", "?sort=last-login&desc=1", "?sort=status"} {
		pages := []*porticotest.Page{b.Get(access + query)}
		for pages[len(pages)-1].Link("Next page") != "" {
			pages = append(pages, b.Get(pages[len(pages)-1].Link("Next page")))
		}
		if pages[0].Link("Previous page") != "" || pages[0].Link("First page") != "" {
			t.Errorf("the first page of %q: got %q, want no previous page", query, pages[0].Link("Previous page"))
		}
		p := pages[len(pages)-1]
		for i := len(pages) - 2; i >= 0; i-- {
			if p = b.Get(p.Link("Previous page")); !slices.Equal(listed(p), listed(pages[i])) {
				t.Errorf("page %d of %q backwards: got %d other people than forwards", i+1, query, len(listed(p)))
			}
		}
		if p.Link("Previous page") != "" || len(pages) < 2 {
			t.Errorf("%d pages of %q, at the first: got %q, want no previous page", len(pages), query, p.Link("Previous page"))
		}
	}
	if p := b.Get(access + "?before=nobody"); p.Status != 404 {
		t.Errorf("GET %s?before=nobody: got %d, want 404", access, p.Status)
	}
}
