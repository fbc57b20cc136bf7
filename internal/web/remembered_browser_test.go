package web_test

import (
	"context"
	"crypto/sha256"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/store"
)

// TestC19_ForgedSwappedExpiredDeviceCookie checks that only the issued token
// skips the code, only while it is valid, and that it never replaces the
// password.
func TestC19_ForgedSwappedExpiredDeviceCookie(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.allowRemembering(t)
	key := c.Enrol(c.user)
	b := c.rememberedBy(t, key)
	token := b.Cookie("portico_browser")
	for name, forged := range map[string]string{"cut": token[:42], "changed": "A" + token[1:], "empty": "", "other": c.as(c.help).Cookie("portico_browser")} {
		n := c.Client()
		n.SetCookie("portico_browser", forged)
		if forged != token && n.Login("ulla", porticotest.Password, "").Has("Hello") {
			t.Errorf("%s opens", name)
		}
	}
	if p := b.Login("ulla", "not the password at all", ""); p.Status != 422 || isLoggedIn(b) {
		t.Error("it stands for the password")
	}
	if p := b.Login("ulla", porticotest.Password, ""); !p.Has("Hello Ulla") {
		t.Fatalf("the browser itself: %s", p.Text())
	}
	// Each log-in issues a new token, so a copy of the old one is worthless.
	n := c.Client()
	n.SetCookie("portico_browser", token)
	if n.Login("ulla", porticotest.Password, "").Has("Hello") {
		t.Error("a copy of the token before opens")
	}
	b.Post("/logout")
	c.Clock.Advance(portico.RememberTTL)
	if p := b.Login("ulla", porticotest.Password, ""); !p.Has("Enter your code") {
		t.Errorf("after 30 days: %s", p.Text())
	}
}

// TestC19_TrustDiesOnFactorChange checks that each change of the authenticator
// or the password forgets a remembered device, and that the person and the
// customer's policy can forget it too.
func TestC19_TrustDiesOnFactorChange(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, c *fixture, b *porticotest.Client, key []byte){
		"disable and enable": func(t *testing.T, c *fixture, b *porticotest.Client, key []byte) {
			b.Post(disable)
			b.Post(enable)
			b.Post(confirm, "code", c.Code(key, 0))
		},
		"a new phone": func(t *testing.T, c *fixture, b *porticotest.Client, _ []byte) {
			b.Post(enable, "move", "1")
			b.Post(confirm, "code", c.Code(keyOn(t, b.Get(enable)), 0))
		},
		"the password": func(_ *testing.T, _ *fixture, b *porticotest.Client, _ []byte) {
			b.Post("/account/password", "password", porticotest.Password, "new_password", "seven quiet rivers meet")
		},
		"forgotten": func(_ *testing.T, _ *fixture, b *porticotest.Client, _ []byte) {
			b.Fill(b.Get("/account/sessions"), "Forget")
		},
		"the policy": func(t *testing.T, c *fixture, _ *porticotest.Client, _ []byte) {
			must(t, c.Customers.SavePolicy(context.Background(), portico.CommandLine(), c.acme.ID, nil, &portico.Policy{}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newFixture(t)
			c.allowRemembering(t)
			key := c.Enrol(c.user)
			owner := c.asWith(c.user, key)
			c.Clock.Advance(30 * time.Second)
			b := c.rememberedBy(t, key)
			c.Clock.Advance(30 * time.Second)
			change(t, c, owner, key)
			if c.Account(c.user.ID).TwoFactor != portico.TwoFactorEnabled {
				t.Fatal("2FA is off")
			}
			for _, password := range []string{porticotest.Password, "seven quiet rivers meet"} {
				if b.Login("ulla", password, ""); isLoggedIn(b) {
					t.Errorf("no code is asked for")
				}
			}
		})
	}
}

// TestC19_TrustNotSharedBetweenUsers checks that a remembered device of one
// person is not one of another, that no role above user has any, and that there
// are none unless the policy allows them.
func TestC19_TrustNotSharedBetweenUsers(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.allowRemembering(t)
	key := c.Enrol(c.user)
	b := c.rememberedBy(t, key)
	for _, u := range []portico.User{c.User(c.acme.ID, "victor", portico.RoleUser), c.help, c.admin} {
		theirs := c.Enrol(u)
		if p := b.Login(u.LoginID, porticotest.Password, ""); !p.Has("Enter your code") || p.Has("Remember this browser") != (u.Role == portico.RoleUser) {
			t.Fatalf(`%s: %s, want the text "Enter your code", p.Has("Remember this browser") %v`, u.LoginID, p.Text(), (u.Role == portico.RoleUser))
		}
		if u.Role == portico.RoleUser {
			continue
		}
		b.Post("/login/code", "code", c.Code(theirs, 0), "remember", "yes")
		b.Post("/logout")
		if p := b.Login(u.LoginID, porticotest.Password, ""); !p.Has("Enter your code") {
			t.Errorf("%s is remembered", u.Role)
		}
	}
	// Another person cannot remove it either.
	_, browsers, err := c.Auth.DevicesOf(t.Context(), c.user.ID)
	must(t, err)
	c.as(c.User(c.acme.ID, "walter", portico.RoleUser)).Post("/account/sessions/forget", "browser", browsers[0].ID)
	if p := b.Login("ulla", porticotest.Password, ""); !p.Has("Hello Ulla") {
		t.Errorf("the first one, after the others: %s", p.Text())
	}
	silent := newFixture(t)
	key = silent.Enrol(silent.user)
	n := silent.pend(silent.user)
	if n.Get("/login/code").Has("Remember this browser") {
		t.Error("offered against the policy")
	}
	n.Post("/login/code", "code", silent.Code(key, 0), "remember", "yes")
	n.Post("/logout")
	if p := n.Login("ulla", porticotest.Password, ""); !p.Has("Enter your code") {
		t.Error("remembered against the policy")
	}
}

