package web_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/passkey/passkeytest"
	"portico/internal/porticotest"
)

type lie = func(*passkeytest.Draft)

// passkeyFixture is a portal where the user has a passkey.
type passkeyFixture struct {
	*fixture
	t       *testing.T
	key     *passkeytest.Authenticator
	session *porticotest.Client // in which it was added
}

func newPasskeyFixture(t *testing.T, options ...func(*porticotest.Portal)) *passkeyFixture {
	t.Helper()
	c := newFixture(t, append(options, porticotest.Named)...)
	p := &passkeyFixture{fixture: c, t: t, key: c.key(t), session: c.as(c.user)}
	c.addPasskey(t, p.session, p.key)
	return p
}

// place is where a passkey in force counts.
type place struct {
	path   string
	begin  func(*passkeyFixture) (*porticotest.Client, []byte) // a browser before the answer, with its options
	opened func(*porticotest.Client) bool
}

var places = map[string]place{
	"second step": {"/login/passkey", func(c *passkeyFixture) (*porticotest.Client, []byte) { return c.pendWithPasskey(c.t) }, isLoggedIn},
	"whole log-in": {"/login/with-passkey", func(c *passkeyFixture) (*porticotest.Client, []byte) {
		b := c.Client()
		return b, loginOptions(b)
	}, isLoggedIn},
	"confirmation": {"/confirm", func(c *passkeyFixture) (*porticotest.Client, []byte) {
		c.behind(c.t, `UPDATE sessions SET confirmed_at = 0`)
		return c.session, optionsOn(c.session.Get("/confirm"))
	}, func(b *porticotest.Client) bool { return b.Get("/account/password").Path == "/account/password" }},
}

// refuses sends an answer and checks that it opens nothing and changes no row.
func (c *passkeyFixture) refuses(what string, at place, b *porticotest.Client, answer []byte) *porticotest.Page {
	c.t.Helper()
	before := c.Authenticators(c.user)
	p := b.Post(at.path, "passkey", string(answer))
	if p.Status != 422 || p.Alert() == "" || at.opened(b) {
		c.t.Errorf("%s: %d %s", what, p.Status, p.Text())
	}
	for i, f := range c.Authenticators(c.user) {
		was := before[i]
		if f.Passkey.SignCount != was.Passkey.SignCount || f.Passkey.BackedUp != was.Passkey.BackedUp || !f.LastUsedAt.Equal(was.LastUsedAt) || f.Enabled != was.Enabled {
			c.t.Errorf("%s: the passkey was %+v and is %+v", what, was, f)
		}
	}
	// The failures of one answer must not stop the next one of the test.
	c.behind(c.t, `DELETE FROM throttle`)
	c.behind(c.t, `UPDATE browsers SET failures = 0`)
	return p
}

func (c *passkeyFixture) accepts(what string, at place, b *porticotest.Client, answer []byte) {
	c.t.Helper()
	if p := b.Post(at.path, "passkey", string(answer)); !at.opened(b) {
		c.t.Errorf("%s: %d %s", what, p.Status, p.Text())
	}
}

// addOptions returns the options for another passkey of the user.
func (c *passkeyFixture) addOptions() []byte {
	c.t.Helper()
	c.behind(c.t, `UPDATE sessions SET confirmed_at = created_at`)
	return optionsOn(c.session.Get(newPasskey))
}

// everywhere runs a test at each place, with a portal of its own.
func everywhere(t *testing.T, test func(c *passkeyFixture, at place)) {
	for name, at := range places {
		t.Run(name, func(t *testing.T) { test(newPasskeyFixture(t), at) })
	}
}

func TestC23_WrongOriginRPChallengeUser(t *testing.T) {
	everywhere(t, func(c *passkeyFixture, at place) {
		for what, lie := range map[string]lie{
			"another origin":        func(d *passkeytest.Draft) { d.Origin = "https://evil.example" },
			"another port":          func(d *passkeytest.Draft) { d.Origin += "0" },
			"a frame":               func(d *passkeytest.Draft) { d.CrossOrigin = true },
			"another relying party": func(d *passkeytest.Draft) { d.RPID = "evil.example" },
			"made-up challenge":     func(d *passkeytest.Draft) { d.Challenge = base64.RawURLEncoding.EncodeToString(make([]byte, 41)) },
			"no challenge":          func(d *passkeytest.Draft) { d.Challenge = "" },
			"another user":          func(d *passkeytest.Draft) { d.UserHandle = bytes.Repeat([]byte{1}, 64) },
			"a registration":        func(d *passkeytest.Draft) { d.Type = "webauthn.create" },
			"nobody is present":     func(d *passkeytest.Draft) { d.Flags = 0 },
			"another key":           func(d *passkeytest.Draft) { d.Key = c.key.NewKey() },
			"copied meanwhile":      func(d *passkeytest.Draft) { d.Flags |= passkeytest.BackupEligible },
		} {
			b, options := at.begin(c)
			c.refuses(what, at, b, c.key.Get(options, lie))
		}
		b, _ := at.begin(c)
		c.refuses("no answer", at, b, []byte("{}"))
		b, options := at.begin(c)
		c.accepts("the truth", at, b, c.key.Get(options))
	})
}

