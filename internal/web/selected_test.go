package web_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"portico"
	"portico/internal/users"
)

const selected = access + "/selected"

// invite adds an invited person.
func (c *fixture) invite(t *testing.T, first string) portico.User {
	t.Helper()
	u, err := c.Users.Invite(t.Context(), portico.CommandLine(), c.acme.ID, portico.User{
		FirstName: first, LastName: "Guest", Email: strings.ToLower(first) + "@example.com", Role: portico.RoleUser,
	})
	must(t, err)
	return u
}

// picks returns the fields of a form in which people are selected.
func picks(action string, users ...portico.User) []string {
	fields := []string{"action", action}
	for _, u := range users {
		fields = append(fields, "id."+string(u.ID), "1")
	}
	return fields
}

// TestSuspendSeveral suspends people who are ticked in the list. The page that
// asks names them all and leaves out those who cannot be suspended. Afterwards
// the same list is shown.
func TestSuspendSeveral(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	fay := c.invite(t, "Fay")
	b, theirs := c.as(c.admin), c.as(c.user)
	const list = access + "?q=example&sort=login-id"
	before := len(c.Events(c.acme.ID))
	ask := b.Fill(b.Get(list), "Suspend", "Select Ulla Tester", "1", "Select Hedda Tester", "1", "Select Alice Tester", "1", "Select Fay Guest", "1")
	for _, text := range []string{
		"Suspend these 2 users?", "Ulla Tester (ulla)", "Hedda Tester (hedda)", "They will be logged out everywhere", "Left out:",
		"Alice Tester (alice): You cannot change your own account here. Use the Account page.", "Fay Guest : Only active users can be suspended.",
	} {
		if !ask.Has(text) {
			t.Errorf("got %s, want the text %q", ask.Text(), text)
		}
	}
	if ask.Status != 200 || ask.Link("Cancel") != list || !strings.Contains(ask.Body, "autofocus>Cancel") || !isLoggedIn(theirs) || len(c.Events(c.acme.ID)) != before {
		t.Fatalf("%d, Cancel leads to %s", ask.Status, ask.Link("Cancel"))
	}
	p := b.Fill(ask, "Suspend")
	if p.Path != list+"&done=several-suspended" || !p.Has("The users were suspended") {
		t.Fatalf(`%s: %s, want path %q, the text "The users were suspended"`, p.Path, p.Text(), list+"&done=several-suspended")
	}
	for id, want := range map[portico.UserID]portico.Status{c.user.ID: portico.Suspended, c.help.ID: portico.Suspended, c.admin.ID: portico.Active, fay.ID: portico.Invited} {
		if got := c.Account(id).Status; got != want {
			t.Errorf("%s is %s, want %v", c.Account(id).Name(), got, want)
		}
	}
	if isLoggedIn(theirs) || c.events(portico.UserSuspended, "") != 2 {
		t.Errorf("%d events", c.events(portico.UserSuspended, ""))
	}
	// The page is stale: the action applies to nobody any more.
	if p := b.Fill(ask, "Suspend"); p.Status != 422 || !strings.Contains(p.Alert(), "Nothing was changed, because of Hedda Tester and 1 more: Only active users") {
		t.Errorf("again: %d %s", p.Status, p.Text())
	}
}

// TestSeveralAreAllOrNothing checks that if the action has become impossible
// for one person, nothing is done, and the page says because of whom.
func TestSeveralAreAllOrNothing(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	ask := b.Post(selected, picks("suspend", c.user, c.help)...)
	must(t, c.Users.Suspend(t.Context(), portico.CommandLine(), c.acme.ID, c.help.ID))
	p := b.Fill(ask, "Suspend")
	if p.Status != 422 || !strings.Contains(p.Alert(), "because of Hedda Tester: Only active users") || c.Account(c.user.ID).Status != portico.Active {
		t.Fatalf(`pressing "Suspend": got %d %s, want status 422, "because of Hedda Tester: Only active users" in p.Alert(), status %v`, p.Status, p.Text(), portico.Active)
	}
	// The page then continues without that person.
	if p := b.Fill(p, "Suspend"); p.Path != access+"?done=suspended" || !p.Has("Ulla Tester was suspended and logged out everywhere.") || c.Account(c.user.ID).Status != portico.Suspended {
		t.Errorf(`pressing "Suspend": got %s %s, want path %q, status %v`, p.Path, p.Text(), access+"?done=suspended", portico.Suspended)
	}
}

