package web_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"portico/internal/audit"
	"portico/internal/porticotest"
)

// TestC16_ScanLogsAndDBForSecrets uses everything that has secrets, with
// failures on the way, and then searches the log, the data directory and the
// stream of events for them.
func TestC16_ScanLogsAndDBForSecrets(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	must(t, c.Audit.BeginStream(t.Context()))
	b := c.as(c.user)
	key, codes := c.enrol(t, b)
	c.Clock.Advance(60e9)
	typed := "a-password-in-the-wrong-field"
	c.Client().Login(typed, "another-wrong-password", "")
	c.pend(c.user).Post("/login/recovery", "recovery_code", codes[0])
	pending := c.pend(c.user)
	pending.Post("/login/code", "code", c.wrongCode(key))
	n := c.Client()
	n.Fill(n.Get("/login/forgot"), "Send link", "Login ID", "ulla")
	secrets := append([]string{
		string(key), porticotest.Password, typed, "another-wrong-password", b.Cookie("portico_session"), b.Cookie("portico_browser"), pending.Cookie("portico_login"),
	}, codes...)
	for _, code := range codes {
		secrets = append(secrets, strings.ReplaceAll(code, "-", ""))
	}
	kinds := map[string]bool{}
	for _, m := range c.Mails("ulla@example.com") {
		for _, kind := range []string{"/password/", "/not-me/"} {
			if link := m.Link(kind); link != "" {
				kinds[kind] = true
				secrets = append(secrets, link[strings.LastIndex(link, "/")+1:])
				if p := n.Get(link); p.Status != 200 { // an address that must not be logged
					t.Fatalf("GET %v: got %s, want status 200", link, p.Text())
				}
			}
		}
	}
	if len(kinds) != 2 {
		t.Fatalf("mailed links: %v", kinds)
	}
	var stream strings.Builder
	must(t, c.Audit.Sequence(t.Context()))
	must(t, c.Audit.Stream(t.Context(), "node", func(_ context.Context, lines []audit.Line) error {
		for _, line := range lines {
			stream.Write(line.JSON)
		}
		return nil
	}))
	if !strings.Contains(stream.String(), "login_id_hash") {
		t.Fatalf("the stream of events: got %s, want the refused log-in", stream.String())
	}
	for _, s := range secrets {
		if s == "" {
			t.Fatal("a secret is missing")
		}
		for _, place := range append(filesIn(t, c.Dir), c.Logs.String(), stream.String()) {
			if strings.Contains(place, s) {
				t.Errorf("a secret of %d characters stands in the log or the data directory", len(s))
			}
		}
	}
}

// TestC16_QRNoStoreNoReferrer checks that the pages which show a key or
// recovery codes are not cached, contain no secret in their address, and load
// nothing that could leak it.
func TestC16_QRNoStoreNoReferrer(t *testing.T) {
	c := newFixture(t)
	b := c.as(c.user)
	setup := b.Fill(b.Get("/account"), "Two Factor Authentication")
	key := keyOn(t, setup)
	codes := b.Post(confirm, "code", c.Code(key, 0))
	file := b.Get("/account/recovery-codes/file")
	for name, p := range map[string]*porticotest.Page{"set-up": setup, "codes": codes, "file": file} {
		if p.Header.Get("Cache-Control") != "no-store" || p.Header.Get("Referrer-Policy") != "same-origin" {
			t.Errorf(`%s: %v, want p.Header.Get("Cache-Control") "no-store", p.Header.Get("Referrer-Policy") "same-origin"`, name, p.Header)
		}
		if strings.Contains(p.Path, setup.TestID("setup-key")) || strings.Contains(p.Body, `src="/account`) {
			t.Errorf("%s: an address holds too much", name)
		}
	}
	if got := len(recoveryPattern.FindAllString(file.Body, -1)); got != 10 || !strings.Contains(file.Header.Get("Content-Disposition"), "Acme-Telecom-ulla-recovery-codes.txt") {
		t.Errorf("%d codes in %q", got, file.Header.Get("Content-Disposition"))
	}
	// They are shown to nobody else, and to nobody once they were saved.
	if p := c.as(c.admin).Get("/account/recovery-codes"); recoveryPattern.MatchString(p.Body) {
		t.Error("another person reads codes")
	}
	b.Post("/account/recovery-codes/saved")
	for _, path := range []string{"/account", "/account/recovery-codes", "/account/recovery-codes/file"} {
		if recoveryPattern.MatchString(b.Get(path).Body) {
			t.Errorf("%s shows codes after the gate", path)
		}
	}
}

