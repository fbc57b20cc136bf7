package web_test

import (
	"strings"
	"testing"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/totp"
)

// TestC06_NoFactorUserCodeRejected checks that a person without an
// authenticator cannot use a code instead of anything.
func TestC06_NoFactorUserCodeRejected(t *testing.T) {
	c := newCast(t)
	b := c.as(c.user)
	c.Clock.Advance(portico.ConfirmedTime)
	for _, code := range []string{"000000", totp.Code(nil, totp.Step(c.Clock.Now())), totp.Code([]byte{}, 0)} {
		if p := b.Post("/confirm", "password", "not the password", "code", code, "next", remove); p.Status != 422 {
			t.Errorf("%s confirms: %d", code, p.Status)
		}
		if p := b.Post(confirm, "code", code); p.TwoFactorStatus() == "Enabled" {
			t.Errorf("%s enables", code)
		}
	}
}

// TestC06_MassAssignmentIgnored checks that fields which no form has change
// nothing.
func TestC06_MassAssignmentIgnored(t *testing.T) {
	c := newCast(t)
	b := c.as(c.user)
	b.Post("/account/profile", "first_name", "Ursula", "last_name", "Tester", "email", "ulla@example.com",
		"role", "administrator", "customer_id", string(c.globex.ID), "status", "suspended", "login_id", "root", "two_factor", "enabled", "password_hash", "x", "epoch", "99")
	a := c.Account(c.user.ID)
	if a.FirstName != "Ursula" || a.Role != portico.RoleUser || a.CustomerID != c.acme.ID || a.LoginID != "ulla" || a.Status != portico.Active || a.Epoch != 1 || a.TwoFactor != portico.TwoFactorNone {
		t.Errorf("%+v", a)
	}
	admin := c.as(c.admin)
	admin.Post(access+"/"+string(c.user.ID), "first_name", "Ulla", "last_name", "Tester", "email", "ulla@example.com", "role", "operator", "password", "x", "two_factor", "none")
	if a := c.Account(c.user.ID); a.Role != portico.RoleUser {
		t.Errorf("an administrator makes %s", a.Role)
	}
}

// TestC06_WholePasswordCounts checks that passwords are compared exactly as
// typed, including surrounding spaces and the case of letters, wherever they
// are asked for.
func TestC06_WholePasswordCounts(t *testing.T) {
	c := newCast(t)
	b := c.as(c.user)
	for _, typed := range []string{porticotest.Password + " ", " " + porticotest.Password, strings.ToUpper(porticotest.Password)} {
		if p := c.Client().Post("/login", "login_id", "hedda", "password", typed); p.Status != 422 {
			t.Errorf("%q logs in: %d", typed, p.Status)
		}
		if p := b.Post("/confirm", "password", typed); p.Status != 422 {
			t.Errorf("%q confirms: %d", typed, p.Status)
		}
	}
	b.Post("/account/password", "password", porticotest.Password, "new_password", " seven quiet rivers meet ")
	if p := c.Client().Post("/login", "login_id", "ulla", "password", "seven quiet rivers meet"); p.Status != 422 {
		t.Errorf("a chosen password without its spaces: %d", p.Status)
	}
	if p := c.Client().Post("/login", "login_id", "ulla", "password", " seven quiet rivers meet "); !p.Has("Hello Ulla") {
		t.Errorf("with them: %s", p.Text())
	}
}

// TestC06_EveryMethodWrongProof checks that each way to prove an identity
// rejects proofs that are wrong, of another kind, or another person's.
func TestC06_EveryMethodWrongProof(t *testing.T) {
	c := newCast(t)
	key, codes := c.enrol(t, c.as(c.user))
	other := c.Enrol(c.admin)
	c.Clock.Advance(30e9)
	for name, proof := range map[string][]string{
		"no code":                  {"/login/code"},
		"a wrong code":             {"/login/code", "code", c.wrongCode(key)},
		"another's code":           {"/login/code", "code", c.Code(other, 0)},
		"a recovery code as code":  {"/login/code", "code", codes[0]},
		"a code as recovery code":  {"/login/recovery", "recovery_code", c.Code(key, 0)},
		"a recovery code, changed": {"/login/recovery", "recovery_code", codes[0][:18] + string('A'+(codes[0][18]-'A'+1)%26)},
		"the password as code":     {"/login/code", "code", porticotest.Password},
	} {
		b := c.Client()
		b.SetCookie("portico_browser", "x")
		must(t, c.Users.Unlock(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID))
		b.Login("ulla", porticotest.Password, "")
		if p := b.Post(proof[0], proof[1:]...); p.Status != 422 || in(b) {
			t.Errorf("%s: %d %s", name, p.Status, p.Text())
		}
	}
	must(t, c.Users.Unlock(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID))
	if p := c.Client().Login("ulla", porticotest.Password, c.Code(key, 0)); !p.Has("Hello Ulla") {
		t.Errorf("the right one: %s", p.Text())
	}
}
