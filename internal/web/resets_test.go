package web_test

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
)

// resetsAt gives acme rules about resets.
func (c *cast) resetsAt(t *testing.T, p portico.ResetPolicy) {
	t.Helper()
	c.decide(t, c.acme.ID, portico.Policy{Resets: p})
}

// askFor asks for a reset of somebody on the page, and returns where that led.
func (c *cast) askFor(b *porticotest.Client, u portico.User, typed ...string) *porticotest.Page {
	c.T.Helper()
	return b.Fill(b.Get(access+"/"+string(u.ID)+"/two-factor/delete"), "Delete 2FA setup", append([]string{"Reason", "lost phone"}, typed...)...)
}

func (c *cast) lastMail(to string) porticotest.Mail {
	c.T.Helper()
	mails := c.Mails(to)
	if len(mails) == 0 {
		c.T.Fatalf("no mail to %s", to)
	}
	return mails[len(mails)-1]
}

func (c *cast) carryOut(t *testing.T) {
	t.Helper()
	must(t, c.Resets.CarryOut(context.Background()))
}

// has reports whether somebody's setup is still there.
func (c *cast) has(u portico.User) bool { return c.Account(u.ID).FactorID != "" }

func path(p *porticotest.Page) string {
	at, _, _ := strings.Cut(p.Path, "?")
	return at
}

// TestC15_AfterAdminDeletePasswordAloneCannotEnrol: where the customer decides
// so, who has the password alone can neither log in nor set up 2FA after a
// reset; with the one-time code only the set-up is open, once.
func TestC15_AfterAdminDeletePasswordAloneCannotEnrol(t *testing.T) {
	c := newCast(t)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{RecoveryCode: true}})
	key := c.Enrol(c.user)
	admin := c.as(c.admin)
	if p := c.askFor(admin, c.user); p.Path != access+"?done=reset-done-code" || !strings.Contains(p.Row("ulla@"), "2FA not Enabled (must set up)") {
		t.Fatalf("%s %s", p.Path, p.Row("ulla@"))
	}
	code := recoveryPattern.FindString(c.lastMail("ulla@").Text)
	if code == "" {
		t.Fatal("no code in the mail")
	}
	b := c.Client()
	p := b.Login("ulla", porticotest.Password, "")
	if !p.Has("Enter your one-time code") || in(b) {
		t.Fatal(p.Text())
	}
	// Nothing else leads on: no code of the old key, no page of the set-up.
	for _, try := range [][]string{{"/login/code", "code", c.Code(key, 0)}, {"/login/recovery", "recovery_code", "AAAA-AAAA-AAAA-AAAA"}, {"/account/two-factor/enable", "", ""}} {
		if q := b.Post(try[0], try[1], try[2]); in(b) || q.Has("QR code") {
			t.Errorf("%s: %s", try[0], q.Text())
		}
	}
	if q := b.Get("/login/code"); q.Path != "/login/recovery" {
		t.Errorf("the page of codes: %s", q.Path)
	}
	p = b.Fill(b.Get("/login/recovery"), "Submit", "Recovery code", strings.ToLower(code))
	if path(p) != "/account/two-factor/required" || !p.Has("Your 2FA setup was deleted") {
		t.Fatalf("%s: %s", p.Path, p.Text())
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
		t.Fatal(p.Text())
	}
	c.Clock.Advance(30 * time.Second)
	if p := c.Client().Login("ulla", porticotest.Password, c.Code(fresh, 0)); !p.Has("Hello Ulla") {
		t.Errorf("afterwards: %s", p.Text())
	}
	if c.events(portico.ResetCodeMade, "") != 1 || c.events(portico.ResetCodeUsed, "") != 1 {
		t.Error("not in the log")
	}
}

