package web_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/store"
)

// These tests try ways around the policy for resets. None of them may work.

// TestNobodyIsMadeUpToAsk checks that an administrator cannot ask with another
// account that they have just created, and approve with their own.
func TestNobodyIsMadeUpToAsk(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.User(c.acme.ID, "anna", portico.RoleAdministrator)
	henry := c.User(c.acme.ID, "henry", portico.RoleHelpDesk)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{TwoPeople: true}})
	c.Enrol(c.user)
	c.Clock.Advance(portico.ResetCoolingOff + time.Hour)
	puppet := c.as(c.User(c.acme.ID, "sock", portico.RoleHelpDesk))
	if p := c.askFor(puppet, c.user); p.Status != 422 || !strings.Contains(p.Alert(), "less than 7 days ago") {
		t.Errorf("a made-up account asks: %d %s", p.Status, p.Text())
		c.as(c.admin).Post(path(p) + "/approve")
	}
	if !c.has(c.user) {
		t.Error("one person was two")
	}
	// If the rule was set after the request, the approval is rejected instead.
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{DelayHours: 5}})
	c.Clock.Advance(portico.ResetPolicyGrace)
	puppet = c.as(c.User(c.acme.ID, "stocking", portico.RoleHelpDesk))
	at := path(c.askFor(puppet, c.user))
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{DelayHours: 5, TwoPeople: true}})
	if p := c.as(c.admin).Post(at + "/approve"); p.Status != 403 {
		t.Errorf("approved: %d %s", p.Status, p.Text())
	}
	c.as(c.admin).Post(at + "/cancel")
	if at := path(c.askFor(c.as(henry), c.user)); c.as(c.admin).Post(at+"/approve").Status != 200 {
		t.Error("who has been there cannot ask")
	}
}

// TestRoleIsNoWayAroundTheRule checks that after a change of role the strictest
// rule of both roles applies to the person.
func TestRoleIsNoWayAroundTheRule(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	anna := c.User(c.acme.ID, "anna", portico.RoleAdministrator)
	c.User(c.acme.ID, "amir", portico.RoleAdministrator)
	c.resetsAt(t, portico.ResetPolicy{Administrator: portico.ResetRule{TwoPeople: true, ResetCode: true}})
	c.Enrol(anna)
	c.Clock.Advance(portico.ResetCoolingOff + time.Hour)
	b := c.as(c.admin)
	b.Fill(b.Get(access+"/"+string(anna.ID)), "Save", "Role", "user")
	if p := c.askFor(b, anna); !p.Has("Waiting for approval") || !c.has(anna) {
		t.Errorf(`c.askFor(b, anna): got %s, want the text "Waiting for approval", c.has(anna)`, p.Text())
	}
	c.Clock.Advance(portico.ResetDay)
	c.carryOut(t)
	c.Clock.Advance(portico.ResetCoolingOff)
	if p := c.askFor(c.as(c.admin), anna); c.has(anna) {
		t.Errorf("a week later: %s", p.Text())
	}
}

// TestApprovalComesAfterTheProof checks that nobody can approve before there is
// a proof.
func TestApprovalComesAfterTheProof(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	anna := c.as(c.User(c.acme.ID, "anna", portico.RoleAdministrator))
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{TwoPeople: true, CallerCheck: true}})
	c.Enrol(c.user)
	b := c.as(c.admin)
	at := path(c.askFor(b, c.user))
	if p := anna.Post(at + "/approve"); p.Status != 422 {
		t.Errorf("approved what nobody has proved: %d %s", p.Status, p.Text())
	}
	b.Post(at+"/proof", "kind", "in person", "seen_by", "the front desk")
	if !c.has(c.user) {
		t.Fatal("done with an approval from before")
	}
	if anna.Fill(anna.Get(at), "Approve"); c.has(c.user) {
		t.Error("not done")
	}
}

// TestProvidersRelaxationHoldsOnInCustomers checks that an operator who relaxes
// the defaults cannot apply them at once by giving a customer the same policy
// of its own.
func TestProvidersRelaxationHoldsOnInCustomers(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	olga := c.User(portico.ProviderID, "olga", portico.RoleOperator)
	strict := portico.Policy{Resets: portico.ResetPolicy{User: portico.ResetRule{TwoPeople: true}}}
	c.decide(t, portico.ProviderID, strict)
	c.User(c.acme.ID, "anna", portico.RoleAdministrator)
	c.Enrol(c.user)
	actor := c.Actor(olga)
	must(t, c.Customers.SavePolicy(context.Background(), actor, portico.ProviderID, nil, &portico.Policy{}))
	in, _, err := c.Customers.Enter(context.Background(), actor, "acme")
	must(t, err)
	must(t, c.Customers.SavePolicy(context.Background(), in, c.acme.ID, nil, &portico.Policy{}))
	p := c.as(olga).Post("/customers/acme/access/"+string(c.user.ID)+"/two-factor/delete", "reason", "lost phone")
	if !p.Has("Waiting for approval") || !c.has(c.user) {
		t.Errorf(`POST %s: got %s, want the text "Waiting for approval", c.has(c.user)`, "/customers/acme/access/"+string(c.user.ID)+"/two-factor/delete", p.Text())
	}
}

