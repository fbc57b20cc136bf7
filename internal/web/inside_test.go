package web_test

import (
	"strings"
	"testing"
)

// TestInsideACustomer checks that an operator who is inside a customer sees that
// customer's menu alone, headed by its name, and can leave; and that the
// provider's own administration is headed Provider.
func TestInsideACustomer(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	olga := c.operator()
	for _, path := range []string{acme, acme + "/access", acme + "/access/new", acme + "/report", acme + "/audit", acme + "/policy", acme + "/suspend", acme + "/delete"} {
		p := olga.Get(path)
		if !p.Has("You are inside Acme Telecom") || p.Link("Leave") != "/customers" || p.Link("Overview") != acme || p.Link("Policy") != acme+"/policy" {
			t.Errorf(`GET %s: got %s, want the bar "You are inside Acme Telecom" with Leave, and the customer's menu`, path, p.Text())
		}
		if p.Link("Customers") != "" || p.Link("Start") != "" || p.Has("Provider Administration and Access") || strings.Contains(p.Body, `href="/administration/`) {
			t.Errorf("GET %s: got %s, want nothing of the provider's own menu", path, p.Text())
		}
		if !strings.Contains(p.Body, "Acme Telecom · Portico</title>") {
			t.Errorf("GET %s: got a title without the customer, want it in the title of the browser's tab", path)
		}
	}
	for _, path := range []string{"/", "/customers", access, policyPath, "/administration/audit"} {
		p := olga.Get(path)
		if p.Has("You are inside") || p.Link("Leave") != "" || p.Link("Customers") != "/customers" || !p.Has("Provider Administration and Access") || p.Link("Policy") != policyPath {
			t.Errorf("GET %s: got %s, want the provider's menu with the heading Provider", path, p.Text())
		}
	}
	alice := c.as(c.admin)
	if p := alice.Get(access); !p.Has("Administration Administration and Access") || p.Has("Provider Administration") || p.Link("Leave") != "" {
		t.Errorf("a customer's administrator: got %s, want the heading Administration", p.Text())
	}
	alice.Fill(alice.Get("/administration/provider-access"), "Revoke access")
	for _, path := range []string{acme, acme + "/suspend"} {
		if p := olga.Get(path); p.Has("You are inside") || p.Link("Customers") != "/customers" {
			t.Errorf("GET %s without provider access: got %s, want the provider's menu", path, p.Text())
		}
	}
}

// TestCustomersPageLeadsToItsAdministrator checks that the main button of a
// customer's page begins a user with the role administrator.
func TestCustomersPageLeadsToItsAdministrator(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	olga := c.operator()
	p := olga.Get(acme)
	if strings.Count(p.Body, `<a class="button primary"`) != 1 || strings.Contains(p.Body, `<button class="primary"`) {
		t.Errorf("GET %s: got %d primary buttons, want one", acme, strings.Count(p.Body, `<a class="button primary"`))
	}
	p = olga.Get(p.Link("Create an administrator"))
	p = olga.Fill(p, "Create user", "First name", "Eve", "Email", "eve@example.com")
	if !p.Has("Eve") || p.Value("Role") != "administrator" {
		t.Errorf("got %s with the role %q, want an administrator", p.Text(), p.Value("Role"))
	}
	for _, role := range []string{"operator", "nonsense", ""} {
		if p := olga.Get(acme + "/access/new?role=" + role); p.Value("Role") != "user" {
			t.Errorf("asked for the role %q: got %q, want the lowest", role, p.Value("Role"))
		}
	}
}