// TestC20_OneTimeCodeAfterReset: handed over it is shown once, runs out, is of
// one person, and a new one takes a new request.
func TestC20_OneTimeCodeAfterReset(t *testing.T) {
	c := newCast(t)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{RecoveryCode: true}})
	other := c.User(c.acme.ID, "uwe", portico.RoleUser)
	c.Enrol(c.user)
	c.Enrol(other)
	admin, another := c.as(c.admin), c.as(c.User(c.acme.ID, "anna", portico.RoleAdministrator))
	shown := func(u portico.User) string {
		p := admin.Post(access+"/"+string(u.ID)+"/two-factor/delete", "reason", "lost phone", "hand_over", "yes")
		if q := another.Post(path(p) + "/code"); q.Status != 403 || recoveryPattern.MatchString(q.Body) {
			t.Errorf("shown to somebody else: %d", q.Status)
		}
		code := recoveryPattern.FindString(admin.Fill(p, "Show the one-time code").Body)
		if code == "" || recoveryPattern.MatchString(c.lastMail(u.Email).Text) {
			t.Fatalf("%s: %q", p.Path, code)
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
	c.Clock.Advance(portico.ResetCodeTime)
	if p := c.submitIssued("ulla", ullas); p.Status != 422 || !strings.Contains(p.Alert(), "24 hours") {
		t.Errorf("a day later: %d %s", p.Status, p.Alert())
	}
	admin = c.as(c.admin)
	list := admin.Get(access)
	ask := admin.Get(list.RowLink("ulla@", "New one-time code"))
	admin.Fill(ask, "Make a new one-time code", "Reason", "code lost")
	code := recoveryPattern.FindString(c.lastMail("ulla@").Text)
	if p := c.submitIssued("ulla", code); path(p) != "/account/two-factor/required" {
		t.Errorf("with the new one: %s", p.Text())
	}
}

func (c *cast) submitIssued(login, code string) *porticotest.Page {
	b := c.Client()
	return b.Fill(b.Login(login, porticotest.Password, ""), "Submit", "Recovery code", code)
}

// TestC09_OneTimeCodeIsThrottled: it shares the count of wrong codes.
func TestC09_OneTimeCodeIsThrottled(t *testing.T) {
	c := newCast(t)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{RecoveryCode: true}})
	c.Enrol(c.user)
	c.askFor(c.as(c.admin), c.user)
	code := recoveryPattern.FindString(c.lastMail("ulla@").Text)
	for range 5 {
		c.submitIssued("ulla", "AAAA-AAAA-AAAA-AAAA")
	}
	if p := c.submitIssued("ulla", code); p.Status != 429 {
		t.Errorf("after five wrong ones: %d %s", p.Status, p.Text())
	}
}

// TestResetByTwoPeople: who asks, who approves and whose setup it is are three,
// and the approver is the customer's own administrator.
func TestResetByTwoPeople(t *testing.T) {
	c := newCast(t)
	second := c.User(c.acme.ID, "anna", portico.RoleAdministrator)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{TwoPeople: true}, Administrator: portico.ResetRule{TwoPeople: true}})
	c.Enrol(c.user)
	theirs := c.as(c.help)
	alice, anna := c.as(c.admin), c.as(second)
	p := c.askFor(alice, c.user)
	at := path(p)
	if !strings.HasPrefix(at, "/administration/resets/") || !p.Has("Waits for approval") || !c.has(c.user) {
		t.Fatalf("%s: %s", p.Path, p.Text())
	}
	if q := alice.Get(access + "/" + string(c.user.ID) + "/two-factor/delete"); q.Path != at {
		t.Errorf("asked for again: %s", q.Path)
	}
	if q := alice.Post(access+"/"+string(c.user.ID)+"/two-factor/delete", "reason", "again"); q.Status != 422 || !strings.Contains(q.Alert(), "open already") {
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
	if m.Link(at) == "" || !strings.Contains(m.Text, "Ulla Tester (ulla)") || !anna.Get("/").Has("Waits for approval") {
		t.Errorf("the approver is not told: %s", m.Text)
	}
	p = anna.Get(at)
	if !p.Has("lost phone") || !p.Has("Last log-ins of Ulla") {
		t.Errorf("%s", p.Text())
	}
	if p = anna.Fill(p, "Approve"); c.has(c.user) || !p.Has("Done") {
		t.Fatalf("%s", p.Text())
	}
	if c.events(portico.TwoFactorReset, "Approver: Anna Tester; Reason: lost phone") != 1 || c.events(portico.ResetApproved, "") != 1 {
		t.Errorf("%+v", c.Events(c.acme.ID)[0])
	}
	// Of an administrator: nobody is left but who asks and whose it is.
	c.Enrol(second)
	anna = c.asWith(second, c.Enrol(second))
	c.Enrol(c.admin)
	if p := c.askFor(anna, c.admin); !p.Has("Waits for its time") {
		t.Errorf("nobody to approve: %s", p.Text())
	}
	c.Clock.Advance(portico.ResetAlone - time.Second)
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

// TestOperatorsResetIsApprovedByTheCustomer: nobody at the provider does both.
func TestOperatorsResetIsApprovedByTheCustomer(t *testing.T) {
	c := newCast(t)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{TwoPeople: true}})
	c.Enrol(c.user)
	olga := c.operator()
	oscar := c.as(c.User(portico.ProviderID, "oscar", portico.RoleOperator))
	p := olga.Post("/customers/acme/access/"+string(c.user.ID)+"/two-factor/delete", "reason", "call to the provider")
	at := path(p)
	id := at[strings.LastIndex(at, "/"):]
	if !p.Has("Waits for approval") || oscar.Post(at+"/approve").Status != 403 || !c.has(c.user) {
		t.Fatalf("%s: %s", p.Path, p.Text())
	}
	if p := c.as(c.admin).Post("/administration/resets" + id + "/approve"); c.has(c.user) {
		t.Errorf("%d %s", p.Status, p.Text())
	}
}

