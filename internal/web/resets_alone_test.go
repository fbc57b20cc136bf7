package web_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
)

// What one administrator can do alone, who prepares a reset by changing the
// accounts of others first.

// settled lets a week pass after everybody was made.
func (c *fixture) settled() { c.Clock.Advance(portico.ResetCoolingOff + time.Hour) }

// set is the form of somebody's account, with another address and role.
func (c *fixture) set(b *porticotest.Client, u portico.User, email string, role portico.Role) *porticotest.Page {
	return b.Post(access+"/"+string(u.ID), "first_name", u.FirstName, "last_name", u.LastName, "email", email, "role", string(role))
}

// askHanded asks for a reset of somebody, with a code to hand over.
func (c *fixture) askHanded(b *porticotest.Client, u portico.User) *porticotest.Page {
	return b.Post(access+"/"+string(u.ID)+"/two-factor/delete", "reason", "lost phone", "hand_over", "yes")
}

// subjects are those of the mails to a mailbox, from one of them on.
func (c *fixture) subjects(to string, from int) string {
	var all []string
	for _, m := range c.Mails(to)[from:] {
		all = append(all, m.Subject)
	}
	return strings.Join(all, "\n")
}

// TestC15_DelayReachesTheAddressOfBefore: somebody who changes somebody's address
// and then asks for a reset has both addresses mailed, and the button at the
// one from before stops it, freezes the account and undoes nothing else. So
// does the button in the mail that tells of the change.
func TestC15_DelayReachesTheAddressOfBefore(t *testing.T) {
	mails := map[string]string{"asked": "Someone asked", "replaced": "was replaced"}
	for i, name := range slices.Sorted(maps.Keys(mails)) {
		which := mails[name]
		for j, way := range []string{"form", "import", "command"} {
			if (i+j)%porticotest.Amount(1, 3) != 0 { // with -short, a third: each mail
				continue
			}
			t.Run(name+", "+way, func(t *testing.T) {
				c := newFixture(t)
				anna := c.User(c.acme.ID, "anna", portico.RoleAdministrator)
				amir := c.User(c.acme.ID, "amir", portico.RoleAdministrator)
				c.resetsAt(t, portico.ResetPolicy{Administrator: portico.ResetRule{ResetCode: true, DelayHours: 4}})
				key := c.Enrol(anna)
				c.settled()
				theirs := c.asWith(anna, key)
				c.ways(t)[way](anna, "evil@example.net")
				c.ways(t)[way](anna, "evil2@example.net")
				alice := c.as(c.admin)
				if q := alice.Get(access + "/" + string(anna.ID) + "/two-factor/delete"); !q.Has("the email will also go to the previous address") {
					t.Errorf(`GET %s: got %s, want the text "the email will also go to the previous address"`, access+"/"+string(anna.ID)+"/two-factor/delete", q.Text())
				}
				at := path(c.askHanded(alice, anna))
				if q := alice.Get(at); !q.Has("the email also went to the previous address") {
					t.Errorf(`GET %v: got %s, want the text "the email also went to the previous address"`, at, q.Text())
				}
				var link string
				for _, m := range c.Mails("anna@") {
					if strings.Contains(m.Subject, which) {
						link = m.Link("/not-me/")
						if which == "Someone asked" && (strings.Contains(m.Text, "(anna)") || strings.Contains(m.Text, "login ID") || strings.Contains(m.Text, "these words")) {
							t.Errorf("a mailbox that may be a stranger's is told too much: %s", m.Text)
						}
					}
				}
				if link == "" {
					t.Fatalf("the address of before is not mailed: %s", c.subjects("anna@", 0))
				}
				if !strings.Contains(c.subjects("evil@", 0), "Someone asked") || !strings.Contains(c.subjects("evil2@", 0), "Someone asked") {
					t.Error("an address between or the present one is not mailed")
				}
				b := c.Client()
				p := b.Get(link)
				if !p.Has("not be deleted") || !p.Has("frozen") || c.Account(anna.ID).Status != portico.Active {
					t.Fatalf(`GET %v: got %s, want the text "not be deleted", the text "frozen", status %v`, link, p.Text(), portico.Active)
				}
				if p = b.Fill(p, "This wasn't me"); !p.Has("frozen") || isLoggedIn(b) || isLoggedIn(theirs) {
					t.Errorf(`pressing "This wasn't me": got %s, want the text "frozen", no session, no session`, p.Text())
				}
				c.Clock.Advance(4 * time.Hour)
				c.carryOut(t)
				if a := c.Account(anna.ID); a.TwoFactor == portico.TwoFactorNone || a.Status != portico.Suspended || a.Email != "evil2@example.net" || a.PasswordExpired {
					t.Errorf(`c.Account(anna.ID): got %+v, want some 2FA setup, status %v, a.Email "evil2@example.net", not a.PasswordExpired`, a.User, portico.Suspended)
				}
				alice = c.as(c.admin)
				if q := alice.Get(at); !q.Has("Cancelled") {
					t.Errorf(`GET %v: got %s, want the text "Cancelled"`, at, q.Text())
				}
				if q := alice.Post(access + "/" + string(anna.ID) + "/reactivate"); q.Status != 403 {
					t.Errorf("who asked reactivates: %d", q.Status)
				}
				if m := c.lastMail("amir@"); !strings.Contains(m.Text, "frozen") || !strings.Contains(m.Text, "was replaced recently") {
					t.Errorf("the others are not told of the address: %s", m.Text)
				}
				if q := c.as(amir).Post(access + "/" + string(anna.ID) + "/reactivate"); q.Status != 200 || c.Account(anna.ID).Status != portico.Active {
					t.Errorf("another administrator: %d", q.Status)
				}
			})
		}
	}
}