// TestC16_CodesAreShownInTheirSessionAlone checks that recovery codes are shown
// only in the session that made them, and for ten minutes at most.
func TestC16_CodesAreShownInTheirSessionAlone(t *testing.T) {
	c := newFixture(t)
	b := c.as(c.user)
	key := keyOn(t, b.Fill(b.Get("/account"), "Two Factor Authentication"))
	b.Post(confirm, "code", c.Code(key, 0))
	if !recoveryPattern.MatchString(b.Get("/account").Body) {
		t.Fatal("a reload shows no codes")
	}
	c.Clock.Advance(30e9)
	if p := c.asWith(c.user, key).Get("/account"); recoveryPattern.MatchString(p.Body) {
		t.Error("another session shows the codes")
	}
	c.Clock.Advance(10 * 60e9)
	if recoveryPattern.MatchString(b.Get("/account").Body) {
		t.Error("shown after ten minutes")
	}
}

// TestC16_PasswordNotKeptDuringPending checks that neither the page nor the
// cookies contain the password between password and code.
func TestC16_PasswordNotKeptDuringPending(t *testing.T) {
	c := newFixture(t)
	c.Enrol(c.user)
	b := c.pend(c.user)
	if strings.Contains(b.Get("/login/code").Body, porticotest.Password) {
		t.Error("in the page")
	}
	for _, name := range []string{"portico_login", "portico_browser"} {
		if v := b.Cookie(name); strings.Contains(v, porticotest.Password) || len(v) != 43 {
			t.Errorf("cookie %s: got %q, want no %v in v, 43 of v", name, v, porticotest.Password)
		}
	}
}

// TestC16_SecretsAreNotCarried checks that no page contains a secret that was
// typed. A form with a secret does not wait for a confirmation: its page is
// shown again. Other forms wait encrypted.
func TestC16_SecretsAreNotCarried(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	key, _ := c.enrol(t, c.as(c.user))
	c.Clock.Advance(time.Minute)
	b := c.asWith(c.user, key)
	c.Clock.Advance(10 * 60e9)
	secrets := []string{"seven quiet rivers meet", "the old password is this", "918273", "ABCD-EFGH-IJKL-MNOP"}
	typed := []string{"new_password", secrets[0], "password", secrets[1], "code", secrets[2], "recovery_code", secrets[3], "first_name", "kept"}
	for _, name := range []string{"password", "new_password", "code", "recovery_code", "call_code"} {
		if p := b.Post("/account/profile", name, secrets[0], "first_name", "kept"); formPattern.MatchString(p.Body) || strings.Contains(p.Body, secrets[0]) {
			t.Errorf("a form with %s waits: %s", name, p.Text())
		}
	}
	carried := b.Post("/account/profile", typed[8:]...)
	for name, p := range map[string]*porticotest.Page{
		"waiting":              b.Post("/account/password", typed...),
		"carried":              carried,
		"after a wrong answer": b.Fill(carried, "Confirm", "Password", secrets[1], "Enter the code here", secrets[2], "Recovery code", secrets[3]),
		"a wrong password":     b.Post("/login", "login_id", "ulla", "password", secrets[1]),
	} {
		for _, secret := range append(secrets, "kept") {
			if strings.Contains(p.Body, secret) {
				t.Errorf("%s: the page holds %q", name, secret)
			}
		}
		if is := formPattern.MatchString(p.Body); is != (p == carried || name == "after a wrong answer") {
			t.Errorf("%s: carried: %v", name, is)
		}
	}
}

// TestC16_ScanAllResponsesForSecrets checks that after the set-up no page, the
// log and the database contain the key, the password or a token, and that the
// log contains no code.
func TestC16_ScanAllResponsesForSecrets(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.user)
	setup := b.Fill(b.Get("/account"), "Two Factor Authentication")
	key := keyOn(t, setup)
	code := c.Code(key, 0)
	b.Post(confirm, "code", code)
	secrets := []string{setup.TestID("setup-key"), strings.ReplaceAll(setup.TestID("setup-key"), " ", ""), string(key), porticotest.Password, b.Cookie("portico_session")}
	admin := c.as(c.admin)
	for who, browser := range map[string]*porticotest.Client{"the person": b, "the administrator": admin} {
		for _, path := range []string{"/", "/account", "/account/profile", enable, "/administration/access", "/administration/access/" + string(c.user.ID), "/administration/audit"} {
			p := browser.Get(path)
			for _, s := range secrets {
				if strings.Contains(p.Body, s) {
					t.Errorf("%s reads a secret on %s", who, path)
				}
			}
		}
	}
	for _, place := range append(filesIn(t, c.Dir), c.Logs.String()) {
		for _, s := range secrets {
			if strings.Contains(place, s) {
				t.Errorf("a secret stands in the log or the data directory")
			}
		}
	}
	if strings.Contains(c.Logs.String(), code) || strings.Contains(c.Logs.String(), "ulla") {
		t.Errorf("the log says too much:\n%s", c.Logs.String())
	}
}