// TestC19_TrustIsBoundToFactorAndEpoch checks that another authenticator or
// another epoch is enough to end the trust, even if nothing was revoked.
func TestC19_TrustIsBoundToFactorAndEpoch(t *testing.T) {
	if testing.Short() {
		return // long
	}
	for name, change := range map[string]func(*store.Browser){
		"as it is":             func(*store.Browser) {},
		"of an older epoch":    func(b *store.Browser) { b.TrustEpoch-- },
		"another factor's":     func(b *store.Browser) { b.AuthenticatorID = "another" },
		"of no factor":         func(b *store.Browser) { b.AuthenticatorID = "" },
		"without an end given": func(b *store.Browser) { b.TrustedUntil = time.Time{} },
	} {
		c := newFixture(t)
		c.allowRemembering(t)
		c.Enrol(c.user)
		a := c.Account(c.user.ID)
		must(t, c.DB.Update(context.Background(), portico.CommandLine(), func(tx *store.Tx) error {
			row := store.Browser{ID: "b", UserID: a.ID, AuthenticatorID: c.Authenticators(c.user)[0].ID, TrustedUntil: tx.Now.Add(time.Hour), TrustEpoch: a.Epoch}
			change(&row)
			hash := sha256.Sum256([]byte("token"))
			return tx.PutBrowser(row, hash[:], tx.Now.Add(time.Hour))
		}))
		b := c.Client()
		b.SetCookie("portico_browser", "token")
		if p := b.Login("ulla", porticotest.Password, ""); p.Has("Hello Ulla") != (name == "as it is") {
			t.Errorf(`%s: %s, want p.Has("Hello Ulla") %v`, name, p.Text(), (name == "as it is"))
		}
	}
}

// TestC19_RecoveryCodeGivesNoTrust checks that a recovery code replaces the
// phone once and does not make the browser a remembered device, even if the
// phone was proved in it before.
func TestC19_RecoveryCodeGivesNoTrust(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.allowRemembering(t)
	b := c.as(c.user)
	key, codes := c.enrol(t, b)
	b.Post("/logout")
	c.Clock.Advance(30 * time.Second)
	if p := b.Login("ulla", porticotest.Password, c.Code(key, 0)); !p.Has("Hello Ulla") {
		t.Fatalf(`logging in as ulla: got %s, want the text "Hello Ulla"`, p.Text())
	}
	b.Post("/logout")
	b.Login("ulla", porticotest.Password, "")
	if p := b.Post("/login/recovery", "recovery_code", codes[0], "remember", "yes"); !p.Has("Log out") {
		t.Fatalf(`POST /login/recovery: got %s, want the text "Log out"`, p.Text())
	}
	b.Post("/logout")
	if p := b.Login("ulla", porticotest.Password, ""); !p.Has("Enter your code") {
		t.Errorf("remembered: %s", p.Text())
	}
}

// TestC19_FailuresEndTrust checks that after failures in a remembered device
// the password alone is not enough.
func TestC19_FailuresEndTrust(t *testing.T) {
	c := newFixture(t)
	c.allowRemembering(t)
	b := c.rememberedBy(t, c.Enrol(c.user))
	for i := range 10 {
		if p := b.Login("ulla", "not the password at all", ""); p.Status != 422 {
			t.Fatalf("failure %d: %d", i, p.Status)
		}
	}
	if p := b.Login("ulla", porticotest.Password, ""); !p.Has("Enter your code") {
		t.Errorf(`logging in as ulla: got %s, want the text "Enter your code"`, p.Text())
	}
}

// TestC19_RememberingIsAskedForEachTime checks that a browser is not remembered
// unless the box was ticked, and that a log-in in a remembered device does not
// prolong its time.
func TestC19_RememberingIsAskedForEachTime(t *testing.T) {
	c := newFixture(t)
	c.allowRemembering(t)
	key := c.Enrol(c.user)
	b := c.asWith(c.user, key)
	b.Post("/logout")
	if p := b.Login("ulla", porticotest.Password, ""); !p.Has("Enter your code") {
		t.Errorf("remembered unasked: %s", p.Text())
	}
	c.Clock.Advance(30 * time.Second)
	b = c.rememberedBy(t, key)
	for range 2 {
		c.Clock.Advance(portico.RememberTTL / 3)
		if p := b.Login("ulla", porticotest.Password, ""); !p.Has("Hello Ulla") {
			t.Fatalf(`logging in as ulla: got %s, want the text "Hello Ulla"`, p.Text())
		}
		b.Post("/logout")
	}
	c.Clock.Advance(portico.RememberTTL / 3)
	if p := b.Login("ulla", porticotest.Password, ""); !p.Has("Enter your code") {
		t.Errorf("remembered for longer than its time: %s", p.Text())
	}
}