// TestC23_ChallengeOfAnotherPlace answers a challenge where it was not given: in
// another browser, or for something else.
func TestC23_ChallengeOfAnotherPlace(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newPasskeyFixture(t)
	for from, other := range places {
		for name, at := range places {
			_, options := other.begin(c)
			b, _ := at.begin(c)
			if from == name && from == "confirmation" {
				continue // the same session: the challenge counts
			}
			c.refuses("a challenge of the "+from+" at the "+name, at, b, c.key.Get(options))
		}
	}
	made := c.fixture.key(t).Create(c.addOptions())
	another := c.as(c.help)
	if p := another.Post(newPasskey, "passkey", string(made)); p.Status != 422 || len(c.Authenticators(c.help)) > 0 {
		t.Errorf("a passkey that was made for another session: %d %s", p.Status, p.Text())
	}
}

func TestC23_ReplayedAssertion(t *testing.T) {
	everywhere(t, func(c *passkeyFixture, at place) {
		b, options := at.begin(c)
		answer := c.key.Get(options)
		c.accepts("an answer", at, b, answer)
		if at.path != "/login/passkey" { // there, the pending login has ended
			if b != c.session {
				b.Post("/logout")
			}
			c.behind(c.t, `UPDATE sessions SET confirmed_at = 0`)
			c.refuses("the same answer again", at, b, answer)
		}
	})
	c := newPasskeyFixture(t)
	answer := c.fixture.key(t).Create(c.addOptions())
	c.session.Post(newPasskey, "passkey", string(answer))
	if p := c.session.Post(newPasskey, "passkey", string(answer)); p.Status != 422 || !strings.Contains(p.Alert(), "not accepted") || len(c.Authenticators(c.user)) != 2 {
		t.Errorf("adding the same again: %d %s", p.Status, p.Text())
	}
}

// TestC23_ChallengeConsumedBeforeVerification checks that a challenge counts once
// even if its first answer proves nothing.
func TestC23_ChallengeConsumedBeforeVerification(t *testing.T) {
	everywhere(t, func(c *passkeyFixture, at place) {
		b, options := at.begin(c)
		c.refuses("a wrong answer", at, b, c.key.Get(options, func(d *passkeytest.Draft) { d.Key = c.key.NewKey() }))
		c.refuses("a right answer to the same challenge", at, b, c.key.Get(options))
	})
}

func TestC23_ChallengesExpire(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newPasskeyFixture(t)
	b := c.Client()
	options := loginOptions(b)
	c.Clock.Advance(5 * time.Minute)
	c.refuses("after five minutes", places["whole log-in"], b, c.key.Get(options))
	options = loginOptions(b)
	c.Clock.Advance(5*time.Minute - time.Millisecond)
	c.accepts("before", places["whole log-in"], b, c.key.Get(options))
}

// TestC23_CounterOrFlagsUnchangedOnFailure checks what refuses looks at, with an
// authenticator that counts and synchronises, and that a success is noted.
func TestC23_CounterOrFlagsUnchangedOnFailure(t *testing.T) {
	everywhere(t, func(c *passkeyFixture, at place) {
		c.behind(c.t, `UPDATE authenticators SET backup_eligible = TRUE`)
		c.key.Flags |= passkeytest.BackupEligible | passkeytest.BackedUp
		c.key.Step = 3
		b, options := at.begin(c)
		c.refuses("a wrong signature", at, b, c.key.Get(options, func(d *passkeytest.Draft) { d.Cut = 1 }))
		b, options = at.begin(c)
		c.accepts("an answer", at, b, c.key.Get(options))
		if f := c.Authenticators(c.user)[0]; f.Passkey.SignCount != 6 || !f.Passkey.BackedUp || !f.LastUsedAt.Equal(c.Clock.Now()) {
			c.t.Errorf("after a success: %+v", f)
		}
	})
}

