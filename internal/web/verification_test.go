package web_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/totp"
)

// TestC06_NoFactorUserCodeRejected checks that a person without an
// authenticator cannot use a code instead of anything.
func TestC06_NoFactorUserCodeRejected(t *testing.T) {
	c := newFixture(t)
	b := c.as(c.user)
	c.Clock.Advance(portico.ConfirmationTTL)
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
	c := newFixture(t)
	b := c.as(c.user)
	b.Post("/account/profile", "first_name", "Ursula", "last_name", "Tester", "email", "ulla@example.com",
		"role", "administrator", "customer_id", string(c.globex.ID), "status", "suspended", "login_id", "root", "two_factor", "enabled", "password_hash", "x", "epoch", "99")
	a := c.Account(c.user.ID)
	if a.FirstName != "Ursula" || a.Role != portico.RoleUser || a.CustomerID != c.acme.ID || a.LoginID != "ulla" || a.Status != portico.Active || a.Epoch != 1 || a.TwoFactor != portico.TwoFactorNone {
		t.Errorf(`c.Account(c.user.ID): got %+v, want a.FirstName "Ursula", a.Role %v, a.CustomerID %v, a.LoginID "ulla", status %v, a.Epoch 1, a.TwoFactor %v`, a, portico.RoleUser, c.acme.ID, portico.Active, portico.TwoFactorNone)
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
	c := newFixture(t)
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
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
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
		if p := b.Post(proof[0], proof[1:]...); p.Status != 422 || isLoggedIn(b) {
			t.Errorf("%s: %d %s, want status 422, no session", name, p.Status, p.Text())
		}
	}
	must(t, c.Users.Unlock(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID))
	if p := c.Client().Login("ulla", porticotest.Password, c.Code(key, 0)); !p.Has("Hello Ulla") {
		t.Errorf("the right one: %s", p.Text())
	}
}

// TestC06_CodesOfEveryScript checks that a right code counts in the digits of
// any script and with any separators, wherever a code is asked for, and that it
// has exactly six digits and is used once all the same.
func TestC06_CodesOfEveryScript(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	setup := c.as(c.user)
	key := keyOn(t, setup.Fill(setup.Get("/account"), "Two Factor Authentication"))
	p := setup.Post(confirm, "code", inScript(c.Code(key, 0), '٠', "\u202f", "\u200f"))
	if p.TwoFactorStatus() != "Enabled" {
		t.Fatalf("Arabic-Indic digits at the set-up: %s", p.Text())
	}
	codes := recoveryPattern.FindAllString(p.Body, -1)
	for _, as := range []struct {
		zero            rune
		between, around string
	}{{'０', "\u3000", ""}, {'०', "\u00a0", "\u200b"}, {'𝟎', "–", "\t"}, {'0', "．", "\ufeff"}} {
		c.Clock.Advance(30 * time.Second)
		b := c.pend(c.user)
		code := c.Code(key, 0)
		for _, wrong := range []string{code + string(as.zero), code[:5], code[:5] + "²", "+" + code} {
			if p := b.Post("/login/code", "code", inScript(wrong, as.zero, as.between, as.around)); p.Status != 422 || !p.Has("Enter the 6 digits") {
				t.Fatalf("%q is taken for six digits: %d %s", wrong, p.Status, p.Alert())
			}
		}
		typed := inScript(code, as.zero, as.between, as.around)
		if p := b.Fill(b.Get("/login/code"), "Submit", "Enter the code here", typed); !isLoggedIn(b) {
			t.Errorf("%q at the log-in: %d %s", typed, p.Status, p.Alert())
		}
		if p := c.pend(c.user).Post("/login/code", "code", code); p.Status != 422 || !p.Has("already used") {
			t.Errorf("%q, and then the same code in ASCII: %d %s", typed, p.Status, p.Alert())
		}
		c.Clock.Advance(30 * time.Second)
		typed = inScript(c.Code(key, 0), as.zero, as.between, as.around)
		if p := b.Post("/confirm", "password", porticotest.Password, "code", typed); p.Status != 200 {
			t.Errorf("%q at a confirmation: %d %s", typed, p.Status, p.Alert())
		}
	}
	for i, typed := range []string{
		strings.ReplaceAll(codes[0], "-", "\u2009"), "\u200e" + strings.ReplaceAll(codes[1], "-", "−") + "\u200e",
		wide(codes[2]), strings.ReplaceAll(codes[3], "-", "."),
	} {
		b := c.pend(c.user)
		if p := b.Fill(b.Get("/login/recovery"), "Submit", "Recovery code", typed); !isLoggedIn(b) {
			t.Errorf("%q at the log-in: %d %s", typed, p.Status, p.Alert())
		}
		if b := c.pend(c.user); b.Post("/login/recovery", "recovery_code", codes[i]).Status != 422 {
			t.Errorf("%q, and then the same code in ASCII, counts twice", typed)
		}
	}
}

// TestC06_ResetCodesOfEveryScript checks the same for the code after a reset.
func TestC06_ResetCodesOfEveryScript(t *testing.T) {
	if testing.Short() {
		return // long
	}
	for _, typed := range []func(string) string{
		wide,
		func(code string) string { return "\u2067" + strings.ReplaceAll(code, "-", "\u00a0") + "\u2069" },
		func(code string) string { return strings.ToLower(strings.ReplaceAll(code, "-", "—")) },
	} {
		c := newFixture(t)
		c.resetsAt(t, portico.ResetPolicy{User: portico.ResetRule{ResetCode: true}})
		c.Enrol(c.user)
		c.askFor(c.as(c.admin), c.user)
		code := typed(recoveryPattern.FindString(c.lastMail("ulla@").Text))
		if p := c.submitIssued("ulla", code); path(p) != "/account/two-factor/required" {
			t.Errorf(`%q: %s %s, want path(p) "/account/two-factor/required"`, code, p.Path, p.Alert())
		}
	}
}

func TestC06_MissingNullArrayDuplicateCode(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	key := c.Enrol(c.user)
	code := c.Code(key, 0)
	for name, body := range map[string]string{
		"missing": "", "empty": "code=", "array": "code[]=" + code, "doubled": "code=" + code + "&code=" + code, "other field": "codes=" + code,
		"in the query": "", "newline": "code=" + url.QueryEscape(code+"\n1"),
	} {
		b := c.Client()
		b.Login("ulla", porticotest.Password, "")
		path := "/login/code"
		if name == "in the query" {
			path += "?code=" + code
		}
		send(t, c, b, path, "application/x-www-form-urlencoded", body)
		if b.Get("/account").Has("Log out") {
			t.Errorf("%s: logged in", name)
		}
	}
}

// inScript writes the digits of a code as another script does, and puts what
// keyboards and other programs add between and around them.
func inScript(code string, zero rune, between, around string) string {
	var b strings.Builder
	b.WriteString(around)
	for i, d := range code {
		if i > 0 && i%3 == 0 {
			b.WriteString(between)
		}
		if d >= '0' && d <= '9' {
			d += zero - '0'
		}
		b.WriteRune(d)
	}
	return b.String() + around
}

// wide writes a code in the full-width letters, digits and dashes of East Asian
// keyboards.
func wide(code string) string {
	return strings.Map(func(r rune) rune { return r - '!' + '！' }, code)
}
