package web_test

import (
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/mail"
	"portico/internal/passkey/passkeytest"
	"portico/internal/porticotest"
)

const newPassword = "eight loud mountains part"

// reported presses "This wasn't me" for the user, and chooses a new password by the
// link that is mailed then.
func (c *passkeyFixture) reported() (before, after string) {
	c.t.Helper()
	before, after = c.notMe(c.tell(c.user, mail.PasswordChanged))
	links := c.links("ulla@", "/password/")
	b := c.Client()
	b.Fill(b.Get(links[len(links)-1]), "Save password", "Password", newPassword)
	c.Clock.Advance(time.Minute)
	return before, after
}

// secondStep logs in with the new password and then with a passkey.
func (c *passkeyFixture) secondStep(key *passkeytest.Authenticator) *porticotest.Client {
	c.t.Helper()
	b := c.Client()
	p := b.Login("ulla", newPassword, "")
	if b.Post("/login/passkey", "passkey", string(key.Get(optionsOn(p)))); !isLoggedIn(b) {
		c.t.Fatalf("password and passkey do not log in: %s", p.Text())
	}
	return b
}

// TestC28_NotMeEndsPasskeysAlone checks that after "This wasn't me", no passkey that
// existed then stands for the password any more, neither at the log-in nor at a
// confirmation, that the pages and mails say so, and that one added later does.
func TestC28_NotMeEndsPasskeysAlone(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newPasskeyFixture(t)
	before, after := c.reported()
	if !strings.Contains(before, "will count only after your password") || !strings.Contains(before, "Passkey was added 23 Nov") {
		t.Errorf("the page before says nothing of the passkey: %s", before)
	}
	if !strings.Contains(after, "count only after your password") || !strings.Contains(after, "Passkey was added 23 Nov") {
		t.Errorf("the page afterwards says nothing of the passkey: %s", after)
	}
	if !c.mailed("Choose a new password", "Passkey. They count only after your password") {
		t.Error("the mail says nothing of the passkey")
	}

	thief := c.Client()
	p := c.refuses("a passkey alone", places["whole log-in"], thief, c.key.Get(loginOptions(thief)))
	if !strings.Contains(p.Alert(), "only after your password") || c.events(portico.LoginRefused, "passkey: it counts only after the password") != 1 {
		t.Errorf("the refusal: %s", p.Alert())
	}

	b := c.secondStep(c.key)
	if p := b.Get("/account"); !strings.Contains(p.Row("Passkey"), "After the password only") || !p.Has("delete it and add it again") || p.Has("with a passkey alone") {
		t.Errorf("the Account page: %s", p.Text())
	}
	c.session = b
	_, options := places["confirmation"].begin(c)
	c.refuses("a passkey alone confirms", places["confirmation"], b, c.key.Get(options))
	_, options = places["confirmation"].begin(c)
	b.Post("/confirm", "passkey", string(c.key.Get(options)), "password", "a wrong password that is long")
	if places["confirmation"].opened(b) {
		t.Error("a wrong password and a passkey confirm")
	}
	_, options = places["confirmation"].begin(c)
	b.Post("/confirm", "passkey", string(c.key.Get(options)), "password", newPassword)
	if !places["confirmation"].opened(b) {
		t.Error("password and passkey do not confirm")
	}

	other := c.fixture.key(t)
	p = c.addPasskey(t, b, other)
	if !strings.Contains(p.Text(), "Logs in alone") {
		t.Errorf("the new passkey: %s", p.Text())
	}
	own := c.Client()
	if whole(own, other.Get(loginOptions(own))); !isLoggedIn(own) {
		t.Error("a passkey that was added later does not log in alone")
	}
}

// TestC28_NotMeReachesKeptPasskeys checks that a passkey that was out of force when
// "This wasn't me" was pressed counts only after the password once it is in force again.
func TestC28_NotMeReachesKeptPasskeys(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newPasskeyFixture(t)
	c.session.Post(disable)
	c.reported()
	b := c.Client()
	b.Login("ulla", newPassword, "")
	p := b.Fill(b.Get("/account"), "Two Factor Authentication")
	b.Post(confirm, "passkey", string(c.key.Get(optionsOn(p))))
	if c.Account(c.user.ID).TwoFactor != portico.TwoFactorEnabled {
		t.Fatalf("2FA is not enabled again: %s", p.Text())
	}
	thief := c.Client()
	c.refuses("a passkey that was kept", places["whole log-in"], thief, c.key.Get(loginOptions(thief)))
}

// TestPasskeyListSaysWhichLogInAlone checks that a security key without a PIN, and one
// that keeps no passkey, are listed as a second step, and as more once they have shown it.
func TestPasskeyListSaysWhichLogInAlone(t *testing.T) {
	if testing.Short() {
		return // long
	}
	const second, alone = "After the password only", "Logs in alone"
	c := newFixture(t, porticotest.Named)
	b := c.as(c.user)
	key := c.key(t)
	key.Flags = passkeytest.UserPresent
	if p := c.addPasskey(t, b, key); !strings.Contains(p.Row("Passkey"), second) || p.Has("with a passkey alone") {
		t.Errorf("a key without a PIN: %s", p.Text())
	}
	key.Flags |= passkeytest.UserVerified
	own := c.Client()
	if whole(own, key.Get(loginOptions(own))); !isLoggedIn(own) {
		t.Fatal("the key with a PIN does not log in")
	}
	if p := own.Get("/account"); !strings.Contains(p.Row("Passkey"), alone) || !p.Has("with a passkey alone") {
		t.Errorf("the key has got a PIN: %s", p.Text())
	}
	hidden := c.key(t)
	made := hidden.Create(optionsOn(own.Get(newPasskey)), func(d *passkeytest.Draft) { d.Hidden = true })
	if p := own.Post(newPasskey, "passkey", string(made)); !strings.Contains(p.Text(), second) || !strings.Contains(p.Text(), alone) {
		t.Errorf("a key that keeps no passkey: %s", p.Text())
	}
}
