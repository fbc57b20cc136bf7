package web_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
)

// resetsAt sets acme's rules for resets.
func (c *fixture) resetsAt(t *testing.T, p portico.ResetPolicy) {
	t.Helper()
	c.decide(t, c.acme.ID, portico.Policy{Resets: p})
}

// askFor asks for a reset of a person on the page, and returns the page that
// follows.
func (c *fixture) askFor(b *porticotest.Client, u portico.User, typed ...string) *porticotest.Page {
	c.T.Helper()
	return b.Fill(b.Get(access+"/"+string(u.ID)+"/two-factor/delete"), "Delete 2FA setup", append([]string{"Reason", "lost phone"}, typed...)...)
}

func (c *fixture) lastMail(to string) porticotest.Mail {
	c.T.Helper()
	mails := c.Mails(to)
	if len(mails) == 0 {
		c.T.Fatalf("no mail to %s", to)
	}
	return mails[len(mails)-1]
}

func (c *fixture) carryOut(t *testing.T) {
	t.Helper()
	must(t, c.Resets.RunDue(context.Background()))
}

// has reports whether a person's setup still exists.
func (c *fixture) has(u portico.User) bool { return c.Account(u.ID).TwoFactor != portico.TwoFactorNone }

func path(p *porticotest.Page) string {
	at, _, _ := strings.Cut(p.Path, "?")
	return at
}

// TestC15_AfterAdminDeletePasswordAloneCannotEnrol checks that with the rule
// for reset codes, the password alone gives neither a log-in nor the set-up
// after a reset. The reset code gives access to the set-up only, once.
func TestC15_AfterAdminDeletePasswordAloneCannotEnrol(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{ResetCode: true}})
	key := c.Enrol(c.user)
	admin := c.as(c.admin)
	if p := c.askFor(admin, c.user); p.Path != access+"?done=reset-done-code" || !strings.Contains(p.Row("ulla@"), "2FA not Enabled (must set up)") {
		t.Fatalf(`c.askFor(admin, c.user): got %s %s, want path %q, "2FA not Enabled (must set up)" in p.Row("ulla@")`, p.Path, p.Row("ulla@"), access+"?done=reset-done-code")
	}
	code := recoveryPattern.FindString(c.lastMail("ulla@").Text)
	if code == "" {
		t.Fatal("no code in the mail")
	}
	b := c.Client()
	p := b.Login("ulla", porticotest.Password, "")
	if !p.Has("Enter your reset code") || isLoggedIn(b) {
		t.Fatalf(`logging in as ulla: got %s, want the text "Enter your reset code", no session`, p.Text())
	}
	// Nothing else works: no code of the old key, and no page of the set-up.
	for _, try := range [][]string{{"/login/code", "code", c.Code(key, 0)}, {"/login/recovery", "recovery_code", "AAAA-AAAA-AAAA-AAAA"}, {"/account/two-factor/enable", "", ""}} {
		if q := b.Post(try[0], try[1], try[2]); isLoggedIn(b) || q.Has("QR code") {
			t.Errorf(`%s: %s, want no session, no text "QR code"`, try[0], q.Text())
		}
	}
	if q := b.Get("/login/code"); q.Path != "/login/recovery" {
		t.Errorf("the page of codes: %s", q.Path)
	}
	p = b.Fill(b.Get("/login/recovery"), "Submit", "Reset code", strings.ToLower(code))
	if path(p) != "/account/two-factor/required" || !p.Has("Your 2FA setup was deleted") {
		t.Fatalf(`%s: %s, want path(p) "/account/two-factor/required", the text "Your 2FA setup was deleted"`, p.Path, p.Text())
	}
	for _, elsewhere := range []string{"/", "/account", "/account/sessions", "/session"} {
		if q := b.Get(elsewhere); q.Status == 200 && path(q) == elsewhere {
			t.Errorf("%s is open", elsewhere)
		}
	}
	again := c.Client()
	if again.Login("ulla", porticotest.Password, ""); again.Post("/login/recovery", "recovery_code", code).Status != 422 {
		t.Error("the code works twice")
	}
	fresh := keyOn(t, b.Fill(p, "Set up Two Factor Authentication"))
	if p = b.Post(confirm, "code", c.Code(fresh, 0)); p.TwoFactorStatus() != "Enabled" {
		t.Fatalf(`POST %v: got %s, want p.TwoFactorStatus() "Enabled"`, confirm, p.Text())
	}
	b.Fill(p, "I have saved my recovery codes")
	c.Clock.Advance(30 * time.Second)
	if p := c.Client().Login("ulla", porticotest.Password, c.Code(fresh, 0)); !p.Has("Hello Ulla") {
		t.Errorf("afterwards: %s", p.Text())
	}
	if c.events(portico.ResetCodeIssued, "") != 1 || c.events(portico.ResetCodeUsed, "") != 1 {
		t.Error("not in the log")
	}
}