// TestC15_EarlierAddressesHoldNoCode: what is mailed to the address of before
// lets nobody in, and reaches it for a week.
func TestC15_EarlierAddressesHoldNoCode(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.Enrol(c.user)
	c.settled()
	alice := c.as(c.admin)
	c.set(alice, c.user, "moved@example.net", portico.RoleUser)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{ResetCode: true}})
	c.askFor(alice, c.user)
	m := c.lastMail("ulla@")
	if !strings.Contains(m.Subject, "was deleted") || recoveryPattern.MatchString(m.Text) || strings.Contains(m.Text, "login ID") || m.Link("/not-me/") == "" {
		t.Fatalf(`%s: %s, want "was deleted" in m.Subject, not recoveryPattern.MatchString(m.Text), no "login ID" in m.Text, some m.Link("/not-me/")`, m.Subject, m.Text)
	}
	// Of itself that link changes nothing: there is nothing to stop any more.
	c.press(m.Link("/not-me/"), "")
	if a := c.Account(c.user.ID); a.Status != portico.Active || a.Email != "moved@example.net" {
		t.Errorf(`c.Account(c.user.ID): got %+v, want status %v, a.Email "moved@example.net"`, a.User, portico.Active)
	}
	before := len(c.Mails("ulla@"))
	c.Clock.Advance(portico.ResetCoolingOff)
	c.askHanded(c.as(c.admin), c.user)
	if n := len(c.Mails("ulla@")); n != before || c.events(portico.TwoFactorReset, "") != 2 {
		t.Errorf("%d mails after a week", n-before)
	}
}

// weakened are the ways in which an administrator keeps the others from
// approving.
func weakened() map[string]func(c *fixture, alice *porticotest.Client, u portico.User) {
	return map[string]func(c *fixture, alice *porticotest.Client, u portico.User){
		"another address": func(c *fixture, alice *porticotest.Client, u portico.User) {
			c.set(alice, u, u.LoginID+"@evil.example", portico.RoleAdministrator)
		},
		"another role": func(c *fixture, alice *porticotest.Client, u portico.User) {
			c.set(alice, u, u.Email, portico.RoleUser)
		},
		"another role and back": func(c *fixture, alice *porticotest.Client, u portico.User) {
			c.set(alice, u, u.Email, portico.RoleHelpDesk)
			c.set(alice, u, u.Email, portico.RoleAdministrator)
		},
		"suspended": func(_ *fixture, alice *porticotest.Client, u portico.User) {
			alice.Post(access + "/" + string(u.ID) + "/suspend")
		},
		"suspended and reactivated": func(_ *fixture, alice *porticotest.Client, u portico.User) {
			alice.Post(access + "/" + string(u.ID) + "/suspend")
			alice.Post(access + "/" + string(u.ID) + "/reactivate")
		},
		"another role, and suspended": func(c *fixture, alice *porticotest.Client, u portico.User) {
			c.set(alice, u, u.LoginID+"@evil.example", portico.RoleUser)
			alice.Post(access + "/" + string(u.ID) + "/suspend")
		},
	}
}

// TestC15_TwoPeopleAreTwoWhateverWasChanged: an administrator who changes all
// others first waits for an approval as before, and they are told.
func TestC15_TwoPeopleAreTwoWhateverWasChanged(t *testing.T) {
	for _, name := range porticotest.Some(weakened(), 3) {
		weaken := weakened()[name]
		t.Run(name, func(t *testing.T) {
			c := newFixture(t)
			others := []portico.User{c.User(c.acme.ID, "anna", portico.RoleAdministrator), c.User(c.acme.ID, "amir", portico.RoleAdministrator)}
			c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{TwoPeople: true, ResetCode: true}})
			c.Enrol(c.user)
			c.settled()
			alice := c.as(c.admin)
			for _, u := range others {
				weaken(c, alice, u)
			}
			p := alice.Get(access + "/" + string(c.user.ID) + "/two-factor/delete")
			if p.Has("There is nobody else to approve") {
				t.Errorf(`GET %s: got %s, want no text "There is nobody else to approve"`, access+"/"+string(c.user.ID)+"/two-factor/delete", p.Text())
			}
			before := len(c.Mails("anna@example.com"))
			p = c.askHanded(alice, c.user)
			at := path(p)
			if !p.Has("Waiting for approval") || !c.has(c.user) {
				t.Errorf(`c.askHanded(alice, c.user): got %s, want the text "Waiting for approval", c.has(c.user)`, p.Text())
			}
			if told := c.subjects("anna@example.com", before); !strings.Contains(told, "Your approval is needed") {
				t.Errorf("the other administrator is not told where she was: %q", told)
			}
			for range 8 {
				c.Clock.Advance(portico.ResetNoApproverDelay / 4)
				c.carryOut(t)
			}
			if !c.has(c.user) || !c.as(c.admin).Get(at).Has("Expired") {
				t.Errorf("done alone: %s", c.as(c.admin).Get(at).Text())
			}
		})
	}
}

