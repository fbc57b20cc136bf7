package web_test

import (
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
)

// issued is something that gives a person of acme access. use tries it and
// reports whether it worked.
type issued struct {
	use func() bool
}

// issue issues one of each kind to acme's people. second is another program
// over the same data.
func issue(t *testing.T, c *fixture, second *porticotest.Portal) map[string]issued {
	t.Helper()
	c.allowRemembering(t)
	owner := c.as(c.user)
	key, codes := c.enrol(t, owner)
	c.Clock.Advance(30 * time.Second)
	remembered := c.rememberedBy(t, key)
	c.Clock.Advance(30 * time.Second)
	elsewhere := second.Client()
	elsewhere.SetCookie("portico_session", owner.Cookie("portico_session"))
	alice := c.as(c.admin)
	setup := keyOn(t, alice.Fill(alice.Get("/account"), "Two Factor Authentication"))
	byCode, byRecovery := c.pend(c.user), c.pend(c.user)
	mailed := func(to, path string) func() bool {
		mails := c.Mails(to)
		link := mails[len(mails)-1].Link(path)
		return func() bool { return c.Client().Get(link).Status == 200 }
	}
	must(t, c.Users.SendPasswordLink(t.Context(), portico.CommandLine(), c.acme.ID, c.help.ID))
	alice.Post(access+"/new", "first_name", "Eve", "last_name", "Il", "email", "eve@example.com", "role", "user")
	return map[string]issued{
		"session":                       {use: func() bool { return isLoggedIn(owner) }},
		"session in the second program": {use: func() bool { return isLoggedIn(elsewhere) }},
		"session check of a proxy":      {use: func() bool { return owner.Get("/session").Status == 204 }},
		"administrator's session":       {use: func() bool { return alice.Get(access).Status == 200 && isLoggedIn(alice) }},
		"set-up in progress":            {use: func() bool { return alice.Post(confirm, "code", c.Code(setup, 0)).TwoFactorStatus() == "Enabled" }},
		// Use copies, because a rejected browser loses its pending login.
		"pending login, code": {use: func() bool {
			b := c.copied(byCode, "portico_login", "portico_browser")
			b.Post("/login/code", "code", c.Code(key, 0))
			return isLoggedIn(b)
		}},
		"pending login, recovery code": {use: func() bool {
			b := c.copied(byRecovery, "portico_login", "portico_browser")
			b.Post("/login/recovery", "recovery_code", codes[0])
			return isLoggedIn(b)
		}},
		"remembered browser": {use: func() bool {
			remembered.Login("ulla", porticotest.Password, "")
			return isLoggedIn(remembered)
		}},
		"activation link": {use: mailed("eve@", "/activate/")},
		"password link":   {use: mailed("hedda@", "/password/")},
	}
}

// TestC18_CustomerSuspended checks that suspending a customer ends everything
// issued to its people at once, and that reactivating it brings none of it
// back.
func TestC18_CustomerSuspended(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	second := porticotest.Start(t, c.Dir, c.Clock)
	all := issue(t, c, second)
	for _, kind := range []string{"session", "session in the second program", "session check of a proxy", "administrator's session", "activation link", "password link"} {
		if !all[kind].use() {
			t.Fatalf("%s does not work to begin with", kind)
		}
	}
	greta, olga := c.as(c.other), c.operator()
	ask := olga.Get(olga.Get(acme).Link("Suspend customer"))
	if !ask.Has("Suspend Acme Telecom ?") || !ask.Has("3 active users will not be able to log in") || ask.Link("Cancel") != acme {
		t.Fatalf(`GET olga.Get(acme).Link("Suspend customer"): got %s, want the text "Suspend Acme Telecom ?", the text "3 active users will not be able to log in", ask.Link("Cancel") %v`, ask.Text(), acme)
	}
	if p := olga.Fill(ask, "Suspend customer"); p.Path != acme+"?done=customer-suspended" || !p.Has("Suspended since") {
		t.Fatalf(`pressing "Suspend customer": got %v, want path %q, the text "Suspended since"`, p.Path, acme+"?done=customer-suspended")
	}
	for kind, one := range all {
		if one.use() {
			t.Errorf("%s goes on", kind)
		}
	}
	// The right password gets the same response as a wrong one, and a forgotten one
	// gets no mail.
	b := c.Client()
	right, wrong := b.Login("hedda", porticotest.Password, ""), b.Login("hedda", "not the password at all", "")
	if right.Status != wrong.Status || right.Alert() != wrong.Alert() || isLoggedIn(b) {
		t.Errorf("c.Client(): got %d %q, %d %q, want status %v, right.Alert() wrong.Alert(), no session", right.Status, right.Alert(), wrong.Status, wrong.Alert(), wrong.Status)
	}
	mails := len(c.Mails("hedda@"))
	b.Fill(b.Get("/login/forgot"), "Send link", "Login ID", "hedda")
	if n := len(c.Mails("hedda@")); n != mails {
		t.Errorf("%d mails to somebody who is kept out", n-mails)
	}
	if !isLoggedIn(greta) || olga.Get(acme+"/access").Status != 200 || !strings.Contains(olga.Get("/customers").Row("Acme"), "Suspended") {
		t.Error("others are kept out, or do not see it")
	}
	if p := olga.Fill(ask, "Suspend customer"); p.Status != 409 {
		t.Errorf("suspended twice: %d", p.Status)
	}

	c.Clock.Advance(time.Second)
	if p := olga.Fill(olga.Get(acme), "Reactivate customer"); p.Path != acme+"?done=customer-reactivated" {
		t.Fatalf(`pressing "Reactivate customer": got %v, want path %q`, p.Path, acme+"?done=customer-reactivated")
	}
	c.Clock.Advance(time.Second)
	for kind, one := range all {
		if one.use() {
			t.Errorf("%s works after reactivation", kind)
		}
	}
	if p := c.Client().Login("hedda", porticotest.Password, ""); !p.Has("Hello Hedda") {
		t.Errorf("logging in anew: %s", p.Text())
	}
	if p := c.Client().Login("ulla", porticotest.Password, ""); !p.Has("Enter your code") {
		t.Errorf("logging in anew with 2FA: %s", p.Text())
	}
	if _, browsers, err := c.Auth.DevicesOf(t.Context(), c.user.ID); err != nil || len(browsers) != 0 {
		t.Errorf("%d browsers are listed as remembered: %v", len(browsers), err)
	}
	if left, err := c.DB.Read(t.Context()).RecoveryCodesLeft(c.user.ID); err != nil || left != portico.RecoveryCodes {
		t.Errorf("%d recovery codes left: %v", left, err)
	}
	for action, n := range map[portico.Action]int{portico.CustomerSuspended: 1, portico.CustomerReactivated: 1} {
		if c.events(action, "") != n {
			t.Errorf("%s: %d events", action, c.events(action, ""))
		}
	}
	if p := olga.Post(acme + "/reactivate"); p.Status != 409 {
		t.Errorf("reactivated twice: %d", p.Status)
	}
}

