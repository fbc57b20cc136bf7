package web_test

import (
	"strings"
	"testing"

	"portico"
)

const menuEntry = "Requests to delete a 2FA setup"

// TestRequestsInTheMenu checks that the menu counts the requests that its reader
// may see, that the row of the person leads to the request, and that an approver
// approves or rejects it in one place.
func TestRequestsInTheMenu(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	second := c.User(c.acme.ID, "anna", portico.RoleAdministrator)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{TwoPeople: true}, HelpDesk: portico.ResetRule{TwoPeople: true}})
	c.Enrol(c.user)
	c.Enrol(c.help)
	third := c.User(c.acme.ID, "ben", portico.RoleHelpDesk)
	admin, anna, ben, ulla := c.as(c.admin), c.as(second), c.as(third), c.as(c.other)
	if p := admin.Get("/"); !p.Has(menuEntry) || p.Has("waiting") {
		t.Errorf("the menu without a request: got %s, want the entry without a number", p.Text())
	}
	request := c.askFor(admin, c.user)
	c.askFor(admin, c.help)
	for name, b := range map[string]struct {
		body string
		want string
	}{
		"the requester":                   {admin.Get("/account").Text(), menuEntry + " 2 waiting"},
		"another administrator":           {anna.Get(access).Text(), menuEntry + " 2 waiting"},
		"the help desk":                   {ben.Get("/").Text(), menuEntry + " 1 waiting"},
		"another customer":                {ulla.Get("/").Text(), menuEntry + " "},
		"an operator inside the customer": {c.operator().Get("/customers/acme/access").Text(), menuEntry + " 2 waiting"},
	} {
		if got := strings.Join(strings.Fields(b.body), " "); !strings.Contains(got, b.want) {
			t.Errorf("the menu of %s: got %s, want %q", name, got, b.want)
		}
	}
	list := anna.Get(access)
	if to := list.RowLink("ulla", "Request waiting"); to != path(request) {
		t.Errorf("the row of ulla: got a badge that leads to %q, want %q", to, path(request))
	}
	if strings.Contains(list.Row("anna@"), "Request waiting") || strings.Contains(ben.Get(access).Row("hedda@"), "Request waiting") {
		t.Error("the badge is shown for somebody without a request, or to somebody who may not see it")
	}
	if p := admin.Get(path(request)); p.Has("Reject") || !p.Has("Cancel this request") {
		t.Errorf("the page of the requester: got %s, want Cancel this request and no Reject", p.Text())
	}
	p := anna.Get(path(request))
	if !p.Has("Approve Reject") || p.Has("Cancel this request") {
		t.Errorf("the page of the approver: got %s, want Approve and Reject side by side", p.Text())
	}
	if p = anna.Fill(p, "Reject"); !p.Has("Cancelled") || !c.has(c.user) {
		t.Errorf("pressing Reject: got %s, want the request cancelled and the setup kept", p.Text())
	}
	if p := anna.Get("/"); !p.Has(menuEntry + " 1 waiting") {
		t.Errorf("the menu afterwards: got %s, want one", p.Text())
	}
}

// TestPersonsPageByRole checks what the page of a person tells to whom: how the
// log-in is protected to those who may delete the setup, sessions to those who may
// end them, and events to those who may read the audit log.
func TestPersonsPageByRole(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{TwoPeople: true}})
	theirs := c.as(c.user)
	_, codes := c.enrol(t, theirs)
	ofHelp := c.Enrol(c.help)
	c.leaveCodes(t, codes, 7)
	admin, help := c.as(c.admin), c.asWith(c.help, ofHelp)
	request := path(c.askFor(admin, c.user))
	page := access + "/" + string(c.user.ID)
	p := admin.Get(page)
	for _, text := range []string{
		"Authenticator app Added 23 Nov 2026", "Recovery codes left 7", "A request to delete this setup is waiting.", "1 session now, last used", "Last events", "enabled 2FA.", "Delete user",
	} {
		if !p.Has(text) {
			t.Errorf("the page for an administrator: got %s, want %q", p.Text(), text)
		}
	}
	if p.Link("Open the request") != request || p.Link("All events in the audit log") != "/administration/audit?person=ulla" {
		t.Errorf("its links: got %q and %q", p.Link("Open the request"), p.Link("All events in the audit log"))
	}
	if log := admin.Get(p.Link("All events in the audit log")); log.Status != 200 || log.Has("Hedda") {
		t.Errorf("the audit log behind the link: got %d %s, want ulla's events alone", log.Status, log.Text())
	}
	if p := help.Get(page); !p.Has("Recovery codes left 7") || p.Link("Open the request") != request || p.Has("session now") || p.Has("Last events") || p.Has("Delete user") {
		t.Errorf("the page for the help desk: got %s, want the setup and the request, no sessions, events or deletion", p.Text())
	}
	if p := help.Get(access + "/" + string(c.admin.ID)); p.Has("Set up") && p.Has("Recovery codes") {
		t.Errorf("an administrator's page for the help desk: got %s, want nothing about the setup", p.Text())
	}
	must(t, c.Users.EndSessions(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID))
	if p := admin.Get(page); !p.Has("No sessions now.") {
		t.Errorf("after the sessions were ended: got %s, want No sessions now.", p.Text())
	}
}