// TestC23_CopyIsTold has the sign count of a passkey go back.
func TestC23_CopyIsTold(t *testing.T) {
	everywhere(t, func(c *passkeyFixture, at place) {
		c.behind(c.t, `UPDATE authenticators SET sign_count = 9`)
		b, options := at.begin(c)
		p := c.refuses("a lower count", at, b, c.key.Get(options, func(d *passkeytest.Draft) { d.SignCount = 8 }))
		if !strings.Contains(p.Alert(), "may have been copied") || !c.mailed("may have been copied", "count went back") {
			c.t.Errorf("the user is not told: %s", p.Text())
		}
		action := portico.LoginRefused
		if at.path == "/confirm" {
			action = portico.ConfirmRefused
		}
		if c.events(action, "passkey: its sign count went back, it may have been copied") != 1 {
			c.t.Error("no event tells of it")
		}
	})
}

// TestC23_CopyIsToldAtTheLastAttempt has the sign count go back in the last attempt that
// a pending login takes, which the page answers with its end.
func TestC23_CopyIsToldAtTheLastAttempt(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newPasskeyFixture(t)
	c.behind(t, `UPDATE authenticators SET sign_count = 9`)
	b, options := c.pendWithPasskey(t)
	for range portico.CodesPerLogin - 1 {
		b.Post("/login/code", "code", "000000")
	}
	answer := c.key.Get(options, func(d *passkeytest.Draft) { d.SignCount = 8 })
	if p := b.Post("/login/passkey", "passkey", string(answer)); !p.Has("too many wrong codes") {
		t.Errorf("the last attempt: %d %s", p.Status, p.Text())
	}
	if !c.mailed("may have been copied", "count went back") {
		t.Error("the user is not told")
	}
}

// TestC23_CopyIsToldOnceADay has the sign count of a passkey go back again and again at
// whole log-ins: there is an event each time and a mail a day, which names the passkey
// and says what to do if there is no other, and none says that a password was entered.
func TestC23_CopyIsToldOnceADay(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newPasskeyFixture(t)
	told := func() (n int, text string) {
		for _, m := range c.Mails("ulla@example.com") {
			if strings.Contains(m.Subject, "may have been copied") {
				n, text = n+1, m.Text
			}
			if strings.Contains(m.Text, "password had been entered") || strings.Contains(m.Text, "knows your password") {
				t.Errorf("a mail about the password, which nobody entered: %s", m.Text)
			}
		}
		return n, text
	}
	use := func(times int) {
		c.behind(t, `UPDATE authenticators SET sign_count = 9`)
		for range times {
			b := c.Client()
			whole(b, c.key.Get(loginOptions(b), func(d *passkeytest.Draft) { d.SignCount = 8 }))
		}
	}
	use(5)
	n, text := told()
	if n != 1 || !strings.Contains(text, "The passkey Passkey of") || !strings.Contains(text, "only authenticator") || !strings.Contains(text, "delete your 2FA setup") {
		t.Errorf("%d mails: %s", n, text)
	}
	if n := c.events(portico.LoginRefused, "passkey: its sign count went back, it may have been copied"); n != 5 {
		t.Errorf("%d events, want 5", n)
	}
	if n := c.events(portico.CodeGuessing, ""); n != 0 {
		t.Errorf("%d events say that codes were guessed", n)
	}
	c.Clock.Advance(25 * time.Hour)
	c.behind(t, `DELETE FROM throttle WHERE kind = 'code'`)
	use(2)
	if n, _ := told(); n != 2 {
		t.Errorf("%d mails after a day, want 2", n)
	}
}

// TestC23_CredentialOfAnother uses a passkey of one person for another.
func TestC23_CredentialOfAnother(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newPasskeyFixture(t)
	theirs := c.key
	c.key = c.fixture.key(t)
	thief := c.as(c.help)
	c.addPasskey(t, thief, c.key)
	for _, name := range []string{"second step", "confirmation"} {
		at := places[name]
		own, options := at.begin(c)
		ids := strings.SplitN(string(options), `"allowCredentials"`, 2)[0] + `"timeout":1}` // without the list, so that the browser offers all
		c.refuses("at the "+name, at, own, c.key.Get([]byte(ids)))
		b, options := at.begin(c)
		c.refuses("with the user's handle, at the "+name, at, b, theirs.Get(options, func(d *passkeytest.Draft) { d.Key = c.key.NewKey() }))
	}
	c.behind(t, `UPDATE sessions SET confirmed_at = created_at`)
	another := c.fixture.key(t)
	made := func(d *passkeytest.Draft) { d.CredentialID = c.Authenticators(c.user)[0].Passkey.ID }
	p := thief.Post(newPasskey, "passkey", string(another.Create(optionsOn(thief.Get(newPasskey)), made)))
	if p.Status != 422 || !strings.Contains(p.Alert(), "cannot be added") || len(c.Authenticators(c.help)) != 1 {
		t.Errorf("adding a passkey with the ID of somebody else's: %d %s", p.Status, p.Text())
	}
}

