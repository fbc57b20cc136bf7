package web_test

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/twofactorreset"
	"portico/internal/web"
)

// TestC15_LowerRoleCannotTouchHigher checks that the help desk can help users
// only.
func TestC15_LowerRoleCannotTouchHigher(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	peer := c.User(c.acme.ID, "henry", portico.RoleHelpDesk)
	for _, u := range []portico.User{c.user, c.admin, peer} {
		c.Enrol(u)
	}
	b := c.as(c.help)
	list := b.Get(access)
	if list.RowLink("ulla@", "Delete 2FA setup") == "" || list.RowLink("alice@", "Delete 2FA setup") != "" || list.RowLink("henry@", "Delete 2FA setup") != "" {
		t.Errorf("links: %s", list.Text())
	}
	if list.Link("+ User") != "" || list.Link("Import users") != "" || list.Link("Audit log") != "" {
		t.Error("help desk is offered what it may not do")
	}
	for _, u := range []portico.User{c.admin, peer, c.help} {
		for _, act := range []string{"/two-factor/delete", "/password-link", "/suspend", "/invite", "/withdraw", "/reactivate", ""} {
			if p := b.Post(access+"/"+string(u.ID)+act, "reason", "x"); p.Status != 403 {
				t.Errorf("%s on %s: %d, want status 403", act, u.LoginID, p.Status)
			}
		}
	}
	if p := b.Post(access+"/"+string(c.user.ID)+"/two-factor/delete", "reason", "new phone"); p.Path != access+"?done=reset-done" {
		t.Errorf("on a user: %s", p.Path)
	}
}

// TestC15_AdminCannotReadOrSetSecret checks that administrators see no secrets
// of others, and can neither enable 2FA nor choose a password for them.
func TestC15_AdminCannotReadOrSetSecret(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	key, codes := c.enrol(t, c.as(c.user))
	b := c.as(c.admin)
	for _, r := range web.RouteTable() {
		method, path := fill(r.Pattern, c.user.ID)
		if method != "GET" {
			continue
		}
		body := b.Get(path).Body
		for _, secret := range append(codes, string(key), c.Account(c.user.ID).PasswordHash) {
			if strings.Contains(body, secret) {
				t.Errorf("%s shows a secret", path)
			}
		}
	}
	for _, act := range []string{"/two-factor/enable", "/two-factor/confirm", "/password", "/recovery-codes"} {
		if p := b.Post(access+"/"+string(c.help.ID)+act, "code", "000000", "password", "seven quiet rivers meet"); p.Status != 404 && p.Status != 405 {
			t.Errorf("%s: %d, want not (p.Status != 404 && p.Status != 405)", act, p.Status)
		}
	}
}

func TestC15_AdminDeleteAuditedAndNotified(t *testing.T) {
	c := newFixture(t)
	c.Enrol(c.user)
	b := c.as(c.admin)
	b.Post(access+"/"+string(c.user.ID)+"/two-factor/delete", "reason", "lost phone")
	if n := c.events(portico.TwoFactorReset, "Reason: lost phone"); n != 1 {
		t.Errorf("%d events", n)
	}
	m := c.Mails("ulla@example.com")
	if len(m) != 1 || m[0].Subject != "Your 2FA setup was deleted" || !strings.Contains(m[0].Text, "By: Alice Tester") ||
		!strings.Contains(m[0].Text, "lost phone") || m[0].Link("/not-me/") == "" || strings.Contains(m[0].Text, "From:") {
		t.Errorf(`c.Mails("ulla@example.com"): got %+v, want 1 of m, subject "Your 2FA setup was deleted", "By: Alice Tester" in m[0].Text, "lost phone" in m[0].Text, some m[0].Link("/not-me/"), no "From:" in m[0].Text`, m)
	}
}

// TestC15_AdminDeleteKillsPendingAndTrust checks that a 2FA reset also ends
// sessions, pending logins, and remembered and known devices.
func TestC15_AdminDeleteKillsPendingAndTrust(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.allowRemembering(t)
	owner := c.as(c.user)
	key, _ := c.enrol(t, owner)
	c.Clock.Advance(60e9)
	phone := c.rememberedBy(t, key)
	pending := c.pend(c.user)
	c.Reset(c.user, "lost phone")
	c.Clock.Advance(60e9)
	pending.Post("/login/code", "code", c.Code(key, 0))
	if isLoggedIn(owner) || isLoggedIn(pending) {
		t.Error("a session or a pending log-in goes on")
	}
	browsers, err := c.DB.Read(context.Background()).TrustedBrowsers(c.user.ID, c.Account(c.user.ID).Epoch)
	if err != nil || len(browsers) != 0 {
		t.Errorf("%d remembered browsers: %v", len(browsers), err)
	}
	// The throttle knows no device any more either: failures of strangers and those
	// in the person's own browser count together.
	for range 10 {
		c.Client().Login("ulla", "not the password at all", "")
	}
	if p := phone.Login("ulla", porticotest.Password, ""); p.Status != 429 {
		t.Errorf("a browser is known still: %d %s", p.Status, p.Text())
	}
}