// TestC20_OneTimeCodeAfterReset checks that a reset code to hand over is
// shown once, expires, works for one person, and that a new one needs a new
// request.
func TestC20_OneTimeCodeAfterReset(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{ResetCode: true}})
	other := c.User(c.acme.ID, "uwe", portico.RoleUser)
	c.Enrol(c.user)
	c.Enrol(other)
	admin, another := c.as(c.admin), c.as(c.User(c.acme.ID, "anna", portico.RoleAdministrator))
	shown := func(u portico.User) string {
		p := admin.Post(access+"/"+string(u.ID)+"/two-factor/delete", "reason", "lost phone", "hand_over", "yes")
		if q := another.Post(path(p) + "/code"); q.Status != 403 || recoveryPattern.MatchString(q.Body) || another.Get(path(p)).Has("Show the reset code") {
			t.Errorf("shown to somebody else: %d", q.Status)
		}
		code := recoveryPattern.FindString(admin.Fill(p, "Show the reset code").Body)
		if code == "" || recoveryPattern.MatchString(c.lastMail(u.Email).Text) {
			t.Fatalf("%s: %q, want some code, not recoveryPattern.MatchString(c.lastMail(u.Email).Text)", p.Path, code)
		}
		if q := admin.Post(path(p) + "/code"); q.Status != 422 || recoveryPattern.MatchString(q.Body) {
			t.Errorf("shown again: %d", q.Status)
		}
		return code
	}
	ullas, uwes := shown(c.user), shown(other)
	if p := c.submitIssued("ulla", uwes); p.Status != 422 {
		t.Errorf("with another's: %d", p.Status)
	}
	c.Clock.Advance(portico.ResetCodeTTL)
	if p := c.submitIssued("ulla", ullas); p.Status != 422 || !strings.Contains(p.Alert(), "24 hours") {
		t.Errorf("a day later: %d %s", p.Status, p.Alert())
	}
	admin = c.as(c.admin)
	list := admin.Get(access)
	ask := admin.Get(list.RowLink("ulla@", "New reset code"))
	admin.Fill(ask, "Make a new reset code", "Reason", "code lost")
	code := recoveryPattern.FindString(c.lastMail("ulla@").Text)
	if p := c.submitIssued("ulla", code); path(p) != "/account/two-factor/required" {
		t.Errorf("with the new one: %s", p.Text())
	}
}

func (c *fixture) submitIssued(login, code string) *porticotest.Page {
	b := c.Client()
	return b.Fill(b.Login(login, porticotest.Password, ""), "Submit", "Reset code", code)
}

