package web_test

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"

	"portico/internal/passkey/passkeytest"
	"portico/internal/porticotest"
)

var signalPattern = regexp.MustCompile(`data-signal="(\w+)" data-options="([^"]*)"`)

// signalled is what a page has the browser tell authenticators.
type signalled struct {
	RPID, UserID, Name, DisplayName, CredentialID string
	AllAcceptedCredentialIDs                      []string
}

// signals returns what a page has the browser tell authenticators, by method.
func signals(t *testing.T, p *porticotest.Page) map[string]signalled {
	t.Helper()
	all := map[string]signalled{}
	for _, m := range signalPattern.FindAllStringSubmatch(p.Body, -1) {
		var s signalled
		must(t, json.Unmarshal([]byte(html.UnescapeString(m[2])), &s))
		all[m[1]] = s
	}
	if len(all) > 0 && !strings.Contains(p.Body, "/static/passkey") {
		t.Error("nothing sends the signals")
	}
	return all
}

// TestAccountSignalsPasskeys checks that the Account page tells authenticators which
// passkeys the user still has, in force or not, and how the user is called.
func TestAccountSignalsPasskeys(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, porticotest.Named)
	b := c.as(c.user)
	if s := signals(t, b.Get("/account")); len(s) != 0 {
		t.Errorf("without a passkey: %v", s)
	}
	accepted := func(when string, p *porticotest.Page) {
		t.Helper()
		want := []string{}
		for _, f := range c.Authenticators(c.user) {
			want = append(want, base64.RawURLEncoding.EncodeToString(f.Passkey.ID))
		}
		s := signals(t, p)["signalAllAcceptedCredentials"]
		if s.RPID != "localhost" || s.UserID == "" || s.AllAcceptedCredentialIDs == nil || !slices.Equal(s.AllAcceptedCredentialIDs, want) {
			t.Errorf("%s: %+v, want %v", when, s, want)
		}
	}
	c.addPasskey(t, b, c.key(t))
	accepted("with two", c.addPasskey(t, b, c.key(t)))
	accepted("switched off", b.Post(disable))
	ask := b.Get(authenticators + "/" + c.Authenticators(c.user)[0].ID + "/delete")
	accepted("with one deleted", b.Fill(ask, "Delete Passkey"))
	accepted("with the setup deleted", b.Fill(b.Fill(b.Get("/account"), "Delete 2FA setup"), "Delete 2FA setup"))
	if n := len(c.Authenticators(c.user)); n != 0 {
		t.Errorf("%d are left", n)
	}

	p := b.Post("/account/profile", "first_name", "Ursula", "last_name", "Tester", "email", "ulla@example.com")
	if s := signals(t, p)["signalCurrentUserDetails"]; s.RPID != "localhost" || s.UserID == "" || s.Name != "ulla" || s.DisplayName != "Ursula Tester" {
		t.Errorf("after a change of the name: %+v", s)
	}
}

// TestSignalsAfterAReset checks that a passkey that an administrator has deleted is told
// of on the user's next Account page. The log-in page does not tell of it: the browsers of
// the user are unknown then.
func TestSignalsAfterAReset(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newPasskeyFixture(t)
	known := c.session
	known.Post("/logout")
	c.askForOne(c.as(c.admin), c.user, "")
	p := whole(known, c.key.Get(loginOptions(known)))
	if s := signals(t, p); p.Status != 422 || len(s) != 0 {
		t.Errorf("at the log-in: %d %v", p.Status, s)
	}
	known.Login("ulla", porticotest.Password, "")
	if s, told := signals(t, known.Get("/account"))["signalAllAcceptedCredentials"]; !told || s.UserID == "" || len(s.AllAcceptedCredentialIDs) != 0 {
		t.Errorf("on the Account page: %v %+v", told, s)
	}
}

// TestC21_UnknownPasskeyIsToldToItsUser checks that the log-in page has the browser
// forget a passkey that was deleted, in a browser in which its user has logged in, and
// that it says to others no more than of a wrong signature.
func TestC21_UnknownPasskeyIsToldToItsUser(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newPasskeyFixture(t)
	known := c.session
	c.addPasskey(t, known, c.fixture.key(t))
	known.Post("/logout")
	gone := c.Authenticators(c.user)[0].Passkey.ID
	refused := func(b *porticotest.Client, lies ...lie) *porticotest.Page {
		t.Helper()
		p := whole(b, c.key.Get(loginOptions(b), lies...))
		if p.Status != 422 || !p.Has("was not accepted") {
			t.Fatalf("%d %s", p.Status, p.Text())
		}
		return p
	}
	forged := func(d *passkeytest.Draft) { d.Cut = 1 }
	if s := signals(t, refused(known, forged)); len(s) != 0 {
		t.Errorf("of a passkey that exists: %v", s)
	}
	toStranger := refused(c.Client(), forged).Body
	c.behind(t, `DELETE FROM authenticators WHERE credential_id = $1`, gone)
	s := signals(t, refused(known))
	if got := s["signalUnknownCredential"]; len(s) != 1 || got.RPID != "localhost" || got.CredentialID != base64.RawURLEncoding.EncodeToString(gone) {
		t.Errorf("in the user's browser: %+v", s)
	}
	if refused(c.Client()).Body != toStranger {
		t.Error("a stranger can tell a deleted passkey from a wrong signature")
	}
	other := c.as(c.help)
	other.Post("/logout")
	if s := signals(t, refused(other)); len(s) != 0 {
		t.Errorf("in another's browser: %v", s)
	}
	if s := signals(t, refused(known, func(d *passkeytest.Draft) { d.UserHandle = make([]byte, 64) })); len(s) != 0 {
		t.Errorf("with another's handle: %v", s)
	}
}