// TestC15_WeakeningOthersNeedsConfirmation checks that a session without a
// recent confirmation can neither delete another person's 2FA setup nor relax
// the policy.
func TestC15_WeakeningOthersNeedsConfirmation(t *testing.T) {
	c := newFixture(t)
	c.Enrol(c.user)
	b := c.as(c.admin)
	c.Clock.Advance(portico.ConfirmationTTL)
	reset := access + "/" + string(c.user.ID) + "/two-factor/delete"
	for path, field := range map[string]string{reset: "reason", "/administration/policy": "remember_browsers"} {
		if p := b.Post(path, field, "yes"); p.Status != 403 || !p.Has("Confirm that it is you") {
			t.Errorf(`%s: %d %s, want status 403, the text "Confirm that it is you"`, path, p.Status, p.Text())
		}
	}
	if a := c.Account(c.user.ID); a.TwoFactor != portico.TwoFactorEnabled || a.Customer.Policy.RememberBrowsers {
		t.Errorf("done without a confirmation: %s, %+v", a.TwoFactor, a.Customer.Policy)
	}
	if p := b.Get(reset); !strings.HasPrefix(p.Path, "/confirm") {
		t.Errorf(`GET %v: got %s, want p.Path to begin with "/confirm"`, reset, p.Path)
	}
}

// TestC15_AdminDeleteDuringVictimPending checks that a 2FA reset ends a pending
// login instead of completing it.
func TestC15_AdminDeleteDuringVictimPending(t *testing.T) {
	c := newFixture(t)
	key := c.Enrol(c.user)
	b := c.pend(c.user)
	c.Reset(c.user, "lost phone")
	for _, path := range []string{"/login/code", "/login/recovery"} {
		if p := b.Post(path, "code", c.Code(key, 0), "recovery_code", "AAAA-AAAA-AAAA-AAAA"); !strings.HasPrefix(p.Path, "/login") || p.Has("Enter your code") || isLoggedIn(b) {
			t.Errorf(`%s: %s, want p.Path to begin with "/login", no text "Enter your code", no session`, path, p.Path)
		}
	}
	if p := b.Login("ulla", porticotest.Password, ""); !p.Has("Hello Ulla") {
		t.Errorf("by password alone: %s", p.Text())
	}
}

func TestC15_AdminEndsSessions(t *testing.T) {
	c := newFixture(t)
	theirs, admin, help := c.as(c.user), c.as(c.admin), c.as(c.help)
	page := access + "/" + string(c.user.ID)
	if p := help.Post(page + "/end-sessions"); p.Status != 403 || !isLoggedIn(theirs) {
		t.Errorf("help desk: %d", p.Status)
	}
	if p := admin.Fill(admin.Get(page), "End all sessions"); p.Path != page+"?done=sessions-ended" || isLoggedIn(theirs) {
		t.Errorf(`pressing "End all sessions": got %s, want path %q, no session`, p.Path, page+"?done=sessions-ended")
	}
	if c.events(portico.SessionsEnded, "") != 1 {
		t.Error("not in the log")
	}
}

// TestC15_NewAdministratorsNeedAConfirmedIdentity checks that a stolen session
// of an administrator cannot create another administrator, whose own password
// and code would then confirm anything.
func TestC15_NewAdministratorsNeedAConfirmedIdentity(t *testing.T) {
	c := newFixture(t)
	b := c.as(c.admin)
	plan := sendFile(b, "login_id,first_name,last_name,email,role\nsock3,A,Sock,sock3@example.net,administrator\n")
	c.Clock.Advance(portico.ConfirmationTTL)
	for path, form := range map[string][]string{
		access + "/new":                               {"first_name", "A", "last_name", "Sock", "email", "sock1@example.net", "role", "administrator"},
		access + "/" + string(c.user.ID):              {"first_name", "Ulla", "last_name", "Tester", "email", "sock2@example.net", "role", "administrator"},
		strings.TrimSuffix(plan.Path, "/") + "/start": {"invite", "1"},
	} {
		if p := b.Post(path, form...); p.Status != 403 && p.Path != "/confirm" || !p.Has("Confirm that it is you") {
			t.Errorf(`%s: %d %s, want not (p.Status != 403 && p.Path != "/confirm"), the text "Confirm that it is you"`, path, p.Status, p.Text())
		}
	}
	if n := c.people(); n != 3 || c.Account(c.user.ID).Role != portico.RoleUser {
		t.Errorf("%d people", n)
	}
	p := b.Post(access+"/new", "first_name", "A", "last_name", "Friend", "email", "friend@example.com", "role", "administrator")
	if b.Fill(p, "Confirm", "Password", porticotest.Password); c.people() != 4 {
		t.Error("what was typed is lost")
	}
}