// TestResetByTwoPeople checks that requester, approver and target are three
// people, and that the approver is an administrator of the customer.
func TestResetByTwoPeople(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	second := c.User(c.acme.ID, "anna", portico.RoleAdministrator)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{TwoPeople: true}, Administrator: portico.ResetRule{TwoPeople: true}})
	c.Enrol(c.user)
	theirs := c.as(c.help)
	alice, anna := c.as(c.admin), c.as(second)
	p := c.askFor(alice, c.user)
	at := path(p)
	if !strings.HasPrefix(at, "/administration/resets/") || !p.Has("Waiting for approval") || !c.has(c.user) {
		t.Fatalf(`%s: %s, want at to begin with "/administration/resets/", the text "Waiting for approval", c.has(c.user)`, p.Path, p.Text())
	}
	if q := alice.Get(access + "/" + string(c.user.ID) + "/two-factor/delete"); q.Path != at {
		t.Errorf("asked for again: %s", q.Path)
	}
	if q := alice.Post(access+"/"+string(c.user.ID)+"/two-factor/delete", "reason", "again"); q.Status != 422 || !strings.Contains(q.Alert(), "already an open request") {
		t.Errorf("a second one: %d %s", q.Status, q.Alert())
	}
	for who, b := range map[string]*porticotest.Client{"who asked": alice, "help desk": theirs} {
		if q := b.Post(at + "/approve"); q.Status != 403 || !c.has(c.user) {
			t.Errorf("%s approves: %d", who, q.Status)
		}
	}
	if q := c.as(c.other).Post(at + "/approve"); q.Status != 404 {
		t.Errorf("another customer's: %d", q.Status)
	}
	m := c.lastMail("anna@")
	if m.Link(at) == "" || !strings.Contains(m.Text, "Ulla Tester (ulla)") || !anna.Get("/").Has("Waiting for approval") {
		t.Errorf("the approver is not told: %s", m.Text)
	}
	p = anna.Get(at)
	if !p.Has("lost phone") || !p.Has("Last log-ins of Ulla") {
		t.Errorf(`GET %v: got %s, want the text "lost phone", the text "Last log-ins of Ulla"`, at, p.Text())
	}
	if p = anna.Fill(p, "Approve"); c.has(c.user) || !p.Has("Done") {
		t.Fatalf(`pressing "Approve": got %s, want not c.has(c.user), the text "Done"`, p.Text())
	}
	if c.events(portico.TwoFactorReset, "Approver: Anna Tester; Reason: lost phone") != 1 || c.events(portico.ResetApproved, "") != 1 {
		t.Errorf(`got %+v, want c.events(portico.TwoFactorReset, "Approver: Anna Tester; Reason: lost phone") 1, c.events(portico.ResetApproved, "") 1`, c.Events(c.acme.ID)[0])
	}
	if q := alice.Get("/administration/report"); !q.Has("Anna Tester") || !q.Has("lost phone") {
		t.Errorf("the report: %s", q.Text())
	}
	// For an administrator as the target: the help desk can neither see nor cancel
	// the request. There is nobody else to approve it, so it waits instead.
	c.Enrol(second)
	anna = c.asWith(second, c.Enrol(second))
	c.Enrol(c.admin)
	if p := c.askFor(anna, c.admin); !p.Has("In waiting period") {
		t.Errorf("nobody to approve: %s", p.Text())
	}
	admins, err := c.DB.Read(t.Context()).OpenReset(c.acme.ID, c.admin.ID)
	must(t, err)
	at = "/administration/resets/" + string(admins.ID)
	if seen, stopped := theirs.Get(at), theirs.Post(at+"/cancel"); seen.Status != 403 || stopped.Status != 403 {
		t.Errorf("help desk: %d %d", seen.Status, stopped.Status)
	}
	c.Clock.Advance(portico.ResetNoApproverDelay - time.Second)
	c.carryOut(t)
	if !c.has(c.admin) {
		t.Error("too early")
	}
	c.Clock.Advance(time.Second)
	c.carryOut(t)
	if c.has(c.admin) {
		t.Error("not done in its time")
	}
}

// TestOperatorsResetIsApprovedByTheCustomer checks that an operator's request
// is approved by the customer and not by another operator.
func TestOperatorsResetIsApprovedByTheCustomer(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{TwoPeople: true}})
	c.Enrol(c.user)
	olga := c.operator()
	oscar := c.as(c.User(portico.ProviderID, "oscar", portico.RoleOperator))
	p := olga.Post("/customers/acme/access/"+string(c.user.ID)+"/two-factor/delete", "reason", "call to the provider")
	at := path(p)
	id := at[strings.LastIndex(at, "/"):]
	if !p.Has("Waiting for approval") || oscar.Post(at+"/approve").Status != 403 || !c.has(c.user) {
		t.Fatalf(`%s: %s, want the text "Waiting for approval", status 403, c.has(c.user)`, p.Path, p.Text())
	}
	const waits = "Another administrator of the customer has to approve this by"
	if own := c.as(c.help).Get("/administration/resets" + id); !p.Has(waits) || own.Has(waits) || !own.Has("Another administrator has to approve this by") {
		t.Errorf("the operator reads %s, the customer's help desk %s, want that each is told of the other's administrators as seen from there", p.Text(), own.Text())
	}
	if p := c.as(c.admin).Post("/administration/resets" + id + "/approve"); c.has(c.user) {
		t.Errorf("POST %s: got %d %s, want not c.has(c.user)", "/administration/resets"+id+"/approve", p.Status, p.Text())
	}
}