func TestLabelSeveral(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	ask := b.Post(selected, picks("add-label", c.user, c.help)...)
	if !ask.Has("Ulla Tester (ulla)") || !ask.Has("Hedda Tester (hedda)") {
		t.Fatalf(`POST %v: got %s, want the text "Ulla Tester (ulla)", the text "Hedda Tester (hedda)"`, selected, ask.Text())
	}
	for typed, says := range map[string]string{
		"": "Enter one label", "a,b": "Enter one label", "x;": "Enter one label", "\u202ex": "control characters", strings.Repeat("x", 51): "at most 50",
	} {
		if p := b.Fill(ask, "Add label", "Label", typed); p.Status != 422 || !strings.Contains(p.Alert(), says) || p.Value("Label") != strings.TrimSpace(typed) {
			t.Errorf(`%q: %d %s, want status 422, %v in p.Alert(), p.Value("Label") strings.TrimSpace(typed)`, typed, p.Status, p.Alert(), says)
		}
	}
	if p := b.Fill(ask, "Add label", "Label", " Night shift "); p.Path != access+"?done=labels-changed" || !strings.Contains(p.Row("ulla@"), "Night shift") {
		t.Errorf(`pressing "Add label": got %s %s, want path %q, "Night shift" in p.Row("ulla@")`, p.Path, p.Text(), access+"?done=labels-changed")
	}
	if n := len(listed(b.Get(access + "?q=nig+shi"))); n != 2 || c.events(portico.UserEdited, "labels") != 2 {
		t.Errorf("%d are found by the label, %d events", n, c.events(portico.UserEdited, "labels"))
	}
	// A person who has the label is not changed. If there is nobody to change, the
	// page says so.
	alice := c.User(c.acme.ID, "anna", portico.RoleUser)
	if p := b.Fill(b.Post(selected, picks("add-label", c.user, alice)...), "Add label", "Label", "NIGHT SHIFT"); p.Status != 200 || !p.Has("The labels were changed: Anna Tester.") {
		t.Errorf(`pressing "Add label": got %s, want status 200 and the one whom it changed`, p.Text())
	}
	if got := c.Account(c.user.ID).Labels; !slices.Equal(got, []string{"Night shift"}) || c.events(portico.UserEdited, "labels") != 3 {
		t.Errorf("%v, %d events", got, c.events(portico.UserEdited, "labels"))
	}
	if p := b.Fill(ask, "Add label", "Label", "night shift"); p.Status != 422 || p.Alert() != "All of them already have this label." {
		t.Errorf(`pressing "Add label": got %s, want status 422, p.Alert() "All of them already have this label."`, p.Alert())
	}
	ask = b.Post(selected, picks("remove-label", c.user, c.help)...)
	if !strings.Contains(ask.Body, `<option value="Night shift">`) {
		t.Error("the labels that they have are not proposed")
	}
	if p := b.Fill(ask, "Remove label", "Label", "Day shift"); p.Status != 422 || p.Alert() != "None of them has this label." {
		t.Errorf(`pressing "Remove label": got %s, want status 422, p.Alert() "None of them has this label."`, p.Alert())
	}
	b.Fill(ask, "Remove label", "Label", "night SHIFT")
	if len(c.Account(c.user.ID).Labels)+len(c.Account(c.help.ID).Labels) != 0 || len(listed(b.Get(access+"?q=night"))) != 1 {
		t.Error("the label is still there")
	}
	// If one person would get too many labels, nobody gets the label.
	full := c.Account(c.user.ID).User
	for i := range portico.MaxLabels {
		full.Labels = append(full.Labels, fmt.Sprintf("L%d", i))
	}
	must(t, c.Users.Edit(t.Context(), portico.CommandLine(), c.acme.ID, full.ID, full))
	p := b.Fill(b.Post(selected, picks("add-label", c.help, full)...), "Add label", "Label", "one more")
	if p.Status != 422 || !strings.Contains(p.Alert(), "Ulla Tester already has the maximum number of labels") || len(c.Account(c.help.ID).Labels) != 0 {
		t.Errorf(`pressing "Add label": got %d %s, want status 422, "Ulla Tester already has the maximum number of labels" in p.Alert(), 0 of c.Account(c.help.ID).Labels`, p.Status, p.Alert())
	}
}

func TestInviteSeveral(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	fay, gus := c.invite(t, "Fay"), c.invite(t, "Gus")
	first := c.Mails("fay@example.com")[0].Link("/activate/")
	b := c.as(c.admin)
	ask := b.Post(selected, picks("invite", fay, gus, c.user)...)
	if !ask.Has("Ulla Tester (ulla): This user has already activated the account.") || !ask.Has("The links of earlier invitations will stop working.") {
		t.Errorf(`POST %v: got %s, want the text "Ulla Tester (ulla): This user has already activated the account.", the text "The links of earlier invitations will stop working."`, selected, ask.Text())
	}
	before := c.events(portico.UserInvited, "")
	if p := b.Fill(ask, "Send invitations"); p.Path != access+"?done=several-invited" {
		t.Fatalf(`pressing "Send invitations": got %s, want path %q`, p.Text(), access+"?done=several-invited")
	}
	if len(c.Mails("fay@example.com")) != 2 || len(c.Mails("gus@example.com")) != 2 || len(c.Mails("ulla@example.com")) != 0 || c.events(portico.UserInvited, "") != before+2 {
		t.Error("not mailed, or not in the log")
	}
	n := c.Client()
	if n.Get(first).Status != 410 || n.Get(c.Mails("fay@example.com")[1].Link("/activate/")).Status != 200 {
		t.Error("the earlier link works, or the new one does not")
	}
}