// TestResetDiesWithItsPeople: a request does not outlive the rights of who
// asked, nor goes on with somebody who was suspended meanwhile.
func TestResetDiesWithItsPeople(t *testing.T) {
	edit := func(c *cast, u portico.User, role portico.Role) error {
		return c.People.Edit(context.Background(), portico.CommandLine(), c.acme.ID, u.ID, portico.User{FirstName: u.FirstName, LastName: u.LastName, Email: u.Email, Role: role})
	}
	ctx, cl := context.Background(), portico.CommandLine()
	for name, event := range map[string]func(c *cast, asker, approver portico.User) error{
		"the asker lost the role":    func(c *cast, asker, _ portico.User) error { return edit(c, asker, portico.RoleUser) },
		"the asker was suspended":    func(c *cast, asker, _ portico.User) error { return c.People.Suspend(ctx, cl, c.acme.ID, asker.ID) },
		"the asker's log-ins ended":  func(c *cast, asker, _ portico.User) error { return c.People.EndSessions(ctx, cl, c.acme.ID, asker.ID) },
		"the approver lost the role": func(c *cast, _, approver portico.User) error { return edit(c, approver, portico.RoleHelpDesk) },
		"the approver's log-ins ended": func(c *cast, _, approver portico.User) error {
			return c.People.EndSessions(ctx, cl, c.acme.ID, approver.ID)
		},
		"the person was suspended":     func(c *cast, _, _ portico.User) error { return c.People.Suspend(ctx, cl, c.acme.ID, c.user.ID) },
		"the person moved to a phone":  func(c *cast, _, _ portico.User) error { c.spoilFactorID(c.user); return nil },
		"the customer was suspended":   func(c *cast, _, _ portico.User) error { return c.People.SuspendCustomer(ctx, cl, c.acme.ID) },
		"the command line was quicker": func(c *cast, _, _ portico.User) error { c.Reset(c.user, "x"); c.Enrol(c.user); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			c := newCast(t)
			asker, approver := c.User(c.acme.ID, "anna", portico.RoleAdministrator), c.User(c.acme.ID, "amir", portico.RoleAdministrator)
			c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{TwoPeople: true, DelayHours: 1}})
			c.Enrol(c.user)
			at := path(c.askFor(c.as(asker), c.user))
			c.as(approver).Post(at + "/approve")
			must(t, event(c, asker, approver))
			c.Clock.Advance(time.Hour)
			c.carryOut(t)
			if !c.has(c.user) || c.events(portico.TwoFactorReset, "") > 1 {
				t.Error("done")
			}
			r, err := c.DB.Read(ctx).Reset(c.acme.ID, portico.ResetID(at[strings.LastIndex(at, "/")+1:]))
			if err != nil || r.State != portico.ResetCancelled || r.EndedWhy == "" {
				t.Errorf("%+v %v", r, err)
			}
		})
	}
}

// spoilFactorID makes the setup of somebody another one.
func (c *cast) spoilFactorID(u portico.User) {
	c.behind(c.T.(*testing.T), `UPDATE factors SET id = 'another' WHERE user_id = '`+string(u.ID)+`'`)
}

