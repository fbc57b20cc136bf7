package web_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
)

// What somebody can do with accounts that were made up, or invited, for it.

// TestC15_FrozenAccountWaitsForWhoHasBeenThere: nobody makes an account up to
// reactivate what somebody has frozen.
func TestC15_FrozenAccountWaitsForWhoHasBeenThere(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	anna := c.User(c.acme.ID, "anna", portico.RoleAdministrator)
	olga := c.User(portico.ProviderID, "olga", portico.RoleOperator)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{DelayHours: 4}})
	c.Enrol(c.user)
	c.settled()
	c.askFor(c.as(c.admin), c.user)
	c.press(c.lastMail("ulla@").Link("/not-me/"), "")
	at := "/access/" + string(c.user.ID) + "/reactivate"
	made := c.User(c.acme.ID, "made", portico.RoleAdministrator)
	if p := c.as(made).Post("/administration" + at); p.Status != 403 || c.Account(c.user.ID).Status != portico.Suspended {
		t.Errorf("a made-up administrator: %d %s", p.Status, p.Text())
	}
	c.set(c.as(c.admin), anna, "evil@example.net", portico.RoleAdministrator)
	if p := c.as(anna).Post("/administration" + at); p.Status != 403 || c.Account(c.user.ID).Status != portico.Suspended {
		t.Errorf("one with another address: %d %s", p.Status, p.Text())
	}
	sleeper := c.User(portico.ProviderID, "oscar", portico.RoleOperator)
	if p := c.as(sleeper).Post("/customers/acme" + at); p.Status != 403 || c.Account(c.user.ID).Status != portico.Suspended {
		t.Errorf("a made-up operator: %d %s", p.Status, p.Text())
	}
	if p := c.as(olga).Post("/customers/acme" + at); p.Status != 200 || c.Account(c.user.ID).Status != portico.Active {
		t.Errorf("an operator who has been there: %d %s", p.Status, p.Text())
	}
}

// TestC15_LimitCountsMadeUpAccounts: somebody who makes accounts up to ask with has
// one limit for all of them.
func TestC15_LimitCountsMadeUpAccounts(t *testing.T) {
	for name, first := range map[string]bool{"the maker first": true, "the made-up one first": false} {
		t.Run(name, func(t *testing.T) {
			c := newFixture(t)
			anna := c.User(c.acme.ID, "anna", portico.RoleAdministrator)
			c.resetsAt(t, portico.ResetPolicy{PerHour: 2})
			var users []portico.User
			for i := range 5 {
				u := c.User(c.acme.ID, fmt.Sprintf("uwe%d", i), portico.RoleUser)
				c.Enrol(u)
				users = append(users, u)
			}
			c.settled()
			c.askFor(c.as(anna), users[0]) // who has been there counts for nobody else
			made := c.as(c.User(c.acme.ID, "made", portico.RoleHelpDesk))
			another := c.as(c.User(c.acme.ID, "another", portico.RoleAdministrator))
			order := []*porticotest.Client{made, another, c.as(c.admin)}
			if first {
				order = []*porticotest.Client{c.as(c.admin), made, another}
			}
			c.askFor(order[0], users[1])
			done := 0
			for i, u := range users[2:] {
				if p := c.askFor(order[i%3], u); !c.has(u) {
					done++
				} else if !strings.Contains(p.Alert(), "This was blocked") {
					t.Errorf(`got %d %s, want "This was blocked" in p.Alert()`, p.Status, p.Alert())
				}
			}
			if done > 1 {
				t.Errorf("%d more than the limit", done-1)
			}
		})
	}
}