// TestC15_ServicesAskForTheirPermission checks that the services check
// permissions too, and do not rely on the guards of the pages.
func TestC15_ServicesAskForTheirPermission(t *testing.T) {
	c := newFixture(t)
	ctx, until := t.Context(), c.Clock.Now().Add(24*time.Hour)
	u := c.user
	u.Email = "mallory@example.net"
	for who, do := range map[string]map[string]func(by portico.Actor) error{
		"hedda": {
			"ending log-ins":       func(by portico.Actor) error { return c.Users.EndSessions(ctx, by, c.acme.ID, u.ID) },
			"ending one log-in":    func(by portico.Actor) error { return c.Users.EndSession(ctx, by, c.acme.ID, u.ID, "x") },
			"exempting":            func(by portico.Actor) error { return c.Users.Exempt(ctx, by, c.acme.ID, u.ID, until, "x") },
			"ending the exemption": func(by portico.Actor) error { return c.Users.EndExemption(ctx, by, c.acme.ID, u.ID) },
			"suspending":           func(by portico.Actor) error { return c.Users.Suspend(ctx, by, c.acme.ID, u.ID) },
			"reactivating":         func(by portico.Actor) error { _, err := c.Users.Reactivate(ctx, by, c.acme.ID, u.ID); return err },
			"inviting again":       func(by portico.Actor) error { return c.Users.Reinvite(ctx, by, c.acme.ID, u.ID) },
			"withdrawing":          func(by portico.Actor) error { return c.Users.Withdraw(ctx, by, c.acme.ID, u.ID) },
			"clearing attempts":    func(by portico.Actor) error { return c.Users.Unlock(ctx, by, c.acme.ID, u.ID) },
			"editing":              func(by portico.Actor) error { return c.Users.Edit(ctx, by, c.acme.ID, u.ID, u) },
			"inviting":             func(by portico.Actor) error { _, err := c.Users.Invite(ctx, by, c.acme.ID, u); return err },
			"the policy": func(by portico.Actor) error {
				return c.Customers.SavePolicy(ctx, by, c.acme.ID, nil, &portico.Policy{})
			},
			"a customer": func(by portico.Actor) error { _, err := c.Customers.Create(ctx, by, "new-one", "New", ""); return err },
		},
		"victor": {
			"a password link": func(by portico.Actor) error { return c.Users.SendPasswordLink(ctx, by, c.acme.ID, u.ID) },
			"a reset": func(by portico.Actor) error {
				_, err := c.Resets.Request(ctx, by, c.acme.ID, u.ID, twofactorreset.Ask{Reason: "x"})
				return err
			},
		},
	} {
		by := c.Actor(c.help)
		if who == "victor" {
			by = c.Actor(c.User(c.acme.ID, who, portico.RoleUser))
		}
		before := c.Account(u.ID)
		for name, change := range do {
			if err := change(by); !portico.Forbidden.Is(err) {
				t.Errorf("%s by %s: %v, want the error portico.Forbidden", name, who, err)
			}
		}
		if after := c.Account(u.ID); !reflect.DeepEqual(after, before) {
			t.Errorf("%s has changed %+v", who, after)
		}
	}
}

// TestC15_RoutesByRole requests the administration's routes in each role.
func TestC15_RoutesByRole(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	for _, u := range []portico.User{c.user, c.help, c.admin} {
		b := c.as(u)
		for _, r := range web.RouteTable() {
			if r.Need == "" {
				continue
			}
			method, path := fill(r.Pattern, c.other.ID)
			p := try(b, method, path)
			switch {
			case !u.Role.Can(r.Need) || r.Enters:
				if p.Status != 403 {
					t.Errorf("%s as %s: %d, not 403", r.Pattern, u.Role, p.Status)
				}
			case strings.Contains(r.Pattern, "{user}"), strings.Contains(r.Pattern, "{import}"):
				// Another customer's person does not exist here.
				if p.Status != 404 {
					t.Errorf("%s on another customer's person: %d, not 404", r.Pattern, p.Status)
				}
			case p.Status >= 500 || p.Status == 403:
				t.Errorf("%s as %s: got status %d, want neither 403 nor 5xx", r.Pattern, u.Role, p.Status)
			}
		}
	}
	if got := c.Account(c.other.ID); got.Status != portico.Active || got.Epoch != 1 {
		t.Errorf("another customer's person was changed: %+v", got.User)
	}
}
