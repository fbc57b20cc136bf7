package web_test

import (
	"strings"
	"testing"
	"time"

	"portico"
)

// TestInvitingAfterAnImport checks that those whom an import created without an
// invitation can be invited from its page, once, with a confirmation.
func TestInvitingAfterAnImport(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	imported(t, b, "first_name,last_name,email,role\nOld,One,old@example.com,user\n") // stays uninvited
	p := imported(t, b, "first_name,last_name,email,role\nAnn,Lee,ann@example.com,user\nBen,Ode,ben@example.com,helpdesk\nUlla,Tester,ulla@example.com,user\n")
	if !p.Has("2 users were created but not invited yet.") || len(c.Mails("")) != 0 {
		t.Fatal(p.Text())
	}
	// One of them is invited on the user's page meanwhile, and another is withdrawn.
	cid := sendFile(b, "first_name,last_name,email,role\nCid,X,cid@example.com,user\n")
	cid = b.Fill(cid, "Start import")
	if !cid.Has("1 user was created but not invited yet.") {
		t.Error(cid.Text())
	}
	list := b.Get(access + "?q=ann")
	if !strings.Contains(list.Row("Ann Lee"), "No valid invitation") {
		t.Errorf("the list: got %s, want that Ann has no invitation", list.Row("Ann Lee"))
	}
	ann := b.Get(list.Link("Ann Lee"))
	if !ann.Has("No invitation is valid now: none was sent yet, or it no longer works.") {
		t.Errorf("the user's page: got %s, want that there is no invitation", ann.Text())
	}
	b.Fill(ann, "Send an invitation")
	if list := b.Get(access + "?q=ann"); strings.Contains(list.Row("Ann Lee"), "No valid invitation") {
		t.Errorf("once invited: got %s, want no word of an invitation that is missing", list.Row("Ann Lee"))
	}
	p = b.Fill(b.Get(p.Path), "Send the invitations")
	if !p.Has("2 created, 0 updated, 1 unchanged, 0 refused") || p.Has("not invited") {
		t.Fatal(p.Text())
	}
	if a, o := c.Mails("ann@"), c.Mails("old@"); len(a) != 1 || len(c.Mails("ben@")) != 1 || len(o) != 0 || len(c.Mails("cid@")) != 0 {
		t.Errorf("%d mails to Ann, %d to Ben, %d to the other import's", len(a), len(c.Mails("ben@")), len(o))
	}
	if c.events(portico.ImportEnded, "file.csv: the invitations are sent") != 1 {
		t.Error("not in the audit log")
	}
	if again := b.Post(p.Path + "/invite"); again.Status != 409 {
		t.Errorf("a second time: %d", again.Status)
	}
	if got := c.as(c.other).Post(cid.Path + "/invite"); got.Status != 404 {
		t.Errorf("another customer's administrator: %d", got.Status)
	}
	if got := c.as(c.help).Post(cid.Path + "/invite"); got.Status != 403 {
		t.Errorf("the help desk: %d", got.Status)
	}
}

// TestInvitationsOfAnImportAreSent checks that a finished import says that its
// invitations are sent, and says nothing of invitations if it created nobody.
func TestInvitationsOfAnImportAreSent(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	const file = "first_name,last_name,email,role\nAnn,Lee,ann@example.com,user\n"
	if p := imported(t, b, file, "invite", "on"); !p.Has("1 created") || !p.Has("The invitations have been sent.") || len(c.Mails("ann@")) != 1 {
		t.Errorf("got %d mails: %s", len(c.Mails("ann@")), p.Text())
	}
	if p := imported(t, b, strings.Replace(file, "Lee", "Roe", 1), "invite", "on"); !p.Has("1 updated") || p.Has("The invitations") {
		t.Errorf("an import that created nobody: %s", p.Text())
	}
}

// TestNobodyIsInvitedWithoutMail checks that a portal without a mail server
// offers no invitations after an import, but says what to do.
func TestNobodyIsInvitedWithoutMail(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, withoutMail)
	b := c.as(c.admin)
	p := imported(t, b, "first_name,last_name,email,role\nAnn,Lee,ann@example.com,user\n")
	if !p.Has("1 user was created but not invited yet.") || !p.Has("you find each activation link") || p.Has("Send the invitations") {
		t.Error(p.Text())
	}
	if p := b.Post(p.Path + "/invite"); p.Status != 409 || !p.Has("no mail server") || len(c.Mails("ann@")) != 0 {
		t.Errorf("%d %s", p.Status, p.Text())
	}
}

// TestInvitingWaitsForTheHour checks that invitations after a large import go
// out chunk by chunk, as those of an import do, and that they can be stopped.
func TestInvitingWaitsForTheHour(t *testing.T) {
	if testing.Short() {
		return // large
	}
	c := newFixture(t)
	b := c.as(c.admin)
	p := sendFile(b, crowd(2500))
	c.works()
	b.Fill(b.Get(p.Path), "Start import")
	c.works()
	p = b.Fill(b.Get(p.Path), "Send the invitations")
	if !p.Has("Sending the invitations") || !p.Has("0 of 2,500") {
		t.Fatal(p.Text())
	}
	c.works()
	if p = b.Get(p.Path); !p.Has("1,000 of 2,500") {
		t.Fatal(p.Text())
	}
	b.Fill(p, "Stop")
	c.Clock.Advance(portico.ImportTTL + time.Minute) // after which other imports that nobody continues are removed
	c.works()
	b = c.as(c.admin)
	if p = b.Get(p.Path); !p.Has("The invitations were stopped after 1,000 of 2,500 rows") {
		t.Fatal(p.Text())
	}
	// A chunk that an earlier version of the program has run and removed.
	c.behind(t, `DELETE FROM import_chunks WHERE seq = 1`)
	if p = b.Fill(p, "Continue"); !p.Has("1,000 of 2,500") {
		t.Fatal(p.Text())
	}
	c.works()
	if p = c.as(c.admin).Get(p.Path); !p.Has("2,500 created, 0 updated, 0 unchanged, 0 refused") || p.Has("not invited") {
		t.Error(p.Text())
	}
	if c.events(portico.ImportEnded, "file.csv: the invitations are sent") != 1 {
		t.Error("not in the audit log")
	}
}