// TestRequestEndsWithASuspension checks that a suspension ends a request even
// if the suspension is over before the request is processed.
func TestRequestEndsWithASuspension(t *testing.T) {
	cl := portico.CommandLine()
	for name, onOff := range map[string][2]func(*fixture) error{
		"of the person": {
			func(c *fixture) error { return c.Users.Suspend(context.Background(), cl, c.acme.ID, c.user.ID) },
			func(c *fixture) error {
				_, err := c.Users.Reactivate(context.Background(), cl, c.acme.ID, c.user.ID)
				return err
			},
		},
		"of the customer": {
			func(c *fixture) error { return c.Customers.Suspend(context.Background(), cl, c.acme.ID) },
			func(c *fixture) error { return c.Customers.Reactivate(context.Background(), cl, c.acme.ID) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newFixture(t)
			c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{DelayHours: 2}})
			c.Enrol(c.user)
			c.askFor(c.as(c.admin), c.user)
			c.Clock.Advance(time.Minute)
			must(t, onOff[0](c))
			must(t, onOff[1](c))
			c.Clock.Advance(2 * time.Hour)
			c.carryOut(t)
			if !c.has(c.user) {
				t.Error("done")
			}
		})
	}
}

// TestOneTimeCodeIsShownForTheLastResetAlone checks that the right to show the
// reset code of a request ends with the next request and with "This wasn't
// me".
func TestOneTimeCodeIsShownForTheLastResetAlone(t *testing.T) {
	for name, next := range map[string]func(c *fixture){
		"another reset": func(c *fixture) {
			c.Clock.Advance(time.Minute)
			b := c.as(c.User(c.acme.ID, "anna", portico.RoleAdministrator))
			b.Fill(b.Get(access+"/"+string(c.user.ID)+"/two-factor/delete"), "Make a new reset code", "Reason", "not handed over")
		},
		"this was not me": func(c *fixture) {
			b := c.Client()
			b.Fill(b.Get(c.lastMail("ulla@").Link("/not-me/")), "This wasn't me")
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newFixture(t)
			c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{ResetCode: true}})
			c.Enrol(c.user)
			b := c.as(c.admin)
			at := path(b.Post(access+"/"+string(c.user.ID)+"/two-factor/delete", "reason", "lost phone", "hand_over", "yes"))
			next(c)
			if p := b.Post(at + "/code"); p.Status != 422 || recoveryPattern.MatchString(p.Body) {
				t.Errorf("POST %s: got %d %s, want status 422, not recoveryPattern.MatchString(p.Body)", at+"/code", p.Status, p.Text())
			}
		})
	}
}

// TestOneTimeCodeIsHandedOverAfterAll checks that the code is not mailed if the
// address was changed between the request and the reset. The requester can then
// show it.
func TestOneTimeCodeIsHandedOverAfterAll(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{ResetCode: true, DelayHours: 1}})
	c.Enrol(c.user)
	b := c.as(c.admin)
	at := path(c.askFor(b, c.user))
	must(t, c.Users.Edit(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID,
		portico.User{FirstName: "Ulla", LastName: "Tester", Email: "ulla@example.net", Role: portico.RoleUser}))
	c.Clock.Advance(time.Hour)
	c.carryOut(t)
	if recoveryPattern.MatchString(c.lastMail("ulla@example.net").Text) {
		t.Error("mailed to the new address")
	}
	b = c.as(c.admin)
	if p := b.Fill(b.Get(at), "Show the reset code"); !recoveryPattern.MatchString(p.Body) {
		t.Errorf(`pressing "Show the reset code": got %d %s, want recoveryPattern.MatchString(p.Body)`, p.Status, p.Text())
	}
}

// TestOnceADayWithManyCancelled checks that many cancelled requests do not hide
// an earlier reset from the limit of one per day.
func TestOnceADayWithManyCancelled(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.resetsAt(t, portico.ResetPolicy{OncePerDay: true, User: portico.ResetRule{DelayHours: 1}})
	c.Enrol(c.user)
	c.Reset(c.user, "lost phone")
	c.Enrol(c.user)
	c.Clock.Advance(time.Minute)
	r, err := c.DB.Read(t.Context()).ResetsOf(c.acme.ID, c.user.ID, time.Time{}, 1)
	must(t, err)
	for i := range 60 {
		must(t, c.DB.Update(t.Context(), portico.CommandLine(), func(tx *store.Tx) error {
			one := r[0]
			one.ID, one.AskedAt = portico.ResetID(strings.Repeat("x", i+1)), tx.Now
			if err := tx.CreateReset(c.acme.ID, one); err != nil {
				return err
			}
			one.State, one.EndedAt = portico.ResetCancelled, tx.Now
			return tx.StepReset(c.acme.ID, one)
		}))
	}
	if p := c.askFor(c.as(c.admin), c.user); p.Status != 422 || !strings.Contains(p.Alert(), "less than 24 hours ago") {
		t.Errorf(`c.askFor(c.as(c.admin), c.user): got %d %s, want status 422, "less than 24 hours ago" in p.Alert()`, p.Status, p.Text())
	}
}
