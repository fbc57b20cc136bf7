package web_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/imports"
	"portico/internal/mail"
	"portico/internal/outbox"
	"portico/internal/porticotest"
	"portico/internal/store"
)

// TestEndedLinksSayWhatToDo: the page of a link that no longer works names a way
// that leads on from that kind of link.
func TestEndedLinksSayWhatToDo(t *testing.T) {
	c := newFixture(t)
	for path, want := range map[string]string{
		"/activate/": "Ask your administrator for a new one", "/password/": "Forgotten login ID or password", "/unlock/": "Forgotten login ID or password",
		"/email/": "Account page", "/not-me/": "administrator",
	} {
		p := c.Client().Get(path + "no-such-token")
		if p.Status != 410 || !p.Has(want) || !p.Has("or was cancelled by a change") || path != "/activate/" && p.Has("for a new one") {
			t.Errorf(`%s: %d %s, want status 410, the text %v, the text "or was cancelled by a change", not (path != "/activate/" && p.Has("for a new one"))`, path, p.Status, p.Text(), want)
		}
	}
}

// changeOwnAddress changes the address in the person's own profile and opens
// the link that is mailed to it.
func (c *fixture) changeOwnAddress(b *porticotest.Client, u portico.User, to string) {
	c.T.Helper()
	b.Post("/account/profile", "first_name", u.FirstName, "last_name", u.LastName, "email", to)
	if links := c.links(to, "/email/"); len(links) > 0 {
		c.Client().Fill(c.Client().Get(links[len(links)-1]), "Confirm this address")
	}
	if got := c.Account(u.ID).Email; got != to {
		c.T.Fatalf("the address is %s", got)
	}
}

// repair changes a person's address as an administrator.
func (c *fixture) repair(b *porticotest.Client, u portico.User, email string) *porticotest.Page {
	return b.Post(access+"/"+string(u.ID), "first_name", u.FirstName, "last_name", u.LastName, "email", email, "role", string(u.Role))
}

// links returns all links of some kinds in the mails to a mailbox, oldest
// first.
func (c *fixture) links(mailbox string, kinds ...string) []string {
	var all []string
	for _, m := range c.Mails(mailbox) {
		for _, kind := range kinds {
			if l := m.Link(kind); l != "" {
				all = append(all, l)
			}
		}
	}
	return all
}

// press opens a mailed link and presses the button behind it.
func (c *fixture) press(link, password string) *porticotest.Page {
	b := c.Client()
	return b.Post(strings.TrimPrefix(link, c.URL), "password", password, "login_id", "mallory")
}

// ways are all the ways to change a person's address.
func (c *fixture) ways(t *testing.T) map[string]func(u portico.User, to string) {
	alice := c.as(c.admin)
	row := func(u portico.User, to string) string {
		return fmt.Sprintf("login_id,first_name,last_name,email,role\n%s,%s,%s,%s,%s\n", u.LoginID, u.FirstName, u.LastName, to, u.Role)
	}
	return map[string]func(portico.User, string){
		"form":   func(u portico.User, to string) { c.repair(alice, u, to) },
		"import": func(u portico.User, to string) { alice.Fill(sendFile(alice, row(u, to)), "Start import") },
		"command": func(u portico.User, to string) {
			_, err := c.Imports.RunFile(t.Context(), portico.CommandLine(), u.CustomerID, imports.File{
				Name: "f.csv", Content: strings.NewReader(row(u, to)), Refused: func(r portico.RefusedRow) { t.Fatal(r.Reason) }, Done: func(portico.ImportCounts) {},
			})
			must(t, err)
		},
		"own": func(u portico.User, to string) {
			if u.Status == portico.Active {
				c.changeOwnAddress(c.as(u), u, to)
			}
		},
	}
}

func moved(u portico.User) string { return u.LoginID + "@moved.example" }

