package web_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/web"
)

const (
	providerAccess = "/administration/provider-access"
	acme           = "/customers/acme"
)

// entered requests the routes inside acme as an operator, with POST routes only
// if forms is true. It returns the routes that are open and those that are
// forbidden.
func (c *fixture) entered(t *testing.T, forms bool) (open, shut []string) {
	t.Helper()
	olga := c.as(portico.User{LoginID: "olga"})
	for _, r := range web.RouteTable() {
		method, path := fill(r.Pattern, c.user.ID)
		if !r.Enters || method == "POST" && !forms {
			continue
		}
		if p := try(olga, method, path); p.Status == 403 {
			shut = append(shut, r.Pattern)
		} else {
			open = append(open, r.Pattern)
		}
	}
	return open, shut
}

// TestC15_RevokedAccessKeepsOperatorsOut checks that no page or form inside a customer
// is open to operators from the moment when provider access is revoked, and
// that access which was granted for some hours ends after them.
func TestC15_RevokedAccessKeepsOperatorsOut(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.Enrol(c.user)
	c.operator()
	if _, shut := c.entered(t, false); len(shut) > 0 {
		t.Fatalf("with provider access, shut: %v", shut)
	}
	alice := c.as(c.admin)
	if p := alice.Fill(alice.Get(providerAccess), "Revoke access"); p.Path != providerAccess+"?done=access-revoked" || !p.Has("Revoked") {
		t.Fatalf(`pressing "Revoke access": got %v, want path %q, the text "Revoked"`, p.Path, providerAccess+"?done=access-revoked")
	}
	before := len(c.Events(c.acme.ID))
	if open, _ := c.entered(t, true); len(open) > 0 {
		t.Errorf("without provider access, open: %v", open)
	}
	if n := len(c.Events(c.acme.ID)); n != before {
		t.Errorf("%d events without provider access", n-before)
	}
	p := alice.Fill(alice.Get(providerAccess), "Grant access", "Grant access for", "4")
	if !p.Has("Granted for a while") || c.events(portico.ProviderAccessGranted, "until 23 Nov 2026, 13:00 UTC") != 1 {
		t.Errorf(`pressing "Grant access": got %s, want the text "Granted for a while", c.events(portico.ProviderAccessGranted, "until 23 Nov 2026, 13:00 UTC") 1`, p.Text())
	}
	c.Clock.Advance(4*time.Hour - time.Second)
	if _, shut := c.entered(t, false); len(shut) > 0 {
		t.Errorf("within the four hours, shut: %v", shut)
	}
	c.Clock.Advance(time.Second)
	if open, _ := c.entered(t, true); len(open) > 0 {
		t.Errorf("after the four hours, open: %v", open)
	}
	alice = c.as(c.admin)
	alice.Fill(alice.Get(providerAccess), "Grant access", "Grant access for", "0")
	if open, shut := c.entered(t, false); len(open) == 0 || len(shut) > 0 {
		t.Errorf("opened for good, shut: %v", shut)
	}
	if c.events(portico.ProviderAccessRevoked, "") != 1 || c.events(portico.ProviderAccessGranted, "until it is revoked") != 1 {
		t.Error("not all of it is in the log")
	}
}

// TestC15_RevokedAccessStopsFormsInFlight checks that forms which an operator has begun
// are rejected once provider access is revoked.
func TestC15_RevokedAccessStopsFormsInFlight(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.Enrol(c.user)
	olga := c.operator()
	form := olga.Get(acme + "/access/new")
	c.Clock.Advance(portico.ConfirmationTTL)
	asked := olga.Post(acme+"/access/"+string(c.user.ID)+"/two-factor/delete", "reason", "lost phone")
	if asked.Status != 403 || !asked.Has("Confirm that it is you") {
		t.Fatalf(`POST %s: got %s, want status 403, the text "Confirm that it is you"`, acme+"/access/"+string(c.user.ID)+"/two-factor/delete", asked.Text())
	}
	page := olga.Get(acme)
	must(t, c.Customers.RevokeProviderAccess(t.Context(), c.Actor(c.admin), c.acme.ID))
	if p := olga.Fill(form, "Create user", "First name", "Eve", "Last name", "Il", "Email", "eve@example.com"); p.Status != 403 || !p.Has("revoked the provider's access") || len(c.Mails("eve@")) > 0 {
		t.Errorf("a form in flight: %d", p.Status)
	}
	if p := olga.Fill(asked, "Confirm", "Password", "violet-harbour-9-lanterns"); p.Status != 403 || !p.Has("revoked the provider's access") ||
		c.Account(c.user.ID).TwoFactor != portico.TwoFactorEnabled {
		t.Errorf("a form that was carried through the confirmation: %d", p.Status)
	}
	if p := olga.Fill(page, "Save", "Name", "Renamed"); p.Status != 403 || c.customer(t).Name != "Acme Telecom" {
		t.Errorf("the name: %d", p.Status)
	}
	if p := olga.Upload(acme+"/logo", "logo", picture(t, 64, 64)); p.Status != 403 || c.customer(t).Logo != "" {
		t.Errorf("the logo: %d", p.Status)
	}
}