// TestCallerCheckByMailedCode: nothing is deleted before the person has read
// the code back; wrong ones are counted, old ones run out.
func TestCallerCheckByMailedCode(t *testing.T) {
	c := newCast(t)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{CallerCheck: true}})
	c.Enrol(c.user)
	b := c.as(c.admin)
	p := c.askFor(b, c.user)
	if !p.Has("Who is calling?") || !c.has(c.user) {
		t.Fatal(p.Text())
	}
	asked := c.lastMail("ulla@")
	code := regexp.MustCompile(`\d{4} \d{4}`)
	phrase := regexp.MustCompile(`three words: ([a-z]+ [a-z]+ [a-z]+)`).FindStringSubmatch(p.Text())
	if len(phrase) != 2 || !strings.Contains(asked.Text, phrase[1]) || asked.Link("/not-me/") == "" {
		t.Fatalf("%v: %s", phrase, asked.Text)
	}
	p = b.Fill(p, "Mail a code")
	first := code.FindString(c.lastMail("ulla@").Text)
	wrong := "0000 0000"
	if first == wrong {
		wrong = "1111 1111"
	}
	for range portico.ResetCallTries {
		if q := b.Fill(p, "Check the code", "Code from the mail", wrong); q.Status != 422 || !c.has(c.user) {
			t.Fatalf("%d %s", q.Status, q.Alert())
		}
	}
	if q := b.Fill(p, "Check the code", "Code from the mail", first); q.Status != 422 || !c.has(c.user) {
		t.Errorf("after five wrong ones: %d", q.Status)
	}
	b.Fill(b.Get(path(p)), "Mail a code")
	second := code.FindString(c.lastMail("ulla@").Text)
	c.Clock.Advance(portico.ResetCallTime)
	b = c.as(c.admin)
	if q := b.Post(path(p)+"/proof", "kind", "mailed code", "call_code", second); q.Status == 200 && q.Has("Done") || !c.has(c.user) {
		t.Error("a code counts after ten minutes")
	}
	b.Post(path(p) + "/call")
	third := code.FindString(c.lastMail("ulla@").Text)
	if q := b.Post(path(p) + "/call"); q.Status != 422 {
		t.Errorf("a fourth code: %d", q.Status)
	}
	if q := b.Fill(b.Get(path(p)), "Check the code", "Code from the mail", third); c.has(c.user) || !q.Has("Done") {
		t.Fatalf("%d %s", q.Status, q.Alert())
	}
	if c.events(portico.TwoFactorReset, "Proof: mailed code read back; Reason: lost phone") != 1 || c.events(portico.ResetCallRefused, "") != portico.ResetCallTries {
		t.Errorf("%+v", c.Events(c.acme.ID)[0])
	}
}

// TestMailedCodeNeedsAProvenAddress: one who changes the address first gains
// nothing by a mail to it.
func TestMailedCodeNeedsAProvenAddress(t *testing.T) {
	c := newCast(t)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{CallerCheck: true, RecoveryCode: true}})
	c.Enrol(c.user)
	b := c.as(c.admin)
	must(t, c.People.Edit(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID,
		portico.User{FirstName: "Ulla", LastName: "Tester", Email: "mallory@example.net", Role: portico.RoleUser}))
	p := c.askFor(b, c.user)
	if q := b.Post(path(p) + "/call"); q.Status != 422 || !strings.Contains(q.Alert(), "7 days") {
		t.Errorf("%d %s", q.Status, q.Alert())
	}
	b.Fill(b.Get(path(p)), "Record", "Seen by", "the front desk")
	if c.has(c.user) || recoveryPattern.MatchString(c.lastMail("mallory@").Text) {
		t.Error("the one-time code was mailed to the new address")
	}
	if !b.Get(path(p)).Has("Show the one-time code") {
		t.Error("and cannot be handed over")
	}
}