// TestC28_LinkDiesWithItsAddress mails each kind of link, changes the address
// in each way, and tries the link. Mails that are still waiting must not be
// sent.
func TestC28_LinkDiesWithItsAddress(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	ways := c.ways(t)
	alice := c.as(c.admin)
	kinds := map[string]func(u portico.User){
		"/password/": func(u portico.User) { alice.Post(access + "/" + string(u.ID) + "/password-link") },
		"forgot":     func(u portico.User) { c.Client().Post("/login/forgot", "login_id", u.LoginID); c.Auth.Wait() },
		"/unlock/": func(u portico.User) {
			must(t, c.DB.Update(t.Context(), portico.System(portico.Origin{}), func(tx *store.Tx) error {
				a, err := tx.Account(u.ID)
				if err != nil {
					return err
				}
				token, ends, err := tx.IssueLink(store.LinkUnlock, a, portico.UnlockLinkTTL)
				if err != nil {
					return err
				}
				d := outbox.DataFor(a)
				d.Link, d.Until = c.URL+"/unlock/"+token, ends
				return c.Portal.Portal.Mails.Queue(tx, mail.PasswordGuessed, a, d)
			}))
		},
		"/email/": func(u portico.User) {
			c.as(u).Post("/account/profile", "first_name", "A", "last_name", "B", "email", u.LoginID+"@new.example")
		},
		"/activate/": nil,
	}
	n := 0
	for i, kind := range slices.Sorted(maps.Keys(kinds)) {
		send := kinds[kind]
		for j, way := range slices.Sorted(maps.Keys(ways)) {
			if (i+j)%porticotest.Amount(1, 3) != 0 { // with -short, a third: each kind
				continue
			}
			change := ways[way]
			for _, sent := range []bool{true, false} {
				if n++; way == "own" && !sent {
					continue // the link to the new address has to be sent
				}
				name := fmt.Sprintf("%s by %s, sent %v", kind, way, sent)
				login := fmt.Sprintf("person%d", n)
				u := portico.User{LoginID: login, FirstName: "P", LastName: "Q", Email: login + "@example.com", Role: portico.RoleUser}
				box := u.Email
				if send == nil {
					made, err := c.Users.Invite(t.Context(), portico.CommandLine(), c.acme.ID, u)
					must(t, err)
					if u = made; way == "own" {
						continue
					}
				} else {
					u = c.User(c.acme.ID, login, portico.RoleUser)
					send(u)
				}
				path := kind
				switch kind {
				case "forgot":
					path = "/password/"
				case "/email/":
					box = login + "@new.example"
				}
				var link string
				if sent {
					link = c.lastMail(box).Link(path)
					if p := c.Client().Get(link); p.Status != 200 {
						t.Fatalf("%s: the link does not work: %d", name, p.Status)
					}
				}
				change(u, moved(u))
				if got := c.Account(u.ID).Email; got != moved(u) {
					t.Fatalf("%s: the address is %s", name, got)
				}
				links := c.links(box, path)
				for _, l := range links {
					if p := c.press(l, stolen); p.Status != 410 {
						t.Errorf("%s: %d %s, want status 410", name, p.Status, p.Path)
					}
				}
				if !sent && len(links) > 0 && path != "/email/" {
					t.Errorf("%s: it went out", name)
				}
				if told := c.lastMail(u.Email); !strings.Contains(told.Subject, "email address was") {
					t.Errorf("%s: the address is not told, but %q", name, told.Subject)
				}
				if send == nil && len(c.links(moved(u), "/activate/")) != 1 {
					t.Errorf("%s: no new invitation", name)
				}
			}
		}
	}
}

// TestC28_CodesDieWithTheAddress checks that a change of address also ends the
// reset code and the code that is read back on the phone.
func TestC28_CodesDieWithTheAddress(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{ResetCode: true}})
	n := 0
	for way, change := range c.ways(t) {
		if n++; way == "own" {
			continue // a person whose next log-in needs the code cannot open the profile
		}
		u := c.User(c.acme.ID, fmt.Sprintf("reset%d", n), portico.RoleUser)
		c.Enrol(u)
		c.askFor(c.as(c.admin), u)
		code := recoveryPattern.FindString(c.lastMail(u.Email).Text)
		if code == "" {
			t.Fatal("no code")
		}
		change(u, moved(u))
		if p := c.submitIssued(u.LoginID, code); p.Status != 422 {
			t.Errorf("the reset code after %s: %d %s", way, p.Status, p.Text())
		}
	}
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{CallerCheck: true}})
	for way, change := range c.ways(t) {
		n++
		u := c.User(c.acme.ID, fmt.Sprintf("call%d", n), portico.RoleUser)
		if way == "own" {
			continue // changing it ends the request, because the person can log in
		}
		c.Enrol(u)
		alice := c.as(c.admin)
		at := path(c.askFor(alice, u))
		alice.Post(at + "/call")
		code := callPattern.FindString(c.lastMail(u.Email).Text)
		change(u, moved(u))
		if p := alice.Post(at+"/proof", "kind", "mailed code", "call_code", code); p.Status != 422 || code == "" {
			t.Errorf("the code to be read back after %s: %d %s", way, p.Status, p.Text())
		}
	}
}