// TestC13_SuspendingACustomerNeedsConfirmation checks that suspending and
// reactivating need a recent confirmation, and that only operators may do it.
func TestC13_SuspendingACustomerNeedsConfirmation(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	olga := c.operator()
	c.Clock.Advance(portico.ConfirmationTTL)
	for _, act := range []string{"/suspend", "/reactivate"} {
		if p := olga.Post(acme + act); !p.Has("Confirm that it is you") {
			t.Errorf(`%s: %s, want the text "Confirm that it is you"`, act, p.Text())
		}
	}
	p := olga.Get(acme + "/suspend")
	if !p.Has("You are about to suspend the customer") || c.customer(t).Suspended() {
		t.Fatalf(`GET %s: got %s, want the text "You are about to suspend the customer", not c.customer(t).Suspended()`, acme+"/suspend", p.Text())
	}
	p = olga.Fill(olga.Fill(p, "Confirm", "Password", porticotest.Password), "Suspend customer")
	if p.Path != acme+"?done=customer-suspended" {
		t.Fatalf(`pressing "Suspend customer": got %v, want path %q`, p.Path, acme+"?done=customer-suspended")
	}
	c.Clock.Advance(portico.ConfirmationTTL)
	p = olga.Fill(p, "Reactivate customer")
	if !p.Has("You are about to reactivate the customer") || !c.customer(t).Suspended() {
		t.Fatalf(`pressing "Reactivate customer": got %s, want the text "You are about to reactivate the customer", c.customer(t).Suspended()`, p.Text())
	}
	if p := olga.Fill(p, "Confirm", "Password", porticotest.Password); p.Path != acme+"?done=customer-reactivated" || c.customer(t).Suspended() {
		t.Errorf(`pressing "Confirm": got %s %s, want path %q, not c.customer(t).Suspended()`, p.Path, p.Text(), acme+"?done=customer-reactivated")
	}
	c.Clock.Advance(time.Second) // so that it is later than ended_at, which ends what was issued at the same instant
	for _, u := range []portico.User{c.other, c.admin, c.help, c.user} {
		if p := c.as(u).Post(acme + "/suspend"); p.Status != 403 || c.customer(t).Suspended() {
			t.Errorf("%s: %d, want status 403, not c.customer(t).Suspended()", u.Role, p.Status)
		}
	}
	for name, err := range map[string]error{
		"administrator": c.Customers.Suspend(t.Context(), c.Actor(c.admin), c.acme.ID),
		"the provider":  c.Customers.Suspend(t.Context(), portico.CommandLine(), portico.ProviderID),
		"nobody":        c.Customers.Reactivate(t.Context(), portico.Actor{}, c.acme.ID),
	} {
		if !portico.Forbidden.Is(err) {
			t.Errorf("%s: %v, want the error portico.Forbidden", name, err)
		}
	}
}