// TestCallerCheckByAColleague: a colleague with 2FA vouches, and nobody else.
func TestCallerCheckByAColleague(t *testing.T) {
	c := newCast(t)
	carl, dora := c.User(c.acme.ID, "carl", portico.RoleUser), c.User(c.acme.ID, "dora", portico.RoleUser)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{CallerCheck: true}})
	ullasKey := c.Enrol(c.user)
	vouching, plain, stranger, admin := c.asWith(carl, c.Enrol(carl)), c.as(dora), c.as(c.other), c.as(c.admin)
	ulla := c.asWith(c.user, ullasKey)
	p := c.askFor(admin, c.user)
	to := regexp.MustCompile(`/vouch/[0-9a-f-]+`).FindString(p.Body)
	for who, b := range map[string]*porticotest.Client{"without 2FA": plain, "who asked": admin, "the person": ulla, "a stranger": stranger} {
		if q := b.Post(to); q.Status != 403 && q.Status != 404 || !c.has(c.user) {
			t.Errorf("%s vouches: %d", who, q.Status)
		}
	}
	if q := vouching.Fill(vouching.Get(to), "I vouch"); !q.Has("Thank you") || c.has(c.user) {
		t.Fatalf("%s", q.Text())
	}
	if c.events(portico.TwoFactorReset, "Proof: Carl Tester vouched; Reason: lost phone") != 1 {
		t.Errorf("%+v", c.Events(c.acme.ID)[0])
	}
	if q := vouching.Post(to); q.Status != 410 {
		t.Errorf("again: %d", q.Status)
	}
}

// TestDelayIsCancelledByTheMail: the button in the mail needs no log-in, a GET
// of it changes nothing, and only another administrator thaws the account.
func TestDelayIsCancelledByTheMail(t *testing.T) {
	c := newCast(t)
	second := c.User(c.acme.ID, "anna", portico.RoleAdministrator)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{DelayHours: 4}})
	key := c.Enrol(c.user)
	theirs, admin := c.asWith(c.user, key), c.as(c.admin)
	p := c.askFor(admin, c.user)
	link := c.lastMail("ulla@").Link("/not-me/")
	nobody := c.Client()
	q := nobody.Get(link)
	if !q.Has("not deleted") || !in(theirs) || !admin.Get(path(p)).Has("Waits for its time") {
		t.Fatalf("%s", q.Text())
	}
	if q = nobody.Fill(q, "This wasn't me"); !q.Has("frozen") || in(theirs) || in(nobody) {
		t.Fatalf("%s", q.Text())
	}
	c.Clock.Advance(4 * time.Hour)
	c.carryOut(t)
	c.Clock.Advance(time.Minute)
	if a := c.Account(c.user.ID); a.FactorID == "" || a.Status != portico.Suspended {
		t.Errorf("%+v", a.User)
	}
	if p := c.Client().Login("ulla", porticotest.Password, ""); p.Status != 422 {
		t.Errorf("a frozen account lets in: %s", p.Text())
	}
	if m := c.lastMail("anna@"); !strings.Contains(m.Text, "frozen") && !strings.Contains(m.Text, "Ulla Tester") {
		t.Errorf("%s", m.Text)
	}
	admin = c.as(c.admin)
	if p := admin.Post(access + "/" + string(c.user.ID) + "/reactivate"); p.Status != 403 || c.Account(c.user.ID).Status != portico.Suspended {
		t.Errorf("who asked thaws it: %d", p.Status)
	}
	anna := c.as(second)
	if p := anna.Post(access + "/" + string(c.user.ID) + "/reactivate"); p.Status != 200 || c.Account(c.user.ID).Status != portico.Active {
		t.Errorf("another one: %d %s", p.Status, p.Text())
	}
	if p := admin.Post(path(p) + "/cancel"); p.Status != 422 {
		t.Errorf("what has ended: %d", p.Status)
	}
}

// TestResetTakesEffectInItsTime: once, by whichever program looks first.
func TestResetTakesEffectInItsTime(t *testing.T) {
	c := newCast(t)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{DelayHours: 4}})
	c.Enrol(c.user)
	c.askFor(c.as(c.admin), c.user)
	second := porticotest.Start(t, c.Dir, c.Clock)
	c.Clock.Advance(4*time.Hour - time.Second)
	c.carryOut(t)
	if !c.has(c.user) {
		t.Fatal("too early")
	}
	c.Clock.Advance(time.Second)
	done := make(chan error, 2)
	for _, node := range []*porticotest.Portal{c.Portal, second} {
		go func() { done <- node.Resets.CarryOut(context.Background()) }()
	}
	must(t, <-done)
	must(t, <-done)
	if c.has(c.user) || c.events(portico.TwoFactorReset, "") != 1 {
		t.Errorf("done %d times", c.events(portico.TwoFactorReset, ""))
	}
	// Another one, that nobody looked at for too long.
	c.Enrol(c.user)
	c.askFor(c.as(c.admin), c.user)
	c.Clock.Advance(4*time.Hour + portico.ResetLate)
	c.carryOut(t)
	if !c.has(c.user) || c.events(portico.ResetHasExpired, "") != 1 {
		t.Error("done a day late")
	}
}

