package web_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
)

// TestMailServerIsDown checks that a change stands while the mail server is
// down, that the person's page says that the mail is late, and that the mail is
// sent when the server is back, even if the portal was restarted meanwhile.
func TestMailServerIsDown(t *testing.T) {
	if testing.Short() {
		return // long
	}
	clock := porticotest.ClockAt(time.Date(2026, 11, 23, 9, 0, 7, 0, time.UTC))
	dir := t.TempDir()
	porticotest.DatabaseFor(t, dir) // outlives the first portal
	outbox := filepath.Join(dir, "outbox")
	var page, link string
	t.Run("down", func(t *testing.T) {
		p := porticotest.Start(t, dir, clock)
		acme := p.Customer("acme", "Acme Telecom")
		p.User(acme.ID, "adam", portico.RoleAdministrator)
		must(t, os.WriteFile(outbox, nil, 0o600)) // instead of the directory
		b := p.Client()
		b.Login("adam", porticotest.Password, "")
		got := b.Fill(b.Get("/administration/access/new"), "Create user", "First name", "Fay", "Last name", "Guest", "Email", "fay@example.com")
		if got.Status != 200 || got.Has("could not be sent") {
			t.Fatalf(`pressing "Create user": got %s, want status 200, no text "could not be sent"`, got.Text())
		}
		page = got.Path
		must(t, p.Portal.Mails.Deliver(t.Context()))
		if got = b.Get(page); !got.Has("has been waiting since") || !got.Has("fay@example.com") {
			t.Errorf(`GET %v: got %s, want the text "has been waiting since", the text "fay@example.com"`, page, got.Text())
		}
		// A second invitation replaces the first, which is still waiting.
		if got = b.Fill(got, "Send the invitation again"); got.Has("has been waiting since") {
			t.Errorf(`pressing "Send the invitation again": got %s, want no text "has been waiting since"`, got.Text())
		}
		must(t, p.Portal.Mails.Deliver(t.Context()))
	})
	must(t, os.Remove(outbox))
	clock.Advance(2 * time.Minute)
	p := porticotest.Start(t, dir, clock)
	mails := p.Mails("fay@example.com")
	if len(mails) != 1 {
		t.Fatalf("%d mails", len(mails))
	}
	if link = mails[0].Link("/activate/"); link == "" {
		t.Fatalf(`mails[0].Link("/activate/"): got %v, want some link`, mails[0].Text)
	}
	b := p.Client()
	b.Login("adam", porticotest.Password, "")
	if got := b.Get(page); got.Has("could not be sent") {
		t.Errorf(`GET %v: got %s, want no text "could not be sent"`, page, got.Text())
	}
	if q, err := p.DB.Read(t.Context()).MailQueue(10); err != nil || q.Waiting != 0 {
		t.Errorf("p.DB.Read(t.Context()).MailQueue(10): got %+v %v, want no error, q.Waiting 0", q, err)
	}
}

// TestRefusedAddressIsSaid checks that a person's page and the audit log say at
// once that mails to the person's address are refused, and no longer after it was
// corrected.
func TestRefusedAddressIsSaid(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	page := b.Fill(b.Get("/administration/access/new"), "Create user", "First name", "Fay", "Last name", "Guest", "Email", "fay@-müller.example")
	must(t, c.Portal.Portal.Mails.Deliver(t.Context()))
	got := b.Get(page.Path)
	if !got.Has("The mail server refuses emails to fay@-müller.example") || !got.Has("not the name of a domain") || got.Has("tries again") {
		t.Errorf("the page of the person says: %s", got.Text())
	}
	if c.events(portico.MailRefused, "") != 1 {
		t.Error("not in the audit log")
	}
	if w, err := c.DB.Read(t.Context()).MailQueue(10); err != nil || w.Waiting != 0 {
		t.Errorf("%+v %v: want that the mail is not tried again", w, err)
	}
	if got := b.Fill(got, "Save", "Email", "fay@müller.example"); got.Has("refuses emails") {
		t.Errorf("after the address was corrected: %s", got.Text())
	}
	if m := c.lastMail("fay@"); m.To != `"Fay Guest" <fay@xn--mller-kva.example>` {
		t.Errorf("mailed to %s", m.To)
	}
}