// TestC15_WhoLostTheRoleCountsForAWeek: then who is left is alone.
func TestC15_WhoLostTheRoleCountsForAWeek(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	anna := c.User(c.acme.ID, "anna", portico.RoleAdministrator)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{TwoPeople: true}})
	c.Enrol(c.user)
	c.settled()
	c.as(c.admin).Post(access + "/" + string(anna.ID) + "/suspend")
	c.Clock.Advance(portico.ResetCoolingOff - time.Second)
	alice := c.as(c.admin)
	if p := c.askFor(alice, c.user); !p.Has("Waiting for approval") {
		t.Errorf(`c.askFor(alice, c.user): got %s, want the text "Waiting for approval"`, p.Text())
	} else {
		alice.Post(path(p) + "/cancel")
	}
	c.Clock.Advance(2 * time.Second)
	if p := c.askFor(c.as(c.admin), c.user); !p.Has("In waiting period") {
		t.Errorf("a week later: %s", p.Text())
	}
}

// TestC15_WarningsReachWhoWasThere: an administrator who changes the others
// first, and then does what they are warned of, has them warned where they were.
func TestC15_WarningsReachWhoWasThere(t *testing.T) {
	warnings := map[string]func(t *testing.T, c *fixture){
		"rules for deleting 2FA setups were relaxed": func(t *testing.T, c *fixture) {
			must(t, c.Customers.SavePolicy(context.Background(), c.Actor(c.admin), c.acme.ID, nil, &portico.Policy{}))
		},
		"was stopped from deleting": func(_ *testing.T, c *fixture) {
			u := c.User(c.acme.ID, "uma", portico.RoleUser)
			c.Enrol(u)
			alice := c.as(c.admin)
			alice.Post(path(c.askFor(alice, c.user)) + "/cancel")
			c.askFor(alice, u)
		},
		"An account was frozen": func(_ *testing.T, c *fixture) {
			c.askFor(c.as(c.admin), c.user)
			c.press(c.lastMail("ulla@").Link("/not-me/"), "")
		},
		"says: this wasn't me": func(t *testing.T, c *fixture) {
			u := c.User(c.acme.ID, "uma", portico.RoleUser)
			c.as(u).Post("/account/password", "password", porticotest.Password, "new_password", "seven quiet rivers meet")
			c.press(c.lastMail("uma@").Link("/not-me/"), "")
		},
		"Someone says that": func(_ *testing.T, c *fixture) {
			c.set(c.as(c.admin), c.help, "moved@example.net", portico.RoleHelpDesk)
			c.press(c.lastMail("hedda@").Link("/not-me/"), "")
		},
		"Suspicious log-in": func(t *testing.T, c *fixture) {
			u := c.User(c.acme.ID, "uma", portico.RoleUser)
			c.Enrol(u)
			c.Reset(u, "lost phone")
			c.Clock.Advance(time.Minute)
			must(t, c.Users.SendPasswordLink(t.Context(), portico.CommandLine(), c.acme.ID, u.ID))
			c.press(c.lastMail("uma@").Link("/password/"), "seven quiet rivers meet")
			c.Client().Login("uma", "seven quiet rivers meet", "")
		},
	}
	for i, subject := range slices.Sorted(maps.Keys(warnings)) {
		cause := warnings[subject]
		for j, name := range slices.Sorted(maps.Keys(weakened())) {
			if (i+j)%porticotest.Amount(1, 3) != 0 { // with -short, a third: each warning and each way
				continue
			}
			weaken := weakened()[name]
			t.Run(subject+", "+name, func(t *testing.T) {
				c := newFixture(t)
				anna := c.User(c.acme.ID, "anna", portico.RoleAdministrator)
				c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{DelayHours: 4}, PerHour: 1})
				c.Enrol(c.user)
				c.settled()
				weaken(c, c.as(c.admin), anna)
				before := len(c.Mails("anna@example.com"))
				cause(t, c)
				if told := c.subjects("anna@example.com", before); !strings.Contains(told, subject) {
					t.Errorf("not warned: %q", told)
				}
			})
		}
	}
}