// TestApproveAndCancelAtOnce: one of them wins, and what was cancelled deletes
// nothing.
func TestApproveAndCancelAtOnce(t *testing.T) {
	c := newCast(t)
	second := c.User(c.acme.ID, "anna", portico.RoleAdministrator)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{TwoPeople: true}})
	alice, anna := portico.AsUser(c.admin, portico.Origin{}), portico.AsUser(second, portico.Origin{})
	node := porticotest.Start(t, c.Dir, c.Clock)
	for range 8 {
		c.Enrol(c.user)
		r, err := c.Resets.Ask(t.Context(), alice, c.acme.ID, c.user.ID, "lost phone", false)
		must(t, err)
		approved, gone := make(chan error), make(chan error)
		go func() { approved <- c.Resets.Approve(context.Background(), anna, c.acme.ID, r.ID) }()
		go func() { gone <- node.Resets.Cancel(context.Background(), alice, c.acme.ID, r.ID) }()
		a, g := <-approved, <-gone
		if (a == nil) == (g == nil) || (a == nil) == c.has(c.user) {
			t.Errorf("approved: %v, cancelled: %v, the setup is there: %v", a, g, c.has(c.user))
		}
	}
}

// TestVelocity: the second reset of a person within a day and one too many an
// hour are stopped, told and shown.
func TestVelocity(t *testing.T) {
	c := newCast(t)
	second := c.User(c.acme.ID, "anna", portico.RoleAdministrator)
	c.resetsAt(t, portico.ResetPolicy{OncePerDay: true, PerHour: 2})
	b := c.as(c.admin)
	c.Enrol(c.user)
	c.askFor(b, c.user)
	c.Enrol(c.user)
	if p := c.askFor(b, c.user); p.Status != 422 || !strings.Contains(p.Alert(), "less than 24 hours ago") || !c.has(c.user) {
		t.Errorf("the same person: %d %s", p.Status, p.Alert())
	}
	if m := c.lastMail("anna@"); !strings.Contains(m.Text, "was stopped") || !strings.Contains(m.Text, "Alice Tester") {
		t.Errorf("%s", m.Text)
	}
	for _, login := range []string{"uwe", "uma"} {
		u := c.User(c.acme.ID, login, portico.RoleUser)
		c.Enrol(u)
		if p := c.askFor(b, u); (login == "uma") != (p.Status == 422 && c.has(u)) {
			t.Errorf("%s: %d", login, p.Status)
		}
	}
	if n := len(c.Mails("anna@")); n != 1 {
		t.Errorf("%d mails within an hour", n)
	}
	if p := c.as(second).Get("/"); !p.Has("was stopped") {
		t.Errorf("%s", p.Text())
	}
	c.Clock.Advance(portico.ResetDay)
	if p := c.askFor(c.as(c.admin), c.user); p.Status != 200 || c.has(c.user) {
		t.Errorf("a day later: %d", p.Status)
	}
}

