package web_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
)

// TestC14_KeptFormsBelongToTheAccount checks that nobody else sees a form that
// was kept, in the same browser or with its cookies, and that a form whose
// account is not known is not kept.
func TestC14_KeptFormsBelongToTheAccount(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	anna := c.User(c.acme.ID, "anna", portico.RoleAdministrator)
	idle := func(*porticotest.Client) { c.Clock.Advance(13 * time.Hour) }
	b, p := lapsed(t, c, idle)
	kept := b.Cookie("portico_form")
	sealed, err := base64.RawURLEncoding.DecodeString(kept)
	must(t, err)
	if len(sealed) == 0 || bytes.Contains(sealed, []byte("Zoë")) {
		t.Fatalf("cookie %q", kept)
	}
	p = b.Fill(p, "Log in", "Login ID", anna.LoginID, "Password", porticotest.Password)
	if p.Status != 200 || strings.Contains(p.Body, "Zoë") || b.Cookie("portico_form") != "" {
		t.Errorf("another account in the same browser: %s, cookie %q", p.Text(), b.Cookie("portico_form"))
	}
	other := c.as(anna)
	other.SetCookie("portico_form", kept)
	if p := other.Get("/administration/access/new"); strings.Contains(p.Body, "Zoë") {
		t.Errorf("another account with the cookie: %s", p.Text())
	}
	c.Clock.Advance(31 * time.Minute)
	late := c.as(c.admin)
	late.SetCookie("portico_form", kept)
	if p := late.Get("/administration/access/new"); strings.Contains(p.Body, "Zoë") || late.Cookie("portico_form") != "" {
		t.Errorf("after 31 minutes: %s", p.Text())
	}
	for name, spoil := range map[string]func(b *porticotest.Client){
		"no account":        func(b *porticotest.Client) { b.SetCookie("portico_account", "") },
		"no such account":   func(b *porticotest.Client) { b.SetCookie("portico_account", "nobody") },
		"another account":   func(b *porticotest.Client) { b.SetCookie("portico_account", string(anna.ID)) },
		"an unknown device": func(b *porticotest.Client) { b.SetCookie("portico_browser", "") },
		"another's device":  func(b *porticotest.Client) { b.SetCookie("portico_browser", other.Cookie("portico_browser")) },
		"no session":        func(b *porticotest.Client) { b.SetCookie("portico_session", "") },
	} {
		b, p := lapsed(t, c, func(b *porticotest.Client) { idle(b); spoil(b) })
		if !p.Has("could not be kept") || b.Cookie("portico_form") != "" {
			t.Errorf("%s: %s, cookie %q", name, p.Text(), b.Cookie("portico_form"))
		}
	}
	b = c.as(c.admin)
	b.Post("/logout")
	if b.Cookie("portico_account") != "" {
		t.Error("after the log-out, the browser still says whose session it had")
	}
}

// TestC14_KeptFormsAreOnlyShown checks that a form from another site is not
// kept, and that neither the log-in nor an address carries a kept form out.
func TestC14_KeptFormsAreOnlyShown(t *testing.T) {
	c := newFixture(t)
	before := c.events(portico.UserInvited, "")
	b := c.as(c.admin)
	c.Clock.Advance(13 * time.Hour)
	for _, site := range []string{"cross-site", "same-site"} {
		if p := forged(t, c, b, "/administration/access/new", "first_name=Mallory", "Sec-Fetch-Site", site); p.Status != 403 || b.Cookie("portico_form") != "" {
			t.Errorf("%s: %d, cookie %q", site, p.Status, b.Cookie("portico_form"))
		}
	}
	b, p := lapsed(t, c, func(*porticotest.Client) { c.Clock.Advance(13 * time.Hour) })
	kept := b.Cookie("portico_form")
	b.Fill(p, "Log in", "Login ID", "alice", "Password", porticotest.Password)
	for _, address := range []string{"/administration/access/new", "/administration/access", "/", "/confirm?next=/administration/access/new&form=" + kept, "/login?next=/administration/access/new"} {
		b.SetCookie("portico_form", kept)
		b.Get(address)
	}
	b.SetCookie("portico_form", kept)
	b.Post("/confirm", "password", porticotest.Password, "next", "/administration/access/new", "form", kept)
	if n := c.events(portico.UserInvited, "") - before; n != 0 {
		t.Errorf("%d users were invited by forms that were only kept", n)
	}
}

// TestWhatIsNotKept checks what the log-in page says where nothing can be kept.
func TestWhatIsNotKept(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	over := func() *porticotest.Client {
		b := c.as(c.admin)
		c.Clock.Advance(13 * time.Hour)
		return b
	}
	large := []string{"first_name", "Zoë", "labels", strings.Join(noise(900), ", ")}
	user := "/administration/access/" + string(c.user.ID)
	for name, p := range map[string]*porticotest.Page{
		"Files are not kept":  over().Upload("/administration/access/import", "file", "login_id\n"),
		"press it again":      over().Post(user + "/suspend"),
		"press it again.":     over().Post("/account/sessions/end-others"),
		"could not be kept":   over().Post("/administration/access/new", large...),
		"could not be kept. ": over().Post("/account/profile", "first_name", "a", "first_name", "b"),
	} {
		if !strings.HasPrefix(p.Path, "/login") || !p.Has(name) || !p.Has("nothing was changed") {
			t.Errorf("%q: %s says %s", name, p.Path, p.Text())
		}
	}
	b := over()
	if p := b.Post("/account/password", "password", porticotest.Password, "new_password", "seven quiet rivers meet"); !p.Has("press it again") || b.Cookie("portico_form") != "" {
		t.Errorf("passwords: %s, cookie %q", p.Text(), b.Cookie("portico_form"))
	}
}

// noise returns n words that compress badly.
func noise(n int) (out []string) {
	for i := range n {
		out = append(out, fmt.Sprintf("%x", i*7919*104729%99999989))
	}
	return out
}

// TestKeptFormsFitProxies sends the largest forms that the pages allow, and
// checks that the headers of the answer fit into nginx's buffer of 4 KiB.
func TestKeptFormsFitProxies(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	c.Clock.Advance(13 * time.Hour)
	selected := []string{"action", "suspend", "back", "filter=none&q=" + strings.Repeat("x", 100)}
	for range 50 {
		u := c.User(c.acme.ID, "p"+strings.ToLower(noise(1)[0])+fmt.Sprint(len(selected)), portico.RoleUser)
		selected = append(selected, "id."+string(u.ID), "1")
	}
	text := func(n int) string {
		return string([]rune(strings.Repeat("電話を失くしたので新しい端末に移します。", n/20+1))[:n])
	}
	for address, fields := range map[string][]string{
		"/administration/access/selected":                                    selected,
		"/administration/access/new":                                         {"first_name", text(100), "last_name", text(100), "email", strings.Repeat("x", 254), "labels", text(500), "role", "user"},
		"/administration/access/" + string(c.user.ID) + "/two-factor/delete": {"reason", text(200), "hand_over", "yes"},
	} {
		b.SetCookie("portico_form", "")
		b.HTTP.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		p := b.Post(address, fields...)
		size := 0
		for name, values := range p.Header {
			for _, v := range values {
				size += len(name) + len(v) + 4
			}
		}
		to, err := url.QueryUnescape(p.Header.Get("Location"))
		must(t, err)
		if !strings.Contains(to, "done=session-over-typed") || size > 4000 {
			t.Errorf("%s: %d bytes of headers, to %s", address, size, to)
		}
	}
}