// TestC15_LinksOfOperatorsEndWithTheDoors: whom an operator has invited, or
// mailed a link, does not get in once the provider is kept out.
func TestC15_LinksOfOperatorsEndWithTheDoors(t *testing.T) {
	for _, how := range []string{"closed", "over"} {
		t.Run(how, func(t *testing.T) {
			c := newFixture(t)
			olga, alice := c.operator(), c.as(c.admin)
			if how == "over" {
				alice.Fill(alice.Get(providerAccess), "Revoke access")
				alice.Fill(alice.Get(providerAccess), "Grant access", "Grant access for", "1")
			}
			invite := func(b *porticotest.Client, base, email string) {
				b.Post(base+"/access/new", "first_name", "Slee", "last_name", "Per", "email", email, "role", "administrator")
			}
			invite(olga, acme, "sleeper@example.net")
			invite(alice, "/administration", "colleague@example.net")
			olga.Post(acme + "/access/" + string(c.user.ID) + "/password-link")
			alice.Post(access + "/" + string(c.help.ID) + "/password-link")
			links := map[string]string{
				"sleeper": c.lastMail("sleeper@").Link("/activate/"), "ulla": c.lastMail("ulla@").Link("/password/"),
				"colleague": c.lastMail("colleague@").Link("/activate/"), "hedda": c.lastMail("hedda@").Link("/password/"),
			}
			if p := c.Client().Get(links["sleeper"]); p.Status != 200 {
				t.Fatalf("with provider access: %d", p.Status)
			}
			if how == "closed" {
				alice.Fill(alice.Get(providerAccess), "Revoke access")
			}
			c.Clock.Advance(time.Hour)
			for who, link := range links {
				want := 410
				if who == "colleague" || who == "hedda" {
					want = 200
				}
				if p := c.Client().Get(link); p.Status != want {
					t.Errorf("%s: %d, want status %v", who, p.Status, want)
				}
			}
			if p := c.Client().Post(strings.TrimPrefix(links["sleeper"], c.URL), "login_id", "sleeper", "password", "seven quiet rivers meet"); p.Status != 410 {
				t.Errorf("activated: %d %s", p.Status, p.Text())
			}
		})
	}
}

// TestC15_ReasonsAndProofsAreVisible: what stands as a reason or a proof can be
// read.
func TestC15_ReasonsAndProofsAreVisible(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{CallerCheck: true}})
	c.Enrol(c.user)
	c.Enrol(c.help)
	alice := c.as(c.admin)
	of := access + "/" + string(c.user.ID)
	at := path(c.askFor(alice, c.user))
	tomorrow := c.Clock.Now().Add(48 * time.Hour).Format("2006-01-02")
	for _, unseen := range []string{"\u200b", "\u2060", "\u3164", "\u2800", "\u00ad", "\U000e0041", "\u115f", "\u00a0", "\u200b \u2060"} {
		if p := alice.Post(access+"/"+string(c.help.ID)+"/two-factor/delete", "reason", unseen); p.Status != 422 || !c.has(c.help) {
			t.Errorf("reason of a reset: %q", unseen)
			c.Enrol(c.help)
		}
		if p := alice.Post(of+"/exemption", "exempt_until", tomorrow, "reason", unseen); p.Status != 422 || !c.Account(c.user.ID).ExemptUntil.IsZero() {
			t.Errorf("reason of an exemption: %q", unseen)
		}
		for kind, field := range map[string]string{"in person": "seen_by", "call back": "number"} {
			if p := alice.Post(at+"/proof", "kind", kind, field, unseen); p.Status != 422 || !c.has(c.user) {
				t.Errorf("%s: %q, want status 422, c.has(c.user)", field, unseen)
			}
		}
	}
}