func TestC23_UVRequiredForWholeLogin(t *testing.T) {
	everywhere(t, func(c *passkeyFixture, at place) {
		c.key.Flags = passkeytest.UserPresent
		b, options := at.begin(c)
		if at.path == "/login/passkey" { // after the password, presence is enough
			c.accepts("presence", at, b, c.key.Get(options))
			return
		}
		if !strings.Contains(string(options), `"userVerification":"required"`) {
			c.t.Errorf("the options do not ask for it: %s", options)
		}
		c.refuses("presence", at, b, c.key.Get(options))
	})
}

// TestC23_FailureChargesLikeACode checks that wrong answers and wrong codes share the
// account's failures, and that those of nobody's passkey count for their source.
func TestC23_FailureChargesLikeACode(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newPasskeyFixture(t)
	c.session.SetCookie("portico_browser", "forged")
	wrong := func(d *passkeytest.Draft) { d.Cut = 1 }
	for _, name := range []string{"second step", "whole log-in", "confirmation", "second step"} {
		b, options := places[name].begin(c)
		if p := b.Post(places[name].path, "passkey", string(c.key.Get(options, wrong))); p.Status != 422 {
			t.Fatalf("a wrong answer at the %s: %d %s", name, p.Status, p.Text())
		}
	}
	c.pend(c.user).Post("/login/code", "code", "000000")
	for name, at := range places {
		b, options := at.begin(c)
		if p := b.Post(at.path, "passkey", string(c.key.Get(options))); p.Status != 429 || p.Header.Get("Retry-After") == "" {
			t.Errorf("a sixth, at the %s: %d %s", name, p.Status, p.Text())
		}
	}
	other := c.fixture.key(t)
	other.Create(c.addOptions())
	status := 0
	for range 31 {
		b := c.Client()
		status = whole(b, other.Get(loginOptions(b))).Status
	}
	if status != 429 {
		t.Errorf("31 answers of nobody's passkey from one source: %d", status)
	}
}

// TestC09_RefusedPasskeysAreTold checks what the user is told of refused answers: that
// somebody has the password only if it was entered.
func TestC09_RefusedPasskeysAreTold(t *testing.T) {
	if testing.Short() {
		return // long
	}
	const passkeyMail, passwordMail = "A passkey was refused several times", "Attempts failed after your password was entered"
	refuse := func(c *passkeyFixture, name string, times int) {
		for range times {
			b, options := places[name].begin(c)
			b.Post(places[name].path, "passkey", string(c.key.Get(options, func(d *passkeytest.Draft) { d.Cut = 1 })))
		}
	}
	c := newPasskeyFixture(t)
	refuse(c, "whole log-in", 5)
	if c.told(passkeyMail) != 1 || !c.mailed(passkeyMail, "No password was entered") || c.events(portico.PasskeyGuessing, "") != 1 {
		t.Errorf("%d mails and %d events of refused passkeys", c.told(passkeyMail), c.events(portico.PasskeyGuessing, ""))
	}
	if c.told(passwordMail) != 0 || c.events(portico.CodeGuessing, "") != 0 || c.session.Get("/account").Has(passwordMail) {
		t.Error("the user is told that somebody has the password")
	}
	c = newPasskeyFixture(t)
	refuse(c, "whole log-in", 4)
	refuse(c, "second step", 1)
	if c.told(passkeyMail) != 0 || c.told(passwordMail) != 1 || c.events(portico.CodeGuessing, "") != 1 {
		t.Errorf("with one after the password: %d and %d mails", c.told(passkeyMail), c.told(passwordMail))
	}
}

