package web_test

import (
	"strings"
	"testing"
	"time"

	"portico"
)

// sharing gives an account the email address of another one.
func (c *fixture) sharing(t *testing.T, u portico.User, email string) {
	t.Helper()
	must(t, c.Users.Edit(t.Context(), portico.CommandLine(), u.CustomerID, u.ID, portico.User{FirstName: u.FirstName, LastName: u.LastName, Email: email, Role: u.Role}))
}

// TestForgottenTakesAnAddress checks that an email address gets the login ID and a
// link, as it is written in the account or in lower case.
func TestForgottenTakesAnAddress(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.Client()
	for i, typed := range []string{"ulla@example.com", "Ulla@Example.COM"} {
		p := b.Fill(b.Get("/login/forgot"), "Send link", "Login ID", typed)
		mails := c.Mails("ulla@example.com")
		if !p.Has("the email address "+typed) || len(mails) != i+1 || !strings.Contains(mails[i].Text, "login ID ulla") {
			t.Fatalf("%s: got %s and the mails %+v, want one more with the login ID", typed, p.Text(), mails)
		}
		if p := b.Get(mails[i].Link("/password/")); p.Status != 200 || !p.Has("login ID ulla") {
			t.Errorf("%s: the link leads to %d %s, want the page for a new password", typed, p.Status, p.Text())
		}
	}
	if p := b.Login("ulla@example.com", "violet-harbour-9-lanterns", ""); p.Has("Hello") {
		t.Error("an address that is no login ID logs in")
	}
}

// TestForgottenTakesAnAddressInAnyCase checks that an address which a directory or a
// file has written with capital letters is found as people enter it.
func TestForgottenTakesAnAddressInAnyCase(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.sharing(t, c.user, "Ulla.Tester@Example.com")
	for i, typed := range []string{"ulla.tester@example.com", "ULLA.TESTER@EXAMPLE.COM", "Ulla.Tester@example.com"} {
		b := c.Client()
		b.Fill(b.Get("/login/forgot"), "Send link", "Login ID", typed)
		if mails := c.Mails("Ulla.Tester@"); len(mails) != i+1 || !strings.Contains(mails[i].Text, "login ID ulla") {
			t.Errorf("%s: got %d mails, want %d with the login ID", typed, len(mails), i+1)
		}
	}
}

// TestSharedAddressGetsOneMail checks that an address which several accounts have
// gets one mail that lists them, oldest first, each with a link of its own, and
// that repeated requests end with the limit of links.
func TestSharedAddressGetsOneMail(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.sharing(t, c.other, "ulla@example.com") // in another customer
	suspended := c.User(c.acme.ID, "gustav", portico.RoleUser)
	c.sharing(t, suspended, "ulla@example.com")
	must(t, c.Users.Suspend(t.Context(), portico.CommandLine(), c.acme.ID, suspended.ID))
	before := len(c.Mails("ulla@example.com"))
	forgot := func(typed string) {
		b := c.Client()
		b.Fill(b.Get("/login/forgot"), "Send link", "Login ID", typed)
	}
	forgot("ulla@example.com")
	mails := c.Mails("ulla@example.com")[before:]
	if len(mails) != 1 {
		t.Fatalf("got %d mails, want one that lists the accounts", len(mails))
	}
	text := mails[0].Text
	if ulla, greta := strings.Index(text, "Login ID ulla, at Acme Telecom"), strings.Index(text, "Login ID greta, at Globex"); ulla < 0 || greta < ulla || strings.Contains(text, "gustav") {
		t.Errorf("got the mail %s, want the two active accounts", text)
	}
	owners := map[string]bool{}
	for _, line := range strings.Fields(text) {
		if strings.Contains(line, "/password/") {
			p := c.Client().Get(line)
			owners[map[bool]string{true: "ulla", false: "greta"}[p.Has("login ID ulla")]] = p.Status == 200
		}
	}
	if !owners["ulla"] || !owners["greta"] {
		t.Errorf("the links are for %v, want one for each account", owners)
	}
	if n := strings.Count(mails[0].HTML, ">Choose a new password</a>"); n != 2 {
		t.Errorf("got %d buttons in HTML, want 2", n)
	}
	for range 9 {
		forgot("ulla@example.com")
	}
	if n := len(c.Mails("ulla@example.com")) - before; n != 3 {
		t.Errorf("got %d mails after ten requests, want 3", n)
	}
	// Somebody who still may have a link gets it; the other is listed without one.
	c.Clock.Advance(portico.ForgottenLinkTTL + 1)
	for range 3 {
		forgot("greta")
	}
	c.Mails("greta") // before the next request: what they cause runs after the answer
	c.Clock.Advance(time.Second)
	forgot("ulla@example.com")
	mails = c.Mails("ulla@example.com")
	if last := mails[len(mails)-1].Text; strings.Count(last, "/password/") != 1 || !strings.Contains(last, "Login ID greta, at Globex. Links to choose a new password for it were emailed") {
		t.Errorf("got the mail %s, want a link for ulla alone", last)
	}
}

// TestC11_AddressOfSomebodyElse checks that accounts which somebody else makes with
// a person's address neither keep that person from getting a link nor get one
// without it.
func TestC11_AddressOfSomebodyElse(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	for _, login := range strings.Fields("a1x a2x a3x a4x a5x a6x a7x a8x a9x b1x b2x b3x b4x b5x b6x b7x b8x b9x c1x c2x c3x") {
		c.sharing(t, c.User(c.globex.ID, login, portico.RoleUser), "ulla@example.com")
	}
	must(t, c.Users.Edit(t.Context(), portico.CommandLine(), c.globex.ID, c.other.ID, portico.User{LoginID: "ulla@example.com", FirstName: "G", LastName: "T", Email: "greta@example.com", Role: c.other.Role}))
	before := len(c.Mails("ulla@example.com"))
	b := c.Client()
	b.Fill(b.Get("/login/forgot"), "Send link", "Login ID", "ulla@example.com")
	mails := c.Mails("ulla@example.com")[before:]
	if len(mails) != 1 || !strings.Contains(mails[0].Text, "Login ID ulla, at Acme Telecom. To choose") || strings.Count(mails[0].Text, "Login ID ") != 20 {
		t.Errorf("got the mails %+v, want one with the link of the oldest account and 19 others", mails)
	}
	if got := c.Mails("greta@example.com"); len(got) == 0 || !strings.Contains(got[len(got)-1].Text, "your login ID ulla@example.com") {
		t.Errorf("the account whose login ID it is: got %+v, want its own mail to its own address", got)
	}
}

// TestActivationSuggestsTheAddress checks that the activation page has the address
// as login ID already, which can be replaced.
func TestActivationSuggestsTheAddress(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	alice := c.as(c.admin)
	alice.Fill(alice.Get(access+"/new"), "Create user", "First name", "Eve", "Email", "eve@example.com")
	b := c.Client()
	p := b.Get(c.Mails("eve@")[0].Link("/activate/"))
	if p.Value("Login ID") != "eve@example.com" {
		t.Errorf("got the login ID %q, want the address", p.Value("Login ID"))
	}
	if p := b.Fill(p, "Activate", "Password", "seven quiet rivers meet"); !p.Has("Hello Eve") {
		t.Errorf("activated as suggested: got %d %s, want the start page", p.Status, p.Text())
	}
}