// TestResetThenPasswordThenNewNetwork is how an account is taken over.
func TestResetThenPasswordThenNewNetwork(t *testing.T) {
	p := porticotest.New(t, porticotest.Behind)
	acme := p.Customer("acme", "Acme Telecom")
	user := p.User(acme.ID, "ulla", portico.RoleUser)
	p.User(acme.ID, "alice", portico.RoleAdministrator)
	login := func(from, password string) {
		b := p.Client()
		b.From = from
		if q := b.Login("ulla", password, ""); !q.Has("Hello") {
			t.Fatal(q.Text())
		}
	}
	flags := func() (n int) {
		for _, e := range p.Events(acme.ID) {
			if e.Action == portico.ResetFlagged {
				n++
			}
		}
		return n
	}
	const next = "seven quiet rivers meet"
	login("192.0.2.1", porticotest.Password)
	p.Enrol(user)
	p.Clock.Advance(time.Minute)
	p.Reset(user, "lost phone")
	login("203.0.113.9", porticotest.Password)
	if flags() != 0 {
		t.Error("without a change of the password")
	}
	must(t, p.People.SendPasswordLink(t.Context(), portico.CommandLine(), acme.ID, user.ID))
	mails := p.Mails("ulla@")
	b := p.Client()
	b.Fill(b.Get(mails[len(mails)-1].Link("/password/")), "Save password", "Password", next)
	login("192.0.2.77", next)
	if flags() != 0 {
		t.Error("from the network of before")
	}
	login("203.0.113.9", next)
	login("203.0.113.9", next)
	if flags() != 1 {
		t.Errorf("%d", flags())
	}
	if m := p.Mails("alice@"); len(m) != 1 || !strings.Contains(m[0].Text, "203.0.113.9") {
		t.Errorf("%+v", m)
	}
}

// TestRelaxingTheRulesHelpsNobodyAtOnce: the stricter ones hold on for a day,
// whichever way they are given up, and the other administrators are told.
func TestRelaxingTheRulesHelpsNobodyAtOnce(t *testing.T) {
	for name, relax := range map[string]func(*cast) error{
		"on the page": func(c *cast) error {
			return c.People.SavePolicy(context.Background(), portico.AsUser(c.admin, portico.Origin{}), c.acme.ID, &portico.Policy{})
		},
		"by the provider's defaults": func(c *cast) error {
			return c.People.SavePolicy(context.Background(), portico.AsUser(c.admin, portico.Origin{}), c.acme.ID, nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCast(t)
			c.User(c.acme.ID, "anna", portico.RoleAdministrator)
			c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{TwoPeople: true}})
			c.Enrol(c.user)
			must(t, relax(c))
			if m := c.lastMail("anna@"); !strings.Contains(m.Text, "Alice Tester has relaxed") {
				t.Errorf("%s", m.Text)
			}
			b := c.as(c.admin)
			if !b.Get("/administration/policy").Has("These rules were relaxed") {
				t.Error("the page does not say so")
			}
			p := c.askFor(b, c.user)
			if !p.Has("Waits for approval") || !c.has(c.user) {
				t.Fatalf("%s", p.Text())
			}
			b.Post(path(p) + "/cancel")
			c.Clock.Advance(portico.ResetRelaxed)
			if p := c.askFor(c.as(c.admin), c.user); c.has(c.user) {
				t.Errorf("a day later: %s", p.Text())
			}
		})
	}
}

// TestPolicyPageOfResets: what is chosen is stored and shown, and a number out
// of bounds stores nothing.
func TestPolicyPageOfResets(t *testing.T) {
	c := newCast(t)
	b := c.as(c.admin)
	const at = "/administration/policy"
	if q := b.Post(at, "reset_two_user", "yes", "reset_delay_administrator", "169"); q.Status != 422 || !strings.Contains(q.Alert(), "168 hours") {
		t.Errorf("%d %s", q.Status, q.Alert())
	}
	b.Post(at, "reset_two_user", "yes", "reset_caller_helpdesk", "yes", "reset_code_administrator", "yes", "reset_delay_administrator", "48", "reset_once_per_day", "yes", "reset_per_hour", "5")
	want := portico.ResetPolicy{
		User: portico.ResetRule{TwoPeople: true}, HelpDesk: portico.ResetRule{CallerCheck: true},
		Administrator: portico.ResetRule{RecoveryCode: true, DelayHours: 48}, OncePerDay: true, PerHour: 5,
	}
	if got := c.Account(c.admin.ID).Customer.Policy.Resets; got != want {
		t.Errorf("%+v", got)
	}
	p := b.Get(at)
	if p.Value("Delay in hours, Administrators") != "48" || p.Value("At most so many an hour by one administrator") != "5" {
		t.Error("not shown")
	}
	b.Fill(p, "Save")
	if got := c.Account(c.admin.ID).Customer.Policy.Resets; got != want {
		t.Errorf("saved again: %+v", got)
	}
}