// TestC15_RevokedAccessHidesWhatIsInside checks that without provider access an
// operator sees only the customer's status, nothing about its people, and can
// still suspend it.
func TestC15_RevokedAccessHidesWhatIsInside(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.Enrol(c.user)
	olga := c.operator()
	if p := olga.Get(acme); !p.Has("33% of active users (1 of 3)") || p.Link("Administration and Access") != acme+"/access" {
		t.Errorf("with provider access: %s", p.Text())
	}
	must(t, c.Customers.RevokeProviderAccess(t.Context(), c.Actor(c.admin), c.acme.ID))
	for path, has := range map[string]string{acme: "revoked the provider's access", "/customers": "not shown", acme + "/suspend": "None of its users will be able to log in"} {
		p := olga.Get(path)
		if p.Status != 200 || !p.Has(has) || p.Has("1 of 3") || p.Has("3 people") || p.Link("Audit log") == acme+"/audit" || strings.Contains(p.Body, "Ulla") {
			t.Errorf(`%s: %d %s, want status 200, the text %v, no text "1 of 3", no text "3 people", p.Link("Audit log") other than %q, no "Ulla" in p.Body`, path, p.Status, p.Text(), has, acme+"/audit")
		}
	}
	if p := olga.Get(acme + "/access"); p.Has(c.acme.Name) || p.Link("Policy") == acme+"/policy" {
		t.Errorf("the refusal: %s", p.Text())
	}
	olga.Fill(olga.Get(acme+"/suspend"), "Suspend customer")
	if !c.customer(t).Suspended() {
		t.Error("revoked access keeps a customer from being suspended")
	}
	olga.Fill(olga.Get(acme), "Reactivate customer")
	if c.customer(t).Suspended() {
		t.Error("revoked access keeps a customer from being reactivated")
	}
	// The command line needs no provider access, and the log records it.
	c.Reset(c.user, "lost phone")
	if e := c.Events(c.acme.ID)[0]; e.Action != portico.TwoFactorReset || e.Actor.Kind != portico.ActorCommandLine {
		t.Errorf("got %+v, want e.Action %v, e.Actor.Kind %v", e, portico.TwoFactorReset, portico.ActorCommandLine)
	}
}

// TestC15_OnlyOwnPeopleGrantAccess checks that provider access cannot be changed
// by operators inside the customer, by the command line, or by people who may
// not manage the policy.
func TestC15_OnlyOwnPeopleGrantAccess(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	operator := c.User(portico.ProviderID, "olga", portico.RoleOperator)
	in, err := c.Actor(operator).Enter(c.acme, c.Clock.Now())
	must(t, err)
	for name, actor := range map[string]portico.Actor{
		"an operator who is in": in, "an operator": c.Actor(operator), "the command line": portico.CommandLine(),
		"help desk": c.Actor(c.help), "another customer's administrator": c.Actor(c.other),
	} {
		if err := c.Customers.RevokeProviderAccess(t.Context(), actor, c.acme.ID); !portico.Forbidden.Is(err) {
			t.Errorf("%s closes: %v", name, err)
		}
		if err := c.Customers.GrantProviderAccess(t.Context(), actor, c.acme.ID, 24); !portico.Forbidden.Is(err) {
			t.Errorf("%s opens: %v", name, err)
		}
		if err := c.Customers.GrantProviderAccess(t.Context(), actor, portico.ProviderID, 24); !portico.Forbidden.Is(err) {
			t.Errorf("%s opens the provider: %v", name, err)
		}
	}
	olga := c.as(operator)
	if p := olga.Get(providerAccess); p.Status != 404 || p.Link("Provider access") != "" {
		t.Errorf("the provider's own: %d", p.Status)
	}
	for _, path := range []string{providerAccess, acme + "/provider-access"} {
		if p := olga.Post(path, "doors", "close"); p.Status != 403 && p.Status != 404 && p.Status != 405 {
			t.Errorf("%s: %d, want not (p.Status != 403 && p.Status != 404 && p.Status != 405)", path, p.Status)
		}
	}
	alice := c.as(c.admin)
	alice.Post(providerAccess, "doors", "close")
	for _, hours := range []string{"", "2", "-1", "25", "1e3", "99999999999999999999"} {
		if p := alice.Post(providerAccess, "doors", "open", "hours", hours); p.Status != 422 || p.Alert() == "" || c.customer(t).ProviderMayEnter(c.Clock.Now()) {
			t.Errorf("for %q hours: %d", hours, p.Status)
		}
	}
	c.Clock.Advance(portico.ConfirmationTTL)
	asked := alice.Post(providerAccess, "doors", "open", "hours", "8")
	if !asked.Has("Confirm that it is you") || c.customer(t).ProviderMayEnter(c.Clock.Now()) {
		t.Errorf("without a fresh confirmation: %s", asked.Text())
	}
	if p := alice.Fill(asked, "Confirm", "Password", "violet-harbour-9-lanterns"); p.Path != providerAccess+"?done=access-granted" || !c.customer(t).ProviderMayEnter(c.Clock.Now()) {
		t.Errorf("with one: %s", p.Path)
	}
}