// TestC23_OneChallengeOnTwoNodes sends one answer to two nodes at once.
func TestC23_OneChallengeOnTwoNodes(t *testing.T) {
	c := newPasskeyFixture(t)
	second := porticotest.Start(t, c.Dir, c.Clock, func(p *porticotest.Portal) { p.URL = c.URL })
	b := c.Client()
	answer := string(c.key.Get(loginOptions(b)))
	var forms []form
	for _, node := range []string{c.Node, second.Node} {
		n := porticotest.NewClient(t, "http://"+node)
		n.SetCookie("portico_browser", b.Cookie("portico_browser"))
		forms = append(forms, form{n, "/login/with-passkey", []string{"passkey", answer}})
	}
	atOnce(t, forms)
	if n := c.events(portico.LoginDone, "passkey"); n != 1 {
		t.Errorf("%d log-ins, want 1", n)
	}
}

// TestC23_CannotBeAddedFrom checks that neither a pending login, nor a session that
// allows the set-up alone, nor a remembered browser adds a passkey to a setup.
func TestC23_CannotBeAddedFrom(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	c.allowRemembering(t)
	key := c.Enrol(c.user)
	remembered := c.rememberedBy(t, key)
	if p := remembered.Login("ulla", porticotest.Password, ""); !p.Has("Hello Ulla") {
		t.Fatalf("a remembered browser: %s", p.Text())
	}
	for name, b := range map[string]*porticotest.Client{"pending login": c.pend(c.user), "remembered browser": remembered} {
		if p := b.Get(newPasskey); optionsOn(p) != nil && strings.Contains(string(optionsOn(p)), "pubKeyCredParams") {
			t.Errorf("a %s: %s", name, p.Text())
		}
		if b.Post(newPasskey, "passkey", "{}"); len(c.Authenticators(c.user)) != 1 {
			t.Errorf("a %s adds a passkey", name)
		}
	}
	c.EnrolDisabled(c.help)
	before := c.as(c.help)
	made := c.key(t).Create(optionsOn(before.Get(newPasskey)))
	c.decide(t, c.acme.ID, from(c.Clock.Now()))
	if p := before.Get(newPasskey); optionsOn(p) != nil {
		t.Errorf("an enrol-only session: %s", p.Text())
	}
	if before.Post(newPasskey, "passkey", string(made)); len(c.Authenticators(c.help)) != 1 {
		t.Error("an enrol-only session adds a passkey to a kept setup")
	}
	// Somebody who has nothing sets 2FA up with one.
	if p := c.addPasskey(t, c.as(c.admin), c.key(t)); p.TwoFactorStatus() != "Enabled" {
		t.Errorf("the required set-up: %s", p.Text())
	}
}

// TestC23_SwitchedOffOpensNothing checks that a passkey out of force is no log-in, and
// that neither is one of an account that its user had frozen.
func TestC23_SwitchedOffOpensNothing(t *testing.T) {
	for what, change := range map[string]func(c *passkeyFixture){
		"switched off": func(c *passkeyFixture) { c.session.Post(disable) },
		"frozen": func(c *passkeyFixture) {
			c.behind(c.t, `UPDATE users SET password_expired = TRUE WHERE login_id = 'ulla'`)
		},
		"suspended": func(c *passkeyFixture) {
			c.behind(c.t, `UPDATE users SET status = 'suspended' WHERE login_id = 'ulla'`)
		},
		"deleted":                func(c *passkeyFixture) { c.session.Post(remove) },
		"moved away":             func(c *passkeyFixture) { c.behind(c.t, `UPDATE authenticators SET rp_id = 'old.example'`) },
		"beside an unknown kind": nil,
	} {
		t.Run(what, func(t *testing.T) {
			c := newPasskeyFixture(t)
			b := c.Client()
			options := loginOptions(b)
			if change == nil {
				c.Enrol(c.user)
				c.behind(t, `UPDATE authenticators SET kind = 'unknown' WHERE kind = 'totp'`)
				if p := whole(b, c.key.Get(options)); isLoggedIn(b) {
					t.Errorf("%d %s", p.Status, p.Text())
				}
				return
			}
			change(c)
			c.refuses(what, places["whole log-in"], b, c.key.Get(options))
		})
	}
	c := newPasskeyFixture(t)
	pending, options := c.pendWithPasskey(t)
	c.session.Post(disable)
	if p := pending.Post("/login/passkey", "passkey", string(c.key.Get(options))); p.Has("Log out") || isLoggedIn(pending) {
		t.Errorf("the second step after it was switched off: %s", p.Text())
	}
	if options := optionsOn(c.session.Get("/confirm")); options != nil {
		t.Errorf("the confirmation offers it: %s", options)
	}
}