// TestResetDiesWithItsPeople checks that a request is cancelled if the
// requester or the approver loses the right to it, or if the target is
// suspended meanwhile.
func TestResetDiesWithItsPeople(t *testing.T) {
	edit := func(c *fixture, u portico.User, role portico.Role) error {
		return c.Users.Edit(c.T.Context(), portico.CommandLine(), c.acme.ID, u.ID, portico.User{FirstName: u.FirstName, LastName: u.LastName, Email: u.Email, Role: role})
	}
	cl := portico.CommandLine()
	events := map[string]func(c *fixture, requester, approver portico.User) error{
		"the asker lost the role": func(c *fixture, requester, _ portico.User) error { return edit(c, requester, portico.RoleUser) },
		"the asker was suspended": func(c *fixture, requester, _ portico.User) error {
			return c.Users.Suspend(c.T.Context(), cl, c.acme.ID, requester.ID)
		},
		"the asker's log-ins ended": func(c *fixture, requester, _ portico.User) error {
			return c.Users.EndSessions(c.T.Context(), cl, c.acme.ID, requester.ID)
		},
		"the approver lost the role": func(c *fixture, _, approver portico.User) error { return edit(c, approver, portico.RoleHelpDesk) },
		"the approver's log-ins ended": func(c *fixture, _, approver portico.User) error {
			return c.Users.EndSessions(c.T.Context(), cl, c.acme.ID, approver.ID)
		},
		"the user has been suspended": func(c *fixture, _, _ portico.User) error {
			return c.Users.Suspend(c.T.Context(), cl, c.acme.ID, c.user.ID)
		},
		"the person moved to a phone":     func(c *fixture, _, _ portico.User) error { c.spoilAuthenticatorID(c.user); return nil },
		"the customer has been suspended": func(c *fixture, _, _ portico.User) error { return c.Customers.Suspend(c.T.Context(), cl, c.acme.ID) },
		"the command line was quicker":    func(c *fixture, _, _ portico.User) error { c.Reset(c.user, "x"); c.Enrol(c.user); return nil },
	}
	for _, name := range porticotest.Some(events, 3) {
		event := events[name]
		t.Run(name, func(t *testing.T) {
			c := newFixture(t)
			requester, approver := c.User(c.acme.ID, "anna", portico.RoleAdministrator), c.User(c.acme.ID, "amir", portico.RoleAdministrator)
			c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{TwoPeople: true, DelayHours: 1}})
			c.Enrol(c.user)
			at := path(c.askFor(c.as(requester), c.user))
			c.as(approver).Post(at + "/approve")
			must(t, event(c, requester, approver))
			c.Clock.Advance(time.Hour)
			c.carryOut(t)
			if !c.has(c.user) || c.events(portico.TwoFactorReset, "") > 1 {
				t.Error("done")
			}
			r, err := c.DB.Read(t.Context()).Reset(c.acme.ID, portico.ResetID(at[strings.LastIndex(at, "/")+1:]))
			if err != nil || r.State != portico.ResetCancelled || r.EndReason == "" {
				t.Errorf("Reset: got %+v %v, want no error, r.State %v, some r.EndedWhy", r, err, portico.ResetCancelled)
			}
		})
	}
}

// spoilAuthenticatorID gives the person's authenticator another ID.
func (c *fixture) spoilAuthenticatorID(u portico.User) {
	c.behind(c.T.(*testing.T), `UPDATE authenticators SET id = 'another' WHERE user_id = '`+string(u.ID)+`'`)
}

// TestResetOfSomebodySuspendedIsRefusedFirst checks that the page for a reset which takes
// more steps is not offered for somebody who cannot log in: nothing would come of it.
func TestResetOfSomebodySuspendedIsRefusedFirst(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.Enrol(c.user)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{DelayHours: 24}})
	must(t, c.Users.Suspend(t.Context(), c.Actor(c.admin), c.acme.ID, c.user.ID))
	b := c.as(c.admin)
	if p := b.Get(access + "/" + string(c.user.ID) + "/two-factor/delete"); p.Status != 409 || !p.Has("This user cannot log in at the moment. Reactivate the account first.") {
		t.Errorf("got %d %s", p.Status, p.Text())
	}
	if p := b.Get(access + "/" + string(c.user.ID)); p.Status != 200 || !strings.Contains(p.Body, ">Reactivate</button>") {
		t.Errorf("the user's page: got %d %s", p.Status, p.Text())
	}
	c.resetsAt(t, portico.ResetPolicy{})
	c.Clock.Advance(24 * time.Hour)
	if p := c.as(c.admin).Get(access + "/" + string(c.user.ID) + "/two-factor/delete"); p.Status != 200 || !p.Has("is still suspended") {
		t.Errorf("at once: got %d %s", p.Status, p.Text())
	}
}