// TestC15_SeveralByRole checks that the rules for one person apply to several:
// not for the help desk, not to oneself, not to people of other customers, and
// not to the last administrator.
func TestC15_SeveralByRole(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	anna := c.User(c.acme.ID, "anna", portico.RoleAdministrator)
	olga, otto := c.User(portico.ProviderID, "olga", portico.RoleOperator), c.User(portico.ProviderID, "otto", portico.RoleOperator)
	statuses := func() (s []portico.Status) {
		for _, u := range []portico.User{c.user, c.help, c.admin, anna, c.other, olga, otto} {
			s = append(s, c.Account(u.ID).Status)
		}
		return s
	}
	before := statuses()
	admin, help, operator := c.as(c.admin), c.as(c.help), c.as(olga)
	if list := help.Get(access); list.Has("Select Ulla") || list.Has("Add label") || list.Link("Download CSV") == "" {
		t.Errorf("the help desk is offered %s", list.Text())
	}
	for _, path := range []string{selected, selected + "/apply"} {
		if p := help.Post(path, picks("suspend", c.user)...); p.Status != 403 {
			t.Errorf("help desk: %d", p.Status)
		}
		for _, other := range []portico.User{c.other, olga, {ID: "nobody"}, {ID: ""}} {
			if p := admin.Post(path, picks("suspend", c.user, other)...); p.Status != 404 || p.Has(other.LoginID+"@") {
				t.Errorf("%s with %q: %d", path, other.LoginID, p.Status)
			}
		}
		if p := operator.Post(strings.Replace(path, "/administration", "/customers/acme", 1), picks("suspend", c.user, c.other)...); p.Status != 404 {
			t.Errorf("an operator with somebody of another customer: %d", p.Status)
		}
		for name, fields := range map[string][]string{"nobody": picks("suspend"), "no action": picks("", c.user), "another action": picks("delete", c.user), "too many": tooMany()} {
			if p := admin.Post(path, append(fields, "back", "filter=suspended")...); p.Status != 422 || p.Alert() == "" || !p.Has("Nobody is suspended.") {
				t.Errorf(`%s: %d %s, want status 422, some p.Alert(), the text "Nobody is suspended."`, name, p.Status, p.Text())
			}
		}
	}
	if p := admin.Post(selected+"/apply", picks("suspend", c.admin, c.user)...); p.Status != 422 || !strings.Contains(p.Alert(), "Account page") {
		t.Errorf("oneself: %d %s", p.Status, p.Text())
	}
	// An operator must leave a customer one administrator, however many are
	// selected. The same applies to the operators of the provider.
	const inAcme = "/customers/acme/access/selected"
	ask := operator.Post(inAcme, picks("suspend", c.admin, anna)...)
	if !ask.Has("Anna Tester (anna): This is the last active administrator.") || !ask.Has("Suspend this user?") {
		t.Errorf(`POST %v: got %s, want the text "Anna Tester (anna): This is the last active administrator.", the text "Suspend this user?"`, inAcme, ask.Text())
	}
	if p := operator.Post(inAcme+"/apply", picks("suspend", c.admin, anna)...); p.Status != 422 || !strings.Contains(p.Alert(), "because of Anna Tester: This is the last") {
		t.Errorf("both administrators: %d %s", p.Status, p.Text())
	}
	_, err := c.Users.ApplyBulk(t.Context(), portico.CommandLine(), portico.ProviderID, users.BulkSuspend, []portico.UserID{olga.ID, otto.ID}, users.BulkInput{})
	if !portico.Conflict.Is(err) || !strings.Contains(err.Error(), "last active operator") {
		t.Errorf("all operators: %v", err)
	}
	if after := statuses(); !slices.Equal(after, before) {
		t.Errorf("%v, before %v", after, before)
	}
	if p := operator.Fill(ask, "Suspend"); p.Path != "/customers/acme/access?done=suspended" || c.Account(c.admin.ID).Status != portico.Suspended {
		t.Errorf(`pressing "Suspend": got %s %s, want path "/customers/acme/access?done=suspended", status %v`, p.Path, p.Text(), portico.Suspended)
	}
	// An invalid query of the list does no harm.
	if p := c.as(anna).Post(selected, append(picks("suspend", c.user), "back", "after=%zz&q=%00")...); p.Status != 200 || p.Link("Cancel") != access {
		t.Errorf(`POST %v: got %d %s, want status 200, p.Link("Cancel") %v`, selected, p.Status, p.Link("Cancel"), access)
	}
}

func tooMany() []string {
	var selected []portico.User
	for i := range users.PageSize + 1 {
		selected = append(selected, portico.User{ID: portico.UserID(fmt.Sprintf("u%d", i))})
	}
	return picks("suspend", selected...)
}