// TestC15_NewAccountsDecideForNobodyElse: an account that was made or changed
// within a week gives no role above user, exempts nobody and unlocks nobody who
// has one: somebody who may not do that for their own account would make one up.
func TestC15_NewAccountsDecideForNobodyElse(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	anna := c.User(c.acme.ID, "anna", portico.RoleAdministrator)
	c.settled()
	tomorrow := c.Clock.Now().Add(48 * time.Hour).Format("2006-01-02")
	tries := func(b *porticotest.Client) map[string]*porticotest.Page {
		of := access + "/" + string(c.help.ID)
		return map[string]*porticotest.Page{
			"exempts": b.Post(of+"/exemption", "exempt_until", tomorrow, "reason", "no phone yet"),
			"unlocks": b.Post(of + "/unlock"),
			"grants":  c.set(b, c.help, "hedda@example.com", portico.RoleAdministrator),
			"invites": b.Post(access+"/new", "first_name", "A", "last_name", "B", "email", "ab@example.net", "role", "helpdesk"),
		}
	}
	made := c.as(c.User(c.acme.ID, "made", portico.RoleAdministrator))
	for what, p := range tries(made) {
		if !p.Has("less than 7 days ago") {
			t.Errorf("a made-up account %s: %d %s", what, p.Status, p.Text())
		}
	}
	const file = "login_id,first_name,last_name,email,role\nimported,I,J,ij@example.net,helpdesk\nhedda,Hedda,Tester,hedda@example.com,administrator\nuser,U,V,uv@example.net,user\n"
	if p := made.Fill(sendFile(made, file), "Start import"); !p.Has("2 refused") || !strings.Contains(made.Get(p.Link("Download the refused rows")).Body, "less than 7 days ago") {
		t.Errorf("a made-up account imports: %s", p.Text())
	}
	if a := c.Account(c.help.ID); a.Role != portico.RoleHelpDesk || !a.ExemptUntil.IsZero() {
		t.Errorf("c.Account(c.help.ID): got %+v, want a.Role %v, a.ExemptUntil.IsZero()", a.User, portico.RoleHelpDesk)
	}
	if _, err := c.DB.Read(t.Context()).AccountByLogin("imported"); err == nil {
		t.Error("imported")
	}
	for what, p := range tries(c.as(anna)) {
		if p.Has("less than 7 days ago") || p.Status != 200 {
			t.Errorf("who has been there %s: %d %s", what, p.Status, p.Text())
		}
	}
	// Users are everybody's, and where nobody has been there nobody is asked.
	made = c.as(portico.User{LoginID: "made"})
	if p := made.Post(access+"/new", "first_name", "A", "last_name", "B", "email", "ac@example.net", "role", "user"); p.Status != 200 {
		t.Errorf("a user: %d %s", p.Status, p.Text())
	}
	if p := made.Post(access + "/" + string(c.user.ID) + "/unlock"); p.Status != 200 {
		t.Errorf("a user: %d %s", p.Status, p.Text())
	}
}

// TestSentencesAboutExemptionsAndCodes: each page says what is so.
func TestSentencesAboutExemptionsAndCodes(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{ResetCode: true}, PerHour: 1})
	c.Enrol(c.user)
	alice := c.as(c.admin)
	of := func(u portico.User) string { return access + "/" + string(u.ID) + "/exemption" }
	if p := alice.Get(of(c.user)); p.Has("by password alone") || !p.Has("continues to log in with it") {
		t.Errorf("with 2FA: %s", p.Text())
	}
	if p := alice.Get(of(c.help)); !p.Has("can log in with the password alone") {
		t.Errorf("without: %s", p.Text())
	}
	c.askFor(alice, c.user)
	if p := alice.Get(of(c.user)); p.Has("by password alone") || !p.Has("has to set up 2FA") {
		t.Errorf("while a reset code is due: %s", p.Text())
	}
	b := c.Client()
	if p := b.Login("ulla", porticotest.Password, ""); p.Value("Reset code") != "" || p.Has("Recovery code") || !p.Has("Reset code") {
		t.Errorf(`logging in as ulla: got %s, want p.Value("Reset code") "", no text "Recovery code", the text "Reset code"`, p.Text())
	}
	c.Enrol(c.help)
	c.askFor(alice, c.help)
	for _, e := range c.Events(c.acme.ID) {
		if e.Action == portico.ResetStopped && (strings.Contains(e.Details, "you") || e.Details == "") {
			t.Errorf(`got %q, want not (e.Action == portico.ResetStopped && (strings.Contains(e.Details, "you") || e.Details == ""))`, e.Details)
		}
	}
	if c.events(portico.ResetStopped, "the limit of 1 an hour is reached") != 1 {
		t.Errorf(`got %+v, want c.events(portico.ResetStopped, "the limit of 1 an hour is reached") 1`, c.Events(c.acme.ID)[0])
	}
}