// TestC28_LinksDoNotOutliveASuspension checks that links mailed before a
// customer was suspended work neither during the suspension nor after it.
func TestC28_LinksDoNotOutliveASuspension(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	alice, olga := c.as(c.admin), c.operator()
	alice.Post(access+"/new", "first_name", "Eve", "last_name", "Il", "email", "eve@example.com", "role", "user")
	alice.Post(access + "/" + string(c.help.ID) + "/password-link")
	c.Client().Post("/login/forgot", "login_id", "ulla")
	c.as(c.user).Post("/account/profile", "first_name", "U", "last_name", "T", "email", "ursula@example.com")
	var links []string
	for _, box := range []string{"eve@", "hedda@", "ulla@", "ursula@"} {
		links = append(links, c.links(box, "/activate/", "/password/", "/email/")...)
	}
	if len(links) != 4 {
		t.Fatalf("got %v, want 4 of links", links)
	}
	olga.Post("/customers/acme/suspend")
	for _, suspended := range []bool{true, false} {
		for _, link := range links {
			if p := c.press(link, stolen); p.Status != 410 {
				t.Errorf("suspended %v, %s: %d", suspended, link, p.Status)
			}
		}
		olga.Post("/customers/acme/reactivate")
		c.Clock.Advance(time.Second)
	}
	if a := c.Account(c.user.ID); a.Email != "ulla@example.com" || c.Account(c.help.ID).PasswordHash == "" {
		t.Errorf(`c.Account(c.user.ID): got %+v, want a.Email "ulla@example.com", some c.Account(c.help.ID).PasswordHash`, a.User)
	}
	alice = c.as(c.admin)
	alice.Post(access + "/" + string(c.help.ID) + "/password-link")
	if p := c.Client().Get(c.lastMail("hedda@").Link("/password/")); p.Status != 200 {
		t.Errorf("a new link: %d", p.Status)
	}
}

// TestInvitationsAndSuspensions checks that nobody is mailed an invitation that
// does not work because the customer is suspended, that the user reads why an
// earlier one does not, and that the user's page says so afterwards.
func TestInvitationsAndSuspensions(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	olga := c.operator()
	const inside = "/customers/acme/access"
	c.as(c.admin).Post(access+"/new", "first_name", "Eve", "last_name", "Il", "email", "eve@example.com", "role", "user")
	link := c.lastMail("eve@").Link("/activate/")
	eve, err := c.Users.Invite(t.Context(), portico.CommandLine(), c.acme.ID, portico.User{FirstName: "Fay", LastName: "F", Email: "fay@example.com", Role: portico.RoleUser})
	must(t, err)
	olga.Post("/customers/acme/suspend")
	c.Clock.Advance(time.Second)
	const why = "because your organisation has been suspended since it was sent"
	if p := c.Client().Get(link); p.Status != 410 || !p.Has(why) {
		t.Errorf("an activation link from before the suspension: got %d %s, want 410 and %q", p.Status, p.Text(), why)
	}
	user := inside + "/" + string(eve.ID)
	for path, form := range map[string][]string{
		user + "/invite": nil,
		inside + "/new":  {"first_name", "Gil", "last_name", "G", "email", "gil@example.com", "role", "user"},
		inside + "/" + string(c.help.ID) + "/password-link": nil,
	} {
		if p := olga.Post(path, form...); p.Status != 409 && p.Status != 422 || !p.Has("This customer is suspended, so links to its users do not work. Reactivate it first.") {
			t.Errorf("POST %s for a suspended customer: got %d %s, want that it is suspended", path, p.Status, p.Text())
		}
	}
	olga.Post("/customers/acme/reactivate")
	c.Clock.Advance(time.Second)
	if p := c.Client().Get(link); p.Status != 410 || !p.Has(why) {
		t.Errorf("the activation link after the suspension: got %d %s, want 410 and %q", p.Status, p.Text(), why)
	}
	alice := c.as(c.admin)
	if p := alice.Get(access + "/" + string(eve.ID)); !p.Has("No invitation is valid now") {
		t.Errorf("the page of a user whose invitation a suspension has ended: got %s, want that it no longer works", p.Text())
	}
	alice.Post(access + "/" + string(eve.ID) + "/invite")
	if p := c.Client().Get(c.lastMail("fay@").Link("/activate/")); p.Status != 200 {
		t.Errorf("the link of a new invitation: got %d, want 200", p.Status)
	}
}

var callPattern = regexp.MustCompile(`\d{4} \d{4}`)
