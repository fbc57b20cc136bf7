package web_test

import (
	"regexp"
	"strings"
	"testing"

	"portico"
	"portico/internal/porticotest"
)

// TestCallerCheckByMailedCode checks that nothing is deleted before the person
// has read the mailed code back, that wrong codes are counted, and that codes
// expire.
func TestCallerCheckByMailedCode(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{CallerCheck: true}})
	c.Enrol(c.user)
	b := c.as(c.admin)
	p := c.askFor(b, c.user)
	if !p.Has("Who is calling?") || !c.has(c.user) {
		t.Fatalf(`c.askFor(b, c.user): got %s, want the text "Who is calling?", c.has(c.user)`, p.Text())
	}
	asked := c.lastMail("ulla@")
	code := regexp.MustCompile(`\d{4} \d{4}`)
	if p.Has("I have sent you an email") || asked.Link("/not-me/") == "" {
		t.Fatalf(`%s: %s, want no text "I have sent you an email" before it is sent, some asked.Link("/not-me/")`, p.Text(), asked.Text)
	}
	another := c.as(c.User(c.acme.ID, "anna", portico.RoleAdministrator))
	for _, form := range [][]string{{"/call"}, {"/proof", "kind", "in person", "seen_by", "me"}, {"/proof", "kind", "mailed code", "call_code", "12345678"}, {"/proof", "kind", "a feeling"}} {
		if q := another.Post(path(p)+form[0], form[1:]...); q.Status < 400 || !c.has(c.user) {
			t.Errorf("somebody else proves: %v %d", form, q.Status)
		}
	}
	p = b.Fill(p, "Email a code")
	phrase := regexp.MustCompile(`from the help desk: ([a-z]+ [a-z]+ [a-z]+)`).FindStringSubmatch(p.Text())
	if len(phrase) != 2 || !strings.Contains(asked.Text, phrase[1]) {
		t.Fatalf(`%v: %s, want 2 of phrase, the second in asked.Text`, phrase, asked.Text)
	}
	first := code.FindString(c.lastMail("ulla@").Text)
	wrong := "0000 0000"
	if first == wrong {
		wrong = "1111 1111"
	}
	for range portico.ResetCallTries {
		if q := b.Fill(p, "Check the code", "Code from the email", wrong); q.Status != 422 || !c.has(c.user) {
			t.Fatalf(`pressing "Check the code": got %d %s, want status 422, c.has(c.user)`, q.Status, q.Alert())
		}
	}
	if q := b.Fill(p, "Check the code", "Code from the email", first); q.Status != 422 || !c.has(c.user) {
		t.Errorf("after five wrong ones: %d", q.Status)
	}
	b.Fill(b.Get(path(p)), "Email a code")
	second := code.FindString(c.lastMail("ulla@").Text)
	c.Clock.Advance(portico.ResetCallTTL)
	b = c.as(c.admin)
	if q := b.Post(path(p)+"/proof", "kind", "mailed code", "call_code", second); q.Status == 200 && q.Has("Done") || !c.has(c.user) {
		t.Error("a code counts after ten minutes")
	}
	b.Post(path(p) + "/call")
	third := code.FindString(c.lastMail("ulla@").Text)
	if q := b.Post(path(p) + "/call"); q.Status != 422 {
		t.Errorf("a fourth code: %d", q.Status)
	}
	if q := b.Fill(b.Get(path(p)), "Check the code", "Code from the email", third); c.has(c.user) || !q.Has("Done") {
		t.Fatalf(`pressing "Check the code": got %d %s, want not c.has(c.user), the text "Done"`, q.Status, q.Alert())
	}
	if c.events(portico.TwoFactorReset, "Proof: mailed code read back; Reason: lost phone") != 1 || c.events(portico.ResetCallRefused, "") != portico.ResetCallTries {
		t.Errorf(`got %+v, want c.events(portico.TwoFactorReset, "Proof: mailed code read back; Reason: lost phone") 1, c.events(portico.ResetCallRefused, "") %v`, c.Events(c.acme.ID)[0], portico.ResetCallTries)
	}
}

// TestMailedCodeNeedsAProvenAddress checks that changing the address first does
// not help: no code is mailed to an address that is new.
func TestMailedCodeNeedsAProvenAddress(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{CallerCheck: true, ResetCode: true}})
	c.Enrol(c.user)
	b := c.as(c.admin)
	must(t, c.Users.Edit(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID,
		portico.User{FirstName: "Ulla", LastName: "Tester", Email: "mallory@example.net", Role: portico.RoleUser}))
	p := c.askFor(b, c.user)
	if q := b.Post(path(p) + "/call"); q.Status != 422 || !strings.Contains(q.Alert(), "7 days") {
		t.Errorf(`POST path(p) + "/call": got %d %s, want status 422, "7 days" in q.Alert()`, q.Status, q.Alert())
	}
	b.Fill(b.Get(path(p)), "Record", "Seen by", "the front desk")
	if c.has(c.user) || recoveryPattern.MatchString(c.lastMail("mallory@").Text) {
		t.Error("the reset code was mailed to the new address")
	}
	if !b.Get(path(p)).Has("Show the reset code") {
		t.Error("and cannot be handed over")
	}
}

// TestCallerCheckByAColleague checks that a colleague with 2FA can vouch, and
// nobody else.
func TestCallerCheckByAColleague(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
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
		t.Fatalf(`pressing "I vouch": got %s, want the text "Thank you", not c.has(c.user)`, q.Text())
	}
	if c.events(portico.TwoFactorReset, "Proof: Carl Tester vouched; Reason: lost phone") != 1 {
		t.Errorf(`got %+v, want c.events(portico.TwoFactorReset, "Proof: Carl Tester vouched; Reason: lost phone") 1`, c.Events(c.acme.ID)[0])
	}
	if q := vouching.Post(to); q.Status != 410 {
		t.Errorf("again: %d", q.Status)
	}
}

// TestCallBackNamesTheNumber checks that a call back counts only with the last digits
// of the number that was called.
func TestCallBackNamesTheNumber(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{CallerCheck: true}})
	c.Enrol(c.user)
	b := c.as(c.admin)
	p := c.askFor(b, c.user)
	for _, number := range []string{"", "x", "5", "1234567", "12x", "1 2", "-12", "\u0661\u0662"} {
		q := b.Post(path(p)+"/proof", "kind", "call back", "number", number)
		if q.Status != 422 || q.Alert() != "Enter the last 2 to 6 digits of the number on file that you called." || !c.has(c.user) {
			t.Errorf("%q: got %d %q, want 422", number, q.Status, q.Alert())
		}
	}
	if q := b.Fill(p, "I have called back", "Last digits of the number", " 5678 "); q.Status != 200 || c.has(c.user) {
		t.Errorf("the last digits: got %d %q, want the setup deleted", q.Status, q.Alert())
	}
}