// customer returns acme as it is now.
func (c *fixture) customer(t *testing.T) portico.Customer {
	t.Helper()
	now, err := c.DB.Read(t.Context()).Customer(c.acme.ID)
	must(t, err)
	return now
}

// TestC15_RevokedAccessKeepsTheRules checks that a customer without a policy of
// its own keeps the defaults of the moment when it revokes provider access,
// whatever operators change in the defaults later.
func TestC15_RevokedAccessKeepsTheRules(t *testing.T) {
	for name, closes := range map[string]func(c *fixture, alice portico.Actor) error{
		"closed": func(c *fixture, alice portico.Actor) error {
			return c.Customers.RevokeProviderAccess(t.Context(), alice, c.acme.ID)
		},
		"open for an hour only": func(c *fixture, alice portico.Actor) error {
			return c.Customers.GrantProviderAccess(t.Context(), alice, c.acme.ID, 1)
		},
		"opened after it closed": func(c *fixture, alice portico.Actor) error {
			return errors.Join(c.Customers.RevokeProviderAccess(t.Context(), alice, c.acme.ID), c.Customers.GrantProviderAccess(t.Context(), alice, c.acme.ID, 1))
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newFixture(t)
			strict := portico.Policy{AuditMonths: 24, Resets: portico.ResetPolicy{User: portico.ResetRule{TwoPeople: true}}}
			must(t, c.Customers.SavePolicy(t.Context(), portico.CommandLine(), portico.ProviderID, nil, &strict))
			relaxed := strict
			relaxed.Resets.User.TwoPeople = false
			must(t, c.Customers.SavePolicy(t.Context(), portico.CommandLine(), portico.ProviderID, nil, &relaxed)) // the stricter rule still applies for a while
			alice := c.Actor(c.admin)
			must(t, closes(c, alice))
			must(t, c.Customers.SavePolicy(t.Context(), c.Actor(c.User(portico.ProviderID, "olga", portico.RoleOperator)), portico.ProviderID, nil, &portico.Policy{AuditMonths: 12}))
			if got := c.customer(t); !got.OwnPolicy || got.Policy != relaxed {
				t.Errorf("own rules %v: %+v, want %+v", got.OwnPolicy, got.Policy, relaxed)
			}
			c.Enrol(c.user)
			b := c.as(c.admin)
			if p := b.Post(access+"/"+string(c.user.ID)+"/two-factor/delete", "reason", "lost phone"); c.Account(c.user.ID).TwoFactor != portico.TwoFactorEnabled {
				t.Errorf("the stricter rule does not hold on: %s", p.Text())
			}
			if n := c.events(portico.PolicyChanged, "rules of its own hold"); n != 1 {
				t.Errorf("%d events", n)
			}
			if err := c.Customers.SavePolicy(t.Context(), alice, c.acme.ID, nil, nil); !portico.Conflict.Is(err) {
				t.Errorf("back to the defaults: %v", err)
			}
		})
	}
}

// TestFormerAddressOfProviderAccess: bookmarks of the page from before it was
// renamed lead to it.
func TestFormerAddressOfProviderAccess(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	if p := c.as(c.admin).Get("/administration/doors"); p.Status != 200 || p.Path != providerAccess {
		t.Errorf("the former address: %d at %s, want 200 at %s", p.Status, p.Path, providerAccess)
	}
}
